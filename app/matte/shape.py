"""Edges of a matte: where they lie, how soft they are, how even."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Matte = NDArray[np.float32]


def leveled(matte: Matte, threshold: float, softness: float) -> Matte:
    """Move the edge to ``threshold`` and make it harder.

    Args:
        matte: (H, W) float32 in 0..1.
        threshold: The value that becomes one half, 0..1.
        softness: 1 keeps the slope of the edge, 0 makes a hard one.

    Returns:
        (H, W) float32 in 0..1. Pixels that were all out or all in stay so.
    """
    if threshold == 0.5 and softness == 1.0:
        return matte
    if softness <= 0:
        return (matte >= max(threshold, 1e-6)).astype(np.float32)
    threshold = min(max(threshold, 1e-3), 1 - 1e-3)  # the two ends mean "nothing" and "all of it"
    # the slope is steepened on each side so that 0 stays 0 and 1 stays 1 at full softness
    low = np.float32(max(0.0, threshold - 0.5 * softness) if softness < 1 else 0.0)
    high = np.float32(min(1.0, threshold + 0.5 * softness) if softness < 1 else 1.0)
    middle = np.float32(threshold)
    least = np.float32(1e-6)
    found: Matte = matte - middle
    # dividing by twice the distance is one half at its end, whatever rounding makes of the distance
    steep_below, steep_above = (2 * max(side, least) for side in (middle - low, high - middle))
    np.divide(found, steep_below, out=found, where=matte < middle)
    np.divide(found, steep_above, out=found, where=matte >= middle)
    found += np.float32(0.5)
    return np.clip(found, 0, 1, out=found)


def stored_px(pixels: float, aspect: float) -> tuple[float, float]:
    """How many stored px a length on screen is, across and down.

    Px on screen are those of the picture on square pixels, which is made wider or higher, never smaller.

    Args:
        pixels: The length in px on screen.
        aspect: Width of a stored pixel on screen divided by its height.
    """
    return pixels * min(1.0, 1 / aspect), pixels * min(1.0, aspect)


def grown(matte: Matte, pixels: float, aspect: float = 1.0) -> Matte:
    """Move the edge outward by ``pixels`` on screen (inward if negative); its softness stays.

    Fractions of a pixel lie between the whole radii on either side.
    """
    radius = abs(pixels)
    whole, rest = int(radius), radius - int(radius)
    near = _moved(matte, whole, aspect, outward=pixels > 0)
    if rest == 0:
        return near
    return _mixed(near, _moved(matte, whole + 1, aspect, outward=pixels > 0), rest)


def _moved(matte: Matte, radius: int, aspect: float, *, outward: bool) -> Matte:
    if radius == 0:
        return matte
    across, down = stored_px(radius, aspect)
    # one of both is whole; of the other, the radii on either side are mixed
    low = _changed(matte, (int(across), int(down)), outward=outward)
    rest = across - int(across) + down - int(down)
    if rest == 0:
        return low
    return _mixed(low, _changed(matte, (math.ceil(across), math.ceil(down)), outward=outward), rest)


def _changed(matte: Matte, radii: tuple[int, int], *, outward: bool) -> Matte:
    # what lies beyond the frame is as its border
    change = cv2.dilate if outward else cv2.erode
    return np.asarray(change(matte, disc(*radii), borderType=cv2.BORDER_REPLICATE), np.float32)


def _mixed(first: Matte, second: Matte, share: float) -> Matte:
    mixed: Matte = first * np.float32(1 - share) + second * np.float32(share)
    return mixed


def disc(across: int, down: int | None = None) -> NDArray[np.uint8]:
    """(2 down + 1, 2 across + 1) uint8, 1 within an ellipse of these radii in px, or a circle of one."""
    down = across if down is None else down
    radius = max(across, down)
    x, y = np.arange(-across, across + 1) / max(1, across), np.arange(-down, down + 1) / max(1, down)
    within = x[None] ** 2 + y[:, None] ** 2 <= 1 + 0.25 / max(1, radius)
    inside: NDArray[np.uint8] = within.astype(np.uint8)
    return inside


def feathered(matte: Matte, pixels: float, aspect: float = 1.0) -> Matte:
    """Blur the edge so that it is about ``pixels`` wide on screen."""
    return _blurred(matte, pixels / 2, aspect)


def smoothed(matte: Matte, pixels: float, aspect: float = 1.0) -> Matte:
    """Even out the contour: bumps smaller than ``pixels`` on screen go, the edge is as soft as before.

    A blurred step of one pixel's width has a slope of 1 / (sigma * sqrt(2 pi)); undoing that restores it.
    """
    sigma = math.sqrt(math.prod(stored_px(pixels, aspect)))  # edges lie in all directions
    gain = np.float32(max(1.0, sigma * math.sqrt(2 * math.pi) / edge_width(matte)))
    blurred = _blurred(matte, pixels, aspect)
    found: Matte = np.clip((blurred - np.float32(0.5)) * gain + np.float32(0.5), 0, 1)
    return found


def edge_width(matte: Matte) -> float:
    """How many px the edge takes from out to in: area of the soft pixels over the length of the contour."""
    soft = (matte > 0.02) & (matte < 0.98)
    inside = (matte >= 0.5).astype(np.uint8)
    contour = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
    length = int(np.count_nonzero(contour))
    return max(1.0, np.count_nonzero(soft) / length) if length else 1.0


def _blurred(matte: Matte, sigma: float, aspect: float) -> Matte:
    if sigma <= 0:
        return matte
    across, down = stored_px(sigma, aspect)
    blurred = cv2.GaussianBlur(matte, (0, 0), across, sigmaY=down, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)
