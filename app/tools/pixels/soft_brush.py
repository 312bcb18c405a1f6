"""A brush with a soft edge, along a segment on which its size and strength may change."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.document.boxes import EMPTY_BOX, Box, is_empty
from app.document.edited_matte import Coverage
from app.document.packed_matte import WHITE, fine_from
from app.tools.raster import Point, capsule, capsule_box, stretch


@dataclass(frozen=True)
class Dab:
    """The brush at one point of a stroke.

    Attributes:
        at: (x, y) in image px.
        radius: In px.
        strength: Coverage in its middle, 0..1.
    """

    at: Point
    radius: float
    strength: float = 1.0


def stroke_coverage(
    start: Dab, end: Dab, hardness: float, shape: tuple[int, int], aspect: float = 1.0
) -> tuple[Coverage, Box]:
    """What the brush covers on its way between two dabs, without gaps however far they lie apart.

    The coverage of a whole stroke is the maximum of its segments', so a soft stroke is as even as one long
    segment and does not show where the pointer was sampled.

    Args:
        start: Where the segment begins.
        end: Where it ends; the same dab gives a single print of the brush.
        hardness: 1 is a hard edge; below, coverage falls off smoothly between ``hardness * radius`` and the
            radius.
        shape: (height, width) of the picture.
        aspect: Width of a pixel on screen divided by its height: the brush is round on the screen, and its
            radius counts in px of the side that is not stretched.

    Returns:
        (h, w) coverage of the box, bool for a hard brush at full strength and uint16 0..65535 otherwise, and
        the box, which lies inside the picture and may be empty.
    """
    full = start.strength >= 1 and end.strength >= 1
    if hardness >= 1 and full and start.radius == end.radius:
        return capsule(start.at, end.at, start.radius, shape, aspect)
    box = capsule_box(start.at, end.at, max(start.radius, end.radius), shape, aspect)
    if is_empty(box):
        return np.zeros((0, 0), np.uint16), EMPTY_BOX
    left, top, right, bottom = box
    across, down = stretch(aspect)
    x = (np.arange(left, right, dtype=np.float32) + np.float32(0.5 - start.at[0])) * np.float32(across)
    y = (np.arange(top, bottom, dtype=np.float32) + np.float32(0.5 - start.at[1]))[:, None]
    y *= np.float32(down)
    dx, dy = (end.at[0] - start.at[0]) * across, (end.at[1] - start.at[1]) * down
    length2 = dx * dx + dy * dy
    # two points as good as one: in single precision the division would be 0 / 0
    is_point = length2 < 1e-12
    along = np.zeros_like(x * y) if is_point else np.clip((x * dx + y * dy) / length2, 0, 1)
    distance = np.hypot(x - along * dx, y - along * dy)
    radius = np.maximum(start.radius + along * (end.radius - start.radius), 1e-3)
    strength = start.strength + along * (end.strength - start.strength)
    if hardness >= 1:
        falloff = (distance <= radius).astype(np.float32)
    else:
        t = np.clip((radius - distance) / (radius * (1 - hardness)), 0, 1)
        falloff = t * t * (3 - 2 * t)
    coverage = fine_from(np.asarray(falloff * np.clip(strength, 0, 1), np.float32))
    for dab in (start, end):
        column, row = math.floor(dab.at[0]) - left, math.floor(dab.at[1]) - top
        if 0 <= row < coverage.shape[0] and 0 <= column < coverage.shape[1]:
            least = round(WHITE * min(max(dab.strength, 0.0), 1.0))
            coverage[row, column] = max(int(coverage[row, column]), least)
    return (coverage > 0 if hardness >= 1 and full else coverage), box
