"""Draws masks over a picture: transparent colour inside, a fine line around."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF, qRgba

from app.document.objects import ObjectInfo, drawn

Mask = NDArray[np.uint8]
_OUTLINE_BELOW_SCALE = 8.0
_EXACT_FROM_SCALE = 2.0
_COARSE_PX = 0.5
_MAX_OUTLINE_POINTS = 12_000  # more is slow to draw, and crumbs have no readable outline


class MaskOverlay:
    """One mask as an indexed image with a colour table, and its outlines.

    The image shows the array's own memory, so a stroke only needs a repaint.

    Attributes:
        opacity: Of the fill, 0..1.
    """

    def __init__(self) -> None:
        self.opacity = 0.45
        self._mask: Mask | None = None
        self._image = QImage()
        self._objects: tuple[ObjectInfo, ...] = ()
        self._paths: dict[int, QPainterPath] = {}
        self._coarse = False

    def set_mask(self, mask: Mask | None) -> None:
        """Show another array. (H, W) uint8 object ids; None shows nothing."""
        if mask is self._mask:
            return
        self._mask = mask  # keeps the memory alive that the image shows
        self._paths.clear()
        if mask is None:
            self._image = QImage()
            return
        height, width = mask.shape
        self._image = QImage(mask.data, width, height, mask.strides[0], QImage.Format.Format_Indexed8)
        self._apply_colors()

    def set_objects(self, objects: tuple[ObjectInfo, ...]) -> None:
        """Other colours or visibility."""
        self._objects = objects
        self._apply_colors()

    def set_opacity(self, opacity: float) -> None:
        """Of the fill, 0..1."""
        self.opacity = opacity
        self._apply_colors()

    def forget_outline(self, object_id: int | None = None) -> None:
        """The mask's content changed, for one object or for all."""
        if object_id is None:
            self._paths.clear()
        else:
            self._paths.pop(object_id, None)

    def paint(
        self, painter: QPainter, target: QRectF, scale: float, pixel_ratio: float, *, filled: bool = True
    ) -> None:
        """Draw it.

        Args:
            painter: In widget px.
            target: Where the picture lies.
            scale: Widget px per image px.
            pixel_ratio: Device px per widget px.
            filled: Colour inside and a line around; the line alone otherwise.
        """
        if self._mask is None or self._image.isNull():
            return
        if filled and self.opacity > 0:
            # the outline hides that this is not smooth, and it takes a third of the time
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(target, self._image)
        # with the colour inside, single pixels are plain to see at a high zoom
        if filled and (self.opacity <= 0 or scale * pixel_ratio >= _OUTLINE_BELOW_SCALE):
            return
        self.paint_outlines(painter, target, scale, pixel_ratio)

    def paint_outlines(
        self,
        painter: QPainter,
        target: QRectF,
        scale: float,
        pixel_ratio: float,
        *,
        dashed: bool = False,
        later: bool = False,
    ) -> None:
        """Draw the lines around the objects; arguments as for ``paint``.

        Args:
            painter: In widget px.
            target: Where the picture lies.
            scale: Widget px per image px.
            pixel_ratio: Device px per widget px.
            dashed: As for neighbouring frames.
            later: The neighbour is the next frame, drawn lighter than the one before.
        """
        if self._mask is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, width = self._mask.shape
        painter.translate(target.topLeft())
        painter.scale(target.width() / width, target.height() / height)
        for info in drawn(self._objects):
            tint = QColor(*info.color)
            pen = QPen(tint.lighter(150) if later else tint.darker(130) if dashed else tint, 1.4)
            pen.setStyle(Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawPath(self._path(info.object_id, coarse=scale * pixel_ratio < _EXACT_FROM_SCALE))
        painter.restore()

    def _apply_colors(self) -> None:
        if self._image.isNull():
            return
        table = [0] * 256
        alpha = round(255 * self.opacity)
        for info in drawn(self._objects):
            table[info.object_id] = qRgba(*info.color, alpha)
        self._image.setColorTable(table)

    def _path(self, object_id: int, *, coarse: bool) -> QPainterPath:
        if coarse != self._coarse:
            self._paths.clear()
            self._coarse = coarse
        path = self._paths.get(object_id)
        if path is None:
            assert self._mask is not None
            path = self._paths[object_id] = outline(self._mask, object_id, _COARSE_PX if coarse else 0.0)
        return path


def outline(mask: Mask, object_id: int, tolerance_px: float = 0.0) -> QPainterPath:
    """The contours of one object, holes included, through the centres of its border pixels, in image px.

    Args:
        mask: (H, W) uint8 object ids.
        object_id: Whose.
        tolerance_px: How far the line may be from the border; corners are left out accordingly.

    Returns:
        The path; empty for a mask of so many crumbs that drawing them would hold up the window.
    """
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    inside = (mask == object_id).view(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if sum(len(contour) for contour in contours) > _MAX_OUTLINE_POINTS:
        return path
    for contour in contours:
        if tolerance_px > 0:
            contour = cv2.approxPolyDP(contour, tolerance_px, True)
        points = contour.reshape(-1, 2).astype(np.float64) + 0.5
        polygon = QPolygonF([QPointF(x, y) for x, y in points.tolist()])
        path.addPolygon(polygon)
        path.closeSubpath()
    return path
