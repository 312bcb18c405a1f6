"""The text at the left of the status line, which screen readers say too."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from PySide6.QtWidgets import QLabel, QWidget

from app.views.announce import announce

_NUMBERS = re.compile(r"[\d.,:]*\d")
_PROGRESS_S = 15.0
"""Texts that differ in their numbers only, such as those of a run, are said no more often than that."""


class StatusText(QLabel):
    """Says every new text, and from time to time how far something is.

    Args:
        parent: Owner.

    Attributes:
        clock: Tells the time in seconds.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.clock: Callable[[], float] = time.monotonic
        self._kind = ""
        self._said_at = 0.0

    def setText(self, text: str) -> None:  # noqa: D102 - Qt override
        super().setText(text)
        if not text:
            return
        kind, now = _NUMBERS.sub("#", text), self.clock()
        if kind != self._kind or now - self._said_at >= _PROGRESS_S:
            self._kind, self._said_at = kind, now
            announce(self, text)
