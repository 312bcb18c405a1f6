"""Moves, scales and turns a matte."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import Box, bounds, is_empty
from app.document.edited_matte import HALF
from app.document.packed_matte import WHITE, Fine
from app.tools.raster import Point

Matrix = NDArray[np.float64]
"""(2, 3): image px to image px."""


@dataclass(frozen=True)
class Placement:
    """Where a matte goes: scaled and turned about a point, then moved.

    Attributes:
        center: The point that only ``move`` moves, (x, y) in image px.
        move: (x, y) in px.
        scale: Along x and y, before turning; negative mirrors.
        angle: In degrees, clockwise on screen.
        aspect: Width of a pixel on screen divided by its height; what is turned keeps its form on the screen.
    """

    center: Point
    move: Point = (0.0, 0.0)
    scale: Point = (1.0, 1.0)
    angle: float = 0.0
    aspect: float = 1.0

    @property
    def is_identity(self) -> bool:
        """Whether nothing moves."""
        return self.move == (0.0, 0.0) and self.scale == (1.0, 1.0) and self.angle % 360.0 == 0.0

    def matrix(self) -> Matrix:
        """From before to after."""
        turn = math.radians(self.angle)
        cos, sin = math.cos(turn), math.sin(turn)
        turned = np.array([[cos, -sin / self.aspect], [sin * self.aspect, cos]])
        linear = turned @ np.diag(self.scale)
        center = np.array(self.center)
        return np.hstack([linear, (center + self.move - linear @ center)[:, None]])

    def apply(self, point: Point) -> Point:
        """Where a point goes."""
        x, y = self.matrix() @ np.array([point[0], point[1], 1.0])
        return float(x), float(y)

    def undo(self, point: Point) -> Point:
        """Where a point comes from; the scale must not be zero."""
        matrix = self.matrix()
        x, y = np.linalg.solve(matrix[:, :2], np.array(point) - matrix[:, 2])
        return float(x), float(y)


def placed(matte: Fine, placement: Placement) -> Fine:
    """A matte in another place; what leaves the picture is lost.

    A matte of black and white only stays so; another is interpolated.

    Args:
        matte: (H, W) uint16, 0..65535.
        placement: Where it goes. A whole number of pixels is exact.

    Returns:
        (H, W) uint16.
    """
    if placement.is_identity:
        return np.array(matte)
    result: Fine = np.zeros_like(matte)
    box = bounds(matte)
    matrix = placement.matrix()
    goal = _reached(box, matrix, matte.shape)
    if is_empty(goal):
        return result
    part = matte[box[1] : box[3], box[0] : box[2]]
    # OpenCV has pixel centres at whole numbers, we have them at .5; both parts begin at their corners
    matrix[:, 2] += matrix[:, :2] @ np.add(box[:2], 0.5) - np.add(goal[:2], 0.5)
    size = goal[2] - goal[0], goal[3] - goal[1]
    moved = np.asarray(cv2.warpAffine(part, matrix, size, flags=cv2.INTER_LINEAR), np.uint16)
    if not bool(((part > 0) & (part < WHITE)).any()):
        moved = np.where(moved >= HALF, np.uint16(WHITE), np.uint16(0))
    result[goal[1] : goal[3], goal[0] : goal[2]] = moved
    return result


def _reached(box: Box, matrix: Matrix, shape: tuple[int, ...]) -> Box:
    """The box of (H, W) that holds what comes from another one, with a px for what lies between pixels."""
    if is_empty(box):
        return box
    corners = np.array([(x, y, 1.0) for x in box[::2] for y in box[1::2]]) @ matrix.T
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    # an edge that is far outside is as good as the picture's
    left, top = (int(value) for value in np.clip(low - 1, 0, shape[::-1]))
    right, bottom = (int(value) for value in np.clip(high + 1, 0, shape[::-1]))
    return left, top, right, bottom
