"""What a tool is: it turns mouse events in image coordinates into edits of the document."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Protocol

MIN_BRUSH_PX = 1.0
MAX_BRUSH_PX = 400.0


class ToolMode(enum.Enum):
    """Which tool has the left mouse button."""

    BRUSH = "brush"
    ERASER = "eraser"
    PAN = "pan"


@dataclass(frozen=True)
class ToolEvent:
    """A pointer event on the canvas.

    Attributes:
        x: In image px, may lie outside the picture.
        y: In image px.
        straight: Join to the end of the last stroke by a straight line (Shift).
        subtract: Do the opposite of the tool (Alt, or the right button).
    """

    x: float
    y: float
    straight: bool = False
    subtract: bool = False


@dataclass
class ToolSettings:
    """Settings that the tools share.

    Attributes:
        brush_px: Diameter of brush and eraser in image px.
    """

    brush_px: float = 24.0


class Tool(Protocol):
    """A tool of the canvas. Between ``press`` and ``release`` it holds the document's edit.

    Attributes:
        mode: Which one it is.
        shows_brush: Whether the canvas draws the outline of the brush at the pointer.
    """

    mode: ToolMode
    shows_brush: bool

    def press(self, event: ToolEvent) -> None:
        """The button went down on the canvas."""

    def move(self, event: ToolEvent) -> None:
        """The pointer moved with the button down."""

    def release(self) -> None:
        """The button came up: what was drawn becomes one undo step."""

    def cancel(self) -> None:
        """Drop what was drawn."""


class PanTool:
    """Moves the picture; the canvas does it, because that is no matter of the document."""

    mode = ToolMode.PAN
    shows_brush = False

    def press(self, event: ToolEvent) -> None:
        """Nothing to do."""

    def move(self, event: ToolEvent) -> None:
        """Nothing to do."""

    def release(self) -> None:
        """Nothing to do."""

    def cancel(self) -> None:
        """Nothing to do."""
