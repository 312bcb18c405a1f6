"""Where the picture lies in the canvas, in whole device px. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass

from app.document.boxes import EMPTY_BOX, Box, is_empty


@dataclass(frozen=True)
class Placement:
    """The picture on the grid of the screen: its edges are rounded, so it is off by half a device px at most.

    Attributes:
        image: (height, width) of the picture in image px.
        left: Of the whole picture in device px of the canvas; negative where it sticks out.
        top: Of the whole picture in device px of the canvas.
        width: Of the whole picture in device px, at least 1.
        height: Of the whole picture in device px, at least 1.
        canvas: (height, width) of the canvas in device px.
    """

    image: tuple[int, int]
    left: int
    top: int
    width: int
    height: int
    canvas: tuple[int, int]

    @property
    def zoom_x(self) -> float:
        """Device px per image px from left to right."""
        return self.width / self.image[1]

    @property
    def zoom_y(self) -> float:
        """Device px per image px from top to bottom."""
        return self.height / self.image[0]

    @property
    def visible(self) -> Box:
        """The part of the canvas that the picture covers, in device px; empty if it is out of sight."""
        return self.clipped((0, 0, self.canvas[1], self.canvas[0]))

    @property
    def shows_all(self) -> bool:
        """Whether all of the picture is in sight."""
        return self.visible == (self.left, self.top, self.left + self.width, self.top + self.height)

    def clipped(self, box: Box) -> Box:
        """What of a box of device px lies on the visible part of the picture."""
        inside = (
            max(box[0], self.left, 0),
            max(box[1], self.top, 0),
            min(box[2], self.left + self.width, self.canvas[1]),
            min(box[3], self.top + self.height, self.canvas[0]),
        )
        return EMPTY_BOX if is_empty(inside) else inside
