"""The ring that shows the brush at the pointer."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen


def paint_brush(painter: QPainter, at: QPointF, radii: QPointF, color: QColor, *, dashed: bool) -> None:
    """Draw the ring: dark below, bright above, so that it is seen on any picture.

    Args:
        painter: In widget px.
        at: The pointer.
        radii: In widget px, across and down.
        color: Of the ring.
        dashed: For the eraser.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 150), 3.0))
    painter.drawEllipse(at, radii.x(), radii.y())
    painter.setPen(QPen(color, 1.4, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
    painter.drawEllipse(at, radii.x(), radii.y())
    painter.setPen(QPen(QColor(255, 255, 255, 220), 1.6))
    painter.drawPoint(at)


def brush_rect(at: QPointF | None, radii: QPointF) -> QRect:
    """What has to be repainted when the ring comes or goes."""
    if at is None:
        return QRect()
    reach = radii + QPointF(4, 4)
    return QRectF(at - reach, at + reach).toAlignedRect()
