from __future__ import annotations

import cv2
import numpy as np

from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, StoredMask, pack, repacked
from app.export.mattes import finished_matte, neighbours_of
from app.matte.finishing import to_bytes
from app.worker.finish_worker import FinishWish, _FinishWorker
from app.worker.newest import Newest

MATCHED = MatteFinish(match_edges=True)


def drawn(hard: np.ndarray, sigma: float) -> StoredMask:
    """As the network draws an object."""
    soft = cv2.GaussianBlur(hard * np.float32(255), (0, 0), sigma).astype(np.uint8)
    return pack(hard, MaskSource.PROPAGATED, {1: soft})


def test_a_kept_matte_does_not_outlive_what_the_user_says_beside_it() -> None:
    hard = np.zeros((60, 80), np.uint8)
    hard[15:45, 15:45] = 1
    entries = {0: drawn(hard, 1.5), 1: pack(hard, MaskSource.USER), 2: drawn(hard, 4)}
    worker = _FinishWorker(Newest())

    def shown() -> np.ndarray:
        around = tuple(neighbours_of(entries.get, 1, MATCHED))
        found = worker._matte(FinishWish(1, entries[1], {1: MATCHED}, {1: around}, None), 1)
        assert np.array_equal(found, to_bytes(finished_matte(entries[1], 1, MATCHED, None, around)))
        return found

    before = shown()
    # a second object painted beside it: the frame is the user's, its first object is still the network's
    beside = hard.copy()
    beside[50:, 60:] = 2
    entries[2] = repacked(entries[2], beside, {})
    assert np.array_equal(shown(), before)
    # the user works on the first one, whose matte stays as it is
    entries[2] = repacked(entries[2], beside, {}, edited={1})
    assert not np.array_equal(shown(), before)


def test_a_kept_matte_that_follows_the_picture_is_not_that_of_another_clip() -> None:
    """A project that is linked to another clip has the same masks."""
    hard = np.zeros((60, 80), np.uint8)
    hard[15:45, 15:45] = 1
    finish, entry = MatteFinish(refine="guided", refine_px=6), drawn(hard, 3)
    pictures = [np.full((60, 80, 3), 90, np.uint8) for _ in range(2)]
    pictures[0][18:42, 18:42], pictures[1][12:48, 12:48] = 220, 220
    worker = _FinishWorker(Newest())
    found = [
        worker._matte(FinishWish(0, entry, {1: finish}, {}, picture, clip=name), 1)
        for name, picture in zip("ab", pictures, strict=True)
    ]
    assert np.array_equal(found[1], to_bytes(finished_matte(entry, 1, finish, pictures[1])))
    assert not np.array_equal(found[0], found[1])
