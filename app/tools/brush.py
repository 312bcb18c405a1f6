"""Brush and eraser."""

from __future__ import annotations

from app.document.document import Document
from app.document.mask_store import MaskStore
from app.i18n import tr
from app.tools.pixels.soft_brush import Dab, stroke_coverage
from app.tools.tool import Tool, ToolEvent, ToolMode, ToolPort, ToolSettings

_LEAST_PRESSURE = 0.05


class BrushTool(Tool):
    """Paints the current object on the current frame, or takes it away.

    Args:
        document: What is edited.
        settings: Brush size, hardness, what a pen's pressure does.
        port: What it asks of the window.
        erases: Eraser instead of brush.
    """

    shows_brush = True
    can_lock = True

    def __init__(
        self, document: Document, settings: ToolSettings, port: ToolPort, *, erases: bool = False
    ) -> None:
        super().__init__(document, settings, port)
        self.mode = ToolMode.ERASER if erases else ToolMode.BRUSH
        self._erases = erases
        self._erasing_now = erases
        self._last: tuple[MaskStore, int, Dab] | None = None

    def press(self, event: ToolEvent) -> None:
        """Start a stroke with a dab, or with a line from the last stroke's end."""
        document = self._document
        if not self._begin():
            return
        self._erasing_now = self._erases != event.subtract
        dab = self._dab(event)
        start = dab
        if event.straight and self._last is not None:
            masks, frame_index, end = self._last
            # every clip has a store of its own
            if masks is document.masks and frame_index == document.current_frame:
                start = Dab(end.at, dab.radius, dab.strength)
        self._stamp(start, dab)

    def move(self, event: ToolEvent) -> None:
        """Go on with the stroke."""
        if self._has_edit and self._last is not None:
            self._stamp(self._last[2], self._dab(event))

    def release(self) -> None:
        """End the stroke; it becomes one undo step."""
        if not self._has_edit:
            return
        command = self._finish(tr("Erase") if self._erasing_now else tr("Paint"))
        if command is not None:
            self._port.stroke_done(command)

    def cancel(self) -> bool:
        """Drop the stroke."""
        had = self._has_edit
        self._document.cancel_edit()
        return had

    def _dab(self, event: ToolEvent) -> Dab:
        settings = self._settings
        pressure = max(_LEAST_PRESSURE, min(event.pressure, 1.0))
        return Dab(
            event.point,
            settings.brush_px / 2 * (pressure if settings.pressure_size else 1.0),
            pressure if settings.pressure_strength else 1.0,
        )

    def _stamp(self, start: Dab, end: Dab) -> None:
        document = self._document
        hardness, aspect = self._settings.hardness, self._pixel_aspect
        coverage, box = stroke_coverage(start, end, hardness, document.masks.shape, aspect)
        self._paint(coverage, box, erase=self._erasing_now)
        self._last = (document.masks, document.current_frame, end)
