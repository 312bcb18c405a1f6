"""Smart select: finds an object from a box or scribbles (GrabCut), or an area from a colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import EMPTY_BOX, Box, bounds, is_empty, united
from app.matte.refine import guided_filter
from app.tools.pixels.grab_cut import grab_cut, in_box
from app.tools.pixels.regions import like_colour

_MAX_SIDE = 384
"""GrabCut's time grows with the area: it sees the crop at this size at most; its edge is refined after."""

_MARGIN = 0.25
_LEAST_MARGIN_PX = 24
_SCRIBBLE_REACH = 0.25
"""How far an object may go on beyond scribbles without a box, as a part of the picture's longer side."""

_EDGE_EPSILON = 1e-4  # of the guided filter, for intensities of 0..1


@dataclass(frozen=True, eq=False)
class SelectRequest:
    """What to look for.

    Attributes:
        picture: (H, W, 3) uint8 RGB, the frame.
        box: The object lies inside it; None without one.
        inside: (H, W) bool, scribbles on the object; None for none.
        outside: (H, W) bool, scribbles beside it; None for none.
        seeds: For an area by colour: (x, y, adds) per click; it takes the place of everything above.
        tolerance: For an area by colour: how much each channel may differ, 0..255.
        connected: For an area by colour: only what hangs together with the click.
    """

    picture: NDArray[np.uint8]
    box: Box | None = None
    inside: NDArray[np.bool_] | None = None
    outside: NDArray[np.bool_] | None = None
    seeds: tuple[tuple[int, int, bool], ...] = ()
    tolerance: int = 24
    connected: bool = True


def select(request: SelectRequest, check: Callable[[], None] = lambda: None) -> NDArray[np.bool_]:
    """Find what is asked for.

    Args:
        request: What to look for.
        check: Called between the steps; may raise to end the work.

    Returns:
        (H, W) bool; empty if there is nothing to go by.
    """
    if request.seeds:
        return _by_colour(request, check)
    found = np.zeros(request.picture.shape[:2], np.bool_)
    region = _region(request)
    if is_empty(region):
        return found
    place = np.s_[region[1] : region[3], region[0] : region[2]]
    picture = np.ascontiguousarray(request.picture[place])
    labels = _labels(request, region)
    scale = min(1.0, _MAX_SIDE / max(picture.shape[:2]))
    image, marks = _shrunk(picture, labels, scale)
    if request.box is None:
        small = grab_cut(image, marks, check)
    else:
        left, top = region[0], region[1]
        x0, y0, x1, y1 = request.box
        box = tuple(round(side * scale) for side in (x0 - left, y0 - top, x1 - left, y1 - top))
        small = in_box(image, marks, (box[0], box[1], box[2], box[3]), check, told=request.inside is not None)
    if small is None:
        return found
    check()
    found[place] = small if scale == 1.0 else _at_native_size(small, picture, scale)
    # the user's own marks are certain
    area = found[place]
    area[labels == cv2.GC_FGD] = True
    area[labels == cv2.GC_BGD] = False
    return found


def _by_colour(request: SelectRequest, check: Callable[[], None]) -> NDArray[np.bool_]:
    found = np.zeros(request.picture.shape[:2], np.bool_)
    for x, y, adds in request.seeds:
        check()
        area = like_colour(request.picture, x, y, request.tolerance, connected=request.connected)
        found = found | area if adds else found & ~area
    return found


def _region(request: SelectRequest) -> Box:
    """What GrabCut looks at: all marks, and some of the surroundings to learn the background from."""
    height, width = request.picture.shape[:2]
    box: Box = EMPTY_BOX if request.box is None else request.box
    for mark in (request.inside, request.outside):
        if mark is not None:
            box = united(box, bounds(mark))
    if is_empty(box):
        return box
    least, part = _LEAST_MARGIN_PX, _MARGIN
    if request.box is None:  # scribbles may cover a small part of the object
        least, part = round(_SCRIBBLE_REACH * max(height, width)), 1.0
    margin_x = max(least, round(part * (box[2] - box[0])))
    margin_y = max(least, round(part * (box[3] - box[1])))
    return (
        max(0, box[0] - margin_x),
        max(0, box[1] - margin_y),
        min(width, box[2] + margin_x),
        min(height, box[3] + margin_y),
    )


def _labels(request: SelectRequest, region: Box) -> NDArray[np.uint8]:
    """(h, w) uint8 of the region: what GrabCut is told of each pixel."""
    left, top, right, bottom = region
    place = np.s_[top:bottom, left:right]
    start = cv2.GC_PR_BGD if request.box is None else cv2.GC_BGD
    labels = np.full((bottom - top, right - left), start, np.uint8)
    if request.box is not None:
        x0, y0, x1, y1 = request.box
        labels[y0 - top : y1 - top, x0 - left : x1 - left] = cv2.GC_PR_FGD
    if request.inside is not None:
        labels[request.inside[place]] = cv2.GC_FGD
    if request.outside is not None:
        labels[request.outside[place]] = cv2.GC_BGD
    return labels


def _shrunk(
    picture: NDArray[np.uint8], labels: NDArray[np.uint8], scale: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Picture (H, W, 3) uint8 and labels (H, W) uint8 at the size that GrabCut sees."""
    if scale == 1.0:
        return picture, labels
    height, width = labels.shape
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    image = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    marks = np.asarray(cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    # a thin scribble must not fall between the samples
    for value in (cv2.GC_BGD, cv2.GC_FGD):
        if value == cv2.GC_FGD or cv2.GC_PR_BGD in marks:
            sure = cv2.resize((labels == value).astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
            marks[np.asarray(sure) > 96] = value
    return image, marks


def _at_native_size(small: NDArray[np.bool_], picture: NDArray[np.uint8], scale: float) -> NDArray[np.bool_]:
    """Enlarge a small result; its edge follows the picture's own edges (guided filter)."""
    height, width = picture.shape[:2]
    rough = np.asarray(
        cv2.resize(small.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )
    radius = max(2, round(2 / scale))
    guide = picture.astype(np.float32) / np.float32(255)
    return np.asarray(guided_filter(guide, rough, (radius, radius), _EDGE_EPSILON) > 0.5)
