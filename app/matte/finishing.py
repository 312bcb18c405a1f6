"""A matte as the settings of its object want it: one pipeline for canvas and export.

The order is fixed, from what the mask means to how its edge looks: clip black and white, soften hard edges,
even out over time, fill holes and drop specks, smooth the contour, move the threshold, grow or shrink,
follow the picture, feather, blur along the motion. The last one stands for the camera, which sees what all
the others made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import Box, bounds, is_empty, widened
from app.document.finish import MatteFinish
from app.matte.chatter import evened_out
from app.matte.edges import softened
from app.matte.levels import clipped
from app.matte.motion import Motion
from app.matte.motion_blur import motion_blurred
from app.matte.refine import refined
from app.matte.regions import drop_specks, fill_holes
from app.matte.shape import feathered, grown, leveled, smoothed, stored_px

Matte = NDArray[np.float32]


def finish_matte(
    matte: Matte,
    finish: MatteFinish,
    picture: NDArray[np.uint8] | None = None,
    neighbours: Sequence[Matte] = (),
    aspect: float = 1.0,
    edge_px: float = 0.0,
    motions: tuple[Motion | None, Motion | None] = (None, None),
) -> Matte:
    """Finish a matte. Outside the object's surroundings nothing is computed.

    Lengths and areas are those on screen, so that what grows or blurs does so evenly to all sides.

    Args:
        matte: (H, W) float32 in 0..1.
        finish: What to do.
        picture: (H, W, 3) uint8 RGB of the same frame; without it the edge cannot follow the picture.
        neighbours: (H, W) float32 mattes of the same object on frames around, for ``chatter_frames``.
        aspect: Width of a stored pixel on screen divided by its height.
        edge_px: How soft hard edges become, in stored px, see ``edges.softened``; 0 leaves them.
        motions: Of the object to the frame before and to the one after, for ``motion_blur_degrees``.

    Returns:
        (H, W) float32 in 0..1, a new array unless nothing is to be done.

    Raises:
        MattingMissingError: Closed-form matting is wanted and its package is not installed.
    """
    if finish.is_neutral:
        return matte
    matte = clipped(matte, finish.clip_black, finish.clip_white)
    if finish.is_plain:
        return matte
    neighbours = [clipped(other, finish.clip_black, finish.clip_white) for other in neighbours]
    box = widened(reach(matte, finish, neighbours), math.ceil(3 * edge_px), matte.shape)
    if is_empty(box):
        return matte
    left, top, right, bottom = box
    part = np.ascontiguousarray(matte[top:bottom, left:right])
    around = [np.ascontiguousarray(other[top:bottom, left:right]) for other in neighbours]
    seen = None if picture is None else np.ascontiguousarray(picture[top:bottom, left:right])
    result: Matte = np.zeros(matte.shape, np.float32)
    part = softened(part, edge_px)
    result[top:bottom, left:right] = _finish_part(part, finish, seen, around, aspect)
    return motion_blurred(result, *motions, finish.motion_blur_degrees)


def reach(matte: Matte, finish: MatteFinish, neighbours: Sequence[Matte] = ()) -> Box:
    """The box of all that finishing may change, empty for an empty matte."""
    seen = matte > 0
    if finish.chatter_frames:
        for other in neighbours:
            seen |= other > 0
    margin = 4 + int(
        max(0.0, finish.grow_px) + 2 * finish.feather_px + 3 * finish.smooth_px + 2 * finish.refine_px
    )
    box = bounds(seen)
    return box if is_empty(box) else widened(box, margin, matte.shape)


def _finish_part(
    matte: Matte,
    finish: MatteFinish,
    picture: NDArray[np.uint8] | None,
    neighbours: Sequence[Matte],
    aspect: float,
) -> Matte:
    area = math.prod(stored_px(1, aspect))  # stored px in one on screen
    if finish.chatter_frames and neighbours:
        matte = evened_out(matte, neighbours)
    if finish.fill_holes_px:
        matte = fill_holes(matte, finish.fill_holes_px * area)
    if finish.drop_specks_px:
        matte = drop_specks(matte, finish.drop_specks_px * area)
    if finish.smooth_px:
        matte = smoothed(matte, finish.smooth_px, aspect)
    matte = leveled(matte, finish.threshold, finish.softness)
    if finish.grow_px:
        matte = grown(matte, finish.grow_px, aspect)
    if finish.refine != "off" and picture is not None:
        closed_form = finish.refine == "closed_form"
        matte = refined(matte, picture, finish.refine_px, closed_form=closed_form, aspect=aspect)
    if finish.feather_px:
        matte = feathered(matte, finish.feather_px, aspect)
    return np.clip(matte, 0, 1)


def to_bytes(matte: Matte) -> NDArray[np.uint8]:
    """(H, W) uint8, 0..255, rounded."""
    scaled = cv2.convertScaleAbs(matte, alpha=255.0)
    return np.asarray(scaled, np.uint8)
