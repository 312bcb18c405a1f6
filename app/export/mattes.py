"""The mattes that canvas and exports show: what network or user made, finished as each object says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.document.finish import MatteFinish
from app.document.mask_store import StoredMask
from app.document.objects import ObjectInfo
from app.matte.finishing import finish_matte

Matte = NDArray[np.float32]


def neighbours_of(
    entries: Mapping[int, StoredMask], frame_index: int, finish: MatteFinish
) -> list[StoredMask | None]:
    """The masks around a frame that its finish looks at, nearest first; None where there are none."""
    return [
        entries.get(frame_index + side * distance)
        for distance in range(1, finish.chatter_frames + 1)
        for side in (-1, 1)
    ]


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
        neighbours: Masks of the frames around, nearest first, for settings that even out flicker.
        aspect: Width of a pixel on screen divided by its height.

    Returns:
        (H, W) float32 in 0..1.

    Raises:
        ValueError: There are no masks.
    """
    if entry is None:
        raise ValueError("a frame without masks has no matte")
    matte = _stored(entry, object_id)
    if finish.is_neutral:
        return matte
    around: list[Matte] = []
    if finish.chatter_frames:
        near = neighbours[: 2 * finish.chatter_frames]
        around = [
            _stored(other, object_id) for other in near if other is not None and _shows(other, object_id)
        ]
    return finish_matte(matte, finish, picture, around, aspect)


def _shows(entry: StoredMask, object_id: int) -> bool:
    return object_id in entry.object_ids or object_id in entry.mattes


def _stored(entry: StoredMask, object_id: int) -> Matte:
    scaled: Matte = entry.matte(object_id) / np.float32(255)
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
    """The index mask of some objects, as finished.

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
            matte = finished_matte(entry, item.object_id, item.finish, picture, neighbours, aspect)
            inside = matte >= 0.5
        shown[inside] = item.object_id
    return shown
