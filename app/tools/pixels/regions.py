"""Connected areas: what a click fills, and holes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Area = NDArray[np.bool_]


def region_at(inside: Area, x: int, y: int) -> Area:
    """The part of an area that holds a pixel; empty if that pixel is outside.

    Args:
        inside: (H, W) bool.
        x: Column of the pixel.
        y: Row of the pixel.

    Returns:
        (H, W) bool; pixels that only touch at a corner are not joined.
    """
    height, width = inside.shape
    if not (0 <= x < width and 0 <= y < height) or not inside[y, x]:
        return np.zeros_like(inside)
    image = inside.astype(np.uint8)
    cv2.floodFill(image, None, (x, y), 2, flags=4)
    return np.asarray(image == 2)


def holes(inside: Area) -> Area:
    """What an area encloses: outside pixels that no path of outside pixels joins to the picture's border.

    Args:
        inside: (H, W) bool.

    Returns:
        (H, W) bool.
    """
    # a rim of outside pixels joins all that touch the border
    image = np.pad(inside.astype(np.uint8), 1)
    cv2.floodFill(image, None, (0, 0), 1, flags=4)
    return np.asarray(image[1:-1, 1:-1] == 0)


def like_colour(
    picture: NDArray[np.uint8], x: int, y: int, tolerance: int, *, connected: bool = True
) -> Area:
    """Pixels whose colour is like that of one pixel.

    Args:
        picture: (H, W, 3) uint8 RGB.
        x: Column of the pixel, inside the picture.
        y: Row of the pixel, inside the picture.
        tolerance: How much each channel may differ, 0..255.
        connected: Only pixels that a path of such pixels joins to the one.

    Returns:
        (H, W) bool.
    """
    height, width = picture.shape[:2]
    if not (0 <= x < width and 0 <= y < height):
        return np.zeros((height, width), np.bool_)
    if not connected:
        colour = picture[y, x].astype(np.int16)
        low, high = np.clip(colour - tolerance, 0, 255), np.clip(colour + tolerance, 0, 255)
        return np.asarray(cv2.inRange(picture, low, high)) > 0
    mask = np.zeros((height + 2, width + 2), np.uint8)
    flags = 4 | (1 << 8) | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE
    limits = (float(tolerance),) * 3
    # OpenCV asks for a picture that it may write to, although with this flag it does not
    cv2.floodFill(np.array(picture), mask, (x, y), (0, 0, 0), limits, limits, flags)
    return np.asarray(mask[1:-1, 1:-1] == 1)
