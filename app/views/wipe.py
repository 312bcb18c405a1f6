"""The divider between two versions of the masks; it can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from app.i18n import tr
from app.views.plate import paint_plate, plate_size

_GRIP_PX = 7.0
_GAP_PX = 8.0


def paint_former(painter: QPainter, target: QRectF, canvas: QRectF) -> None:
    """Tell that the masks from before the last run are shown, at the corner of the picture.

    Args:
        painter: In widget px.
        target: The picture.
        canvas: What of it can be seen.
    """
    text, visible = tr("B  Before the run"), target.intersected(canvas)
    corner = visible.topLeft() + QPointF(_GAP_PX, _GAP_PX)
    paint_plate(painter, QRectF(corner, plate_size(QFontMetricsF(painter.font()), text)), text)


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

    def paint(self, painter: QPainter, target: QRectF, canvas: QRectF) -> None:
        """Draw the divider and what is on its sides.

        Args:
            painter: In widget px.
            target: The picture.
            canvas: What of it can be seen.
        """
        x = self._x(target)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 4))
        painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
        painter.setPen(QPen(QColor(255, 255, 255), 1.6))
        painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
        for text, rect in self.labels(target, canvas, QFontMetricsF(painter.font())):
            paint_plate(painter, rect, text)

    def labels(self, target: QRectF, canvas: QRectF, metrics: QFontMetricsF) -> list[tuple[str, QRectF]]:
        """What stands beside the divider, and where, in widget px: a side without room for it has none.

        Args:
            target: The picture.
            canvas: What of it can be seen.
            metrics: Of the font.
        """
        x, top = self._x(target), max(target.top(), canvas.top()) + _GAP_PX
        found = []
        for text, side in ((tr("A  Now"), -1), (tr("B  Before the run"), 1)):
            size = plate_size(metrics, text)
            left = x + _GAP_PX if side > 0 else x - _GAP_PX - size.width()
            rect = QRectF(left, top, size.width(), size.height())
            if canvas.contains(rect):
                found.append((text, rect))
        return found

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
