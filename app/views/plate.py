"""A dark plate with bright text, that is read on any picture and in both themes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

_PAD_PX = 9.0
_HEIGHT_PX = 22.0


def plate_size(metrics: QFontMetricsF, text: str) -> QSizeF:
    """Of a plate around a text, in widget px."""
    return QSizeF(metrics.horizontalAdvance(text) + 2 * _PAD_PX, max(_HEIGHT_PX, metrics.height() + 4))


def paint_ground(painter: QPainter, rect: QRectF) -> None:
    """The plate alone."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(255, 255, 255, 60), 1))
    painter.setBrush(QColor(0, 0, 0, 185))
    inner = rect.adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(inner, inner.height() / 2, inner.height() / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(255, 255, 255))


def paint_plate(painter: QPainter, rect: QRectF, text: str) -> None:
    """A plate with its text; ``rect`` is as large as ``plate_size`` says."""
    paint_ground(painter, rect)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
