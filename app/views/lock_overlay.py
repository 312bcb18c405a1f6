"""Draws locked pixels over a picture: a quiet hatch."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF

from app.scene.contours import outlines

_MITER = Qt.PenJoinStyle.MiterJoin
_DARK, _BRIGHT = QColor(0, 0, 0, 120), QColor(255, 255, 255, 140)
_TILE_PX = 11


class LockOverlay:
    """The locked pixels of one frame.

    Attributes:
        is_on: Whether they are shown.
    """

    def __init__(self) -> None:
        self.is_on = True
        self._pixels: NDArray[np.bool_] | None = None
        self._path: QPainterPath | None = None

    def set_pixels(self, pixels: NDArray[np.bool_] | None) -> None:
        """Show others, (H, W) bool; None for none. The same array again has other content."""
        self._pixels = pixels
        self._path = None

    def paint(self, painter: QPainter, target: QRectF) -> None:
        """Draw them.

        Args:
            painter: In widget px.
            target: Where the picture lies.
        """
        if not self.is_on or self._pixels is None:
            return
        areas = self._pixels.view(np.uint8)
        if self._path is None:
            self._path = _path(areas)
        height, width = areas.shape
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._path.isEmpty():  # nothing, or crumbs without a readable outline
            image = QImage(areas.data, width, height, areas.strides[0], QImage.Format.Format_Indexed8)
            image.setColorTable([0, _BRIGHT.rgba()])
            painter.drawImage(target, image)
        painter.translate(target.topLeft())
        painter.scale(target.width() / width, target.height() / height)
        to_widget, _ = painter.transform().inverted()
        brush = QBrush(_hatch())
        brush.setTransform(to_widget)
        # the outline runs through the middle of the border's pixels: half a pixel is lacking around it
        painter.setPen(QPen(brush, 1.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap, _MITER))
        painter.setBrush(brush)
        painter.drawPath(self._path)
        painter.restore()


def _path(areas: NDArray[np.uint8]) -> QPainterPath:
    """The outlines of what is not 0, in image px; empty for crumbs."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for line in outlines(areas, 1):
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
        path.closeSubpath()
    return path


@functools.cache
def _hatch() -> QImage:
    """A tile with a dark and a bright line side by side, which are seen on any picture."""
    tile = QImage(_TILE_PX, _TILE_PX, QImage.Format.Format_ARGB32)
    tile.fill(Qt.GlobalColor.transparent)
    for x in range(_TILE_PX):
        tile.setPixelColor(x, _TILE_PX - 1 - x, _BRIGHT)
        tile.setPixelColor((x + 1) % _TILE_PX, _TILE_PX - 1 - x, _DARK)
    return tile
