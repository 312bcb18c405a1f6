"""A stroke carried to the frames around it by the object's own motion. Free of Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import bounds
from app.document.editing import MaskEdit
from app.document.mask_store import Mask, StoredMask
from app.matte.motion import moments

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Stroke:
    """What a stroke changed.

    Attributes:
        frame_index: Where it was painted.
        object_id: The object that was painted.
        outline: (H, W) bool, the object before the stroke: its place there.
        added: (H, W) bool, pixels that the object won.
        removed: (H, W) bool, pixels that it lost.
        reach: It is carried over this many frames each way, weaker with every frame.
    """

    frame_index: int
    object_id: int
    outline: Bools
    added: Bools
    removed: Bools
    reach: int

    @classmethod
    def between(cls, frame_index: int, object_id: int, before: Mask, after: Mask, reach: int) -> Stroke:
        """The stroke that turned one index mask, (H, W) uint8, into another."""
        was, now = before == object_id, after == object_id
        return cls(frame_index, object_id, was if was.any() else now, now & ~was, was & ~now, reach)

    def weight(self, frame_index: int) -> float:
        """How strong it is on a frame: 1 where it was painted, 0 beyond its reach."""
        return max(0.0, 1 - abs(frame_index - self.frame_index) / (self.reach + 1))


def carried(
    stroke: Stroke, entries: Mapping[int, StoredMask], barred: frozenset[int] = frozenset()
) -> dict[int, StoredMask]:
    """The masks of other frames with the stroke on them.

    The stroke moves and scales as the object does from its frame to the other one. It falls off by growing
    thinner, since a mask knows no half strokes.

    Args:
        stroke: What was painted.
        entries: Masks of the frames to carry it to; frames beyond its reach are left out.
        barred: Object ids whose pixels it must not take.

    Returns:
        New masks of the frames that it changes.
    """
    found: dict[int, StoredMask] = {}
    for frame_index, entry in sorted(entries.items()):
        weight = stroke.weight(frame_index)
        if frame_index == stroke.frame_index or weight <= 0:
            continue
        mask = entry.index_mask()
        move = motion(stroke.outline, mask == stroke.object_id)
        if move is None:
            continue
        edit = MaskEdit(frame_index, entry, entry.shape, barred)
        for region, erase in ((stroke.removed, True), (stroke.added, False)):
            there = moved(thinned(region, weight), move) & ((mask == stroke.object_id) == erase)
            box = bounds(there)
            edit.paint(there[box[1] : box[3], box[0] : box[2]], box, stroke.object_id, erase=erase)
        patch = edit.patch()
        if patch.changes_anything and patch.after is not None:
            found[frame_index] = patch.after
    return found


def motion(here: Bools, there: Bools) -> NDArray[np.float32] | None:
    """(2, 3) matrix that moves and scales the object from one frame's mask to another's.

    None when it is absent from one of them, or so much larger or smaller that it is not the same view.
    """
    first, second = moments(here.astype(np.uint8)), moments(there.astype(np.uint8))
    if first is None or second is None:
        return None
    zoom = float(np.sqrt(second[0] / first[0]))
    if not 0.5 <= zoom <= 2:
        return None
    return np.array(
        [[zoom, 0, second[1] - zoom * first[1]], [0, zoom, second[2] - zoom * first[2]]], np.float32
    )


def thinned(region: Bools, weight: float) -> Bools:
    """The inner part of a region: all of it at weight 1, less towards its ridge as the weight falls."""
    if weight >= 1 or not region.any():
        return region
    # a border of one px, so that the edge of the frame counts as an edge of the region
    padded = np.pad(region.astype(np.uint8), 1)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    inner: Bools = depth > (1 - weight) * float(depth.max())
    return inner & region


def moved(region: Bools, move: NDArray[np.float32]) -> Bools:
    """A region of (H, W) bool after a move; to the nearest pixel."""
    height, width = region.shape
    warped = cv2.warpAffine(region.astype(np.uint8) * 255, move, (width, height), flags=cv2.INTER_LINEAR)
    return np.asarray(warped >= 128)
