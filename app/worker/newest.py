"""Hands wishes to a thread: only the newest one counts. Free of Qt."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

_Wish = TypeVar("_Wish")


class Newest(Generic[_Wish]):
    """Holds a wish until the thread takes it; a newer one replaces it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wish: _Wish | None = None

    def put(self, wish: _Wish | None) -> None:
        """Wish for something, or for nothing any more."""
        with self._lock:
            self._wish = wish

    def take(self) -> _Wish | None:
        """The wish, once; None if there is none."""
        with self._lock:
            wish, self._wish = self._wish, None
            return wish

    @property
    def is_there(self) -> bool:
        """Whether a wish waits: one that is being worked on is out of date then."""
        return self._wish is not None
