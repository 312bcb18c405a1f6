"""The picture with its masks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.document.document import Document
from app.document.mask_store import StoredMask
from app.document.objects import drawn
from app.i18n import tr
from app.matte.levels import clipped_bytes
from app.tools.tool import Tool, ToolMode, ToolSettings
from app.views import theme
from app.views.brush_outline import paint_brush
from app.views.canvas_keys import CanvasKeys
from app.views.lock_overlay import LockOverlay
from app.views.mask_overlay import MaskOverlay
from app.views.picture import Frame
from app.views.sketch import paint_sketch
from app.views.view_mode import ViewMode
from app.views.wipe import Wipe

FormerMask = Callable[[int], StoredMask | None]

_GRID_FROM_ZOOM = 12.0


class Canvas(CanvasKeys):
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
        self._onion: list[MaskOverlay] = []
        self._shows_onion = False
        self._wipe = Wipe()
        self._locks = LockOverlay()
        self._former_mask: FormerMask = lambda frame_index: None
        self._mode = ViewMode.OVERLAY
        self._finished: Mapping[int, NDArray[np.uint8]] = {}
        document.clip_changed.connect(self._on_clip_changed)
        document.mask_changed.connect(self._on_mask_changed)
        document.objects_changed.connect(self._on_objects_changed)
        document.current_object_changed.connect(self._redraw)
        document.current_frame_changed.connect(self._on_frame_changed)
        document.takes_changed.connect(self._on_takes_changed)
        document.locked_regions_changed.connect(self._refresh_locks)
        document.lock_edit_changed.connect(self._refresh_locks)

    # ---- what is shown ----

    @property
    def mode(self) -> ViewMode:
        """What the canvas shows."""
        return self._mode

    @property
    def shown_frame(self) -> int:
        """Index of the frame on screen, -1 for none; it may lag behind the current frame."""
        return self._frame_index

    @property
    def wipe(self) -> Wipe:
        """The comparison with former masks."""
        return self._wipe

    def set_frame(self, frame_index: int, frame: Frame) -> None:
        """Show a frame with its masks. (H, W, 3) uint8 RGB; the array must not change any more."""
        self._picture.set_frame(frame)
        if frame_index != self._frame_index:
            self._finished = {}  # those of another frame
        self._frame_index = frame_index
        self._refresh_masks()
        self._refresh_locks()

    def set_finished(self, mattes: Mapping[int, NDArray[np.uint8]]) -> None:
        """The finished mattes of the current frame, (H, W) uint8 by object id; the others are as stored."""
        self._finished = mattes
        if self._mode in (ViewMode.MATTE, ViewMode.CUTOUT):
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
        self._wipe.overlay.set_opacity(opacity)
        self.update()

    def set_onion(self, shown: bool) -> None:
        """Show the outlines of the neighbouring frames."""
        self._shows_onion = shown
        self._refresh_masks()
        self.update()

    @property
    def shows_locks(self) -> bool:
        """Whether locked pixels are hatched."""
        return self._locks.is_on

    def set_locks_shown(self, shown: bool) -> None:
        """Show a hatch over locked pixels."""
        self._locks.is_on = shown
        self.update()

    def set_cutout_ground(self, color: QColor | None) -> None:
        """What lies behind a cut-out: a colour, or a checker if None."""
        self._picture.ground = color
        self.update()

    def set_former_mask(self, former_mask: FormerMask | None) -> None:
        """Compare with other masks of each frame by a divider; None ends the comparison."""
        self._wipe.is_on = former_mask is not None
        self._former_mask = former_mask or (lambda frame_index: None)
        self._refresh_masks()
        self._tell_state()
        self.update()

    # ---- drawing ----

    def _paint_picture(self, painter: QPainter) -> None:
        target, ratio = self._view.image_rect(), self.devicePixelRatioF()
        self._picture.paint(painter, self._view, self.size(), ratio)
        if self.zoom >= _GRID_FROM_ZOOM:
            self._paint_grid(painter, target)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(target.adjusted(-1, -1, 0, 0))
        if self._shows_overlay():
            filled, scale = self._mode is ViewMode.OVERLAY, self._view.scale
            if self._wipe.is_on:
                self._wipe.paint(painter, self._overlay, target, scale, ratio, filled=filled)
            else:
                self._overlay.paint(painter, target, scale, ratio, filled=filled)
            for place, onion in enumerate(self._onion):
                onion.paint_outlines(painter, target, scale, ratio, dashed=True, later=bool(place))
        if self._mode is not ViewMode.ORIGINAL:
            self._locks.paint(painter, target)

    def _paint_grid(self, painter: QPainter, target: QRectF) -> None:
        """A line between pixels, where they are large enough to aim at."""
        step_x, step_y = self._view.scale_x, self._view.scale_y
        seen = target.intersected(QRectF(self.rect()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(QColor(128, 128, 128, 90), 1))
        x = target.left() + step_x * int((seen.left() - target.left()) / step_x)
        while x <= seen.right():
            painter.drawLine(QPointF(x, seen.top()), QPointF(x, seen.bottom()))
            x += step_x
        y = target.top() + step_y * int((seen.top() - target.top()) / step_y)
        while y <= seen.bottom():
            painter.drawLine(QPointF(seen.left(), y), QPointF(seen.right(), y))
            y += step_y

    def _paint_brush(self, painter: QPainter) -> None:
        hidden = not self._tool.shows_brush or self._pan_from is not None or self.space_held
        if hidden or self._pointer is None:
            return
        info = self._document.object(self._document.current_object_id)
        erases = self._tool.mode is ToolMode.ERASER
        plain = erases or info is None or self._tool.locks
        ring = QColor(255, 255, 255) if plain or info is None else QColor(*info.color).lighter(125)
        paint_brush(painter, self._pointer, self._brush_radii, ring, dashed=erases)

    # ---- following the document ----

    def _on_clip_changed(self) -> None:
        info = self._document.info
        self._picture.set_frame(None)
        self._frame_index = -1
        self._stroke_button = None
        self._tool.cancel()
        self._refresh_masks()
        self._refresh_locks()
        self._on_objects_changed()
        if info is not None:
            self._view.set_image(info.width, info.height, float(info.sample_aspect))
        self._update_cursor()
        self._view_changed()

    def _on_objects_changed(self) -> None:
        for overlay in (self._overlay, self._wipe.overlay, *self._onion):
            overlay.set_objects(self._document.objects)
        if self._mode in (ViewMode.MATTE, ViewMode.CUTOUT):
            self._refresh_masks()
        self.update()

    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        if frame_index != self._frame_index:
            if self._shows_onion and abs(frame_index - self._frame_index) == 1:
                self._refresh_masks()
                self.update()
            return
        stroke = self._document.edit is not None
        self._overlay.forget_outline(self._document.current_object_id if stroke else None)
        self._refresh_masks(around=not stroke)  # a stroke changes nothing else
        if rect.isNull() or not stroke:
            self.update()
        else:
            self.update(self._view.rect_to_widget(rect))

    def _on_frame_changed(self) -> None:
        if self._stroke_button is not None:
            # what is drawn belongs to the frame that it was begun on
            self._stroke_button = None
            self._tool.cancel()
        self.update()

    def _on_takes_changed(self) -> None:
        if self._wipe.is_on:
            self._refresh_masks()
            self.update()

    def _refresh_locks(self, *_: object) -> None:
        """Take the locked pixels as they are now, those that are being drawn included."""
        edit, region = self._document.lock_edit, self._document.locked_region(self._frame_index)
        if edit is not None and edit.frame_index == self._frame_index:
            self._locks.set_pixels(edit.pixels)
        else:
            self._locks.set_pixels(None if region is None else region.pixels())
        self.update()

    def _redraw(self, *_: object) -> None:
        self.update()

    def _refresh_masks(self, *, around: bool = True) -> None:
        """Take the masks as they are now; ``around``: also those of the neighbours and of before."""
        frame = self._frame_index
        if frame < 0:
            self._overlay.set_mask(None)
            self._wipe.overlay.set_mask(None)
            self._onion = []
            self._picture.matte = None
            return
        mask = self._document.shown_mask(frame)
        self._overlay.set_mask(mask)
        self._picture.is_cutout = self._mode is ViewMode.CUTOUT
        shows_matte = self._mode in (ViewMode.MATTE, ViewMode.CUTOUT)
        self._picture.matte = self._combined_matte(mask) if shows_matte else None
        if not around:
            return
        if self._wipe.is_on:
            former = self._former_mask(frame)
            self._wipe.overlay.set_mask(None if former is None else former.index_mask())
            self._wipe.overlay.set_objects(self._document.objects)
        self._onion = self._neighbours(frame) if self._shows_onion else []

    def _neighbours(self, frame_index: int) -> list[MaskOverlay]:
        found = []
        for neighbour in (frame_index - 1, frame_index + 1):
            overlay = MaskOverlay()
            overlay.set_objects(self._document.objects)
            if neighbour in self._document.masks:
                overlay.set_mask(self._document.masks.index_mask(neighbour))
            found.append(overlay)
        return found

    def _combined_matte(self, mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(H, W) uint8: the soft mattes of all visible objects together."""
        matte = np.zeros(mask.shape, np.uint8)
        edit = self._document.edit
        for info in drawn(self._document.objects):
            if edit is not None:
                painted = clipped_bytes(edit.matte(info.object_id), info.finish)
                matte = np.asarray(cv2.add(matte, painted), np.uint8)
                continue
            own = self._finished.get(info.object_id)
            elsewhere = self._frame_index != self._document.current_frame
            if own is None or elsewhere or self._document.shows_former:
                own = clipped_bytes(
                    self._document.shown_matte(self._frame_index, info.object_id), info.finish
                )
            # as in an export: together they add up, cut at white
            matte = np.asarray(cv2.add(matte, own), np.uint8)
        return matte

    def _shows_overlay(self) -> bool:
        return self._mode in (ViewMode.OVERLAY, ViewMode.OUTLINE)

    def _more_state(self) -> list[str]:
        if not self._wipe.is_on:
            return []
        return [tr("compared with before, divider at {percent:.0f} %", percent=100 * self._wipe.share)]

    # ---- handles ----

    def _press_handle(self, at: QPointF) -> bool:
        return self._shows_overlay() and self._wipe.press(at, self._view.image_rect(), self._view.scale_x)

    def _move_handle(self, at: QPointF) -> bool:
        moved = self._wipe.move(at, self._view.image_rect())
        if moved:
            self._tell_state()
            self.update()
        return moved

    def _release_handle(self) -> None:
        self._wipe.release()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme.color("canvas"))
        if self._picture.frame is not None:
            self._paint_picture(painter)
            paint_sketch(painter, self._tool.sketch(), self._view)
            self._paint_brush(painter)
        self._paint_keys(painter)
        painter.end()
