"""Reference frames and what each of them teaches. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.document.mask_store import MaskSource, StoredMask


@dataclass(frozen=True)
class Reference:
    """A frame whose mask a propagation run learns objects from.

    It teaches the objects that the user drew there, and those that he confirmed although the network drew
    them. Of the others runs see where the network found them, but nothing that governs masks elsewhere.

    Attributes:
        frame_index: 0-based.
        confirmed: Objects that it teaches although the network drew them.
        left_out: Objects that runs do not learn here, whoever drew them.
        enabled: Runs leave it out while it is off.
    """

    frame_index: int
    confirmed: frozenset[int] = frozenset()
    left_out: frozenset[int] = frozenset()
    enabled: bool = True

    def teaches(self, object_id: int, *, is_told: bool) -> bool:
        """Whether it says where this object is, given that its mask shows it.

        Args:
            object_id: Which object.
            is_told: Whether the user drew it there, see ``StoredMask.tells_of``.
        """
        return self.shows(object_id) and (is_told or object_id in self.confirmed)

    def shows(self, object_id: int) -> bool:
        """Whether runs may learn this object here, given that its mask shows it."""
        return self.enabled and object_id not in self.left_out


ReferenceTable = Mapping[int, Reference]
"""References by frame index."""

NO_REFERENCES: ReferenceTable = MappingProxyType({})


def taught_by(reference: Reference, entry: StoredMask | None) -> frozenset[int]:
    """Objects that a reference teaches.

    Args:
        reference: Which one.
        entry: The masks of its frame, None for none.
    """
    if entry is None:
        return frozenset()
    return frozenset(key for key in entry.object_ids if reference.teaches(key, is_told=entry.tells_of(key)))


def drawn_by_network(entry: StoredMask | None) -> frozenset[int]:
    """Objects that a mask shows and that the user did not draw there: he confirms them by word only."""
    return frozenset() if entry is None else frozenset(k for k in entry.object_ids if not entry.tells_of(k))


def absent_from(entry: StoredMask) -> frozenset[int]:
    """Objects that the user took off a frame. What a mask never showed may just not have been there yet."""
    if entry.source is not MaskSource.USER or entry.told_ids is None:
        return frozenset()
    return entry.told_ids.difference(entry.object_ids)


def enabled_frames(table: ReferenceTable) -> frozenset[int]:
    """Frame indices of the references that runs use."""
    return frozenset(index for index, reference in table.items() if reference.enabled)


def with_frames(table: ReferenceTable, frames: Iterable[int]) -> ReferenceTable:
    """The table with these frames as enabled references; those that it has keep what they teach."""
    changed = dict(table)
    for index in frames:
        changed[index] = replace(changed.get(index, Reference(index)), enabled=True)
    return frozen(changed)


def without_frames(table: ReferenceTable, frames: Iterable[int]) -> ReferenceTable:
    """The table without these frames."""
    dropped = set(frames)
    return frozen({index: reference for index, reference in table.items() if index not in dropped})


def without_object(table: ReferenceTable, object_id: int, into: int | None = None) -> ReferenceTable:
    """The table after an object is gone: references do not speak of it any more.

    Args:
        table: References by frame.
        object_id: Which object.
        into: The object that it became part of, None for none; what was confirmed of it is so of that one.
    """
    gone = {object_id}

    def changed(reference: Reference) -> Reference:
        confirmed = reference.confirmed - gone
        if into is not None and object_id in reference.confirmed:
            confirmed |= {into}
        return replace(reference, confirmed=confirmed, left_out=reference.left_out - gone)

    return frozen({index: changed(reference) for index, reference in table.items()})


def with_parts(
    table: ReferenceTable, frame_index: int, object_id: int, new_ids: Iterable[int]
) -> ReferenceTable:
    """The table after parts of an object became objects on a frame: confirmed if the whole was."""
    reference = table.get(frame_index)
    if reference is None or object_id not in reference.confirmed:
        return table
    return frozen({**table, frame_index: replace(reference, confirmed=reference.confirmed.union(new_ids))})


def frozen(table: ReferenceTable) -> ReferenceTable:
    """A copy that cannot be changed, ascending frame indices."""
    return MappingProxyType(dict(sorted(table.items())))
