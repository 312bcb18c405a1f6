"""The trust strip: how far the mask of a frame can be trusted, as colour. Free of Qt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Trust = NDArray[np.float32]

_STOPS = np.array([0.0, 0.35, 0.7, 1.0])
_COLORS = np.array([[222, 60, 60, 255], [240, 150, 50, 255], [214, 196, 70, 200], [63, 174, 122, 90]], float)
_REVIEWED = np.array([128, 136, 146, 150], float)


def heat_row(
    trust: Trust, reviewed: NDArray[np.bool_], start: float, cell: float, width: int
) -> NDArray[np.uint8]:
    """One row of pixels of the strip. Where a pixel covers several frames, it shows the worst.

    Args:
        trust: (frames,) float32 in 0..1, NaN where nothing is known.
        reviewed: (frames,) whether the user has found the frame good.
        start: Frame at the left end, with its fraction.
        cell: Width of a frame in px.
        width: Px.

    Returns:
        (1, width, 4) uint8 blue, green, red, alpha, premultiplied; transparent where nothing is known.
    """
    edges = start + np.arange(width + 1) / cell
    first = np.clip(edges[:-1].astype(int), 0, max(0, len(trust) - 1))
    last = np.clip(np.ceil(edges[1:]).astype(int), first + 1, max(1, len(trust)))
    row = np.zeros((1, width, 4), np.uint8)
    if not len(trust):
        return row
    # frames that were reviewed matter less than any other
    rank = np.where(np.isnan(trust), 3.0, np.where(reviewed, 2.0, trust.astype(float)))
    worst = _minimum_over(rank, first, last)
    known = worst < 3
    colors = np.stack([np.interp(worst, _STOPS, _COLORS[:, channel]) for channel in range(4)], axis=1)
    colors[worst == 2.0] = _REVIEWED
    colors[~known] = 0
    alpha = colors[:, 3:4] / 255
    row[0, :, :3] = np.rint(colors[:, 2::-1] * alpha)
    row[0, :, 3] = np.rint(colors[:, 3])
    return row


def _minimum_over(
    values: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Smallest value of each slice first:last; slices are not empty, and both ends ascend."""
    padded = np.append(values, np.inf)
    bounds = np.stack([first, last], axis=1).ravel()
    found: NDArray[np.float64] = np.minimum.reduceat(padded, bounds)[::2]
    return found
