"""A stroke carried to the frames around it by the object's own motion. Free of Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import EMPTY_BOX, Box, bounds, is_empty
from app.document.editing import MaskEdit
from app.document.mask_store import StoredMask
from app.document.packed_matte import WHITE, Fine
from app.matte.motion import moments

Bools = NDArray[np.bool_]

_VEIL = round(0.05 * WHITE)  # what the network leaves of an object where it is not


@dataclass(frozen=True, eq=False)
class Area:
    """Where a stroke gave the object more, or took from it.

    Attributes:
        cover: (h, w) uint16, how much the object then covers of each pixel, or leaves of it; 0 where nothing
            changed.
        depth: (h, w) float32, px from there to where the object ends, or begins.
        box: Where it is in the frame.
    """

    cover: Fine
    depth: NDArray[np.float32]
    box: Box

    @classmethod
    def of(cls, now: Fine, was: Fine) -> Area:
        """Where a matte, (H, W) uint16, is more than it was."""
        cover: Fine = np.where(now > was, now, np.uint16(0))
        left, top, right, bottom = box = bounds(cover > 0)
        # a border of one px, so that the edge of the frame counts as an end
        inside = np.pad((now > _VEIL).astype(np.uint8), 1)
        depth = np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 3)[1:-1, 1:-1], np.float32)
        return cls(cover[top:bottom, left:right].copy(), depth[top:bottom, left:right].copy(), box)

    def thinned(self, weight: float) -> Fine:
        """Its inner part: all of it at weight 1, less from its open side on as the weight falls.

        Where it borders on what the object had before, it stays joined to it; its edge is as soft as it was.

        Returns:
            (h, w) uint16, nowhere more than ``cover``.
        """
        if weight >= 1 or not self.cover.size:
            return self.cover
        touched = self.cover > 0
        depth = self.depth - np.float32((1 - weight) * float(self.depth[touched].max()))
        # how much is covered at most so far from the open side
        most = np.zeros(math.ceil(float(self.depth.max())) + 1, np.uint16)
        np.maximum.at(most, np.ceil(self.depth[touched]).astype(np.intp), self.cover[touched])
        most = np.maximum.accumulate(most)
        allowed = np.where(depth < 0, np.uint16(0), most[np.ceil(np.maximum(depth, 0)).astype(np.intp)])
        thin: Fine = np.minimum(self.cover, allowed)
        return thin


@dataclass(frozen=True, eq=False)
class Stroke:
    """What a stroke changed.

    Attributes:
        frame_index: Where it was painted.
        object_id: The object that was painted.
        outline: (H, W) bool, the object before the stroke: its place there.
        added: What the object won.
        removed: What it lost.
        reach: It is carried over this many frames each way, weaker with every frame.
    """

    frame_index: int
    object_id: int
    outline: Bools
    added: Area
    removed: Area
    reach: int

    @classmethod
    def between(
        cls, frame_index: int, object_id: int, before: StoredMask, after: StoredMask, reach: int
    ) -> Stroke:
        """The stroke that turned the masks of a frame into others."""
        here = before.index_mask() == object_id
        if not here.any():
            here = after.index_mask() == object_id
        was, now = before.fine_matte(object_id), after.fine_matte(object_id)
        added, removed = Area.of(now, was), Area.of(WHITE - now, WHITE - was)
        return cls(frame_index, object_id, here, added, removed, reach)

    def weight(self, frame_index: int) -> float:
        """How strong it is on a frame: 1 where it was painted, 0 beyond its reach."""
        return max(0.0, 1 - abs(frame_index - self.frame_index) / (self.reach + 1))


def carried(
    stroke: Stroke, entries: Mapping[int, StoredMask], barred: frozenset[int] = frozenset()
) -> dict[int, StoredMask]:
    """The masks of other frames with the stroke on them.

    The stroke moves and scales as the object does from its frame to the other one, and its edge is as soft
    there. It falls off by growing thinner, since a mask that is half there all over is none.

    Args:
        stroke: What was painted.
        entries: Masks of the frames to carry it to; frames beyond its reach are left out.
        barred: Object ids whose pixels it must not take.

    Returns:
        New masks of the frames that it changes.
    """
    found: dict[int, StoredMask] = {}
    object_id = stroke.object_id
    for frame_index, entry in sorted(entries.items()):
        weight = stroke.weight(frame_index)
        if frame_index == stroke.frame_index or weight <= 0:
            continue
        move = motion(stroke.outline, entry.index_mask() == object_id)
        if move is None:
            continue
        edit = MaskEdit(frame_index, entry, entry.shape, barred)
        for area, erase in ((stroke.removed, True), (stroke.added, False)):
            cover, (left, top, right, bottom) = moved(area.thinned(weight), area.box, move, entry.shape)
            own = edit.fine_matte(object_id, (left, top, right, bottom))
            cover[cover <= (WHITE - own if erase else own)] = 0  # which changes nothing
            x, y, x_end, y_end = bounds(cover > 0)
            box = left + x, top + y, left + x_end, top + y_end
            edit.paint(cover[y:y_end, x:x_end], box, object_id, erase=erase)
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


def moved(cover: Fine, box: Box, move: NDArray[np.float32], shape: tuple[int, int]) -> tuple[Fine, Box]:
    """Coverage after a move: its border to the nearest pixel, values in between as they lie.

    Args:
        cover: (h, w) uint16.
        box: Where it is in the frame; may be empty.
        move: (2, 3) matrix of a shift and a zoom.
        shape: (height, width) of the frame.

    Returns:
        (h, w) uint16 coverage within a box of the frame, and the box; both may be empty.
    """
    zoom, x, y = float(move[0, 0]), float(move[0, 2]), float(move[1, 2])
    left, top, right, bottom = box
    there = (
        max(0, math.floor(zoom * left + x) - 2),
        max(0, math.floor(zoom * top + y) - 2),
        min(shape[1], math.ceil(zoom * right + x) + 2),
        min(shape[0], math.ceil(zoom * bottom + y) + 2),
    )
    if is_empty(box) or is_empty(there):
        return np.zeros((0, 0), np.uint16), EMPTY_BOX
    shift = np.array([[zoom, 0, x + zoom * left - there[0]], [0, zoom, y + zoom * top - there[1]]])
    size = there[2] - there[0], there[3] - there[1]
    share = cv2.warpAffine((cover > 0).astype(np.float32), shift, size, flags=cv2.INTER_LINEAR)
    level = cv2.warpAffine(cover.astype(np.float32), shift, size, flags=cv2.INTER_LINEAR)
    # what a pixel gets, shared out over the part of it that is covered at all
    found = np.where(share >= 0.5, level / np.maximum(share, np.float32(0.5)), np.float32(0))
    return np.rint(np.minimum(found, WHITE)).astype(np.uint16), there
