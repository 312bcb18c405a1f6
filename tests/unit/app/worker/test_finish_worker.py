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
    # with a second object painted beside it, the frame's first one is the user's, too: its matte stays
    beside = hard.copy()
    beside[50:, 60:] = 2
    entries[2] = repacked(entries[2], beside, {})
    assert not np.array_equal(shown(), before)
