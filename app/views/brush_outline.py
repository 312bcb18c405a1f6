"""The ring that shows the brush at the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen


def paint_brush(painter: QPainter, at: QPointF, radius: float, color: QColor, *, dashed: bool) -> None:
    """Draw the ring: dark below, bright above, so that it is seen on any picture.

    Args:
        painter: In widget px.
        at: The pointer.
        radius: In widget px.
        color: Of the ring.
        dashed: For the eraser.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 150), 3.0))
    painter.drawEllipse(at, radius, radius)
    painter.setPen(QPen(color, 1.4, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
    painter.drawEllipse(at, radius, radius)
    painter.setPen(QPen(QColor(255, 255, 255, 220), 1.6))
    painter.drawPoint(at)


def brush_rect(at: QPointF | None, radius: float) -> QRect:
    """What has to be repainted when the ring comes or goes."""
    if at is None:
        return QRect()
    reach = radius + 4
    return QRectF(at.x() - reach, at.y() - reach, 2 * reach, 2 * reach).toAlignedRect()
