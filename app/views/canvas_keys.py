"""The canvas as keys and screen readers see it: a cursor that arrows move, a mark of the focus, words."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.action_specs import SPECS
from app.document.document import Document
from app.i18n import tr
from app.tools.tool import Tool, ToolMode, ToolSettings, object_at
from app.views.canvas_mouse import CanvasMouse
from app.views.focus_mark import came_by_key, paint_focus
from app.views.key_cursor import KeyCursor

_TOOL_NAMES = {mode: next(spec.text for spec in SPECS if spec.name == mode.value) for mode in ToolMode}


class CanvasKeys(CanvasMouse):
    """What a canvas does with keys.

    Args:
        document: Whose current frame is painted on.
        tools: One of them has the mouse, or the keyboard's cursor.
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
        self.key_cursor = KeyCursor(self, self._view)
        self._shows_focus = False
        self._is_quiet = False
        for signal in (
            document.clip_changed,
            document.current_frame_changed,
            document.current_object_changed,
            document.objects_changed,
        ):
            signal.connect(self._tell_state)
        document.clip_changed.connect(self._center_cursor)
        self.tool_changed.connect(lambda mode: self._describe([tr(_TOOL_NAMES[mode])]))
        self._tell_state()

    def set_key_cursor(self, on: bool) -> None:
        """Show the keyboard's cursor and give it the arrows and Space, or take them back."""
        self.key_cursor.switch(on)
        if on:
            self.setFocus()
        self._tell_state()
        self.update()

    @property
    def is_quiet(self) -> bool:
        """Whether frames pass that are not told one by one."""
        return self._is_quiet

    def set_quiet(self, quiet: bool) -> None:
        """Tell the frames that pass, or only the one that is reached at the end."""
        if quiet != self._is_quiet:
            self._is_quiet = quiet
            self._tell_state()

    def _center_cursor(self) -> None:
        info = self._document.info
        if info is not None:
            self.key_cursor.set_image(info.width, info.height)

    def _tell_state(self, *_: object) -> None:
        document = self._document
        if document.info is None:
            self.setAccessibleDescription("")
            return
        if self._is_quiet:
            return
        parts = [tr("Frame {frame} of {count}", frame=document.current_frame, count=document.frame_count)]
        info = document.object(document.current_object_id)
        if info is not None:
            parts.append(tr("{name} is painted", name=info.name))
        parts.append(tr(_TOOL_NAMES[self.tool_mode]))
        parts += self._more_state()
        if self.key_cursor.is_on:
            parts += self._cursor_state()
        self._describe(parts)

    def _cursor_state(self) -> list[str]:
        """Where the keyboard's cursor is, and what is there."""
        x, y = self.key_cursor.pixel
        here = self._document.object(object_at(self._document, (x + 0.5, y + 0.5)))
        parts = [tr("cursor at {x}, {y}", x=x, y=y)]
        parts.append(tr("no object there") if here is None else tr("{name} is there", name=here.name))
        if self.key_cursor.is_holding:
            parts.append(tr("drawing"))
        return parts

    def _describe(self, parts: list[str]) -> None:
        text = "; ".join(parts)
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)

    def _more_state(self) -> list[str]:
        """What else a screen reader should tell."""
        return []

    def _paint_keys(self, painter: QPainter) -> None:
        if self.key_cursor.is_on and self._document.info is not None:
            self.key_cursor.paint(painter)
        if self._shows_focus:
            paint_focus(painter, self.rect())

    # ---- Qt overrides ----

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self.key_cursor.wants(event)
        ):
            event.accept()  # arrows are the cursor's now, not steps from frame to frame
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt override
        if not self.key_cursor.wants(event):
            super().keyPressEvent(event)
            return
        self.key_cursor.press(event)
        shift = self.key_cursor.shift_into(QRectF(self.rect()))
        if not shift.isNull():
            self._view.pan(shift)
            self._view_changed()
        # a reader reads the description anew whenever it changes: no more than what the key has changed
        self._describe([*self._more_state(), *self._cursor_state()])
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt override
        self._shows_focus = came_by_key(event)
        self._tell_state()
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt override
        self._shows_focus = False
        self.update()
        super().focusOutEvent(event)
