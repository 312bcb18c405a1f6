"""Smart select: a box or scribbles find an object, clicks a colour; live, and only Enter makes it count."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.document.boxes import Box, bounds
from app.document.document import Document
from app.i18n import mark, tr
from app.tools.pixels.select import SelectRequest
from app.tools.raster import Point, capsule
from app.tools.tool import Sketch, Tool, ToolEvent, ToolMode, ToolPort, ToolSettings

_SCRIBBLE_PX = 5.0  # on screen
_BOX_LEAST_PX = 4.0
KEPT_WHEN_FOUND = mark("The selection is kept as soon as it is found.")

Picture = Callable[[int], NDArray[np.uint8] | None]
Ask = Callable[[int, SelectRequest], None]


class SmartTool(Tool):
    """Shows what it found as a preview in the edit in hand.

    The first drag is a box around the object; later drags are scribbles, on the object or with Alt beside
    it. By colour, every click adds what is like the pixel, or with Alt takes it away. Enter keeps the
    selection as one step, Esc drops it; if it is still being looked for, Enter waits until it is found, or
    until something else is done, and then what is seen is kept. It goes along when another object is chosen,
    and outlives changes of the list of objects, unless its own one goes or is locked.

    Args:
        document: What is edited.
        settings: Tolerance, and whether it goes by colour.
        port: What it asks of the window.
        picture: The decoded picture of a frame, or None.
        ask: Hands a request to a worker (number, request); `show` is called with its result.
    """

    mode = ToolMode.SMART
    can_lock = True
    previews = True

    def __init__(
        self, document: Document, settings: ToolSettings, port: ToolPort, picture: Picture, ask: Ask
    ) -> None:
        super().__init__(document, settings, port)
        self._picture = picture
        self._ask = ask
        self._number = 0
        self._drag: list[Point] = []
        self._draws_box = False
        self._adds = True
        self._scale = 1.0
        self._box: Box | None = None
        self._scribbles: list[tuple[bool, tuple[Point, ...], float]] = []
        self._seeds: list[tuple[int, int, bool]] = []
        self._mine = False
        self._area: NDArray[np.bool_] | None = None
        self._answered = 0
        self._keeps = False

    @property
    def is_active(self) -> bool:
        """Whether there is a selection in hand."""
        return self._mine and self._has_edit

    @property
    def is_searching(self) -> bool:
        """Whether more of the selection in hand is being looked for."""
        return self.is_active and self._answered < self._number

    def press(self, event: ToolEvent) -> None:
        """Start a box or a scribble, or add a colour."""
        self.settle()
        if self._mine and not self._has_edit:
            self._forget()  # the frame or the object changed under it
        if not self._mine:
            if not self._begin():
                return
            self._mine = True
        self._scale, self._adds = event.scale, not event.subtract
        if self._settings.by_colour:
            self._click(event)
        else:
            self._draws_box = self._box is None and not self._scribbles and self._adds
            self._drag = [event.point]

    def move(self, event: ToolEvent) -> None:
        """Go on with it."""
        if not self._drag:
            return
        if self._draws_box:
            self._drag[1:] = [event.point]
        else:
            self._drag.append(event.point)
        self._port.redraw()

    def release(self) -> None:
        """Look for the object."""
        drag, self._drag = self._drag, []
        self._port.redraw()
        if not drag or not self.is_active:
            return
        if self._draws_box and len(drag) == 2 and self._is_large(drag[0], drag[1]):
            self._box = self._inside_picture(drag[0], drag[1])
        else:
            self._scribbles.append((self._adds, tuple(drag), _SCRIBBLE_PX / self._scale))
            self._preview_scribble()
        self._request()

    def confirm(self) -> bool:
        """Keep the selection, or as soon as it is found."""
        had = self.is_active
        if self.is_searching and not self._keeps:
            self._keeps = True
            self._port.refuse(tr(KEPT_WHEN_FOUND))
        elif had:
            self._keep()
        return had

    def settle(self) -> None:
        """Keep what is seen if Enter was pressed: something else is done before more is found."""
        document = self._document
        if self._keeps and self.is_active and (document.lock_edit or not document.why_not_editable()):
            self._keep()

    def put_down(self) -> None:
        """Another tool is taken in hand."""
        self.settle()
        self.cancel()

    def cancel(self) -> bool:
        """Drop the selection."""
        had = self.is_active
        self._forget()
        return had

    def refresh(self) -> None:
        """A setting changed: look again."""
        if self.is_active and (self._seeds or self._box or self._scribbles):
            self._request()

    def show(self, number: int, area: NDArray[np.bool_]) -> None:
        """A result; only the newest request counts. ``area``: (H, W) bool."""
        if number == self._number and self.is_active:
            self._answered = number
            self._area = area
            self.show_again()
            self.settle()
            self._port.searching()

    def give_up(self, number: int) -> None:
        """A request that nothing comes of."""
        if number == self._number:
            self._answered = number
            self.settle()
            self._port.searching()

    def show_again(self) -> None:
        """Show what was found on the mask as it is now, for the object that is chosen now."""
        area = self._area
        if area is None or not self.is_active:
            return
        self._restart()
        box = bounds(area)
        self._paint(np.ascontiguousarray(area[box[1] : box[3], box[0] : box[2]]), box)

    def sketch(self) -> Sketch:
        """The box and the scribbles."""
        if not self.is_active:
            return Sketch()  # the frame or the object changed under it
        lines, marks = [], [(adds, points) for adds, points, _ in self._scribbles]
        if self._draws_box and len(self._drag) == 2:
            lines.append(_outline(self._drag[0], self._drag[1]))
        elif self._drag:
            marks.append((self._adds, tuple(self._drag)))
        if self._box is not None:
            left, top, right, bottom = self._box
            lines.append(_outline((left, top), (right, bottom)))
        marks += [(adds, ((x + 0.5, y + 0.5),)) for x, y, adds in self._seeds]
        return Sketch(lines=tuple(lines), marks=tuple(marks))

    def _click(self, event: ToolEvent) -> None:
        height, width = self._document.masks.shape
        x, y = int(event.x // 1), int(event.y // 1)
        if 0 <= x < width and 0 <= y < height:
            self._seeds.append((x, y, self._adds))
            self._request()
            self._port.redraw()

    def _request(self) -> None:
        document, settings = self._document, self._settings
        picture = self._picture(document.current_frame)
        if picture is None:
            self._port.refuse(tr("The picture of this frame is not there yet."))
            return
        self._number += 1
        request = SelectRequest(
            picture,
            box=self._box,
            inside=self._scribbled(True),
            outside=self._scribbled(False),
            seeds=tuple(self._seeds),
            tolerance=settings.tolerance,
            connected=settings.connected,
        )
        self._ask(self._number, request)
        self._port.searching()

    def _scribbled(self, adds: bool) -> NDArray[np.bool_] | None:
        """(H, W) bool pixels under the scribbles of one kind; None without any."""
        chosen = [(points, radius) for kind, points, radius in self._scribbles if kind == adds]
        return self._marked(chosen) if chosen else None

    def _marked(self, scribbles: list[tuple[tuple[Point, ...], float]]) -> NDArray[np.bool_]:
        """(H, W) bool pixels under scribbles, given by their points and widths."""
        shape = self._document.masks.shape
        marked = np.zeros(shape, np.bool_)
        for points, radius in scribbles:
            for start, end in zip(points, points[1:] or points, strict=False):
                part, (left, top, right, bottom) = capsule(start, end, radius / 2, shape)
                marked[top:bottom, left:right] |= part
        return marked

    def _is_large(self, first: Point, second: Point) -> bool:
        side = min(abs(first[0] - second[0]), abs(first[1] - second[1]))
        return side * self._scale >= _BOX_LEAST_PX

    def _inside_picture(self, first: Point, second: Point) -> Box:
        height, width = self._document.masks.shape
        return (
            max(0, math.floor(min(first[0], second[0]))),
            max(0, math.floor(min(first[1], second[1]))),
            min(width, math.ceil(max(first[0], second[0]))),
            min(height, math.ceil(max(first[1], second[1]))),
        )

    def _preview_scribble(self) -> None:
        """Show a scribble as part of the selection until more is found."""
        adds, points, radius = self._scribbles[-1]
        marked = self._marked([(points, radius)])
        area = np.zeros_like(marked) if self._area is None else self._area
        self._area = area | marked if adds else area & ~marked
        self.show_again()

    def _keep(self) -> None:
        self._forget(keep_edit=True)
        self._finish(tr("Select"))

    def _forget(self, *, keep_edit: bool = False) -> None:
        self._keeps = False
        self._number += 1  # a result that is on its way is for nobody
        self._answered = self._number
        self._drag, self._box, self._scribbles, self._seeds = [], None, [], []
        self._area = None
        if self._mine and not keep_edit:
            self._document.cancel_edit()
        self._mine = False
        self._port.redraw()
        self._port.searching()


def _outline(first: Point, second: Point) -> tuple[Point, ...]:
    (x0, y0), (x1, y1) = first, second
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)
