"""The picture with its masks."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.document.objects import drawn
from app.tools.tool import Tool, ToolMode, ToolSettings
from app.views import theme
from app.views.brush_outline import paint_brush
from app.views.canvas_mouse import CanvasMouse
from app.views.mask_overlay import MaskOverlay
from app.views.picture import Frame


class ViewMode(enum.Enum):
    """What the canvas shows."""

    OVERLAY = "overlay"
    MATTE = "matte"
    ORIGINAL = "original"


class Canvas(CanvasMouse):
    """Draws the current frame and its masks.

    Args:
        document: What is shown.
        tools: One of them has the mouse.
        settings: Brush size.
        parent: Owner.
    """

    def __init__(
        self,
        document: Document,
        tools: dict[ToolMode, Tool],
        settings: ToolSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(document, tools, settings, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._overlay = MaskOverlay()
        self._mode = ViewMode.OVERLAY
        self._finished: Mapping[int, NDArray[np.uint8]] = {}
        document.clip_changed.connect(self._on_clip_changed)
        document.mask_changed.connect(self._on_mask_changed)
        document.objects_changed.connect(self._on_objects_changed)

    # ---- what is shown ----

    @property
    def mode(self) -> ViewMode:
        """What the canvas shows."""
        return self._mode

    @property
    def shown_frame(self) -> int:
        """Index of the frame on screen, -1 for none; it may lag behind the current frame."""
        return self._frame_index

    def set_frame(self, frame_index: int, frame: Frame) -> None:
        """Show a frame with its masks. (H, W, 3) uint8 RGB; the array must not change any more."""
        self._picture.set_frame(frame)
        self._frame_index = frame_index
        self._refresh_masks()
        self.update()

    def set_finished(self, mattes: Mapping[int, NDArray[np.uint8]]) -> None:
        """The finished mattes of the current frame, (H, W) uint8 by object id; the others are as stored."""
        self._finished = mattes
        if self._mode is ViewMode.MATTE:
            self._refresh_masks()
            self.update()

    def set_mode(self, mode: ViewMode) -> None:
        """Show something else."""
        self._mode = mode
        self._refresh_masks()
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Of the overlay, 0..1."""
        self._overlay.set_opacity(opacity)
        self.update()

    # ---- drawing ----

    def _paint_picture(self, painter: QPainter) -> None:
        target, ratio = self._view.image_rect(), self.devicePixelRatioF()
        self._picture.paint(painter, self._view, self.size(), ratio)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.drawRect(target.adjusted(-1, -1, 0, 0))
        if self._mode is ViewMode.OVERLAY:
            self._overlay.paint(painter, target, self._view.scale, ratio)

    def _paint_brush(self, painter: QPainter) -> None:
        hidden = not self._tool.shows_brush or self._pan_from is not None or self.space_held
        if hidden or self._pointer is None:
            return
        info = self._document.object(self._document.current_object_id)
        erases = self._tool.mode is ToolMode.ERASER
        ring = QColor(255, 255, 255) if erases or info is None else QColor(*info.color).lighter(125)
        paint_brush(painter, self._pointer, self._brush_radius, ring, dashed=erases)

    # ---- following the document ----

    def _on_clip_changed(self) -> None:
        info = self._document.info
        self._picture.set_frame(None)
        self._frame_index = -1
        self._stroke_button = None
        self._refresh_masks()
        self._overlay.set_objects(self._document.objects)
        if info is not None:
            self._view.set_image(info.width, info.height)
        self._update_cursor()
        self._view_changed()

    def _on_objects_changed(self) -> None:
        self._overlay.set_objects(self._document.objects)
        if self._mode is ViewMode.MATTE:
            self._refresh_masks()
        self.update()

    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        if frame_index != self._frame_index:
            return
        stroke = self._document.edit is not None
        self._overlay.forget_outline(self._document.current_object_id if stroke else None)
        self._refresh_masks()
        if rect.isNull() or not stroke:
            self.update()
        else:
            self.update(self._view.rect_to_widget(rect))

    def _refresh_masks(self) -> None:
        if self._frame_index < 0:
            self._overlay.set_mask(None)
            self._picture.matte = None
            return
        mask = self._document.shown_mask(self._frame_index)
        self._overlay.set_mask(mask)
        self._picture.matte = self._combined_matte(mask) if self._mode is ViewMode.MATTE else None

    def _combined_matte(self, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W) uint8: the soft mattes of all visible objects together."""
        matte = np.zeros(mask.shape, np.uint8)
        editing = self._document.edit is not None
        for info in drawn(self._document.objects):
            if editing:
                matte[mask == info.object_id] = 255
                continue
            own = self._finished.get(info.object_id)
            elsewhere = self._frame_index != self._document.current_frame
            if own is None or elsewhere or self._document.shows_former:
                own = self._document.shown_matte(self._frame_index, info.object_id)
            # as in an export: together they add up, cut at white
            matte = np.asarray(cv2.add(matte, own), np.uint8)
        return matte

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("canvas"))
        if self._picture.frame is not None:
            self._paint_picture(painter)
            self._paint_brush(painter)
        painter.end()
