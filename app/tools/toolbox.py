"""The tools that there are."""

from __future__ import annotations

from app.document.document import Document
from app.tools.brush import BrushTool
from app.tools.fill import FillTool
from app.tools.move import MoveTool
from app.tools.outlines import EllipseTool, LassoTool, PolygonTool, RectangleTool
from app.tools.smart import Ask, Picture, SmartTool
from app.tools.tool import PanTool, PickTool, Tool, ToolMode, ToolPort, ToolSettings


def make_tools(
    document: Document, settings: ToolSettings, port: ToolPort, picture: Picture, ask: Ask
) -> dict[ToolMode, Tool]:
    """One of each tool, in the order of the tool bar.

    Args:
        document: What they edit.
        settings: What they share; read at every stroke.
        port: What they ask of the window.
        picture: The decoded picture of a frame, or None.
        ask: Hands a smart selection to a worker.
    """
    tools: list[Tool] = [
        BrushTool(document, settings, port),
        BrushTool(document, settings, port, erases=True),
        PolygonTool(document, settings, port),
        LassoTool(document, settings, port),
        RectangleTool(document, settings, port),
        EllipseTool(document, settings, port),
        FillTool(document, settings, port),
        SmartTool(document, settings, port, picture, ask),
        MoveTool(document, settings, port),
        PickTool(document, settings, port),
        PanTool(document, settings, port),
    ]
    return {tool.mode: tool for tool in tools}
