"""Connects the tools with the workers and with the window."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.document.document import Document
from app.tools import mask_operations
from app.tools.smart import SmartTool
from app.tools.tool import Tool, ToolMode, ToolPort, ToolSettings
from app.tools.toolbox import make_tools
from app.worker.select_worker import Selected, SelectLane


class ToolController(QObject):
    """Owns the tools.

    Args:
        document: What they edit.
        settings: What they share.
        parent: Owner.

    Signals:
        refused: Why an edit is not possible, for the status line.
        redraw_wanted: What a tool draws over the picture changed.
        stroke_done: A brush stroke became a step (PaintCommand).
        searching_changed: A smart selection is being looked for, or perhaps no longer.
    """

    refused = Signal(str)
    redraw_wanted = Signal()
    stroke_done = Signal(object)
    searching_changed = Signal()

    def __init__(self, document: Document, settings: ToolSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.settings = settings
        self.picture: Callable[[int], NDArray[np.uint8] | None] = lambda frame_index: None
        self.lane = SelectLane(self)
        self.lane.selected.connect(self._on_selected)
        document.edit_restarted.connect(self._on_edit_restarted)
        document.edit_leaving.connect(self._on_edit_leaving)
        port = ToolPort(
            self.refused.emit, self.redraw_wanted.emit, self.stroke_done.emit, self.searching_changed.emit
        )
        self.tools: dict[ToolMode, Tool] = make_tools(
            document, settings, port, lambda frame_index: self.picture(frame_index), self.lane.request
        )

    @property
    def smart(self) -> SmartTool:
        """Smart select."""
        tool = self.tools[ToolMode.SMART]
        assert isinstance(tool, SmartTool)
        return tool

    def commands(self) -> dict[str, Callable[[], object]]:
        """What the actions without a mouse do, by action."""
        document, refuse = self._document, self.refused.emit
        return {
            "grow": lambda: mask_operations.grow(document, refuse, 1),
            "shrink": lambda: mask_operations.grow(document, refuse, -1),
            "fill_holes": lambda: mask_operations.fill_all_holes(document, refuse),
            "invert": lambda: mask_operations.invert(document, refuse),
            "copy_next": lambda: mask_operations.copy_to(document, refuse, 1),
            "copy_previous": lambda: mask_operations.copy_to(document, refuse, -1),
        }

    def close(self) -> None:
        """End the thread."""
        self.lane.close()

    @Slot()
    def _on_edit_restarted(self) -> None:
        self.smart.show_again()

    @Slot()
    def _on_edit_leaving(self) -> None:
        self.smart.settle()

    @Slot(object)
    def _on_selected(self, selected: Selected) -> None:
        if selected.error:
            self.refused.emit(selected.error)
            self.smart.give_up(selected.number)
        else:
            self.smart.show(selected.number, selected.area)
