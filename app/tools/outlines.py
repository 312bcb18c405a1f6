"""Tools that draw an outline and fill it: polygon, lasso, rectangle, ellipse."""

from __future__ import annotations

import numpy as np

from app.i18n import tr
from app.tools.pixels.shapes import Area, ellipse, polygon, rectangle, squared
from app.tools.raster import Point
from app.tools.tool import Sketch, Tool, ToolEvent, ToolMode

_CLOSE_PX = 9.0  # on screen
_LASSO_STEP_PX = 2.0


class OutlineTool(Tool):
    """Fills an outline with the current object, or takes it away with Alt, as one step."""

    can_lock = True
    _subtracts = False

    def _fill(self, area: Area, shape: str) -> None:
        coverage, box = area
        if not coverage.any() or not self._begin():
            return
        self._paint(coverage, box, erase=self._subtracts)
        self._finish(
            tr("Subtract {shape}", shape=shape) if self._subtracts else tr("Fill {shape}", shape=shape)
        )


class DragOutlineTool(OutlineTool):
    """An outline that is drawn in one drag."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._points: list[Point] = []

    def cancel(self) -> bool:
        """Drop the outline."""
        had = bool(self._points)
        self._points = []
        self._port.redraw()
        return had


class LassoTool(DragOutlineTool):
    """Fills what the pointer goes round."""

    mode = ToolMode.LASSO

    def press(self, event: ToolEvent) -> None:
        """Start the line."""
        self._points = [event.point]
        self._subtracts = event.subtract

    def move(self, event: ToolEvent) -> None:
        """Go on with the line."""
        if self._points and event.screen_distance(self._points[-1]) >= _LASSO_STEP_PX:
            self._points.append(event.point)
            self._port.redraw()

    def release(self) -> None:
        """Close the line and fill it."""
        points, self._points = self._points, []
        self._port.redraw()
        if len(points) >= 3:
            self._fill(polygon(points, self._document.masks.shape), tr("lasso"))

    def sketch(self) -> Sketch:
        """The line so far, closed."""
        return Sketch(lines=((*self._points, self._points[0]),)) if len(self._points) > 1 else Sketch()


class BoxTool(DragOutlineTool):
    """Fills a rectangle or an ellipse between two corners; with Shift a square or a circle on the screen."""

    def press(self, event: ToolEvent) -> None:
        """The first corner."""
        self._points = [event.point, event.point]
        self._subtracts = event.subtract

    def move(self, event: ToolEvent) -> None:
        """The opposite corner."""
        if self._points:
            first = self._points[0]
            shifted = squared(first, event.point, event.aspect)
            self._points[1] = shifted if event.straight else event.point
            self._port.redraw()

    def release(self) -> None:
        """Fill it."""
        points, self._points = self._points, []
        self._port.redraw()
        if points:
            shape = self._document.masks.shape
            round_one = self.mode is ToolMode.ELLIPSE
            area = (ellipse if round_one else rectangle)(points[0], points[1], shape)
            self._fill(area, tr("ellipse") if round_one else tr("rectangle"))

    def sketch(self) -> Sketch:
        """The outline so far."""
        if not self._points:
            return Sketch()
        (x0, y0), (x1, y1) = self._points
        if self.mode is not ToolMode.ELLIPSE:
            return Sketch(lines=(((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)),))
        turn = np.linspace(0, 2 * np.pi, 65)
        x = (x0 + x1) / 2 + (x1 - x0) / 2 * np.cos(turn)
        y = (y0 + y1) / 2 + (y1 - y0) / 2 * np.sin(turn)
        return Sketch(lines=(tuple(zip(x.tolist(), y.tolist(), strict=True)),))


class RectangleTool(BoxTool):
    """Fills a rectangle."""

    mode = ToolMode.RECTANGLE


class EllipseTool(BoxTool):
    """Fills an ellipse."""

    mode = ToolMode.ELLIPSE


class PolygonTool(OutlineTool):
    """Fills a polygon that is clicked corner by corner.

    A click on the first corner, a double click or Enter closes it; Backspace takes the last corner back, Esc
    drops it.
    """

    mode = ToolMode.POLYGON

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._corners: list[Point] = []
        self._pointer: Point | None = None

    def press(self, event: ToolEvent) -> None:
        """Add a corner, or close the polygon."""
        if not self._corners:
            self._subtracts = event.subtract
        elif event.screen_distance(self._corners[0]) <= _CLOSE_PX and len(self._corners) > 2:
            self.confirm()
            return
        self._corners.append(event.point)
        self._port.redraw()

    def hover(self, event: ToolEvent) -> None:
        """Show where the next edge would be."""
        self._pointer = event.point
        if self._corners:
            self._port.redraw()

    def move(self, event: ToolEvent) -> None:
        """The last corner follows the pointer while the button is down."""
        if self._corners:
            self._corners[-1] = event.point
            self._port.redraw()

    def double_click(self, event: ToolEvent) -> None:
        """Close it."""
        self.confirm()

    def confirm(self) -> bool:
        """Close it and fill it."""
        corners, self._corners = self._corners, []
        self._port.redraw()
        if len(corners) < 3:
            return bool(corners)
        self._fill(polygon(corners, self._document.masks.shape), tr("polygon"))
        return True

    def take_back(self) -> bool:
        """Take the last corner back. Returns whether there was one."""
        had = bool(self._corners)
        if had:
            self._corners.pop()
            self._port.redraw()
        return had

    def cancel(self) -> bool:
        """Drop it."""
        had = bool(self._corners)
        self._corners = []
        self._port.redraw()
        return had

    def sketch(self) -> Sketch:
        """The corners so far, and the edge to the pointer."""
        if not self._corners:
            return Sketch()
        line = tuple(self._corners) if self._pointer is None else (*self._corners, self._pointer)
        return Sketch(lines=(line,), handles=tuple(self._corners))
