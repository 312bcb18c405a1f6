"""Moves, scales and turns a matte."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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


def placed(matte: NDArray[np.uint8], placement: Placement) -> NDArray[np.uint8]:
    """A matte in another place; what leaves the picture is lost.

    A matte of 0 and 255 only stays so; another is interpolated.

    Args:
        matte: (H, W) uint8.
        placement: Where it goes. A whole number of pixels is exact.

    Returns:
        (H, W) uint8.
    """
    height, width = matte.shape
    if placement.is_identity:
        return np.array(matte)
    # OpenCV has pixel centres at whole numbers, we have them at .5
    matrix = placement.matrix()
    half = np.array([0.5, 0.5])
    matrix[:, 2] += matrix[:, :2] @ half - half
    moved = np.asarray(cv2.warpAffine(matte, matrix, (width, height), flags=cv2.INTER_LINEAR), np.uint8)
    if bool(((matte > 0) & (matte < 255)).any()):
        return moved
    return np.asarray(np.where(moved >= 128, 255, 0), np.uint8)
