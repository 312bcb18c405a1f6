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

    Args:
        trust: Per object id (frames,) float32 in 0..1; 1 for what was painted, NaN where nothing is known.
        reviewed: (frames,) bool of an object: what the user has found good.
        frames: Those to look at, consecutive.
    """
    window = slice(frames.start, frames.stop)
    ids = np.array(sorted(trust), np.intp)
    if not len(ids):
        return Ranking(np.zeros(0, np.float32), np.zeros(0, np.intp), np.zeros(0, np.intp))
    values = np.stack([trust[int(key)][window] for key in ids], axis=1).ravel()
    seen = np.stack([reviewed(int(key))[window] for key in ids], axis=1).ravel()
    left = np.flatnonzero((values < 1) & ~seen)  # NaN is not smaller
    order = left[np.argsort(values[left], kind="stable")]
    return Ranking(values[order], order // len(ids) + frames.start, ids[order % len(ids)])
