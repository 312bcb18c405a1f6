"""Reference frames and what each of them teaches. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType


@dataclass(frozen=True)
class Reference:
    """A frame whose mask a propagation run learns objects from.

    Attributes:
        frame_index: 0-based.
        object_ids: Objects that it teaches; None for every object of its mask.
        enabled: Runs leave it out while it is off.
    """

    frame_index: int
    object_ids: frozenset[int] | None = None
    enabled: bool = True

    def teaches(self, object_id: int) -> bool:
        """Whether runs may learn this object here, given that its mask shows it."""
        return self.enabled and (self.object_ids is None or object_id in self.object_ids)


ReferenceTable = Mapping[int, Reference]
"""References by frame index."""

NO_REFERENCES: ReferenceTable = MappingProxyType({})


def enabled_frames(table: ReferenceTable) -> frozenset[int]:
    """Frame indices of the references that runs use."""
    return frozenset(index for index, reference in table.items() if reference.enabled)


def with_frames(table: ReferenceTable, frames: Iterable[int]) -> ReferenceTable:
    """The table with these frames as enabled references; those that it has keep their objects."""
    changed = dict(table)
    for index in frames:
        changed[index] = replace(changed.get(index, Reference(index)), enabled=True)
    return frozen(changed)


def without_frames(table: ReferenceTable, frames: Iterable[int]) -> ReferenceTable:
    """The table without these frames."""
    dropped = set(frames)
    return frozen({index: reference for index, reference in table.items() if index not in dropped})


def without_object(table: ReferenceTable, object_id: int) -> ReferenceTable:
    """The table after an object is gone; a reference that taught nothing else goes too."""
    left: dict[int, Reference] = {}
    for index, reference in table.items():
        if reference.object_ids is None:
            left[index] = reference
        elif rest := reference.object_ids - {object_id}:
            left[index] = replace(reference, object_ids=rest)
    return frozen(left)


def frozen(table: ReferenceTable) -> ReferenceTable:
    """A copy that cannot be changed, ascending frame indices."""
    return MappingProxyType(dict(sorted(table.items())))
