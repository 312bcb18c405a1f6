"""The divider between two versions of the masks; it can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.i18n import tr

_GRIP_PX = 7.0


class Wipe:
    """Left of the divider the masks as they are (A), right of it those of before (B).

    Attributes:
        is_on: Whether it is shown.
        share: Where the divider is, 0..1 of the picture's width.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.share = 0.5
        self._held = False

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Draw the divider; ``target`` is the picture in widget px."""
        x = self._x(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 4))
        painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
        painter.setPen(QPen(QColor(255, 255, 255), 1.6))
        painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
        for text, at, flags in (
            (tr("A  now"), QRectF(x - 108, target.top() + 6, 100, 20), Qt.AlignmentFlag.AlignRight),
            (tr("B  before"), QRectF(x + 8, target.top() + 6, 100, 20), Qt.AlignmentFlag.AlignLeft),
        ):
            painter.setPen(QColor(0, 0, 0, 200))
            painter.drawText(at.translated(1, 1), flags, text)
            painter.setPen(QColor(255, 255, 255))
            painter.drawText(at, flags, text)

    def press(self, at: QPointF, target: QRectF, scale: float) -> bool:
        """Take hold of the divider at a point in widget px. Returns whether it is there.

        Args:
            at: The point.
            target: The picture in widget px.
            scale: Widget px per image px; the middle of a pixel next to the divider is near enough.
        """
        self._held = self.is_on and abs(at.x() - self._x(target)) <= max(_GRIP_PX, 0.51 * scale)
        return self._held

    def move(self, at: QPointF, target: QRectF) -> bool:
        """Move it if it is held. Returns whether it is."""
        if self._held and target.width() > 0:
            self.share = max(0.0, min((at.x() - target.left()) / target.width(), 1.0))
        return self._held

    def release(self) -> None:
        """Let it go."""
        self._held = False

    def _x(self, target: QRectF) -> float:
        return target.left() + self.share * target.width()
