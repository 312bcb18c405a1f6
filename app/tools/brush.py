"""Brush and eraser."""

from __future__ import annotations

from app.document.commands import PaintCommand
from app.document.document import Document
from app.document.mask_store import MaskStore
from app.tools import raster
from app.tools.tool import ToolEvent, ToolMode, ToolSettings


class BrushTool:
    """Paints the current object on the current frame, or takes it away.

    Args:
        document: What is edited.
        settings: Brush size.
        erases: Eraser instead of brush.
    """

    shows_brush = True

    def __init__(self, document: Document, settings: ToolSettings, *, erases: bool) -> None:
        self.mode = ToolMode.ERASER if erases else ToolMode.BRUSH
        self._document = document
        self._settings = settings
        self._erases = erases
        self._erasing_now = erases
        self._last: tuple[MaskStore, int, raster.Point] | None = None

    def press(self, event: ToolEvent) -> None:
        """Start a stroke with a disc, or with a line from the last stroke's end."""
        document = self._document
        if document.info is None or document.current_object_id == 0 or document.edit is not None:
            return
        document.begin_edit()
        self._erasing_now = self._erases != event.subtract
        start = (event.x, event.y)
        if event.straight and self._last is not None:
            masks, frame_index, end = self._last
            # every clip has a store of its own
            if masks is document.masks and frame_index == document.current_frame:
                start = end
        self._stamp(start, (event.x, event.y))

    def move(self, event: ToolEvent) -> None:
        """Go on with the stroke."""
        if self._document.edit is not None and self._last is not None:
            self._stamp(self._last[2], (event.x, event.y))

    def release(self) -> None:
        """End the stroke; it becomes one undo step."""
        patch = self._document.finish_edit()
        if patch is not None:
            text = "Erase" if self._erasing_now else "Paint"
            self._document.undo_stack.push(
                PaintCommand(self._document, patch, f"{text} on frame {patch.frame_index}")
            )

    def cancel(self) -> None:
        """Drop the stroke."""
        self._document.cancel_edit()

    def _stamp(self, start: raster.Point, end: raster.Point) -> None:
        edit = self._document.edit
        assert edit is not None
        coverage, box = raster.capsule(start, end, self._settings.brush_px / 2, self._document.masks.shape)
        edit.paint(coverage, box, self._document.current_object_id, erase=self._erasing_now)
        self._last = (self._document.masks, edit.frame_index, end)
        self._document.edit_changed(box)
