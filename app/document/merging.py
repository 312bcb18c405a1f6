"""Puts what a run computed into the masks of a frame, and leaves alone what it must not touch. Free of Qt."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.facts import FrameFacts
from app.document.mask_store import Mask, MaskSource, StoredMask, aged, pack
from app.document.packed_matte import BELOW_NEXT, STEP, WHITE, Fine, fine_from

NO_FACTS: Mapping[int, FrameFacts] = MappingProxyType({})


def merge_result(
    existing: StoredMask | None,
    index_mask: Mask,
    probability: NDArray[np.float32],
    object_ids: tuple[int, ...],
    written: Set[int],
    facts: Mapping[int, FrameFacts] = NO_FACTS,
) -> StoredMask:
    """The masks of a frame after a run.

    Objects that are not written stay exactly as they are, pixels and mattes; where they are, the written ones
    are not, so all mattes of a pixel together never exceed 255 in 8 bits, and but for rounding not 65535.

    Args:
        existing: Masks of the frame so far, None for none.
        index_mask: (H, W) uint8 object ids that the network found.
        probability: (O, H, W) float32, row 0 background.
        object_ids: Ids of rows 1..O-1.
        written: Objects that the run may change on this frame.
        facts: Of the network's result, by object id.
    """
    kept = frozenset() if existing is None else existing.known_ids - written
    rows = [(row, key) for row, key in enumerate(object_ids, start=1) if key in written]
    if existing is None or not kept:
        former = stays = room = None
        packed = {}
    else:
        former = existing.index_mask()
        stays = np.isin(former, list(kept))
        room = _room_beside(existing, kept)
        packed = {key: data for key, data in existing.mattes.items() if key in kept}
    table = np.zeros(256, np.uint8)
    table[[key for _, key in rows]] = [key for _, key in rows]
    index = np.asarray(cv2.LUT(index_mask, table), np.uint8)
    if former is not None and stays is not None:
        index = np.where(stays, former, index)
    mattes: dict[int, Mask | Fine] = {}
    for row, key in rows:
        matte = fine_from(probability[row])
        mattes[key] = matte if room is None else np.minimum(matte, room)
    is_user = existing is not None and existing.source is MaskSource.USER
    made = pack(index, MaskSource.USER if is_user else MaskSource.PROPAGATED, mattes)
    known = dict(existing.facts) if existing is not None and kept else {}
    known = {key: value for key, value in known.items() if key in kept}
    known |= {key: value for key, value in facts.items() if key in written}
    made = replace(
        made,
        mattes=MappingProxyType({**packed, **made.mattes}),
        told_ids=existing.told_ids if is_user and existing is not None else None,
        facts=MappingProxyType(known),
    )
    return aged(made, existing, kept)


def merged_anew(existing: StoredMask | None, made: StoredMask, written: Set[int]) -> StoredMask:
    """What a run made of a frame, put into masks that were not there yet when it saw the frame.

    Args:
        existing: Masks that are there now, None for none.
        made: What the run made, of masks that were there before.
        written: Objects that the run may change on this frame.
    """
    ids = tuple(sorted(made.known_ids & written))
    rows = [np.zeros(made.shape, np.uint16), *(made.fine_matte(key) for key in ids)]
    probability = np.stack(rows).astype(np.float32) / np.float32(WHITE)
    return merge_result(existing, made.index_mask(), probability, ids, written, made.facts)


def _room_beside(existing: StoredMask, kept: Set[int]) -> Fine:
    """(H, W) uint16: how much of each pixel some objects leave to others, in 8 bits as well."""
    left, left_in_bytes = (np.full(existing.shape, white, np.int32) for white in (WHITE, 255))
    for key in kept:
        left -= existing.fine_matte(key)
        left_in_bytes -= existing.matte(key)
    room: Fine = np.clip(np.minimum(left, left_in_bytes * STEP + BELOW_NEXT), 0, WHITE).astype(np.uint16)
    return room


def laid_over(found: Mask, given: Mask, given_ids: Set[int]) -> Mask:
    """An index mask in which some objects are where another mask has them, and nowhere else.

    Args:
        found: (H, W) uint8 object ids.
        given: (H, W) uint8 object ids.
        given_ids: The objects to take from ``given``.
    """
    ids = list(given_ids)
    rest = np.where(np.isin(found, ids), np.uint8(0), found)
    return np.where(np.isin(given, ids), given, rest)
