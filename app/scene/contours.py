"""The outlines of the objects of a mask, and how they are drawn. Free of Qt."""

from __future__ import annotations

from collections.abc import Set

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import Box
from app.document.mask_store import Mask
from app.document.palette import Color
from app.scene.placement import Placement
from app.scene.sampling import Pixels

Line = NDArray[np.float32]
_COARSE_PX = 0.5
_EXACT_FROM_ZOOM = 2.0
_MAX_POINTS = 40_000  # crumbs have no readable outline
_SHIFT = 4  # cv2 draws at places of 1 / 16 px


class Contours:
    """The outlines of one mask, found when they are asked for.

    Args:
        mask: (H, W) uint8 object ids; it may be painted on, see ``forget``.
        object_ids: Those that are there, if known; of the others nothing is looked for.

    Attributes:
        mask: The mask.
    """

    def __init__(self, mask: Mask, object_ids: Set[int] | None = None) -> None:
        self.mask = mask
        self._object_ids = object_ids
        self._found: dict[tuple[int, bool], tuple[Line, ...]] = {}

    def forget(self, box: Box) -> None:
        """The mask was painted on inside ``box``, in image px."""
        left, top, right, bottom = box
        here = np.flatnonzero(np.bincount(self.mask[top:bottom, left:right].ravel(), minlength=256))
        for key, lines in list(self._found.items()):
            if key[0] in here or any(_meets(line, box) for line in lines):
                del self._found[key]

    def of(self, object_id: int, zoom: float) -> tuple[Line, ...]:
        """The closed lines around one object and its holes, each (points, 2) float32 x and y in image px.

        Args:
            object_id: Whose.
            zoom: Device px per image px; far away corners of less than half an image px are left out.
        """
        if self._object_ids is not None and object_id not in self._object_ids:
            return ()
        key = (object_id, zoom < _EXACT_FROM_ZOOM)
        if key not in self._found:
            self._found[key] = outlines(self.mask, object_id, _COARSE_PX if key[1] else 0.0)
        return self._found[key]


def _meets(line: Line, box: Box) -> bool:
    (left, top), (right, bottom) = line.min(axis=0), line.max(axis=0)
    return bool(left < box[2] and top < box[3] and right > box[0] and bottom > box[1])


def outlines(mask: Mask, object_id: int, tolerance_px: float = 0.0) -> tuple[Line, ...]:
    """The contours of one object, holes included, through the middles of its border pixels.

    Args:
        mask: (H, W) uint8 object ids.
        object_id: Whose.
        tolerance_px: How far the line may be from the border; corners are left out accordingly.

    Returns:
        Each (points, 2) float32 x and y in image px; none for a mask that is all crumbs.
    """
    inside = (mask == object_id).view(np.uint8)
    contours, _ = cv2.findContours(inside, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if sum(len(contour) for contour in contours) > _MAX_POINTS:
        return ()
    if tolerance_px > 0:
        contours = [cv2.approxPolyDP(contour, tolerance_px, True) for contour in contours]
    return tuple(contour.reshape(-1, 2).astype(np.float32) + np.float32(0.5) for contour in contours)


def draw(
    pixels: Pixels,
    lines: tuple[Line, ...],
    placement: Placement,
    box: Box,
    *,
    color: Color,
    width_px: int = 1,
    dash_px: tuple[float, float] | None = None,
) -> None:
    """Draw closed lines, smoothed.

    Args:
        pixels: (h, w, 4) uint8 blue, green, red, 255 of the device px in ``box``, contiguous; drawn on.
        lines: Each (points, 2) float32 x and y in image px.
        placement: Where the picture lies.
        box: Left, top, right, bottom in device px.
        color: Of the line.
        width_px: Of the line in device px.
        dash_px: Length of dashes and of what is between them, in device px; None for a whole line.
    """
    if not lines:
        return
    points = np.concatenate(lines).astype(np.float64)
    # cv2 counts from the middle of the first pixel
    points *= (placement.zoom_x, placement.zoom_y)
    points += (placement.left - box[0] - 0.5, placement.top - box[1] - 0.5)
    reach = 2 + width_px
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    if right < -reach or bottom < -reach or left > pixels.shape[1] + reach or top > pixels.shape[0] + reach:
        return
    parts = np.split(points, np.cumsum([len(line) for line in lines])[:-1])
    if dash_px is not None:
        parts = [piece for part in parts for piece in _dashed(part, *dash_px)]
    fixed = [np.rint(part * (1 << _SHIFT)).astype(np.int32) for part in parts]
    drawn_in = (*reversed(color), 255)
    cv2.polylines(pixels, fixed, dash_px is None, drawn_in, width_px, cv2.LINE_AA, _SHIFT)


def _dashed(points: NDArray[np.float64], dash: float, gap: float) -> list[NDArray[np.float64]]:
    """The dashes of a closed line, as pieces of (2, 2)."""
    closed = np.concatenate([points, points[:1]])
    steps = np.hypot(*np.diff(closed, axis=0).T)
    reached = np.concatenate([[0.0], np.cumsum(steps)])
    if reached[-1] == 0:
        return []
    starts = np.arange(0.0, reached[-1], dash + gap)
    ends = np.minimum(starts + dash, reached[-1])
    places = np.unique(np.concatenate([reached, starts, ends]))
    at = np.stack([np.interp(places, reached, closed[:, axis]) for axis in (0, 1)], axis=1)
    middles = (places[1:] + places[:-1]) / 2
    is_dash = middles % (dash + gap) < dash
    return list(np.stack([at[:-1], at[1:]], axis=1)[is_dash])
