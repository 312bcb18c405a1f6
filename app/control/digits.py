"""Digits choose objects by the number that their row in the list shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.document.document import Document

_TYPING_S = 0.8
"""So soon after each other, digits are one number."""


class DigitKeys(QObject):
    """Numbers count from the bottom of the stack, as the tracks of editors do: adding an object changes none.

    Numbers of more than one digit are typed quickly, 0 alone is 10. With nine objects or fewer every digit
    stands for itself.

    Args:
        document: Whose objects.
        window: Where the keys work.

    Attributes:
        clock: Tells the time in seconds.
    """

    def __init__(self, document: Document, window: QWidget) -> None:
        super().__init__(window)
        self.clock: Callable[[], float] = time.monotonic
        self._document = document
        self._typed = 0
        self._typed_at = 0.0
        for digit in range(10):
            for key in (str(digit), f"Ctrl+{digit}"):
                if key in ("Ctrl+0", "Ctrl+1"):
                    continue  # these are Fit and 100 %
                QShortcut(QKeySequence(key), window).activated.connect(partial(self._press, digit))

    def table(self) -> dict[str, Callable[[], object]]:
        """What the actions for the neighbours in the stack do."""
        return {"object_above": partial(self._step, 1), "object_below": partial(self._step, -1)}

    def _press(self, digit: int) -> None:
        now = self.clock()
        number = 10 * self._typed + digit
        if not self._typed or now - self._typed_at > _TYPING_S or number > len(self._document.objects):
            number = digit or 10
        self._typed, self._typed_at = number, now
        self._choose(number - 1)

    def _step(self, places: int) -> None:
        ids = [info.object_id for info in self._document.objects]
        if self._document.current_object_id in ids:
            self._choose(ids.index(self._document.current_object_id) + places)

    def _choose(self, place: int) -> None:
        objects = self._document.objects
        if 0 <= place < len(objects):
            self._document.set_current_object(objects[place].object_id)
