"""What the lanes of the timeline show, per object and frame, as arrays. Free of Qt."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.document.mask_store import MaskSource, StoredMask
from app.document.references import ReferenceTable, absent_from
from app.document.staleness import stale_frames

Kinds = NDArray[np.uint8]
Serials = NDArray[np.int64]


class Kind(enum.IntEnum):
    """Where the object's mask on a frame comes from."""

    NONE = 0
    PROPAGATED = 1
    EDITED = 2


# plain numbers: NumPy takes them in a fraction of the time that members of an enum need
_PROPAGATED, _EDITED = int(Kind.PROPAGATED), int(Kind.EDITED)
_NOTHING = (int(Kind.NONE), False, False, False)


@dataclass(frozen=True)
class Stretch:
    """Neighbouring frames that look the same on a lane.

    Attributes:
        first: First frame.
        last: Last frame.
        kind: Where their masks come from.
        is_stale: They are older than the reference that should govern them.
        is_absent: The object was looked for, and nothing of it was found.
    """

    first: int
    last: int
    kind: Kind
    is_stale: bool
    is_absent: bool = False


class Lane:
    """One object on all frames.

    Attributes:
        kinds: (frames,) uint8 ``Kind``.
        serials: (frames,) int64, age of each mask; 0 without one.
        absent: (frames,) bool, whether the mask holds no pixel of the object.
        ages: (frames,) int64, how young what the user said of the object is, be it that it is not there; 0
            where he said nothing.
    """

    def __init__(self, frame_count: int) -> None:
        self.kinds: Kinds = np.zeros(frame_count, np.uint8)
        self.serials: Serials = np.zeros(frame_count, np.int64)
        self.absent: NDArray[np.bool_] = np.zeros(frame_count, np.bool_)
        self.ages: Serials = np.zeros(frame_count, np.int64)
        self._stale: NDArray[np.bool_] | None = None

    def put(self, news: _News, object_id: int) -> None:
        """The masks of some frames are new."""
        frames = news.frames
        self.kinds[frames], self.serials[frames], self.absent[frames], self.ages[frames] = news.of(object_id)
        self._stale = None

    def forget_stale(self) -> None:
        """The references are others."""
        self._stale = None

    def stale(self, references: list[int]) -> NDArray[np.bool_]:
        """(frames,) whether the mask is older than a reference that governs it.

        See ``app.document.staleness``.

        Args:
            references: Frames that teach this object, ascending.
        """
        if self._stale is None:
            self._stale = self._find_stale(references)
        return self._stale

    def _find_stale(self, references: list[int]) -> NDArray[np.bool_]:
        ages = self.ages[np.array(references, np.int64)].tolist()
        older = stale_frames(np.arange(len(self.serials)), self.serials, references, ages)
        found: NDArray[np.bool_] = (self.kinds == Kind.PROPAGATED) & older
        return found


class Lanes:
    """The lanes of all objects of a document."""

    def __init__(self) -> None:
        self._count = 0
        self._lanes: dict[int, Lane] = {}

    def __getitem__(self, object_id: int) -> Lane:
        return self._lanes[object_id]

    def __contains__(self, object_id: object) -> bool:
        return object_id in self._lanes

    def reset(self, frame_count: int, object_ids: Iterable[int], entries: Mapping[int, StoredMask]) -> None:
        """Start afresh."""
        self._count = frame_count
        self._lanes = {}
        self.set_objects(object_ids, entries)

    def set_objects(self, object_ids: Iterable[int], entries: Mapping[int, StoredMask]) -> None:
        """The objects are these; lanes of those that stayed are kept."""
        wanted = list(object_ids)
        fresh = [object_id for object_id in wanted if object_id not in self._lanes]
        news = _News(entries) if fresh else None
        for object_id in fresh:
            lane = self._lanes[object_id] = Lane(self._count)
            if news is not None:
                lane.put(news, object_id)
        self._lanes = {object_id: self._lanes[object_id] for object_id in wanted}

    def put(self, masks: Mapping[int, StoredMask | None]) -> None:
        """The masks of some frames are new."""
        news = _News(masks)
        for object_id, lane in self._lanes.items():
            lane.put(news, object_id)

    def forget_stale(self) -> None:
        """The references are others."""
        for lane in self._lanes.values():
            lane.forget_stale()

    def references_of(self, object_id: int, table: ReferenceTable) -> list[int]:
        """Frames that speak of an object, ascending.

        They are enabled references that show it as the user drew or confirmed it, or that he took it from.
        """
        lane = self._lanes[object_id]
        return [
            index
            for index, reference in sorted(table.items())
            if index < self._count
            and (lane.kinds[index] or lane.ages[index])
            and reference.teaches(object_id, is_told=bool(lane.ages[index]))
        ]

    def stretches(self, object_id: int, visible: range, table: ReferenceTable) -> list[Stretch]:
        """Runs of equal frames among the visible ones, those without a mask left out."""
        if not visible:
            return []
        lane = self._lanes[object_id]
        stale = lane.stale(self.references_of(object_id, table))
        window = slice(visible.start, visible.stop)
        code = lane.kinds[window] * 4 + stale[window] * 2 + lane.absent[window]
        starts = np.flatnonzero(np.diff(code, prepend=code[0] + 1))
        ends = np.append(starts[1:], len(code)) - 1
        return [
            Stretch(
                visible.start + int(first),
                visible.start + int(last),
                Kind(code[first] // 4),
                bool(code[first] & 2),
                bool(code[first] & 1),
            )
            for first, last in zip(starts, ends, strict=True)
            if code[first] >= 4
        ]


def runs(frames: Iterable[int]) -> list[tuple[int, int]]:
    """Stretches of consecutive frame indices, first and last of each, ascending."""
    found = np.unique(np.fromiter(frames, np.int64))
    if not len(found):
        return []
    breaks = np.flatnonzero(np.diff(found) > 1)
    firsts = found[np.concatenate([[0], breaks + 1])]
    lasts = found[np.append(breaks, len(found) - 1)]
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))


def within(frames: NDArray[np.int64], spans: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Which frame indices, (count,), lie in stretches as ``runs`` gives them."""
    if not spans:
        return np.zeros(len(frames), np.bool_)
    firsts, lasts = np.array(spans, np.int64).T
    place = np.searchsorted(firsts, frames, side="right") - 1
    found: NDArray[np.bool_] = (place >= 0) & (frames <= lasts[np.maximum(place, 0)])
    return found


class _News:
    """Masks of some frames, looked at together.

    A run that is undone changes a whole clip in one turn of the event loop, and most of its frames are alike:
    of those that show the same objects only one is looked at, whatever objects are asked for.

    Args:
        masks: New masks by frame index, None for none.

    Attributes:
        frames: (N,) the frame indices.
    """

    def __init__(self, masks: Mapping[int, StoredMask | None]) -> None:
        self.frames = np.fromiter(masks, np.intp, len(masks))
        self._examples: list[StoredMask | None] = []
        places: dict[object, int] = {}
        alike = []
        for entry in masks.values():
            key = entry and (entry.object_ids, entry.told_ids, entry.source is MaskSource.USER, *entry.mattes)
            place = places.setdefault(key, len(self._examples))
            if place == len(self._examples):
                self._examples.append(entry)
            alike.append(place)
        self._alike = np.array(alike, np.intp)
        self._serials = np.array([0 if entry is None else entry.serial for entry in masks.values()], np.int64)
        with_older = [(row, entry) for row, entry in enumerate(masks.values()) if entry and entry.older]
        self._with_older = [row for row, _ in with_older]
        self._older = [entry for _, entry in with_older]

    def of(self, object_id: int) -> tuple[Kinds, Serials, NDArray[np.bool_], Serials]:
        """Kinds, serials, absence and ages of an object on these frames, see `Lane`; (N,) each."""
        told = np.array([_told(entry, object_id) for entry in self._examples], np.uint8).reshape(-1, 4)
        kinds, has_serial, absent, has_age = told[self._alike].T
        serials = self._serials
        if self._older:
            serials = serials.copy()
            serials[self._with_older] = [entry.serial_of(object_id) for entry in self._older]
        return kinds, serials * has_serial, absent.astype(np.bool_), serials * has_age


def _told(entry: StoredMask | None, object_id: int) -> tuple[int, bool, bool, bool]:
    """Kind of an object on a frame, whether its serial counts, its absence, and whether it has an age."""
    if entry is None:
        return _NOTHING
    is_there, is_users = object_id in entry.object_ids, entry.source is MaskSource.USER
    if not is_there and object_id not in entry.mattes:
        return (*_NOTHING[:3], is_users and object_id in absent_from(entry))
    kind = _EDITED if is_users and entry.tells_of(object_id) else _PROPAGATED
    return kind, True, not is_there, kind is _EDITED
