from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.export.mattes import chosen_index_mask, finished_matte, neighbours_of


def test_what_is_written_is_finished() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 1
    entry = pack(mask, MaskSource.USER)
    wide = finished_matte(entry, 1, MatteFinish(grow_px=2))
    assert wide[20, 8] == 1
    assert wide[20, 7] == 0
    index = chosen_index_mask(entry, [replace(new_object(1), finish=MatteFinish(grow_px=-3))])
    assert np.array_equal(np.argwhere(index == 1)[0], [13, 13])


def test_flicker_is_evened_out_over_as_many_neighbours_as_the_finish_says() -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 1
    dented = mask.copy()
    dented[15:18, 10] = 0
    entries = {index: pack(mask, MaskSource.PROPAGATED) for index in (0, 1, 3, 4)}
    entries[2] = pack(dented, MaskSource.PROPAGATED)
    finish = MatteFinish(chatter_frames=2)
    around = neighbours_of(entries, 2, finish)
    assert around == [entries[1], entries[3], entries[0], entries[4]]
    assert finished_matte(entries[2], 1, finish, None, around)[16, 10] > 0.5
    assert neighbours_of(entries, 0, finish) == [None, entries[1], None, entries[2]]
