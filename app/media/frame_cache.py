"""Recently used frames in memory, up to a number of bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock, Thread

import numpy as np
from numpy.typing import NDArray

_FREED_AT_ONCE = 32 << 20
"""Bytes; more would be felt by who forgets them: the system takes 15 ms for 900 MiB."""


class FrameCache:
    """Keeps the frames used last. May be used from several threads at once.

    Args:
        max_bytes: How much the kept arrays may take together, in bytes.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._frames: OrderedDict[Hashable, NDArray[np.uint8]] = OrderedDict()
        self._lock = Lock()

    @property
    def bytes_used(self) -> int:
        """What the kept arrays take, in bytes; never above the limit."""
        return self._bytes

    @property
    def max_bytes(self) -> int:
        """The limit in bytes."""
        return self._max_bytes

    def get(self, key: Hashable) -> NDArray[np.uint8] | None:
        """The frame kept under ``key``, or None. It counts as used now."""
        with self._lock:
            frame = self._frames.get(key)
            if frame is not None:
                self._frames.move_to_end(key)
            return frame

    def put(self, key: Hashable, frame: NDArray[np.uint8]) -> None:
        """Keep a frame under ``key``; the frames not used for longest make room.

        A frame that alone is beyond the limit is not kept.
        """
        with self._lock:
            self._drop(key)
            if frame.nbytes > self._max_bytes:
                return
            while self._bytes + frame.nbytes > self._max_bytes:
                self._drop(next(iter(self._frames)))
            self._frames[key] = frame
            self._bytes += frame.nbytes

    def clear(self) -> None:
        """Forget everything. Much of it is freed by a thread that lives for that alone."""
        with self._lock:
            frames, self._frames = self._frames, OrderedDict()
            is_much, self._bytes = self._bytes > _FREED_AT_ONCE, 0
        if is_much:
            Thread(target=_free, args=(frames,), name="freeing frames", daemon=True).start()

    def __len__(self) -> int:
        return len(self._frames)

    def __contains__(self, key: Hashable) -> bool:
        return key in self._frames

    def _drop(self, key: Hashable) -> None:
        frame = self._frames.pop(key, None)
        if frame is not None:
            self._bytes -= frame.nbytes


def _free(frames: OrderedDict[Hashable, NDArray[np.uint8]]) -> None:
    while frames:  # one by one, so that other threads are not kept waiting
        frames.popitem()
