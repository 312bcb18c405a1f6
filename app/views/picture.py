"""Draws a frame, or the mattes of a frame, into the canvas."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPixmap

from app.views import theme
from app.views.viewport import Viewport

Frame = NDArray[np.uint8]
Matte = NDArray[np.uint8]
_NEAREST_FROM_ZOOM = 2.0


class Picture:
    """The frame on screen: scaled once, however often the masks on top of it change.

    Attributes:
        frame: (H, W, 3) uint8 RGB, or None.
        matte: (H, W) uint8, shown in place of the frame unless None.
        is_cutout: The matte cuts the frame out instead.
        ground: Behind a cut-out; None is a checker.
    """

    def __init__(self) -> None:
        self.frame: Frame | None = None
        self.matte: Matte | None = None
        self._image = QImage()
        self.is_cutout = False
        self.ground: QColor | None = None
        self._backdrop: QPixmap | None = None
        self._theme = ""

    def set_frame(self, frame: Frame | None) -> None:
        """Show another frame. (H, W, 3) uint8 RGB; the array must not change any more."""
        self._backdrop = None
        if frame is None:
            self.frame, self._image = None, QImage()
            return
        self.frame = np.ascontiguousarray(frame)  # keeps the memory alive that the image shows
        height, width = frame.shape[:2]
        self._image = QImage(
            self.frame.data, width, height, self.frame.strides[0], QImage.Format.Format_RGB888
        )

    def forget_scaled(self) -> None:
        """Zoom, position or size of the canvas changed."""
        self._backdrop = None

    def paint(self, painter: QPainter, view: Viewport, size: QSize, pixel_ratio: float) -> None:
        """Draw it.

        Args:
            painter: In widget px.
            view: Zoom and position.
            size: Of the widget.
            pixel_ratio: Device px per widget px.
        """
        if self.matte is not None and self.is_cutout and self.frame is not None:
            self._paint_cutout(painter, view, pixel_ratio)
            return
        if self.matte is not None:
            set_smoothing(painter, view.scale * pixel_ratio, stretched=view.is_stretched)
            height, width = self.matte.shape
            stride = self.matte.strides[0]
            image = QImage(self.matte.data, width, height, stride, QImage.Format.Format_Grayscale8)
            painter.drawImage(view.image_rect(), image)
            return
        if self._backdrop is None or self._theme != theme.current_theme():
            self._theme = theme.current_theme()
            self._backdrop = self._render(view, size, pixel_ratio)
        painter.drawPixmap(0, 0, self._backdrop)

    def _paint_cutout(self, painter: QPainter, view: Viewport, pixel_ratio: float) -> None:
        """The picture where the matte is, a checker or a colour elsewhere."""
        assert self.frame is not None
        assert self.matte is not None
        target = view.image_rect()
        if self.ground is not None:
            painter.fillRect(target, self.ground)
        else:
            painter.fillRect(target, QColor(96, 96, 96))
            painter.fillRect(target, QBrush(_checker()))
        rgba = cv2.merge([self.frame[..., 0], self.frame[..., 1], self.frame[..., 2], self.matte])
        height, width = self.matte.shape
        image = QImage(rgba.data, width, height, rgba.strides[0], QImage.Format.Format_RGBA8888)
        set_smoothing(painter, view.scale * pixel_ratio, stretched=view.is_stretched)
        painter.drawImage(target, image)

    def _render(self, view: Viewport, size: QSize, pixel_ratio: float) -> QPixmap:
        pixmap = QPixmap(size * pixel_ratio)
        pixmap.setDevicePixelRatio(pixel_ratio)
        pixmap.fill(theme.color("canvas"))
        painter = QPainter(pixmap)
        zoom_x, zoom_y = view.scale_x * pixel_ratio, view.scale_y * pixel_ratio
        if max(zoom_x, zoom_y) < 1.0 and self.frame is not None:
            small = shrunk(self.frame, zoom_x, zoom_y)
            height, width = small.shape[:2]
            image = QImage(small.data, width, height, small.strides[0], QImage.Format.Format_RGB888)
            painter.drawImage(view.image_rect(), image)
        else:
            set_smoothing(painter, min(zoom_x, zoom_y), stretched=view.is_stretched)
            painter.drawImage(view.image_rect(), self._image)
        painter.end()
        return pixmap


def _checker() -> QPixmap:
    """Two of four squares, to be repeated."""
    pixmap = QPixmap(16, 16)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.fillRect(0, 0, 8, 8, QColor(150, 150, 150))
    painter.fillRect(8, 8, 8, 8, QColor(150, 150, 150))
    painter.end()
    return pixmap


def set_smoothing(painter: QPainter, zoom: float, *, stretched: bool) -> None:
    """Smooth below 200 %, crisp pixels from there on, and at 100 % where no pixel is stretched.

    Args:
        painter: Gets the hint.
        zoom: Device px per image px.
        stretched: Pixels are not square.
    """
    smooth = zoom < _NEAREST_FROM_ZOOM and (stretched or abs(zoom - 1.0) > 1e-6)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)


def shrunk(frame: Frame, scale_x: float, scale_y: float) -> Frame:
    """A smaller picture without the flicker of left out pixels, faster than the painter makes it.

    Args:
        frame: (H, W, 3) uint8 RGB.
        scale_x: Below 1.
        scale_y: Below 1.

    Returns:
        (round(H * scale_y), round(W * scale_x), 3) uint8 RGB.
    """
    height, width = max(1, round(frame.shape[0] * scale_y)), max(1, round(frame.shape[1] * scale_x))
    small = frame
    while small.shape[0] >= 2 * height and small.shape[1] >= 2 * width:
        half = (small.shape[1] // 2, small.shape[0] // 2)
        small = np.asarray(cv2.resize(small, half, interpolation=cv2.INTER_AREA), np.uint8)
    result: Frame = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return result
