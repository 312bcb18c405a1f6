"""Which masks a run leaves alone because they are up to date. Free of Qt.

After a correction of one object, the masks of the others are as good as they were. So a run makes anew only
what is out of date on its way: the spans between an object's references in which a mask is older than one of
them or only one of two passes has come by, and masks that are missing where other objects have theirs. Where
nothing is out of date, the user wants something else, perhaps another network, and everything is made anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.document.mask_store import MaskSource, StoredMask
from app.document.staleness import stale_frames

Kept = frozenset[tuple[int, int, int]]
"""Masks that stay, as (object id, first frame, last frame)."""


@dataclass(frozen=True)
class Scope:
    """What a run leaves alone.

    Attributes:
        kept: By frame index, the objects whose masks stay.
        out_of_date: Objects of which something is made anew or for the first time.
    """

    kept: Mapping[int, frozenset[int]] = field(default_factory=dict)
    out_of_date: frozenset[int] = frozenset()

    def up_to_date(self, frame_index: int) -> frozenset[int]:
        """Objects whose masks on a frame stay because they are up to date."""
        return self.kept.get(frame_index, frozenset())

    def to_stretches(self) -> Kept:
        """The same by object, in stretches of neighbouring frames."""
        by_object: dict[int, list[int]] = {}
        for index in sorted(self.kept):
            for key in self.kept[index]:
                by_object.setdefault(key, []).append(index)
        return frozenset(
            (key, int(stretch[0]), int(stretch[-1]))
            for key, frames in by_object.items()
            for stretch in np.split(np.array(frames), np.flatnonzero(np.diff(frames) > 1) + 1)
        )

    @classmethod
    def of_stretches(cls, stretches: Kept, frames: Iterable[int]) -> Scope:
        """From what ``to_stretches`` gave, for some frames only."""
        wanted = set(frames)
        kept: dict[int, set[int]] = {}
        for key, first, last in stretches:
            for index in wanted.intersection(range(first, last + 1)):
                kept.setdefault(index, set()).add(key)
        return cls({index: frozenset(keys) for index, keys in kept.items()})


@dataclass(frozen=True)
class Mark:
    """What a reference says, as far as it matters for the age of other masks.

    Attributes:
        mask: The masks of its frame.
        object_ids: Objects that it teaches, or of which the user says that they are not there.
    """

    mask: StoredMask
    object_ids: frozenset[int]

    def age(self, object_id: int) -> int:
        """How young what the user said of an object is; 0 for what he only confirmed."""
        return self.mask.serial_of(object_id) if self.mask.tells_of(object_id) else 0


def scope_of(
    frames: Sequence[int],
    entries: Mapping[int, StoredMask],
    marks: Mapping[int, Mark],
    written: Set[int],
) -> Scope:
    """What a run may leave alone; nothing where nothing is out of date.

    Args:
        frames: Those that it visits and may change, ascending.
        entries: The masks of frames, at least of those.
        marks: The references, by frame index.
        written: Objects that the run is for.
    """
    keys = sorted(written)
    there = [index for index in frames if index in entries]
    places = np.array(there, np.int64)
    serials = _serials([entries[index] for index in there], keys)
    stays = np.zeros(serials.shape, np.bool_)
    is_older = False
    for row, key in enumerate(keys):
        known = sorted(index for index, mark in marks.items() if key in mark.object_ids)
        is_half, is_known = serials[row] == _HALF, np.isin(places, known)
        has_mask = is_half | (serials[row] > _LACKS)
        older = stale_frames(places, serials[row], known, [marks[index].age(key) for index in known])
        older = (older & has_mask | is_half) & ~is_known
        is_older |= bool(older.any())
        # a span is run as a whole: a mask in it may be one of a run that was stopped half-way
        spans = np.searchsorted(np.array(known, np.int64), places, side="left")
        stays[row] = has_mask & ~np.isin(spans, spans[older])
        serials[row, is_known] = _STANDS
    lacks = serials == _LACKS
    if not is_older and not (stays.any(axis=0) & lacks.any(axis=0)).any():
        return Scope()
    is_open = ~stays & (serials != _STANDS)
    open_keys = (
        keys if len(there) < len(frames) else [keys[row] for row in np.flatnonzero(is_open.any(axis=1))]
    )
    return Scope(_by_frame(there, keys, stays), frozenset(open_keys))


_HALF, _STANDS, _LACKS = -2, -1, 0
"""In place of the serial of a mask: one of two passes lacks, the user drew it, there is none."""


def _serials(entries: Sequence[StoredMask], keys: Sequence[int]) -> NDArray[np.int64]:
    """(objects, frames) how old each mask is, see ``StoredMask.serial``.

    In plain loops, for it runs while the user points at a button, over all frames of a clip.
    """
    rows: list[list[int]] = [[] for _ in keys]
    pairs = list(zip(keys, rows, strict=True))
    for entry in entries:
        ids, mattes, older, serial = entry.object_ids, entry.mattes, entry.older, entry.serial
        is_users, told, facts = entry.source is MaskSource.USER, entry.told_ids, entry.facts
        for key, row in pairs:
            if is_users and (told is None or key in told):
                row.append(_STANDS)
            elif key in ids or key in mattes:
                fact = facts.get(key)
                row.append(_HALF if fact is not None and fact.is_half else older.get(key, serial))
            else:
                row.append(_LACKS)
    return np.array(rows, np.int64).reshape(len(keys), len(entries))


def _by_frame(
    frames: Sequence[int], keys: Sequence[int], stays: NDArray[np.bool_]
) -> dict[int, frozenset[int]]:
    """(objects, frames) bool as a table; frames that are alike share their set."""
    columns, kinds = np.unique(np.packbits(stays, axis=0), axis=1, return_inverse=True)
    chosen = np.unpackbits(columns, axis=0, count=len(keys)).astype(np.bool_)
    sets = [frozenset(np.array(keys)[column].tolist()) for column in chosen.T]
    return {index: sets[kind] for index, kind in zip(frames, kinds.ravel(), strict=True) if sets[kind]}
