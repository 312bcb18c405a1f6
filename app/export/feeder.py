"""Feeds a child process without being stuck in it: a thread writes, the caller can give up at any time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import IO

_PATIENCE_S = 0.1
_WAITING = 2


class Feeder:
    """Writes pieces into a pipe on a thread of its own, at most two pieces ahead of the reader.

    Args:
        pipe: Standard input of the process; it is closed at the end.
    """

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._pieces: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._broken = threading.Event()
        self._thread = threading.Thread(target=self._run, name="encoder feeder", daemon=True)
        self._thread.start()

    def put(self, piece: bytes, check: Callable[[], None]) -> bool:
        """Hand over a piece; waits while the reader is behind.

        Args:
            piece: What to write.
            check: Called while waiting; what it raises gets through.

        Returns:
            Whether it will be written; False when the process reads no more.
        """
        return self._offer(piece, check)

    def close(self, check: Callable[[], None]) -> bool:
        """Write what is left, then close the pipe.

        Args:
            check: As for ``put``.

        Returns:
            Whether all was written.
        """
        if not self._offer(None, check):
            return False
        while self._thread.is_alive():
            check()
            self._thread.join(_PATIENCE_S)
        return not self._broken.is_set()

    def abandon(self) -> None:
        """End the thread; call it when the process is dead."""
        self._broken.set()
        while self._thread.is_alive():
            try:
                self._pieces.put(None, timeout=_PATIENCE_S)
            except queue.Full:
                continue
            self._thread.join()

    def _offer(self, piece: bytes | None, check: Callable[[], None]) -> bool:
        while not self._broken.is_set():
            check()
            try:
                self._pieces.put(piece, timeout=_PATIENCE_S)
            except queue.Full:
                continue
            return True
        return False

    def _run(self) -> None:
        try:
            while (piece := self._pieces.get()) is not None and not self._broken.is_set():
                data = memoryview(piece)
                while data:
                    data = data[self._pipe.write(data) :]
        except (OSError, ValueError):  # the process has gone, or its pipe was closed
            self._broken.set()
            while not self._pieces.empty():
                self._pieces.get_nowait()
        finally:
            try:
                self._pipe.close()
            except OSError:
                self._broken.set()
