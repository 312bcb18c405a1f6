"""The mattes that canvas and exports show: what network or user made, finished as each object says."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.document.boxes import bounds
from app.document.edited_matte import FineParts, as_fine, place_of
from app.document.finish import MatteFinish
from app.document.mask_store import StoredMask
from app.document.objects import ObjectInfo
from app.document.packed_matte import WHITE
from app.matte.edges import edge_softness
from app.matte.finishing import finish_matte
from app.matte.jumps import is_jump
from app.matte.levels import clipped
from app.matte.motion import Motion, PlacedMatte, motion_between

Matte = NDArray[np.float32]
_EDGES_LOOKED_AT = 2


def neighbours_of(
    entry: Callable[[int], StoredMask | None], frame_index: int, finish: MatteFinish
) -> list[StoredMask | None]:
    """The masks around a frame that its finish looks at, nearest first; None where there are none.

    Args:
        entry: The masks of a frame by its index.
        frame_index: 0-based.
        finish: Of the object.
    """
    return [
        entry(frame_index + side * distance)
        for distance in range(1, finish.reach_frames + 1)
        for side in (-1, 1)
    ]


def neighbour_key(entry: StoredMask | None, object_id: int) -> Hashable:
    """Equal where finishes of an object see the same on a frame around, of masks of one clip."""
    # who drew an edge can change while the matte does not
    return None if entry is None else (entry.matte_key(object_id), entry.tells_of(object_id))


def finish_on(
    finish: MatteFinish, entry: StoredMask, object_id: int, neighbours: Sequence[StoredMask | None]
) -> MatteFinish:
    """What a finish comes to on a frame.

    Edges are matched where the object was painted, to those around. Motion is blurred where it is known, for
    which the object must be on the frame before or the one after.

    Args:
        finish: Of the object.
        entry: Masks of the frame.
        object_id: Which object.
        neighbours: As of ``neighbours_of``.
    """
    if finish.match_edges:
        is_painted = entry.tells_of(object_id)
        if not is_painted or not any(_has_matte(other, object_id) for other in (entry, *neighbours)):
            finish = replace(finish, match_edges=False)
    beside = [other for other in neighbours[:2] if other is not None and _shows(other, object_id)]
    return finish if beside else finish.of_instant


def _has_matte(entry: StoredMask | None, object_id: int) -> bool:
    """Whether the object may have a soft edge there."""
    return entry is not None and object_id in entry.mattes


def finished_matte(
    entry: StoredMask | None,
    object_id: int,
    finish: MatteFinish,
    picture: NDArray[np.uint8] | None = None,
    neighbours: Sequence[StoredMask | None] = (),
    aspect: float = 1.0,
) -> Matte:
    """The matte of one object as it is shown and written.

    Args:
        entry: Masks of the frame.
        object_id: Which object.
        finish: Its settings.
        picture: (H, W, 3) uint8 RGB of the frame, for settings that follow the picture's edges.
        neighbours: As of ``neighbours_of``; those beyond what the finish looks at do not count.
        aspect: Width of a pixel on screen divided by its height.

    Returns:
        (H, W) float32 in 0..1.

    Raises:
        ValueError: There are no masks.
    """
    if entry is None:
        raise ValueError("a frame without masks has no matte")
    neighbours = neighbours[: 2 * finish.reach_frames]
    finish = finish_on(finish, entry, object_id, neighbours)
    matte = _stored(entry, object_id)
    if finish.is_neutral:
        return matte
    edge_px = _edge_around(entry, neighbours, object_id, finish) if finish.match_edges else 0.0
    around: list[Matte] = []
    if finish.chatter_frames:
        near = neighbours[: 2 * finish.chatter_frames]
        around = [
            _stored(other, object_id) for other in near if other is not None and _shows(other, object_id)
        ]
    motions = _motions(matte, neighbours, object_id, finish, aspect)
    return finish_matte(matte, finish, picture, around, aspect, edge_px, motions)


def _motions(
    matte: Matte,
    neighbours: Sequence[StoredMask | None],
    object_id: int,
    finish: MatteFinish,
    aspect: float,
) -> tuple[Motion | None, Motion | None]:
    """How the object moves to the frame before and the one after; None where not known or not wanted."""
    if not finish.motion_blur_degrees:
        return None, None

    def there(place: int) -> PlacedMatte | None:
        other = neighbours[place] if place < len(neighbours) else None
        return None if other is None or not _shows(other, object_id) else _placed(other, object_id, finish)

    def ways_around(side: int) -> Iterator[float]:
        """Its ways to the other neighbour, and from this one on to the one beyond."""
        other, near = found[1 - side], beside[side]
        if other is not None:
            yield _way(here, other)
        far = there(2 + side)
        beyond = None if near is None or far is None else motion_between(near, far, aspect)
        if near is not None and beyond is not None:
            yield _way(near, beyond)

    box = bounds(matte > finish.clip_black)
    seen = clipped(matte[place_of(box)], finish.clip_black, finish.clip_white)
    here = PlacedMatte.of(seen, box, (matte.shape[0], matte.shape[1]))
    beside = [there(side) for side in (0, 1)]
    found = [None if other is None else motion_between(here, other, aspect) for other in beside]
    area = float(here.part.sum())
    before, after = (
        None if motion is not None and is_jump(_way(here, motion), area, ways_around(side)) else motion
        for side, motion in enumerate(found)
    )
    return before, after


def _way(matte: PlacedMatte, motion: Motion) -> float:
    """How far any point of an object goes, in stored px."""
    return motion.travel_px(1, matte.box)


def _placed(entry: StoredMask, object_id: int, finish: MatteFinish) -> PlacedMatte:
    """The matte of an object, its black and white clipped, without the rest of the frame being worked out."""
    coarse, packed = entry.matte(object_id), entry.mattes.get(object_id)
    # finer values are less than a step from those of 8 bits
    box = bounds(coarse >= max(1, math.floor(255 * finish.clip_black)))
    fine = as_fine(coarse[place_of(box)]) if packed is None else FineParts(packed, coarse).at(box)
    values = clipped(fine / np.float32(WHITE), finish.clip_black, finish.clip_white)
    return PlacedMatte.of(values, box, entry.shape)


def _edge_around(
    entry: StoredMask, neighbours: Sequence[StoredMask | None], object_id: int, finish: MatteFinish
) -> float:
    """How soft the edge of an object is on the two nearest frames where the network drew all of it, in px.

    Without any, as amid the frames that a stroke was carried to, what is soft of the painted ones tells.
    """
    found: list[float] = []
    soft = [other for other in (entry, *neighbours) if other is not None and _has_matte(other, object_id)]
    for is_painted in (False, True):
        for other in soft:
            if other.tells_of(object_id) is not is_painted or len(found) == _EDGES_LOOKED_AT:
                continue
            matte = clipped(_stored(other, object_id), finish.clip_black, finish.clip_white)
            softness = edge_softness(matte, is_painted=is_painted)
            if softness > 0:
                found.append(softness)
        if found:
            break
    return sum(found) / len(found) if found else 0.0


def _shows(entry: StoredMask, object_id: int) -> bool:
    return object_id in entry.object_ids or object_id in entry.mattes


def _stored(entry: StoredMask, object_id: int) -> Matte:
    scaled: Matte = entry.fine_matte(object_id) / np.float32(WHITE)
    return scaled


def combined_matte(mattes: Sequence[Matte]) -> Matte:
    """The matte of several objects together.

    The network's mattes share one pixel out among the objects, so that where two touch, their sum is one
    and no seam shows; where finished mattes overlap, the sum is cut at one.

    Args:
        mattes: (H, W) float32 in 0..1, at least one.

    Returns:
        (H, W) float32 in 0..1.
    """
    if len(mattes) == 1:
        return mattes[0]
    total: Matte = np.minimum(np.sum(mattes, axis=0, dtype=np.float32), np.float32(1))
    return total


def chosen_index_mask(
    entry: StoredMask,
    objects: Sequence[ObjectInfo],
    picture: NDArray[np.uint8] | None = None,
    neighbours: Sequence[StoredMask | None] = (),
    aspect: float = 1.0,
) -> NDArray[np.uint8]:
    """The index mask of some objects, as finished, but not blurred along their motion.

    A mask has no half pixels: a small object that is fast would get lost.

    Args:
        entry: Masks of the frame.
        objects: In stacking order, the last on top.
        picture: As for ``finished_matte``.
        neighbours: As for ``finished_matte``.
        aspect: As for ``finished_matte``.

    Returns:
        (H, W) uint8 object ids; other objects are background, 255 stays void.
    """
    stored = entry.index_mask()
    shown = np.where(stored == 255, stored, np.uint8(0))
    for item in objects:
        if item.finish.keeps_outline:
            inside = stored == item.object_id
        else:
            matte = finished_matte(entry, item.object_id, item.finish.of_instant, picture, neighbours, aspect)
            inside = matte >= 0.5
        shown[inside] = item.object_id
    return shown
