"""Lets the edge of a matte follow the picture, at full resolution, within a band around it."""

from __future__ import annotations

from importlib import import_module

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.frozen import is_frozen
from app.i18n import tr
from app.matte.shape import disc, stored_px

Matte = NDArray[np.float32]
Picture = NDArray[np.uint8]

_EPSILON = 1e-4


class MattingMissingError(UserError):
    """The package for closed-form matting is not installed."""


def refined(
    matte: Matte, picture: Picture, band_px: int, *, closed_form: bool = False, aspect: float = 1.0
) -> Matte:
    """Refine the edge.

    Args:
        matte: (H, W) float32 in 0..1.
        picture: (H, W, 3) uint8 RGB.
        band_px: Half width of the band around the edge that may change, in px on screen.
        closed_form: Solve closed-form matting (Levin, Lischinski, Weiss, PAMI 2008) in the band, which takes
            seconds and is better on hair; the guided filter (He, Sun, Tang, PAMI 2013) otherwise.
        aspect: Width of a stored pixel on screen divided by its height.

    Returns:
        (H, W) float32 in 0..1; unchanged outside the band.

    Raises:
        MattingMissingError: ``closed_form`` and its package is not installed.
    """
    across, down = (max(1, round(length)) for length in stored_px(band_px, aspect))
    inside, outside, band = trimap(matte, across, down)
    if not band.any():
        return matte
    if closed_form:
        return _closed_form(matte, picture, inside, outside)
    guide = picture.astype(np.float32) / np.float32(255)
    hard: Matte = np.where(matte >= 0.5, np.float32(1), np.float32(0))
    filtered = guided_filter(guide, hard, (across, down), _EPSILON)
    # the filter leaves a veil where it is not sure; stretching what lies between takes it away
    filtered = np.clip((filtered - 0.5) * np.float32(1.3) + np.float32(0.5), 0, 1)
    result: Matte = np.where(band, filtered, hard).astype(np.float32)
    return result


def trimap(
    matte: Matte, across: int, down: int | None = None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]:
    """Surely inside, surely outside, and the band between, each (H, W) bool; see ``disc`` for the radii."""
    solid = (matte >= 0.5).astype(np.uint8)
    kernel = disc(across, down)
    inside = cv2.erode(solid, kernel, borderType=cv2.BORDER_REPLICATE).astype(bool)
    outside = ~cv2.dilate(solid, kernel, borderType=cv2.BORDER_REPLICATE).astype(bool)
    return inside, outside, ~inside & ~outside


def guided_filter(guide: NDArray[np.float32], source: Matte, radii: tuple[int, int], epsilon: float) -> Matte:
    """The guided filter with a colour guide: He, Sun, Tang, "Guided Image Filtering", section 3.

    Args:
        guide: (H, W, 3) float32 in 0..1.
        source: (H, W) float32.
        radii: Of the window in px, across and down.
        epsilon: Regulariser; contrast below its root is not followed.

    Returns:
        (H, W) float32: in each window the linear function of the guide's colour that fits the source best.
    """

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        size = (2 * radii[0] + 1, 2 * radii[1] + 1)
        return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)

    channels = [np.ascontiguousarray(guide[..., index]) for index in range(3)]
    means = [mean(channel) for channel in channels]
    source_mean = mean(source)
    cross = [mean(channel * source) - m * source_mean for channel, m in zip(channels, means, strict=True)]
    height, width = source.shape
    covariance = np.empty((height, width, 3, 3), np.float32)
    for row in range(3):
        for column in range(row, 3):
            value = mean(channels[row] * channels[column]) - means[row] * means[column]
            covariance[..., row, column] = covariance[..., column, row] = value
    covariance += np.float32(epsilon) * np.eye(3, dtype=np.float32)
    slopes = _solved(covariance, np.stack(cross, axis=-1))  # (H, W, 3)
    offset = source_mean - sum(slopes[..., index] * means[index] for index in range(3))
    result = mean(np.asarray(offset, np.float32))
    for index in range(3):
        result = result + mean(np.ascontiguousarray(slopes[..., index])) * channels[index]
    return np.asarray(result, np.float32)


def _solved(matrices: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Symmetric 3 x 3 systems by Cramer's rule, many times faster than the general solver."""
    a, b, c = matrices[..., 0, 0], matrices[..., 0, 1], matrices[..., 0, 2]
    d, e, f = matrices[..., 1, 1], matrices[..., 1, 2], matrices[..., 2, 2]
    x, y, z = right[..., 0], right[..., 1], right[..., 2]
    first, second, third = d * f - e * e, c * e - b * f, b * e - c * d
    determinant = a * first + b * second + c * third
    return np.stack(
        [
            (first * x + second * y + third * z) / determinant,
            (second * x + (a * f - c * c) * y + (b * c - a * e) * z) / determinant,
            (third * x + (b * c - a * e) * y + (a * d - b * b) * z) / determinant,
        ],
        axis=-1,
    ).astype(np.float32)


def _closed_form(
    matte: Matte, picture: Picture, inside: NDArray[np.bool_], outside: NDArray[np.bool_]
) -> Matte:
    try:
        solver = import_module("pymatting.alpha.estimate_alpha_cf")
    except ImportError as error:
        raise MattingMissingError(
            tr("Closed-form matting needs the package pymatting, which is not installed."),
            tr("Choose the guided filter: nothing can be added to the folder that runs without Python.")
            if is_frozen()
            else tr('Install it with "pip install pymatting", or choose the guided filter.'),
        ) from error
    if not inside.any() or not outside.any():
        return matte  # without anything sure there is nothing to solve from
    marks = np.full(matte.shape, 0.5)
    marks[inside], marks[outside] = 1.0, 0.0
    solved = solver.estimate_alpha_cf(picture.astype(np.float64) / 255, marks)
    return np.asarray(np.clip(solved, 0, 1), np.float32)
