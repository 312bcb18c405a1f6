"""A slider for a number that does not move in equal steps along the groove."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QSlider, QWidget

_WAYS = {Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1}


class ValueSlider(QSlider):
    """Arrow keys change the number by one step, and screen readers tell what it is.

    Args:
        to_value: The number at a position of the handle.
        to_position: The position of a number.
        step: How far an arrow key goes, in the number's unit.
        parent: Owner.
    """

    def __init__(
        self,
        to_value: Callable[[int], float],
        to_position: Callable[[float], int],
        step: float,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._told = ""
        self._to_value, self._to_position, self._step = to_value, to_position, step

    def set_told(self, text: str) -> None:
        """The number with its unit, for screen readers: Qt tells them the place of the handle only."""
        self._told = text
        # a change is read out at once where the focus is: no more than what has changed
        self._describe([text] if self.hasFocus() else [text, self.toolTip()])

    def _describe(self, parts: list[str]) -> None:
        text = ". ".join(part for part in parts if part)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt override
        self._describe([self._told, self.toolTip()])
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt override
        way = _WAYS.get(Qt.Key(event.key()), 0)
        if not way or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
            return
        now = self.value()
        there = self._to_position(self._to_value(now) + way * self._step)
        # where the groove is coarser than the number, the key goes as far as the groove can
        self.setValue(there if (there - now) * way > 0 else now + way)
