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
    low = max(0.0, threshold - 0.5 * softness) if softness < 1 else 0.0
    high = min(1.0, threshold + 0.5 * softness) if softness < 1 else 1.0
    points = [0.0, low, threshold, high, 1.0]
    values = [0.0, 0.0, 0.5, 1.0, 1.0]
    table = np.interp(np.linspace(0, 1, 4097), *_ascending(points, values)).astype(np.float32)
    found: Matte = table[np.rint(np.clip(matte, 0, 1) * 4096).astype(np.int32)]
    return found


def _ascending(points: list[float], values: list[float]) -> tuple[list[float], list[float]]:
    """The points with ties moved apart, as interpolation needs them."""
    kept_points, kept_values = [points[0]], [values[0]]
    for point, value in zip(points[1:], values[1:], strict=True):
        if point <= kept_points[-1]:
            if value == kept_values[-1] or point >= 1:
                continue
            point = kept_points[-1] + 1e-6
        kept_points.append(point)
        kept_values.append(value)
    return kept_points, kept_values


def grown(matte: Matte, pixels: float) -> Matte:
    """Move the edge outward by ``pixels`` (inward if negative); its softness stays.

    Fractions of a pixel lie between the whole radii on either side.
    """
    radius = abs(pixels)
    whole, rest = int(radius), radius - int(radius)
    near = _moved(matte, whole, outward=pixels > 0)
    if rest == 0:
        return near
    far = _moved(matte, whole + 1, outward=pixels > 0)
    mixed: Matte = near * np.float32(1 - rest) + far * np.float32(rest)
    return mixed


def _moved(matte: Matte, radius: int, *, outward: bool) -> Matte:
    if radius == 0:
        return matte
    kernel = disc(radius)
    # what lies beyond the frame is as its border
    change = cv2.dilate if outward else cv2.erode
    return np.asarray(change(matte, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)


def disc(radius: int) -> NDArray[np.uint8]:
    """(2r + 1, 2r + 1) uint8, 1 within ``radius`` px of the middle."""
    steps = np.arange(-radius, radius + 1)
    inside: NDArray[np.uint8] = (steps[:, None] ** 2 + steps[None] ** 2 <= radius**2 + 0.25 * radius).astype(
        np.uint8
    )
    return inside


def feathered(matte: Matte, pixels: float) -> Matte:
    """Blur the edge so that it is about ``pixels`` wide."""
    return _blurred(matte, pixels / 2)


def smoothed(matte: Matte, pixels: float) -> Matte:
    """Even out the contour: bumps smaller than ``pixels`` go, the edge is as soft as before.

    A blurred step of one pixel's width has a slope of 1 / (sigma * sqrt(2 pi)); undoing that restores it.
    """
    gain = np.float32(max(1.0, pixels * math.sqrt(2 * math.pi) / edge_width(matte)))
    blurred = _blurred(matte, pixels)
    found: Matte = np.clip((blurred - np.float32(0.5)) * gain + np.float32(0.5), 0, 1)
    return found


def edge_width(matte: Matte) -> float:
    """How many px the edge takes from out to in: area of the soft pixels over the length of the contour."""
    soft = (matte > 0.02) & (matte < 0.98)
    inside = (matte >= 0.5).astype(np.uint8)
    contour = cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8))
    length = int(np.count_nonzero(contour))
    return max(1.0, np.count_nonzero(soft) / length) if length else 1.0


def _blurred(matte: Matte, sigma: float) -> Matte:
    if sigma <= 0:
        return matte
    blurred = cv2.GaussianBlur(matte, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)
