"""Region similarity J, boundary accuracy F and their statistics, as the DAVIS benchmark defines them.

The definitions are those of Perazzi et al., "A Benchmark Dataset and Evaluation Methodology for Video Object
Segmentation" (CVPR 2016), in the form of the benchmark's published Python evaluation.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.errors import EvaluationError

Mask = NDArray[Any]  # (H, W), any type; everything but 0 and False is inside
_BinaryMap = NDArray[np.uint8]


def jaccard(pred: Mask, truth: Mask, void: Mask | None = None) -> float:
    """Region similarity J: intersection over union.

    Args:
        pred: (H, W), non-zero where the object was predicted.
        truth: (H, W), non-zero where the object is.
        void: (H, W), non-zero where pixels do not count, or None.

    Returns:
        J in 0..1; 1 when both masks are empty.

    Raises:
        EvaluationError: The shapes differ.
    """
    pred_map, truth_map = _as_maps(pred, truth, void)
    union = int(np.count_nonzero(pred_map | truth_map))
    return int(np.count_nonzero(pred_map & truth_map)) / union if union else 1.0


def boundary_f(pred: Mask, truth: Mask, bound_th: float = 0.008, void: Mask | None = None) -> float:
    """Boundary accuracy F: harmonic mean of the precision and recall of the contours.

    A contour pixel is a match when the other contour passes within a disk around it.

    Args:
        pred: (H, W), non-zero where the object was predicted.
        truth: (H, W), non-zero where the object is.
        bound_th: Radius of that disk: below 1 a share of the image diagonal, rounded up to whole pixels;
            else pixels.
        void: (H, W), non-zero where pixels do not count (both masks are cleared there), or None.

    Returns:
        F in 0..1; 1 when neither mask has a contour, 0 when one of them has none.

    Raises:
        EvaluationError: The shapes differ.
    """
    pred_map, truth_map = _as_maps(pred, truth, void)
    height, width = pred_map.shape
    radius = bound_th if bound_th >= 1 else math.ceil(bound_th * math.hypot(height, width))
    pred_contour, truth_contour = boundary_map(pred_map), boundary_map(truth_map)
    pred_count, truth_count = int(np.count_nonzero(pred_contour)), int(np.count_nonzero(truth_contour))
    if pred_count == 0 or truth_count == 0:
        return float(pred_count == truth_count)

    # Nothing outside the contours' common box can match, and objects are small: dilate only the box.
    x, y, box_width, box_height = cv2.boundingRect(pred_contour | truth_contour)
    box = (slice(y, y + box_height), slice(x, x + box_width))
    pred_contour, truth_contour = pred_contour[box], truth_contour[box]
    precision = _matched(pred_contour, truth_contour, radius) / pred_count
    recall = _matched(truth_contour, pred_contour, radius) / truth_count
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _matched(contour: _BinaryMap, other: _BinaryMap, radius: float) -> int:
    near_other = np.asarray(cv2.dilate(other, disk(radius)), dtype=np.uint8)
    return int(np.count_nonzero(contour & near_other))


def boundary_map(mask: Mask) -> _BinaryMap:
    """Contour of a mask, one pixel wide, offset by half a pixel towards the origin.

    A pixel is on the contour when it differs from its right, lower or lower right neighbour.

    Args:
        mask: (H, W), non-zero inside.

    Returns:
        (H, W) uint8, 1 on the contour.
    """
    inside = (np.asarray(mask) != 0).astype(np.uint8)
    contour: _BinaryMap = np.zeros_like(inside)
    contour[:, :-1] |= inside[:, :-1] ^ inside[:, 1:]
    contour[:-1, :] |= inside[:-1, :] ^ inside[1:, :]
    contour[:-1, :-1] |= inside[:-1, :-1] ^ inside[1:, 1:]
    return contour


@lru_cache(maxsize=16)
def disk(radius: float) -> _BinaryMap:
    """Flat disk, the structuring element of the boundary match.

    Args:
        radius: In pixels, at least 0.

    Returns:
        (2 radius + 1, 2 radius + 1) uint8, 1 within ``radius`` of the centre; read-only.
    """
    offset = np.arange(-radius, radius + 1)
    element = (offset[:, None] ** 2 + offset[None, :] ** 2 <= radius**2).astype(np.uint8)
    element.setflags(write=False)
    return element


@dataclass(frozen=True)
class Statistics:
    """What the benchmark tells about the per-frame values of one object.

    Attributes:
        mean: Mean over frames.
        recall: Share of frames above 0.5.
        decay: Mean of the first quarter minus mean of the last quarter; negative when the result gets better.
    """

    mean: float
    recall: float
    decay: float


def statistics(per_frame: NDArray[np.float64]) -> Statistics:
    """Mean, recall and decay of one object's J or F.

    NaN, "not measured", is left out of the means and counts as not above 0.5, as in the published code.

    Args:
        per_frame: (frames,) values of the scored frames, without the first and the last of a sequence.

    Returns:
        The statistics; NaN where nothing was measured.
    """
    values = np.asarray(per_frame, dtype=np.float64)
    if values.size == 0:
        return Statistics(math.nan, math.nan, math.nan)
    # The published code keeps the bin edges in uint8, which wraps beyond 256 frames; ours do not.
    edges = (np.round(np.linspace(1, values.size, 5) + 1e-10) - 1).astype(np.int64)
    first, last = values[edges[0] : edges[1] + 1], values[edges[3] : edges[4] + 1]
    return Statistics(nan_mean(values), float(np.mean(values > 0.5)), nan_mean(first) - nan_mean(last))


def nan_mean(values: NDArray[np.float64]) -> float:
    """Mean of the values that are numbers; NaN, without a warning, when there are none.

    Args:
        values: Any shape.

    Returns:
        The mean.
    """
    numbers = values[~np.isnan(values)]
    return float(np.mean(numbers)) if numbers.size else math.nan


def _as_maps(pred: Mask, truth: Mask, void: Mask | None) -> tuple[_BinaryMap, _BinaryMap]:
    shapes = {np.shape(mask) for mask in (pred, truth, void) if mask is not None}
    if len(shapes) > 1 or len(next(iter(shapes))) != 2:
        raise EvaluationError(f"Masks to compare must be images of one size, not {sorted(shapes)}.")
    pred_map, truth_map = np.asarray(pred) != 0, np.asarray(truth) != 0
    if void is not None:
        counts = np.asarray(void) == 0
        pred_map, truth_map = pred_map & counts, truth_map & counts
    return pred_map.view(np.uint8), truth_map.view(np.uint8)
