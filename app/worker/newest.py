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
        self._is_outdated = False

    def put(self, wish: _Wish | None) -> None:
        """Wish for something, or for nothing any more."""
        with self._lock:
            self._wish = wish
            self._is_outdated = True

    def take(self) -> _Wish | None:
        """The wish, once; None if there is none."""
        with self._lock:
            wish, self._wish = self._wish, None
            self._is_outdated = False
            return wish

    @property
    def is_outdated(self) -> bool:
        """Whether nobody wants what was taken last any more: a newer wish waits, or there is none."""
        return self._is_outdated
