"""The picture with its masks."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.document.boxes import Box, is_empty
from app.document.document import Document
from app.document.objects import drawn
from app.i18n import tr
from app.media.frame_cache import FrameCache
from app.scene.compose import compose
from app.scene.placement import Placement
from app.scene.recipe import Recipe
from app.scene.sampling import Pixels
from app.scene.style import MatteUse, Style
from app.tools.tool import Tool, ToolMode, ToolSettings
from app.views import theme
from app.views.brush_outline import paint_brush
from app.views.canvas_keys import CanvasKeys
from app.views.drawn_aside import DrawnAside
from app.views.later import Later
from app.views.live_scene import LiveScene
from app.views.lock_overlay import LockOverlay
from app.views.painting import around, as_image, painting
from app.views.pixel_grid import GRID_FROM_ZOOM, paint_edge, paint_grid
from app.views.scene_source import FormerMask, SceneSource
from app.views.sketch import paint_sketch
from app.views.view_mode import ViewMode
from app.views.wipe import Wipe, paint_former

Frame = NDArray[np.uint8]
_OUTLINE_BELOW_ZOOM = 8.0
_MATTE_USES = {ViewMode.MATTE: MatteUse.ALONE, ViewMode.CUTOUT: MatteUse.CUTOUT}


class Canvas(CanvasKeys):
    """Draws the current frame and its masks.

    What is shown of a frame without an edit in hand is described by a `Recipe`; pixels that were made of an
    equal one before, here or ahead by a thread, are drawn as they are.

    Args:
        document: What is shown.
        tools: One of them has the mouse.
        settings: Brush size.
        made: Keeps pixels by `Recipe.key`.
        parent: Owner.

    Signals:
        scene_changed: Something else is on screen: another frame, or the same one shown in another way.

    Attributes:
        aside: Has the frame drawn beside the window, if somebody listens to it.
    """

    scene_changed = Signal()

    def __init__(
        self,
        document: Document,
        tools: dict[ToolMode, Tool],
        settings: ToolSettings,
        made: FrameCache,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(document, tools, settings, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._made = made
        self._source = SceneSource(document)
        self._live = LiveScene()
        self._is_exact = False
        self._drawn_key: Hashable = None
        self._shown: tuple[Pixels, Placement] | None = None
        self._is_resized = self._is_stand_in = False
        self.aside = DrawnAside(self._unmade, self)
        self.aside.ready.connect(self._redraw)
        self._opacity = 0.45
        self._ground: QColor | None = None
        self._shows_onion = False
        self._wipe = Wipe()
        self._locks = LockOverlay()
        self._mode = ViewMode.OVERLAY
        self._finished: Mapping[int, NDArray[np.uint8]] = {}
        document.clip_changed.connect(self._on_clip_changed)
        document.mask_changed.connect(self._on_mask_changed)
        document.masks_changed.connect(self._on_masks_changed)
        self._later = Later(1, self)
        self._later.due.connect(self.aside.ask)
        document.objects_changed.connect(self._later.ask)
        document.current_object_changed.connect(self._later.ask)
        document.current_frame_changed.connect(self._on_frame_changed)
        document.takes_changed.connect(self._later.ask)
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

    def set_frame(self, frame_index: int, frame: Frame, *, is_exact: bool = True) -> None:
        """Show a frame with its masks.

        Args:
            frame_index: 0-based.
            frame: (H, W, 3) uint8 RGB; the array must not change any more.
            is_exact: It is the frame itself and not a picture that stands for it until that is decoded.
        """
        self._frame = frame
        if frame_index != self._frame_index:
            self._finished = {}  # those of another frame
        self._frame_index, self._is_exact = frame_index, is_exact
        self._refresh_locks()

    def set_finished(self, mattes: Mapping[int, NDArray[np.uint8]]) -> None:
        """The finished mattes of the current frame, (H, W) uint8 by object id; the others are as stored."""
        self._finished = mattes
        if self._mode in _MATTE_USES:
            self.update()

    def set_mode(self, mode: ViewMode) -> None:
        """Show something else."""
        self._mode = mode
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Of the overlay, 0..1."""
        self._opacity = opacity
        self.update()

    def set_onion(self, shown: bool) -> None:
        """Show the outlines of the neighbouring frames."""
        self._shows_onion = shown
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
        self._ground = color
        self.update()

    def set_former_mask(self, former_mask: FormerMask | None) -> None:
        """Compare with other masks of each frame by a divider; None ends the comparison."""
        self._wipe.is_on = former_mask is not None
        self._source.former_mask = former_mask or (lambda frame_index: None)
        self._tell_state()
        self.update()

    def recipe(self, frame_index: int, frame: Frame) -> Recipe:
        """A frame as it would be shown now; ``frame`` is its exact picture, (H, W, 3) uint8 RGB."""
        return self._source.recipe(frame_index, frame, self._style(), self._placement(frame))

    # ---- drawing ----

    def _style(self) -> Style:
        ratio = self.devicePixelRatioF()
        colors = tuple((info.object_id, info.color) for info in drawn(self._document.objects))
        if self._mode in _MATTE_USES:
            ground = self._ground if self._mode is ViewMode.CUTOUT else None
            rgb = None if ground is None else (ground.red(), ground.green(), ground.blue())
            return Style(_MATTE_USES[self._mode], colors, ground=rgb, pixel_ratio=ratio)
        if self._mode is ViewMode.CONFIDENCE:
            return Style(
                colors=colors, outlines=True, confidence=True, onion=self._shows_onion, pixel_ratio=ratio
            )
        if not self._shows_overlay():
            return Style(pixel_ratio=ratio)
        fill = self._opacity if self._mode is ViewMode.OVERLAY else 0.0
        # with the colour inside, single pixels are plain to see at a high zoom
        is_plain = self._mode is ViewMode.OVERLAY and (fill <= 0 or self.zoom >= _OUTLINE_BELOW_ZOOM)
        return Style(
            colors=colors,
            fill=fill,
            outlines=not is_plain,
            onion=self._shows_onion,
            wipe_share=self._wipe.share if self._wipe.is_on else None,
            pixel_ratio=ratio,
        )

    def _placement(self, frame: Frame) -> Placement:
        target, ratio = self._view.image_rect(), self.devicePixelRatioF()
        left, top = round(target.left() * ratio), round(target.top() * ratio)
        width = max(1, round(target.right() * ratio) - left)
        height = max(1, round(target.bottom() * ratio) - top)
        canvas = (math.ceil(self.height() * ratio), math.ceil(self.width() * ratio))
        return Placement(frame.shape[:2], left, top, width, height, canvas)

    def _pixels(self, recipe: Recipe, box: Box) -> tuple[Pixels, Box]:
        """At least the device px in ``box`` as they are now, and which ones these are.

        Returns:
            (h, w, 4) uint8 blue, green, red, 255, contiguous; left, top, right, bottom.
        """
        document, edit = self._document, self._document.edit
        if edit is not None and edit.frame_index != recipe.frame_index:
            edit = None
        visible = recipe.placement.visible
        is_kept = edit is None and self._is_exact
        pixels = self._made.get(recipe.key) if is_kept else None
        if pixels is not None:
            return pixels, visible
        is_current = recipe.frame_index == document.current_frame and not document.shows_former
        layers = self._live.layers(recipe, edit, self._finished if is_current else {})
        pixels = compose(layers, recipe.style, recipe.placement, box)
        if is_kept and box == visible and recipe.is_plain:
            self._made.put(recipe.key, pixels)
        return pixels, box

    def _paint_picture(self, painter: QPainter, frame: Frame, dirty: QRect) -> None:
        recipe, ratio = self.recipe(self._frame_index, frame), self.devicePixelRatioF()
        box = recipe.placement.clipped(
            (
                math.floor(dirty.left() * ratio),
                math.floor(dirty.top() * ratio),
                math.ceil((dirty.left() + dirty.width()) * ratio),
                math.ceil((dirty.top() + dirty.height()) * ratio),
            )
        )
        left, top, right, bottom = recipe.placement.visible
        inner = QRectF(left / ratio, top / ratio, (right - left) / ratio, (bottom - top) / ratio)
        self._paint_ground(painter, dirty, inner)
        if not is_empty(box):
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)  # from here on in device px, so that nothing is resampled
            if not (self._is_resized and self._paint_stand_in(painter, recipe)):
                pixels, held = self._pixels(recipe, box)
                target = QRect(box[0], box[1], box[2] - box[0], box[3] - box[1])
                painter.drawImage(target, as_image(pixels), target.translated(-held[0], -held[1]))
                if held == recipe.placement.visible:
                    self._shown = pixels, recipe.placement
            painter.restore()
        whole = self._view.image_rect()
        paint_edge(painter, whole)
        if self.zoom >= GRID_FROM_ZOOM:
            step = QPointF(self._view.scale_x, self._view.scale_y)
            paint_grid(painter, whole, step, QRectF(dirty))
        if self._wipe.is_on and self._shows_overlay():
            self._wipe.paint(painter, whole, QRectF(self.rect()))
        elif self._document.shows_former and self._mode is not ViewMode.ORIGINAL:
            paint_former(painter, whole, QRectF(self.rect()))
        if self._mode is not ViewMode.ORIGINAL:
            self._locks.paint(painter, whole)
        if recipe.key != self._drawn_key:
            self._drawn_key = recipe.key
            self.scene_changed.emit()

    def _paint_stand_in(self, painter: QPainter, recipe: Recipe) -> bool:
        """After the canvas got another size: what was shown, larger or smaller, for a moment.

        The whole window is laid out and painted in that turn, which leaves no time for new pixels.

        Returns:
            Whether there was something to paint.
        """
        self._is_resized = False
        if self._shown is None or not self.aside.is_on or self._unmade() is None:
            return False
        pixels, placement = self._shown
        if not (placement.shows_all and recipe.placement.shows_all):
            return False
        left, top, right, bottom = recipe.placement.visible
        painter.drawImage(QRect(left, top, right - left, bottom - top), as_image(pixels))
        self._is_stand_in = True
        return True

    def _paint_ground(self, painter: QPainter, dirty: QRect, picture: QRectF) -> None:
        """What the picture does not cover."""
        inner = picture.adjusted(0.999, 0.999, -0.999, -0.999).toAlignedRect()
        for band in around(dirty, inner):
            painter.fillRect(band, theme.color("canvas"))

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
        self._source.clip += 1
        self._made.clear()
        self._frame, self._frame_index, self._finished, self._shown = None, -1, {}, None
        self._stroke_button = None
        self._tool.cancel()
        self._refresh_locks()
        if info is not None:
            self._view.set_image(info.width, info.height, float(info.sample_aspect))
        self._update_cursor()
        self._view_changed()

    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        if frame_index != self._frame_index:
            if self._shows_onion and abs(frame_index - self._frame_index) == 1:
                self.update()
            return
        edit = self._document.edit
        if edit is None:
            self._later.ask()
            return
        box = (rect.left(), rect.top(), rect.left() + rect.width(), rect.top() + rect.height())
        height, width = edit.mask.shape
        self._live.painted((0, 0, width, height) if rect.isNull() else box)
        self.update(self.rect() if rect.isNull() else self._view.rect_to_widget(rect))

    def _on_masks_changed(self, frames: frozenset[int]) -> None:
        shown = self._frame_index
        if shown in frames and self._document.edit is not None:
            self._on_mask_changed(shown, QRect())
        elif shown in frames:
            self._later.ask()
        elif self._shows_onion and not frames.isdisjoint((shown - 1, shown + 1)):
            self.update()

    def _on_frame_changed(self) -> None:
        if self._stroke_button is not None:
            # what is drawn belongs to the frame that it was begun on
            self._stroke_button = None
            self._tool.cancel()
        self._later.ask()

    def _refresh_locks(self, *_: object) -> None:
        """Take the locked pixels as they are now, those that are being drawn included."""
        edit, region = self._document.lock_edit, self._document.locked_region(self._frame_index)
        if edit is not None and edit.frame_index == self._frame_index:
            self._locks.set_pixels(edit.pixels)
        else:
            self._locks.set_pixels(None if region is None else region.pixels())
        self._later.ask()

    @Slot()
    def _redraw(self) -> None:
        self.repaint()  # in this turn: `update` may wait for one in which the timeline is painted too

    def _unmade(self) -> Recipe | None:
        """The frame as it is to be shown, if somebody can make its pixels and has not; else None."""
        edit, frame = self._document.edit, self._frame
        is_held = edit is not None and edit.frame_index == self._frame_index
        if frame is None or is_held or not (self._is_exact and self.isVisible()):
            return None
        recipe = self.recipe(self._frame_index, frame)
        is_seen = not is_empty(recipe.placement.visible)
        return recipe if is_seen and recipe.is_plain and recipe.key not in self._made else None

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

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt override
        self._is_resized = True
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        with painting(self) as painter:
            if self._frame is None:
                painter.fillRect(event.rect(), theme.color("canvas"))
            else:
                self._paint_picture(painter, self._frame, event.rect())
                paint_sketch(painter, self._tool.sketch(), self._view)
                self._paint_brush(painter)
            self._paint_keys(painter)
        if event.rect() == self.rect():
            self._later.stop()
            self.aside.stop()
        if self._is_stand_in:
            self._is_stand_in = False
            self._later.ask()
