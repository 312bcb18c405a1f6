"""Which masks to look at first. Free of Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Ranking:
    """Masks that are left to look at, the least trusted first; of equal ones the earlier frame.

    Attributes:
        trust: (N,) float32 in 0..1, ascending.
        frames: (N,) frame indices.
        object_ids: (N,) object ids.
    """

    trust: NDArray[np.float32]
    frames: NDArray[np.intp]
    object_ids: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.trust)

    def place_of(self, frame_index: int, object_id: int) -> int | None:
        """Where a mask stands, 0 for the least trusted; None if it is not left to look at."""
        found = np.flatnonzero((self.frames == frame_index) & (self.object_ids == object_id))
        return int(found[0]) if len(found) else None


def rank(
    trust: Mapping[int, NDArray[np.float32]],
    reviewed: Callable[[int], NDArray[np.bool_]],
    frames: range,
) -> Ranking:
    """Put masks into order.

    Of frames in a row on which nothing of an object was found, only those beside its masks are to be looked
    at, or the first of them all: whether it has gone, or was lost, is seen where that begins and ends.

    Args:
        trust: Per object id (frames,) float32 in 0..1; 1 for what was painted, NaN where nothing is known.
        reviewed: (frames,) bool of an object: what the user has found good.
        frames: Those to look at, consecutive.
    """
    window = slice(frames.start, frames.stop)
    ids = np.array(sorted(trust), np.intp)
    if not len(ids):
        return Ranking(np.zeros(0, np.float32), np.zeros(0, np.intp), np.zeros(0, np.intp))
    table = np.stack([trust[int(key)][window] for key in ids], axis=1)
    values = table.ravel()
    seen = np.stack([reviewed(int(key))[window] for key in ids], axis=1).ravel()
    left = np.flatnonzero((values < 1) & ~seen & ~_within_absence(table).ravel())  # NaN is not smaller
    order = left[np.argsort(values[left], kind="stable")]
    return Ranking(values[order], order // len(ids) + frames.start, ids[order % len(ids)])


def _within_absence(trust: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(frames, objects) bool: in a row of frames without the object, one that says no more than others.

    Args:
        trust: (frames, objects) float32; 0 where nothing of an object was found, NaN where nothing is known.
    """
    absent, present = trust == 0, trust > 0
    none = np.zeros((1, trust.shape[1]), np.bool_)
    after_it = np.concatenate([none, present[:-1]])
    before_it = np.concatenate([present[1:], none])
    ends = absent & (after_it | before_it)
    starts = absent & ~np.concatenate([none, absent[:-1]])
    # numbers every row of absent frames, object by object
    row = np.cumsum(starts.T.ravel()).reshape(starts.T.shape).T
    has_end = np.bincount(row[ends], minlength=int(row.max(initial=0)) + 1) > 0
    within: NDArray[np.bool_] = absent & ~ends & ~(starts & ~has_end[row])
    return within
