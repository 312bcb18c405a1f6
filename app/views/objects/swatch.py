"""The colour of an object as an icon."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPen, QPixmap

from app.document.palette import Color

_RIM = 3.5
"""Of a hollow one, in px of its 18."""


def swatch_icon(color: Color, *, hollow: bool = False) -> QIcon:
    """A rounded square, filled or only its rim."""
    pixmap = QPixmap(36, 36)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if hollow:
        painter.setPen(QPen(QColor(*color), _RIM))
        painter.drawRoundedRect(QRectF(1, 1, 16, 16).adjusted(_RIM / 2, _RIM / 2, -_RIM / 2, -_RIM / 2), 3, 3)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(*color))
        painter.drawRoundedRect(1, 1, 16, 16, 4, 4)
    painter.end()
    return QIcon(pixmap)
