"""Lines that Qt draws over the pixels of the picture."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

GRID_FROM_ZOOM = 12.0
_EDGE = QColor(0, 0, 0, 160)
_GRID = QColor(128, 128, 128, 90)


def paint_edge(painter: QPainter, target: QRectF) -> None:
    """A thin frame just outside the picture; ``target`` is the picture in widget px."""
    outer = target.adjusted(-1, -1, 1, 1)
    for side in (
        QRectF(outer.left(), outer.top(), outer.width(), 1),
        QRectF(outer.left(), target.bottom(), outer.width(), 1),
        QRectF(outer.left(), target.top(), 1, target.height()),
        QRectF(target.right(), target.top(), 1, target.height()),
    ):
        painter.fillRect(side, _EDGE)


def paint_grid(painter: QPainter, target: QRectF, step: QPointF, seen: QRectF) -> None:
    """A line between pixels, where they are large enough to aim at.

    Args:
        painter: In widget px.
        target: The whole picture in widget px.
        step: Widget px per image px, across and down.
        seen: What has to be drawn, in widget px.
    """
    seen = target.intersected(seen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(QPen(_GRID, 1))
    x = target.left() + step.x() * int((seen.left() - target.left()) / step.x())
    while x <= seen.right():
        painter.drawLine(QPointF(x, seen.top()), QPointF(x, seen.bottom()))
        x += step.x()
    y = target.top() + step.y() * int((seen.top() - target.top()) / step.y())
    while y <= seen.bottom():
        painter.drawLine(QPointF(seen.left(), y), QPointF(seen.right(), y))
        y += step.y()
