"""Pixels of the clip at the size of the screen. Free of Qt."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import Box
from app.scene.placement import Placement

Pixels = NDArray[np.uint8]
_CRISP_FROM_ZOOM = 2.0
_MARGIN_PX = 2


def scaled(pixels: Pixels, placement: Placement) -> Pixels:
    """What is in sight of a picture or a soft matte, smooth below 200 %, in crisp pixels from there on.

    Args:
        pixels: (H, W, C) or (H, W) uint8.
        placement: Where it lies.

    Returns:
        (h, w, C) or (h, w) uint8 for ``placement.visible``, contiguous; at 100 % it may share the memory of
        ``pixels``.
    """
    zoom = min(placement.zoom_x, placement.zoom_y)
    if placement.zoom_x == placement.zoom_y == 1.0:
        left, top, right, bottom = placement.visible
        dx, dy = placement.left, placement.top
        return np.ascontiguousarray(pixels[top - dy : bottom - dy, left - dx : right - dx])
    if zoom >= _CRISP_FROM_ZOOM:
        return nearest(pixels, placement, placement.visible)
    size = (placement.width, placement.height)
    while pixels.shape[0] >= 2 * placement.height and pixels.shape[1] >= 2 * placement.width:
        half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
    if placement.shows_all:
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return _smooth_part(pixels, placement)


def nearest(pixels: Pixels, placement: Placement, box: Box) -> Pixels:
    """The pixel of an array under the middle of each device px.

    Args:
        pixels: (H, W, C) or (H, W) uint8.
        placement: Where it lies.
        box: Which device px, inside ``placement.visible``.

    Returns:
        (h, w, C) or (h, w) uint8, contiguous.
    """
    columns = _under(box[0] - placement.left, box[2] - placement.left, placement.width, pixels.shape[1])
    rows = _under(box[1] - placement.top, box[3] - placement.top, placement.height, pixels.shape[0])
    part = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    rows, columns = rows - rows[0], columns - columns[0]
    # the step that leaves less to do comes first
    if len(rows) < part.shape[0]:
        taken = part.take(rows, axis=0).take(columns, axis=1)
    else:
        taken = part.take(columns, axis=1).take(rows, axis=0)
    return np.asarray(taken, np.uint8)


def _under(first: int, last: int, shown: int, stored: int) -> NDArray[np.int64]:
    """Which stored px lie under the middles of device px ``first``..``last - 1`` of a whole of ``shown``."""
    return (2 * np.arange(first, last, dtype=np.int64) + 1) * stored // (2 * shown)


def _smooth_part(pixels: Pixels, placement: Placement) -> Pixels:
    left, top, right, bottom = placement.visible
    step_x, step_y = pixels.shape[1] / placement.width, pixels.shape[0] / placement.height
    # the middle of device px d lies at (d + 1/2) * step - 1/2 of the stored ones
    x0, y0 = (left - placement.left + 0.5) * step_x - 0.5, (top - placement.top + 0.5) * step_y - 0.5
    x1, y1 = x0 + (right - left) * step_x, y0 + (bottom - top) * step_y
    first_x, first_y = max(0, int(x0) - _MARGIN_PX), max(0, int(y0) - _MARGIN_PX)
    part = pixels[first_y : int(y1) + 1 + _MARGIN_PX, first_x : int(x1) + 1 + _MARGIN_PX]
    way = np.array([[step_x, 0, x0 - first_x], [0, step_y, y0 - first_y]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(
        part, way, (right - left, bottom - top), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(shown, np.uint8)
