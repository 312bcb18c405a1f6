"""What the network found of frames that it may meet again."""

import hashlib
from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cfbi.model.network import FrameFeatures

_STALE_SHARE = 8
"""A frame that was not asked for while so many times the kept number of frames were is no longer needed."""

_GROWING = 64
"""Of so many frames, those asked for last, distances may still become known: more than one run has views."""


class FeatureCache:
    """Features of frames, and their distances to references, within a budget of memory.

    Neither depends on masks that a run finds: a run that comes by again after a correction, or from the other
    side, needs to compute only its distances to new references, besides the work that depends on masks. One
    cache serves one network on one device, and one thread.

    Frames come in sweeps, forth and back, that may be longer than what fits. Dropping the least recently used
    one would drop each just before it is needed. Instead, names decide: they are hashes, so a fixed, even
    sample of the frames stays, whatever the order; and what was not asked for in a long time goes first.

    Args:
        budget_bytes: Most memory to keep.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._kept: dict[bytes, FrameFeatures] = {}
        self._bytes: dict[bytes, int] = {}
        self._asked: dict[bytes, int] = {}
        self._held = 0
        self._clock = 0
        self._latest: deque[bytes] = deque(maxlen=_GROWING)

    @property
    def held_bytes(self) -> int:
        """Memory that is kept; after every call of ``features`` within the budget."""
        return self._held

    def features(self, name: bytes, extract: Callable[[], FrameFeatures]) -> FrameFeatures:
        """Features of a frame.

        Args:
            name: See ``name_of``.
            extract: Computes them, with that name.
        """
        self._settle()
        self._clock += 1
        found = self._kept.get(name)
        if found is None:
            found = extract()
            self._kept[name], self._bytes[name] = found, 0
        self._asked[name] = self._clock
        self._latest.append(name)
        self._settle()
        return found

    def clear(self) -> None:
        """Forget everything."""
        for table in (self._kept, self._bytes, self._asked):
            table.clear()
        self._latest.clear()
        self._held = 0

    def _settle(self) -> None:
        """Count the latest frames anew, whose distances became known since, and keep to the budget."""
        for name in self._latest:
            features = self._kept.get(name)
            if features is not None:
                now = features.held_bytes
                self._held += now - self._bytes[name]
                self._bytes[name] = now
        while self._held > self._budget:
            self._drop(self._victim())

    def _victim(self) -> bytes:
        oldest = min(self._asked, key=self._asked.__getitem__)
        is_stale = self._clock - self._asked[oldest] > _STALE_SHARE * len(self._asked)
        return oldest if is_stale else min(self._asked)

    def _drop(self, name: bytes) -> None:
        self._held -= self._bytes.pop(name)
        del self._kept[name], self._asked[name]


def name_of(frame: NDArray[np.uint8], view: str) -> bytes:
    """A name that nothing else has.

    Args:
        frame: (H, W, 3) uint8.
        view: How the network sees it.
    """
    hashed = hashlib.blake2b(f"{frame.shape} {view}".encode(), digest_size=16)
    hashed.update(np.ascontiguousarray(frame).data)
    return hashed.digest()
