"""Changes of masks that work alike on many frames. Free of Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import replace
from types import MappingProxyType

import cv2
import numpy as np

from app.document.facts import FrameFacts
from app.document.mask_store import Mask, StoredMask, aged, pack
from app.document.packed_matte import WHITE, Fine

Transform = Callable[[int, StoredMask], StoredMask | None]
"""Frame index and its masks to the masks as they should be; the same object where nothing changes."""


def merged(source_id: int, target_id: int) -> Transform:
    """One object becomes part of another."""

    def apply(frame_index: int, entry: StoredMask) -> StoredMask:
        if source_id not in entry.object_ids and source_id not in entry.mattes:
            return entry
        index_mask = entry.index_mask().copy()
        index_mask[index_mask == source_id] = target_id
        kept = {key: data for key, data in entry.mattes.items() if key not in (source_id, target_id)}
        mattes: dict[int, Fine] = {}
        if source_id in entry.mattes or target_id in entry.mattes:
            # where the two touch, the network shared one pixel out between them
            together = entry.fine_matte(source_id).astype(np.uint32) + entry.fine_matte(target_id)
            mattes[target_id] = np.minimum(together, WHITE).astype(np.uint16)
        both = {source_id, target_id}
        older = {key: serial for key, serial in entry.older.items() if key not in both}
        older[target_id] = _merged_serial(entry, both)
        told = entry.told_ids
        if told is not None and source_id in told:
            told = told - {source_id} | {target_id}
        made = pack(index_mask, entry.source, mattes)
        return replace(
            made,
            mattes=MappingProxyType({**kept, **made.mattes}),  # those of others are not packed anew
            serial=entry.serial,
            told_ids=told,
            facts=_facts_besides(entry, both),
            older=MappingProxyType(older),
        )

    return apply


def _merged_serial(entry: StoredMask, both: Set[int]) -> int:
    """How young a merged object is: as what the user said last of its parts, or else as the older part."""
    there = both & (entry.known_ids | (entry.told_ids or frozenset()))
    told = [entry.serial_of(key) for key in there if entry.tells_of(key)]
    return max(told) if told else min(entry.serial_of(key) for key in there)


def part_count(index_mask: Mask, object_id: int) -> int:
    """Number of connected parts of an object on a frame; (H, W) uint8 object ids."""
    count, _ = cv2.connectedComponents((index_mask == object_id).astype(np.uint8), connectivity=8)
    return int(count) - 1


def split_parts(entry: StoredMask, object_id: int, new_ids: list[int]) -> StoredMask:
    """Give the connected parts of an object to objects of their own.

    Args:
        entry: Masks of a frame.
        object_id: The object; it keeps its largest part.
        new_ids: Ids for the other parts, from the largest down; parts beyond them stay with the object.

    Returns:
        The masks after that, each pixel of a soft edge with its nearest part.
    """
    index_mask = entry.index_mask().copy()
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (index_mask == object_id).astype(np.uint8), connectivity=8
    )
    order = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")
    owner = np.full(count, object_id, np.uint8)
    for label, new_id in zip(order[1:], new_ids, strict=False):
        owner[label] = new_id
    inside = labels > 0
    index_mask[inside] = owner[labels[inside]]
    kept = {key: data for key, data in entry.mattes.items() if key != object_id}
    mattes: dict[int, Fine] = {}
    if object_id in entry.mattes and inside.any():
        soft = entry.fine_matte(object_id)
        nearest = owner[_nearest_label(labels)]
        for key in np.unique(owner[1:]):
            mattes[int(key)] = np.where(nearest == key, soft, np.uint16(0))
    told = entry.told_ids
    if told is not None and object_id in told:
        told |= frozenset(new_ids)
    made = pack(index_mask, entry.source, mattes)
    made = replace(
        made,
        mattes=MappingProxyType({**kept, **made.mattes}),  # those of others are not packed anew
        told_ids=told,
        facts=_facts_besides(entry, {object_id}),
    )
    return aged(made, entry, entry.known_ids - {object_id})


def _facts_besides(entry: StoredMask, changed: Set[int]) -> Mapping[int, FrameFacts]:
    """What runs know of the objects that stay as they are."""
    return MappingProxyType({key: facts for key, facts in entry.facts.items() if key not in changed})


def _nearest_label(labels: np.ndarray) -> np.ndarray:
    """(H, W) the label of the nearest labelled pixel."""
    outside = (labels == 0).astype(np.uint8)
    _, nearest = cv2.distanceTransformWithLabels(outside, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros(int(nearest.max()) + 1, labels.dtype)
    table[nearest[labels > 0]] = labels[labels > 0]
    found: np.ndarray = table[nearest]
    return found
