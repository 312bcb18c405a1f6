"""Moves, scales and turns the mask of the current object."""

from __future__ import annotations

import math

from app.document.boxes import EMPTY_BOX, Box, bounds, is_empty
from app.document.packed_matte import Fine
from app.i18n import tr
from app.tools.pixels.transform import Placement, placed
from app.tools.raster import Point, stretch
from app.tools.tool import Sketch, Tool, ToolEvent, ToolMode

_GRIP_PX = 10.0  # on screen
_ARM_PX = 28.0
_STEP_DEGREES = 15.0


class MoveTool(Tool):
    """A frame with handles around the object: inside moves, corners and sides scale, the arm turns.

    Every drag is one step. Shift keeps the proportions, or turns by steps of 15 degrees.
    """

    mode = ToolMode.MOVE

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._matte: Fine | None = None
        self._box: Box = EMPTY_BOX
        self._grip = ""
        self._start: Point = (0.0, 0.0)
        self._placement: Placement | None = None
        self._scale = 1.0

    def press(self, event: ToolEvent) -> None:
        """Take hold of a handle, or of the object."""
        self._note_scale(event)
        box = self._object_box()
        if is_empty(box):
            self._port.refuse(tr("The current object has no mask on this frame."))
            return
        grip = self._grip_at(event, box)
        if not grip or not self._begin():
            return
        edit = self._document.edit
        assert edit is not None
        self._matte = edit.fine_matte(self._document.current_object_id).copy()
        self._box, self._grip, self._start = box, grip, event.point
        self._placement = Placement(_middle(box))

    def move(self, event: ToolEvent) -> None:
        """Follow the pointer."""
        edit = self._document.edit
        if self._matte is None or edit is None:
            return
        self._placement = self._placement_for(event)
        former = edit.restart()
        changed = edit.replace(placed(self._matte, self._placement), self._document.current_object_id)
        self._document.edit_changed(former)
        self._document.edit_changed(changed)
        self._port.redraw()

    def hover(self, event: ToolEvent) -> None:
        """Remember the zoom, which the size of the handles depends on."""
        if self._note_scale(event):
            self._port.redraw()

    def release(self) -> None:
        """It stays there."""
        if self._matte is not None:
            verb = {"move": tr("Move"), "turn": tr("Turn")}.get(self._grip, tr("Scale"))
            self._matte, self._placement = None, None
            self._finish(verb)
            self._port.redraw()

    def cancel(self) -> bool:
        """Put it back."""
        had = self._matte is not None
        self._matte, self._placement = None, None
        if had:
            self._document.cancel_edit()
        self._port.redraw()
        return had

    def sketch(self) -> Sketch:
        """The frame and its handles."""
        box = self._box if self._matte is not None else self._object_box()
        if is_empty(box):
            return Sketch()
        placement = self._placement or Placement(_middle(box))
        corners = [placement.apply(point) for point in _corners(box)]
        handles = {name: placement.apply(point) for name, point in self._handles(box).items()}
        top = placement.apply(((box[0] + box[2]) / 2, float(box[1])))
        return Sketch(lines=((*corners, corners[0]), (top, handles["turn"])), handles=tuple(handles.values()))

    def _note_scale(self, event: ToolEvent) -> bool:
        """Remember the screen px per image px downward. Returns whether they are others."""
        former, self._scale = self._scale, event.scale * stretch(event.aspect)[1]
        return former != self._scale

    def _object_box(self) -> Box:
        document = self._document
        if document.info is None or not document.current_object_id:
            return (0, 0, 0, 0)
        return bounds(document.shown_mask(document.current_frame) == document.current_object_id)

    def _handles(self, box: Box) -> dict[str, Point]:
        left, top, right, bottom = (float(value) for value in box)
        x, y = (left + right) / 2, (top + bottom) / 2
        return {
            "nw": (left, top),
            "n": (x, top),
            "ne": (right, top),
            "e": (right, y),
            "se": (right, bottom),
            "s": (x, bottom),
            "sw": (left, bottom),
            "w": (left, y),
            "turn": (x, top - _ARM_PX / self._scale),
        }

    def _grip_at(self, event: ToolEvent, box: Box) -> str:
        for name, point in self._handles(box).items():
            if event.screen_distance(point) <= _GRIP_PX:
                return name
        inside = box[0] <= event.x <= box[2] and box[1] <= event.y <= box[3]
        return "move" if inside else ""

    def _placement_for(self, event: ToolEvent) -> Placement:
        center = _middle(self._box)
        dx, dy = event.x - self._start[0], event.y - self._start[1]
        if self._grip == "move":
            if event.straight:
                dx, dy = (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
            return Placement(center, move=(float(round(dx)), float(round(dy))))
        if self._grip == "turn":
            aspect = event.aspect
            before = math.atan2(self._start[1] - center[1], (self._start[0] - center[0]) * aspect)
            now = math.atan2(event.y - center[1], (event.x - center[0]) * aspect)
            angle = math.degrees(now - before)
            if event.straight:
                angle = round(angle / _STEP_DEGREES) * _STEP_DEGREES
            return Placement(center, angle=angle, aspect=aspect)
        return self._scaled(center, dx, dy, keep=event.straight)

    def _scaled(self, center: Point, dx: float, dy: float, *, keep: bool) -> Placement:
        """Scaled so that the side or corner that is held follows, and the opposite one stays."""
        width, height = self._box[2] - self._box[0], self._box[3] - self._box[1]
        across = 1 if "e" in self._grip else -1 if "w" in self._grip else 0
        down = 1 if "s" in self._grip else -1 if "n" in self._grip else 0
        scale_x = max(0.02, 1 + across * dx / width) if across else 1.0
        scale_y = max(0.02, 1 + down * dy / height) if down else 1.0
        if keep:
            both = max(scale_x if across else 0.0, scale_y if down else 0.0)
            scale_x = scale_y = both
        # the middle moves by half of what the size changes
        move = (across * width * (scale_x - 1) / 2, down * height * (scale_y - 1) / 2)
        return Placement(center, move=move, scale=(scale_x, scale_y))


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _corners(box: Box) -> list[Point]:
    left, top, right, bottom = (float(value) for value in box)
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
