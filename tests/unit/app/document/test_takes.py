from __future__ import annotations

import numpy as np

from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.takes import Take, TakenFrame, TakeRecord, within_budget


def mask(seed: int) -> StoredMask:
    rng = np.random.default_rng(seed)
    return pack(rng.integers(0, 3, (40, 40)).astype(np.uint8), MaskSource.PROPAGATED)


def test_a_frame_that_is_written_again_keeps_what_was_there_before_the_run() -> None:
    take, (before, first, second) = Take("Propagate"), (mask(seed) for seed in range(3))
    take.record(4, before, first, 0.25)
    take.record(4, first, second, 0.5)
    take.record(5, None, first, 1.0)
    take.record(6, None, pack(np.zeros((40, 40), np.uint8), MaskSource.PROPAGATED), 0.0)
    assert take[4] == TakenFrame(before, second, 0.5)
    assert take.frames == [4, 5, 6]
    assert take.open_frames == [4, 5]  # frame 6 was empty and is empty
    assert take.b_mask(4) is before
    nothing = take.b_mask(5)
    assert nothing is not None
    assert not nothing.index_mask().any()
    take.settle(frozenset({5}))
    assert take.open_frames == [4]
    assert take.is_open
    take.settle(frozenset({4, 5}))
    assert not take.is_open
    take.record(7, None, first, 1.0)
    assert take.open_frames == [7]
    assert take.open_in(range(6)) == []
    take.settle(frozenset({5, 7}))
    assert take.b_mask(5) is None
    assert take.b_mask(9) is None
    assert take.nbytes >= before.nbytes + second.nbytes


def test_a_record_is_a_state_that_stays() -> None:
    take = Take("Propagate")
    take.record(0, None, mask(0), 1.0)
    record = take.to_record()
    assert take.to_record() is record
    take.record(1, None, mask(1), 1.0)
    take.settle(frozenset({1}))
    assert sorted(record.frames) == [0]
    assert record.settled == frozenset()
    again = Take.of(take.to_record())
    assert again.to_record() == take.to_record()
    assert again.take_id == take.take_id != Take("Propagate").take_id
    assert take.to_record().clipped(1) == record


def test_the_oldest_takes_go_first_and_shared_masks_count_once() -> None:
    masks = [mask(seed) for seed in range(4)]
    takes = [
        Take.of(TakeRecord(number, "Run", {0: TakenFrame(before, after)}))
        for number, (before, after) in enumerate(
            [(None, masks[0]), (masks[0], masks[1]), (masks[1], masks[2])]
        )
    ]
    sizes = [item.nbytes for item in masks]
    present = [masks[2], masks[3]]
    assert within_budget(takes, present, sizes[0] + sizes[1]) == tuple(takes)
    assert within_budget(takes, present, sizes[0] + sizes[1] - 1) == (takes[2],)
    assert within_budget(takes, present, sizes[1]) == (takes[2],)
    assert within_budget(takes, present, sizes[1] - 1) == ()
    assert within_budget(takes, [], sum(sizes[:3])) == tuple(takes)
    assert within_budget([], present, 0) == ()
