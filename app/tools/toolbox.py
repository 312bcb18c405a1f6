"""The tools that there are."""

from __future__ import annotations

from app.document.document import Document
from app.tools.brush import BrushTool
from app.tools.tool import PanTool, Tool, ToolMode, ToolSettings


def make_tools(document: Document, settings: ToolSettings) -> dict[ToolMode, Tool]:
    """One of each tool.

    Args:
        document: What they edit.
        settings: What they share; read at every stroke.
    """
    return {
        ToolMode.BRUSH: BrushTool(document, settings, erases=False),
        ToolMode.ERASER: BrushTool(document, settings, erases=True),
        ToolMode.PAN: PanTool(),
    }
