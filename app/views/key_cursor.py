"""A cursor on the canvas that keys move: what the mouse does with a tool, the keyboard can do too."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen

from app.views.viewport import Viewport

_STEPS_PX = {Qt.KeyboardModifier.NoModifier: 1, Qt.KeyboardModifier.ShiftModifier: 10}
_WAYS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_GAP_PX = 3.0
_ARM_PX = 9.0
_MARGIN_PX = 40.0


class Pointed(Protocol):
    """What takes the mouse events that the cursor makes."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A button went down."""

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The pointer moved."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A button went up."""


class KeyCursor:
    """Turns keys into the mouse events that a tool knows.

    Arrows move by a pixel, with Shift by ten. Space clicks, Ctrl and Space with the right button; Shift and
    Space hold the left button down, and let it go again.

    Args:
        canvas: Gets the events.
        view: Where the picture lies in it.

    Attributes:
        is_on: Whether the keys are its.
    """

    def __init__(self, canvas: Pointed, view: Viewport) -> None:
        self._canvas = canvas
        self._view = view
        self._size = (0, 0)
        self._pixel = (0, 0)
        self._held = Qt.MouseButton.NoButton
        self.is_on = False

    @property
    def pixel(self) -> tuple[int, int]:
        """The image pixel that it is on, (x, y)."""
        return self._pixel

    @property
    def is_holding(self) -> bool:
        """Whether it drags."""
        return self._held is not Qt.MouseButton.NoButton

    def set_image(self, width: int, height: int) -> None:
        """Another picture: in its middle."""
        self._size, self._pixel = (width, height), (width // 2, height // 2)
        self._held = Qt.MouseButton.NoButton

    def switch(self, on: bool) -> None:
        """Take the keys, or give them back; a drag ends where it is."""
        if self.is_holding:
            self._release()
        self.is_on = on

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is for the cursor, shortcut or not."""
        if not self.is_on or self._size == (0, 0):
            return False
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _WAYS:
            return held in _STEPS_PX
        return event.key() == Qt.Key.Key_Space and held in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.ControlModifier,
        )

    def press(self, event: QKeyEvent) -> None:
        """Do what a key says that ``wants`` said yes to."""
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _WAYS:
            self._move(Qt.Key(event.key()), _STEPS_PX[held])
        elif event.isAutoRepeat():
            pass
        elif self.is_holding:
            self._release()
        elif held == Qt.KeyboardModifier.ShiftModifier:
            self._press(Qt.MouseButton.LeftButton)
        else:
            right = held == Qt.KeyboardModifier.ControlModifier
            self._press(Qt.MouseButton.RightButton if right else Qt.MouseButton.LeftButton)
            self._release()

    def paint(self, painter: QPainter) -> None:
        """Draw it: a cross with a gap, light on dark."""
        at = self.place
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for color, width in ((QColor(0, 0, 0, 200), 4.0), (QColor(255, 255, 255), 1.6)):
            painter.setPen(QPen(color, width))
            for x, y in _WAYS.values():
                painter.drawLine(at + QPointF(x, y) * _GAP_PX, at + QPointF(x, y) * _ARM_PX)

    @property
    def place(self) -> QPointF:
        """Where it is, widget px."""
        return self._view.to_widget(QPointF(self._pixel[0] + 0.5, self._pixel[1] + 0.5))

    def shift_into(self, area: QRectF) -> QPointF:
        """How far the picture has to move for the cursor to be seen, widget px."""
        inner, at = area.adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX), self.place
        x = max(inner.left() - at.x(), 0.0) + min(inner.right() - at.x(), 0.0)
        y = max(inner.top() - at.y(), 0.0) + min(inner.bottom() - at.y(), 0.0)
        return QPointF(x, y)

    def _move(self, key: Qt.Key, step: int) -> None:
        (x, y), (width, height) = self._pixel, self._size
        way = _WAYS[key]
        self._pixel = (
            min(max(x + step * way[0], 0), width - 1),
            min(max(y + step * way[1], 0), height - 1),
        )
        self._canvas.mouseMoveEvent(self._event(QEvent.Type.MouseMove, Qt.MouseButton.NoButton))

    def _press(self, button: Qt.MouseButton) -> None:
        # a tool may want to know where the pointer is before it is pressed
        self._canvas.mouseMoveEvent(self._event(QEvent.Type.MouseMove, Qt.MouseButton.NoButton))
        self._held = button
        self._canvas.mousePressEvent(self._event(QEvent.Type.MouseButtonPress, button))

    def _release(self) -> None:
        button, self._held = self._held, Qt.MouseButton.NoButton
        self._canvas.mouseReleaseEvent(self._event(QEvent.Type.MouseButtonRelease, button))

    def _event(self, kind: QEvent.Type, button: Qt.MouseButton) -> QMouseEvent:
        return QMouseEvent(kind, self.place, self.place, button, self._held, Qt.KeyboardModifier.NoModifier)
