from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from app.document.editing import MaskEdit
from app.document.finish import STANDARD_FINISH, MatteFinish
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
    around = neighbours_of(entries.get, 2, finish)
    assert around == [entries[1], entries[3], entries[0], entries[4]]
    assert finished_matte(entries[2], 1, finish, None, around)[16, 10] > 0.5
    assert neighbours_of(entries.get, 0, finish) == [None, entries[1], None, entries[2]]


def test_amid_painted_frames_what_is_soft_of_them_tells() -> None:
    """A stroke that is carried far makes painted frames of all around."""
    disc = cv2.circle(np.zeros((80, 80), np.uint8), (40, 40), 25, 1, cv2.FILLED)
    ramp = cv2.GaussianBlur(disc * np.float32(255), (0, 0), 2.5).astype(np.uint8)
    network = pack(disc, MaskSource.PROPAGATED, {1: ramp})
    edit = MaskEdit(0, network, disc.shape)
    edit.paint(np.ones((12, 12), np.bool_), (60, 34, 72, 46), 1)
    carried = edit.patch().after
    finish = MatteFinish(match_edges=True)
    found = finished_matte(carried, 1, finish, None, [carried] * 6)
    assert np.abs(np.diff(found, axis=1)).max() < 0.3
    assert np.array_equal(found[:, :44], finished_matte(network, 1, finish)[:, :44])
    # also beside a frame that is hard all around, which takes over its neighbours' edges
    hard = pack(disc, MaskSource.USER)
    assert np.array_equal(finished_matte(hard, 1, finish, None, [hard] * 6), disc.astype(np.float32))
    assert np.abs(finished_matte(hard, 1, finish, None, [carried] * 6) - ramp / 255).max() < 0.1


def test_painted_frames_have_edges_like_those_around() -> None:
    hard = np.zeros((60, 60), np.uint8)
    hard[15:45, 15:45] = 1
    ramp = cv2.GaussianBlur(hard * np.float32(255), (0, 0), 2.5).astype(np.uint8)
    entries = {index: pack(hard, MaskSource.PROPAGATED, {1: ramp}) for index in (0, 2, 3)}
    entries[1] = pack(hard, MaskSource.USER)
    finish = MatteFinish(match_edges=True)
    around = neighbours_of(entries.get, 1, finish)
    assert around == [entries[0], entries[2], None, entries[3], None, None]
    found = finished_matte(entries[1], 1, finish, None, around)
    assert np.abs(found[30] - ramp[30] / 255).max() < 0.08
    assert np.array_equal(found >= 0.5, hard == 1)
    # the network's own frames stay as they are, and so does what nothing is known of around it
    assert np.array_equal(finished_matte(entries[2], 1, finish, None, around), ramp / np.float32(255))
    assert np.array_equal(finished_matte(entries[1], 1, finish, None, [None, None]), hard.astype(np.float32))
    assert np.array_equal(
        finished_matte(entries[1], 1, replace(finish, match_edges=False), None, around),
        hard.astype(np.float32),
    )
    # an index mask keeps what was painted
    item = replace(new_object(1), finish=replace(STANDARD_FINISH, match_edges=True))
    assert np.array_equal(chosen_index_mask(entries[1], [item], None, around), hard)
