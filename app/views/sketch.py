"""Draws what a tool shows over the picture: outlines, handles, scribbles."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from app.tools.tool import Sketch
from app.views.viewport import Viewport

_HANDLE_PX = 4.0
_MARK_PX = 5.0
_YES, _NO = QColor(80, 220, 120), QColor(255, 90, 90)


def paint_sketch(painter: QPainter, sketch: Sketch, view: Viewport) -> None:
    """Draw it. Dark below, bright above, so that it is seen on any picture.

    Args:
        painter: In widget px.
        sketch: In image px.
        view: Zoom and position.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for adds, points in sketch.marks:
        line = _line(points, view)
        pen = QPen(_YES if adds else _NO, _MARK_PX)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if len(points) == 1:
            painter.drawPoint(line.at(0))
        else:
            painter.drawPolyline(line)
    for points in sketch.lines:
        line = _line(points, view)
        painter.setPen(QPen(QColor(0, 0, 0, 170), 3.0))
        painter.drawPolyline(line)
        painter.setPen(QPen(QColor(255, 255, 255, 230), 1.2, Qt.PenStyle.DashLine))
        painter.drawPolyline(line)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1.0))
    painter.setBrush(QColor(255, 255, 255))
    for point in sketch.handles:
        at = view.to_widget(QPointF(*point))
        painter.drawRect(QRectF(at.x() - _HANDLE_PX, at.y() - _HANDLE_PX, 2 * _HANDLE_PX, 2 * _HANDLE_PX))


def _line(points: tuple[tuple[float, float], ...], view: Viewport) -> QPolygonF:
    return QPolygonF([view.to_widget(QPointF(x, y)) for x, y in points])
