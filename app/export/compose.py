"""Pictures from clip and mattes: cut-outs with clean edges, composites, review pictures. Pure pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import bounds, is_empty
from app.export.options import Color
from app.export.pixels import Plane
from app.matte.shape import stored_px

_CORE = 0.98
_REACH_PX = 32
_SMOOTH_PX = 1.5
_OPACITY = 0.5


def extended_colour(rgb: Plane, matte: Plane, aspect: float = 1.0) -> Plane:
    """Colour of the object carried outward over its soft edge, so that no old background shows there.

    Pixels that are wholly inside keep their colour. Every other pixel gets the colour of the nearest one
    inside, smoothed a little; far away from the object all is black.

    Args:
        rgb: (H, W, 3) float32 in 0..1.
        matte: (H, W) float32 in 0..1.
        aspect: Width of a stored pixel on screen divided by its height; what is near is so on screen.

    Returns:
        (H, W, 3) float32.
    """
    extended: Plane = np.zeros_like(rgb)
    box = bounds(matte > 0)
    if is_empty(box):
        return extended
    # as far as filters of editors look beyond the edge, and no farther: it would only cost time and bytes
    across, down = (math.ceil(reach) for reach in stored_px(_REACH_PX, aspect))
    part = np.s_[max(0, box[1] - down) : box[3] + down, max(0, box[0] - across) : box[2] + across]
    extended[part] = _spread(rgb[part], matte[part], aspect)
    return extended


def _spread(rgb: Plane, matte: Plane, aspect: float) -> Plane:
    core = matte >= _CORE * float(matte.max())
    if core.all():
        return rgb
    spread = rgb.reshape(-1, 3)[_nearest_inside(core, aspect)]
    across, down = stored_px(_SMOOTH_PX, aspect)
    smooth = cv2.GaussianBlur(spread, (0, 0), across, sigmaY=down, borderType=cv2.BORDER_REPLICATE)
    result: Plane = np.where(core[..., None], rgb, smooth).astype(np.float32)
    return result


def _nearest_inside(core: NDArray[np.bool_], aspect: float) -> NDArray[np.int64]:
    """(H, W) index into the flat picture of the pixel inside that is nearest on screen."""
    height, width = core.shape
    # as many times as high or wide as it is stored, pixels are square
    rows = np.arange(round(height * max(1.0, 1 / aspect))) * height // round(height * max(1.0, 1 / aspect))
    columns = np.arange(round(width * max(1.0, aspect))) * width // round(width * max(1.0, aspect))
    shown = core[np.ix_(rows, columns)]
    _, labels = cv2.distanceTransformWithLabels(
        (~shown).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    stored = rows[:, None] * width + columns  # (H', W')
    # labels number the pixels inside; which number is which is read off at those pixels themselves
    place = np.zeros(int(labels.max()) + 1, np.int64)
    place[labels[shown]] = stored[shown]
    # the middle of a stored pixel among those that it became
    middle_row, middle_column = (
        (np.arange(n) * 2 + 1) * len(m) // (2 * n) for n, m in ((height, rows), (width, columns))
    )
    found: NDArray[np.int64] = place[labels[np.ix_(middle_row, middle_column)]]
    return found


def composite(rgb: Plane, matte: Plane, background: Plane) -> Plane:
    """Objects over something else.

    Args:
        rgb: (H, W, 3) float32 in 0..1, straight colour of the objects.
        matte: (H, W) float32 in 0..1.
        background: (H, W, 3) or (3,) float32 in 0..1.
    """
    weight = matte[..., None]
    mixed: Plane = rgb * weight + background * (np.float32(1) - weight)
    return mixed


def overlay(rgb: Plane, mattes: Sequence[tuple[Plane, Color]]) -> Plane:
    """The picture with coloured objects, half see-through.

    Args:
        rgb: (H, W, 3) float32 in 0..1.
        mattes: (H, W) float32 in 0..1 and the colour of each object, the last on top.
    """
    for matte, color in mattes:
        rgb = composite(np.asarray(color, np.float32) / np.float32(255), matte * np.float32(_OPACITY), rgb)
    return rgb


def burn_in(rgb: Plane, text: str, pixel_aspect: float = 1.0) -> Plane:
    """Write a line into the lower left corner, white on a dark band.

    Args:
        rgb: (H, W, 3) float32 in 0..1.
        text: ASCII.
        pixel_aspect: Width of a pixel on screen divided by its height. The letters have their usual form on
            the screen, not in the stored picture.

    Returns:
        A new picture.
    """
    stored_height, stored_width = rgb.shape[:2]
    height, width = (
        round(stored_height * max(1, 1 / pixel_aspect)),
        round(stored_width * max(1, pixel_aspect)),
    )
    wanted = max(10.0, height / 28)
    (text_width, text_height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 1)
    scale = min(wanted / text_height, 0.9 * width / text_width)
    thickness = max(1, round(scale * 1.6))
    (text_width, text_height), under = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    margin = max(2, text_height // 2)
    top = max(0, height - text_height - under - 2 * margin)
    ink, band = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    origin = (margin, min(height - 1, top + margin + text_height))
    cv2.putText(ink, text, origin, cv2.FONT_HERSHEY_SIMPLEX, scale, 255, thickness, cv2.LINE_AA)
    band[top:, : text_width + 2 * margin] = 255
    if (height, width) != (stored_height, stored_width):
        size = (stored_width, stored_height)
        ink, band = (
            np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
            for plane in (ink, band)
        )
    marked: Plane = rgb.copy()
    below = np.s_[int(np.flatnonzero(band.any(axis=1))[0]) :]
    marked[below] *= (np.float32(1) - np.float32(0.75) * (band[below] / np.float32(255)))[..., None]
    return composite(np.ones(3, np.float32), ink / np.float32(255), marked)


def to_linear(rgb: Plane) -> Plane:
    """Light from the code values of a picture made for a screen (IEC 61966-2-1).

    Args:
        rgb: (H, W, 3) float32 in 0..1.
    """
    linear: NDArray[np.float32] = np.where(
        rgb <= 0.04045, rgb / np.float32(12.92), ((rgb + np.float32(0.055)) / np.float32(1.055)) ** 2.4
    ).astype(np.float32)
    return linear
