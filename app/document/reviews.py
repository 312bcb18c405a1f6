"""Which masks the user has looked at and found good. Free of Qt."""

from __future__ import annotations

from collections.abc import Callable, Collection

import numpy as np
from numpy.typing import NDArray

from app.document.snapshot import ReviewMark, ReviewTable

SerialOf = Callable[[int, int], int]
"""Frame index and object id to the mask that is there."""


class Reviews:
    """Marks of what was reviewed, each for one mask: while its object has another one, it is not in effect.

    Kept so that a change of a few marks costs little however many there are.
    """

    def __init__(self) -> None:
        self._table: ReviewTable = frozenset()
        self._by_frame: dict[int, set[tuple[int, int]]] = {}
        self._valid: set[ReviewMark] = set()
        self._marks: frozenset[ReviewMark] | None = None
        self._rows: dict[int, NDArray[np.bool_]] = {}

    @property
    def table(self) -> ReviewTable:
        """All marks, those that are not in effect included."""
        return self._table

    @property
    def marks(self) -> frozenset[ReviewMark]:
        """(frame index, object id) of the marks in effect."""
        if self._marks is None:
            self._marks = frozenset(self._valid)
        return self._marks

    def __contains__(self, mark: ReviewMark) -> bool:
        return mark in self._valid

    def row(self, object_id: int, frame_count: int) -> NDArray[np.bool_]:
        """(frames,) whether an object's mask is marked, read-only."""
        row = self._rows.get(object_id)
        if row is None or len(row) < frame_count:
            row = self._rows[object_id] = _longer(row, frame_count)
        shown = row[:frame_count]
        shown.setflags(write=False)
        return shown

    def put(self, table: ReviewTable, serial_of: SerialOf) -> None:
        """Replace all marks.

        Args:
            table: The new ones.
            serial_of: The mask that an object has on a frame now, 0 for none.
        """
        frames = set()
        for frame, object_id, serial in self._table - table:
            self._by_frame[frame].discard((object_id, serial))
            frames.add(frame)
        for frame, object_id, serial in table - self._table:
            self._by_frame.setdefault(frame, set()).add((object_id, serial))
            frames.add(frame)
        self._table = table
        self.masks_changed(frames, serial_of)

    def masks_changed(self, frames: Collection[int], serial_of: SerialOf) -> bool:
        """Some frames have other masks. Returns whether other marks are in effect now."""
        marked = [frame for frame in frames if frame in self._by_frame]
        changes = [self._mask_changed(frame, serial_of) for frame in marked]
        return any(changes)

    def _mask_changed(self, frame_index: int, serial_of: SerialOf) -> bool:
        told = self._by_frame.get(frame_index)
        if told is None:
            return False
        changed = False
        valid = {key for key, seen in told if seen == serial_of(frame_index, key)}
        for object_id in valid | {key for key in self._rows if (frame_index, key) in self}:
            mark, holds = (frame_index, object_id), object_id in valid
            if (mark in self._valid) == holds:
                continue
            changed = True
            (self._valid.add if holds else self._valid.remove)(mark)
            row = self._rows.get(object_id)
            if row is None or len(row) <= frame_index:
                row = self._rows[object_id] = _longer(row, frame_index + 1)
            row[frame_index] = holds
        if not told:
            del self._by_frame[frame_index]
        if changed:
            self._marks = None
        return changed


def _longer(row: NDArray[np.bool_] | None, length: int) -> NDArray[np.bool_]:
    made = np.zeros(max(length, 2 * len(row)) if row is not None else length, bool)
    if row is not None:
        made[: len(row)] = row
    return made
