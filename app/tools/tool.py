"""What a tool is: it turns mouse events in image coordinates into edits of the document."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from app.document.boxes import Box
from app.document.commands import LockRegionsCommand, PaintCommand
from app.document.document import Document
from app.document.edited_matte import Coverage
from app.document.locked import held_text
from app.i18n import tr
from app.tools.raster import Point, stretch

MIN_BRUSH_PX = 1.0
MAX_BRUSH_PX = 400.0


class ToolMode(enum.Enum):
    """Which tool has the left mouse button."""

    BRUSH = "brush"
    ERASER = "eraser"
    POLYGON = "polygon"
    LASSO = "lasso"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    FILL = "fill"
    SMART = "smart"
    MOVE = "move_mask"
    PICK = "pick"
    PAN = "pan"


@dataclass(frozen=True)
class ToolEvent:
    """A pointer event on the canvas.

    Attributes:
        x: In image px, may lie outside the picture.
        y: In image px.
        straight: Shift: a straight line from the last stroke, a square, a whole angle.
        subtract: Do the opposite of the tool (Alt, or the right button).
        pressure: Of a pen, 0..1; 1 for a mouse.
        scale: Screen px per image px, for the size of handles; on the side of a pixel that is not stretched.
        aspect: Width of a pixel on screen divided by its height.
    """

    x: float
    y: float
    straight: bool = False
    subtract: bool = False
    pressure: float = 1.0
    scale: float = 1.0
    aspect: float = 1.0

    @property
    def point(self) -> Point:
        """(x, y)."""
        return self.x, self.y

    def screen_distance(self, point: Point) -> float:
        """How far away a point is, in screen px."""
        across, down = stretch(self.aspect)
        return math.hypot((point[0] - self.x) * across, (point[1] - self.y) * down) * self.scale


@dataclass
class ToolSettings:
    """Settings that the tools share.

    Attributes:
        brush_px: Diameter of brush and eraser in image px.
        hardness: Of their edge, 1 = hard.
        pressure_size: A pen's pressure changes the size.
        pressure_strength: A pen's pressure changes how strongly it covers.
        reach: Strokes are carried to so many frames each way.
        tolerance: Of colours, for fill and smart select, 0..255.
        connected: Colours must hang together with the click.
        by_colour: Smart select goes by colour; by box and scribbles otherwise.
        locks: The tools that draw lock pixels, or with Alt unlock them, instead of editing the object.
    """

    brush_px: float = 24.0
    hardness: float = 1.0
    pressure_size: bool = True
    pressure_strength: bool = False
    reach: int = 0
    tolerance: int = 24
    connected: bool = True
    by_colour: bool = False
    locks: bool = False


@dataclass(frozen=True)
class Sketch:
    """What a tool draws over the picture while it is used, in image px.

    Attributes:
        lines: Polylines.
        handles: Points that can be dragged.
        marks: Polylines in the colour of "yes" (True) or "no" (False), thick as the scribbles they are.
    """

    lines: tuple[tuple[Point, ...], ...] = ()
    handles: tuple[Point, ...] = ()
    marks: tuple[tuple[bool, tuple[Point, ...]], ...] = ()


@dataclass
class ToolPort:
    """What tools ask of the window.

    Attributes:
        refuse: Told why an edit is not possible, or what it left as it was.
        redraw: The sketch changed.
        stroke_done: A brush stroke was pushed as a command (the command).
        searching: Something is looked for, or no longer.
    """

    refuse: Callable[[str], None] = field(default=lambda text: None)
    redraw: Callable[[], None] = field(default=lambda: None)
    stroke_done: Callable[[PaintCommand], None] = field(default=lambda command: None)
    searching: Callable[[], None] = field(default=lambda: None)


class Tool:
    """A tool of the canvas. The base of all; it does nothing.

    Args:
        document: What is edited.
        settings: Shared by all tools.
        port: What it asks of the window.

    Attributes:
        mode: Which one it is.
        shows_brush: Whether the canvas draws the outline of the brush at the pointer.
        paints: Whether it edits masks, so that the overlay must be on to see what it does.
        can_lock: Whether it can draw locked pixels in place of the object.
        previews: Whether its edits are previews until they are confirmed.
    """

    mode: ToolMode
    shows_brush = False
    paints = True
    can_lock = False
    previews = False

    def __init__(self, document: Document, settings: ToolSettings, port: ToolPort) -> None:
        self._document = document
        self._settings = settings
        self._port = port

    def press(self, event: ToolEvent) -> None:
        """The button went down on the canvas."""

    def move(self, event: ToolEvent) -> None:
        """The pointer moved with the button down."""

    def hover(self, event: ToolEvent) -> None:
        """The pointer moved with no button down."""

    def release(self) -> None:
        """The button came up."""

    def double_click(self, event: ToolEvent) -> None:
        """The button was pressed twice; the first press and release came before."""

    def confirm(self) -> bool:
        """Enter: what is in hand counts. Returns whether there was anything."""
        return False

    def cancel(self) -> bool:
        """Drop what is in hand. Returns whether there was anything."""
        return False

    def put_down(self) -> None:
        """Another tool is taken in hand: drop what is in hand and was not confirmed."""
        self.cancel()

    def sketch(self) -> Sketch:
        """What to draw over the picture now."""
        return Sketch()

    # ---- for the tools ----

    @property
    def locks(self) -> bool:
        """Whether it draws locked pixels now."""
        return self.can_lock and self._settings.locks

    @property
    def _pixel_aspect(self) -> float:
        """Width of a pixel on screen divided by its height."""
        info = self._document.info
        return 1.0 if info is None else float(info.sample_aspect)

    @property
    def _has_edit(self) -> bool:
        """Whether there is an edit in hand, of the mask or of the locked pixels."""
        return self._document.edit is not None or self._document.lock_edit is not None

    def _begin(self) -> bool:
        """Start an edit; tells why not if it cannot be."""
        document = self._document
        if self._has_edit or document.info is None:
            return False
        if self.locks:
            document.begin_lock_edit()
            return True
        reason = document.why_not_editable()
        if reason:
            self._port.refuse(reason)
            return False
        document.begin_edit(follows=self.previews)
        return True

    def _paint(self, coverage: Coverage, box: Box, *, erase: bool = False) -> None:
        """Paint with the edit in hand, and show it."""
        document = self._document
        if document.lock_edit is not None:
            document.lock_edit.paint(coverage, box, erase=erase)
        elif document.edit is not None:
            document.edit.paint(coverage, box, document.current_object_id, erase=erase)
        document.edit_changed(box)

    def _restart(self) -> None:
        """Take back what the edit in hand has painted, and show it."""
        edit = self._document.lock_edit or self._document.edit
        if edit is not None:
            self._document.edit_changed(edit.restart())

    def _finish(self, verb: str) -> PaintCommand | None:
        """End the edit as one undo step. Returns the step, None if nothing changed or pixels were locked."""
        document = self._document
        if document.lock_edit is not None:
            drawn = document.finish_lock_edit()
            if drawn is not None:
                frame = drawn.frame_index
                text = tr("Lock pixels of frame {frame}", frame=frame)
                if drawn.only_unlocks:
                    text = tr("Unlock pixels of frame {frame}", frame=frame)
                step = LockRegionsCommand(document, {frame: drawn.region()}, text)
                document.undo_stack.push(step)
            return None
        left = 0 if document.edit is None else document.edit.left_px
        patch = document.finish_edit()
        if left:
            self._port.refuse(held_text({document.current_frame: left}))
        if patch is None:
            return None
        command = PaintCommand(
            document, patch, tr("{verb} on frame {frame}", verb=verb, frame=patch.frame_index)
        )
        document.undo_stack.push(command)
        return command


class PanTool(Tool):
    """Moves the picture; the canvas does it, because that is no matter of the document."""

    mode = ToolMode.PAN
    paints = False


class PickTool(Tool):
    """Chooses the object under the pointer."""

    mode = ToolMode.PICK
    paints = False

    def press(self, event: ToolEvent) -> None:
        """Choose what is there; background changes nothing."""
        object_id = object_at(self._document, event.point)
        if object_id:
            self._document.set_current_object(object_id)


def object_at(document: Document, point: Point) -> int:
    """The object under a point of the current frame, 0 for none."""
    height, width = document.masks.shape
    x, y = int(point[0] // 1), int(point[1] // 1)
    if not (0 <= x < width and 0 <= y < height):
        return 0
    return int(document.shown_mask(document.current_frame)[y, x])
