"""What a run knows of each object on each frame: the raw numbers behind the trust strip. Free of Qt.

A fact is measured where the network's probabilities are at hand, in the worker, and travels with the mask
that it speaks of. Jumps depend on the neighbours, which may change later, so they are worked out when asked
for.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import bounds, is_empty, united, widened

Mask = NDArray[np.uint8]

_BAND_SHARE = 1 / 200
"""Half width of the edge band, as a share of the frame's diagonal."""


@dataclass(frozen=True)
class FrameFacts:
    """Of one object on one frame.

    Attributes:
        area: Pixels of the object.
        centroid: Mean (x, y) of its pixels in px, None where it has none.
        confidence: Mean margin between the object and its strongest rival on the band around its contour,
            0..1: how sharply the network draws the edge. None where there is no contour.
        certainty: Mean probability of the object over its own pixels, 0..1; None where it has none.
        disagreement: How much the runs from both sides differ, 0 = the same, 1 = nothing in common; None
            where only one came by.
        chatter_px: How far the contour moved against the frame before in the run, beyond the motion of the
            whole object: mean distance in px. None without such a frame.
        is_half: A run was still to come by from the other side. Where it was stopped before, this stays.
    """

    area: int
    centroid: tuple[float, float] | None = None
    confidence: float | None = None
    certainty: float | None = None
    disagreement: float | None = None
    chatter_px: float | None = None
    is_half: bool = False


@dataclass(frozen=True)
class Jumps:
    """How far a frame lies off its neighbours.

    Attributes:
        area: Change of area against the mean of the neighbours, 0 = none, 1 = all of it came or went.
        centroid: Distance from the middle between the neighbours, in units of the object's size (root of
            its area).
    """

    area: float
    centroid: float


def to_json(facts: FrameFacts) -> dict[str, object]:
    """As plain JSON values; what is not known is left out."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(facts).items()
        if value is not None and value is not False
    }


def from_json(data: Mapping[str, object]) -> FrameFacts:
    """Read back ``to_json``; unknown keys are ignored.

    Raises:
        ValueError: A value is missing or has another type.
    """
    area = data.get("area")
    if not isinstance(area, int) or isinstance(area, bool) or area < 0:
        raise ValueError(f"the area of an object is {area!r}")
    centroid: tuple[float, float] | None = None
    where = data.get("centroid")
    if where is not None:
        if not isinstance(where, list) or len(where) != 2:
            raise ValueError(f"the centroid of an object is {where!r}")
        centroid = (_number(where[0]), _number(where[1]))
    rest = {
        field.name: None if data.get(field.name) is None else _number(data[field.name])
        for field in fields(FrameFacts)
        if field.name not in ("area", "centroid", "is_half")
    }
    is_half = data.get("is_half", False)
    if not isinstance(is_half, bool):
        raise ValueError(f"whether a mask is half done is {is_half!r}")  # noqa: TRY004 - as of all damage
    return FrameFacts(area, centroid, **rest, is_half=is_half)


def measure(
    index_mask: Mask, probability: NDArray[np.float32], object_ids: tuple[int, ...]
) -> dict[int, FrameFacts]:
    """Facts of all objects of a frame, from what the network said of it.

    Args:
        index_mask: (H, W) uint8 object ids.
        probability: (O, H, W) float32, row 0 background.
        object_ids: Ids of rows 1..O-1.

    Returns:
        By object id; without disagreement and chatter, which need a second mask.
    """
    found: dict[int, FrameFacts] = {}
    band_px = band_width(index_mask.shape)
    for row, object_id in enumerate(object_ids, start=1):
        inside = index_mask == object_id
        box = bounds(inside)
        if is_empty(box):
            found[object_id] = FrameFacts(0)
            continue
        left, top, right, bottom = widened(box, band_px + 1, index_mask.shape)
        part = inside[top:bottom, left:right]
        rows = probability[:, top:bottom, left:right]
        band = edge_band(part, band_px)
        own = rows[row]
        rival = np.delete(rows, row, axis=0).max(axis=0)
        area = int(np.count_nonzero(part))
        found[object_id] = FrameFacts(
            area=area,
            centroid=centroid(part, (left, top)),
            confidence=float(np.abs(own - rival)[band].mean()) if band.any() else None,
            certainty=float(own[part].mean()),
        )
    return found


def band_width(shape: tuple[int, ...]) -> int:
    """Half width of the edge band in px for a frame of (H, W)."""
    return max(2, round(math.hypot(shape[0], shape[1]) * _BAND_SHARE))


def edge_band(inside: NDArray[np.bool_], width_px: int) -> NDArray[np.bool_]:
    """The pixels within ``width_px`` of the contour of a mask, on both sides.

    The border of the array is no contour.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width_px + 1, 2 * width_px + 1))
    mask = inside.astype(np.uint8)
    outer = cv2.dilate(mask, kernel)
    inner = cv2.erode(mask, kernel, borderType=cv2.BORDER_REPLICATE)
    band: NDArray[np.bool_] = outer != inner
    return band


def centroid(inside: NDArray[np.bool_], offset: tuple[int, int] = (0, 0)) -> tuple[float, float] | None:
    """Mean (x, y) of the pixels of a mask, plus an offset; None where it is empty."""
    total = int(np.count_nonzero(inside))
    if not total:
        return None
    x = float(np.dot(np.count_nonzero(inside, axis=0), np.arange(inside.shape[1]))) / total
    y = float(np.dot(np.count_nonzero(inside, axis=1), np.arange(inside.shape[0]))) / total
    return float(x) + offset[0], float(y) + offset[1]


def disagreement(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """How much two soft masks of an object differ: one minus their soft intersection over union, 0..1.

    Two empty masks agree.
    """
    common = float(np.minimum(first, second).sum())
    union = float(first.sum()) + float(second.sum()) - common
    if union < 1:  # less than a pixel
        return 0.0
    return min(1.0, max(0.0, 1 - common / union))


def chatter(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> float | None:
    """Mean distance in px that a contour moved besides the motion of the whole object.

    The former mask is shifted so that both centroids meet; the area that still differs is divided by the
    length of the contour.

    Args:
        before: (H, W) bool, the object on the frame before.
        after: (H, W) bool, the object now.

    Returns:
        None where one of them is empty.
    """
    box_before, box_after = bounds(before), bounds(after)
    if is_empty(box_before) or is_empty(box_after):
        return None
    left, top, right, bottom = united(box_before, box_after)
    first = before[top:bottom, left:right].astype(np.uint8)
    second = after[top:bottom, left:right].astype(np.uint8)
    from_x, from_y = centroid(first > 0) or (0.0, 0.0)
    to_x, to_y = centroid(second > 0) or (0.0, 0.0)
    shift = np.array([[1, 0, round(to_x - from_x)], [0, 1, round(to_y - from_y)]], np.float32)
    moved = cv2.warpAffine(first, shift, (first.shape[1], first.shape[0]), flags=cv2.INTER_NEAREST)
    contours, _ = cv2.findContours(second, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    length = sum(len(contour) for contour in contours)
    return float(np.count_nonzero(moved != second)) / max(1, length)


def jumps(before: FrameFacts | None, now: FrameFacts, after: FrameFacts | None) -> Jumps:
    """How far a frame lies off its neighbours; without any, not at all."""
    neighbours = [facts for facts in (before, after) if facts is not None]
    if not neighbours:
        return Jumps(0.0, 0.0)
    expected = sum(facts.area for facts in neighbours) / len(neighbours)
    larger = max(expected, now.area)
    area = abs(now.area - expected) / larger if larger else 0.0
    places = [facts.centroid for facts in neighbours if facts.centroid is not None]
    if now.centroid is None or not places:
        return Jumps(area, 0.0)
    x = sum(place[0] for place in places) / len(places)
    y = sum(place[1] for place in places) / len(places)
    return Jumps(area, math.hypot(now.centroid[0] - x, now.centroid[1] - y) / math.sqrt(max(1, now.area)))


def changed(before: Mask, after: Mask, object_ids: Iterable[int]) -> float:
    """How much two index masks differ in some objects, 0..1.

    It is the share of pixels that differ among those that either of them calls one of these objects.
    """
    table = np.zeros(256, np.uint8)
    ids = list(object_ids)
    table[ids] = ids
    before, after = table[before], table[after]
    union = int(np.count_nonzero(before | after))
    return float(np.count_nonzero(before != after)) / union if union else 0.0


def _number(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)
