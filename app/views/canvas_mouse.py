"""The canvas as the mouse sees it: zoom, pan, brush size, and strokes that go to the tool."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QMouseEvent,
    QResizeEvent,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.document.document import Document
from app.i18n import tr
from app.tools.outlines import PolygonTool
from app.tools.tool import (
    MAX_BRUSH_PX,
    MIN_BRUSH_PX,
    Tool,
    ToolEvent,
    ToolMode,
    ToolSettings,
    object_at,
)
from app.views.brush_drag import BrushDrag
from app.views.brush_outline import brush_rect
from app.views.viewport import Viewport

_ZOOM_STEP = 1.25


class CanvasMouse(QWidget):
    """What a canvas does with the mouse; how it looks is up to the class above.

    Args:
        document: Whose current frame is painted on.
        tools: One of them has the mouse.
        settings: Brush size.
        parent: Owner.

    Signals:
        zoom_changed: Another zoom (device px per image px).
        brush_changed: The brush was resized here (diameter in image px).
        tool_changed: Another tool is in hand (ToolMode).
        hardness_changed: The brush is harder or softer (0..1).
        pointer_moved: The pointer is over an image pixel (x, y), or over none (-1, -1).
        stroke_begins: The user is about to paint on the frame on screen.
    """

    zoom_changed = Signal(float)
    brush_changed = Signal(float)
    hardness_changed = Signal(float)
    tool_changed = Signal(object)
    pointer_moved = Signal(int, int)
    stroke_begins = Signal()

    def __init__(
        self,
        document: Document,
        tools: dict[ToolMode, Tool],
        settings: ToolSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setTabletTracking(True)
        self.setObjectName("canvas")
        self.setAccessibleName(tr("Canvas"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(240, 160)
        self._document = document
        self._tools = tools
        self._settings = settings
        self._tool = tools[ToolMode.BRUSH]
        self._view = Viewport()
        self._frame: NDArray[np.uint8] | None = None
        self._frame_index = -1
        self._pointer: QPointF | None = None
        self._pan_from: QPointF | None = None
        self._stroke_button: Qt.MouseButton | None = None
        self._brush_drag: BrushDrag | None = None
        self._pressure = 1.0
        self.space_held = False
        self.space_used = False

    @property
    def viewport(self) -> Viewport:
        """Zoom and position."""
        return self._view

    @property
    def zoom(self) -> float:
        """Device px per image px, on the side of a pixel that is not stretched."""
        return self._view.scale * self.devicePixelRatioF()

    @property
    def tool_mode(self) -> ToolMode:
        """The tool in hand."""
        return self._tool.mode

    @property
    def tool(self) -> Tool:
        """The tool in hand."""
        return self._tool

    def set_tool(self, mode: ToolMode) -> None:
        """Take another tool in hand; a selection or an outline in hand is dropped."""
        self._tool.put_down()
        self._stroke_button = None
        self._tool = self._tools[mode]
        self._update_cursor()
        self.update()
        self.tool_changed.emit(mode)

    def set_locking(self, locks: bool) -> None:
        """The tools draw locked pixels, or the object again; what is in hand is dropped."""
        self._tool.cancel()
        self._settings.locks = locks
        self._update_cursor()
        self.update()

    def set_brush_px(self, diameter: float) -> None:
        """Resize the brush; diameter in image px."""
        self._settings.brush_px = max(MIN_BRUSH_PX, min(diameter, MAX_BRUSH_PX))
        self._update_cursor()
        self.update()
        self.brush_changed.emit(self._settings.brush_px)

    def set_hardness(self, hardness: float) -> None:
        """Of the brush, 0..1."""
        self._settings.hardness = max(0.0, min(hardness, 1.0))
        self.hardness_changed.emit(self._settings.hardness)

    def scale_brush(self, factor: float) -> None:
        """Make the brush larger or smaller, by at least one pixel."""
        size = self._settings.brush_px
        wanted = round(size * factor)
        if wanted == round(size):
            wanted += 1 if factor > 1 else -1
        self.set_brush_px(wanted)

    def fit(self) -> None:
        """Show all of the picture."""
        self._view.fit()
        self._view_changed()

    def zoom_to(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Zoom to device px per image px; the point under ``anchor`` (widget px) stays."""
        self._view.zoom_to(zoom / self.devicePixelRatioF(), anchor)
        self._view_changed()

    def zoom_by(self, steps: float) -> None:
        """Zoom in (positive) or out around the pointer, or around the middle."""
        self.zoom_to(self.zoom * _ZOOM_STEP**steps, self._pointer)

    # ---- the mouse ----

    def _tool_event(self, event: QMouseEvent) -> ToolEvent:
        point = self._view.to_image(event.position())
        held = event.modifiers()
        subtract = (
            bool(held & Qt.KeyboardModifier.AltModifier) or self._stroke_button is Qt.MouseButton.RightButton
        )
        straight = bool(held & Qt.KeyboardModifier.ShiftModifier)
        scale, aspect = self._view.scale, self._view.scale_x / self._view.scale_y
        return ToolEvent(point.x(), point.y(), straight, subtract, self._pressure, scale, aspect)

    def _can_paint(self) -> bool:
        return self._frame is not None and self._frame_index == self._document.current_frame

    def _begin_pan(self, at: QPointF) -> None:
        self._pan_from = at
        self._update_cursor()
        self.update()

    def _view_changed(self) -> None:
        self.update()
        self.zoom_changed.emit(self.zoom)

    def _update_cursor(self) -> None:
        if self._pan_from is not None:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif self.space_held or self._tool.mode is ToolMode.PAN:
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif self._frame is None:
            self.setCursor(Qt.CursorShape.ArrowCursor)
        elif self._tool.mode is ToolMode.PICK:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        elif self._tool.mode is ToolMode.MOVE:
            self.setCursor(Qt.CursorShape.ArrowCursor)
        elif not self._tool.shows_brush or self._settings.brush_px * self._view.scale < 6:
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.setCursor(Qt.CursorShape.BlankCursor)

    def set_space_held(self, held: bool) -> None:
        """Space is down: dragging pans. ``space_used`` then says that it was not meant for playback."""
        self.space_held = held
        if held:
            self.space_used = False
        self._update_cursor()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        button = event.button()
        if self._stroke_button is not None or self._brush_drag is not None or self._frame is None:
            return
        pans = button is Qt.MouseButton.MiddleButton
        if button is Qt.MouseButton.LeftButton and (self.space_held or self._tool.mode is ToolMode.PAN):
            pans = True
            self.space_used = self.space_held
        if pans:
            self._begin_pan(event.position())
        elif button is Qt.MouseButton.LeftButton and self._press_handle(event.position()):
            pass
        elif button is Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if self._tool.shows_brush:
                self._brush_drag = BrushDrag(event.position(), self._settings.brush_px)
            else:
                self._pick(event.position())
        elif button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
            if self._tool.paints:
                self.stroke_begins.emit()
            if self._can_paint():
                self._stroke_button = button
                self._tool.press(self._tool_event(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        position = event.position()
        if event.buttons() == Qt.MouseButton.NoButton:
            self._end_drag()  # the release went elsewhere
        if self._pan_from is not None:
            self._view.pan(position - self._pan_from)
            self._pan_from = position
            self._pointer = position
            self._view_changed()
            return
        if self._move_handle(position):
            return
        if self._brush_drag is not None:
            self._pointer = self._brush_drag.start
            self.set_brush_px(self._brush_drag.size_at(position, self._view.scale))
            return
        if self._stroke_button is not None:
            self._tool.move(self._tool_event(event))
        elif self._can_paint():
            self._tool.hover(self._tool_event(event))
        former, self._pointer = self._pointer, position
        self.update(brush_rect(former, self._brush_radii))
        self.update(brush_rect(position, self._brush_radii))
        self._tell_pointer()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if self._pan_from is not None and event.button() in (
            Qt.MouseButton.MiddleButton,
            Qt.MouseButton.LeftButton,
        ):
            self._pan_from = None
            self._update_cursor()
            self.update()
        elif self._brush_drag is not None and event.button() is Qt.MouseButton.LeftButton:
            drag, self._brush_drag = self._brush_drag, None
            if drag.is_click:
                self._pick(drag.start)
        elif event.button() == self._stroke_button:
            self._end_drag()
        self._release_handle()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if event.button() is Qt.MouseButton.LeftButton and self._tool.mode is ToolMode.POLYGON:
            self._tool.double_click(self._tool_event(event))
        else:
            self.mousePressEvent(event)  # two quick strokes are two strokes

    def tabletEvent(self, event: QTabletEvent) -> None:  # noqa: D102 - Qt override
        # Qt sends mouse events for a pen as well, after this one is ignored: they do the rest
        kind = event.type()
        if kind == QEvent.Type.TabletRelease:
            self._pressure = 1.0
        elif kind == QEvent.Type.TabletPress or event.pressure() > 0:
            self._pressure = event.pressure()
        event.ignore()

    def tool_key(self, key: int) -> bool:
        """Give a key to the tool: Enter keeps what is in hand, Esc drops it, Backspace takes a corner back.

        Returns:
            Whether there was anything in hand.
        """
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return self._tool.confirm()
        if key == Qt.Key.Key_Escape:
            return self._tool.cancel()
        if key == Qt.Key.Key_Backspace and isinstance(self._tool, PolygonTool):
            return self._tool.take_back()
        return False

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if event.type() == QEvent.Type.WindowDeactivate:
            self._end_drag()  # the other window gets the release
        return super().event(event)

    def _pick(self, at: QPointF) -> None:
        """Ctrl and a click choose the object there (widget px), whatever the tool."""
        if self._can_paint():
            point = self._view.to_image(at)
            object_id = object_at(self._document, (point.x(), point.y()))
            if object_id:
                self._document.set_current_object(object_id)

    # ---- handles of the canvas itself ----

    def _press_handle(self, at: QPointF) -> bool:
        """Take hold of a handle at a point in widget px. Returns whether there is one."""
        return False

    def _move_handle(self, at: QPointF) -> bool:
        """Move the handle in hand. Returns whether there is one."""
        return False

    def _release_handle(self) -> None:
        """Let it go."""

    def _end_drag(self) -> None:
        """The button is up, or will not be heard of any more: what was painted so far counts."""
        if self._pan_from is not None:
            self._pan_from = None
            self._update_cursor()
            self.update()
        self._brush_drag = None
        if self._stroke_button is not None:
            self._stroke_button = None
            self._tool.release()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt override
        delta = event.angleDelta()
        steps = (delta.y() or delta.x()) / 120.0
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.scale_brush(1.15**steps)
        elif self._frame is not None:
            self.zoom_to(self.zoom * _ZOOM_STEP**steps, event.position())
        self._update_cursor()
        event.accept()

    def _tell_pointer(self) -> None:
        info = self._document.info
        if info is None or self._pointer is None:
            self.pointer_moved.emit(-1, -1)
            return
        point = self._view.to_image(self._pointer)
        x, y = int(point.x() // 1), int(point.y() // 1)
        inside = 0 <= x < info.width and 0 <= y < info.height
        self.pointer_moved.emit(x if inside else -1, y if inside else -1)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: D102 - Qt override
        self._pointer = event.position()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt override
        self._pointer = None
        self._tell_pointer()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt override
        self.set_space_held(False)
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt override
        self._view.set_widget(self.width(), self.height())
        self._view_changed()

    @property
    def _brush_radii(self) -> QPointF:
        """In widget px, across and down; the same, since the brush is round on the screen."""
        return QPointF(self._view.scale, self._view.scale) * (self._settings.brush_px / 2)
