"""The journal: every change is appended to a file as it happens, so that a crash loses none. Free of Qt.

The file begins with a magic and a head, which says what the changes go on from: a saved project, or nothing
but a clip. Every record has a length, a CRC-32, a JSON header and masks. Reading ends at the first record
that is not whole, which is the one that was being written when the program died. A change holds whole masks
of the frames that it touches, so later records replace earlier ones; now and then the file is written anew
without those.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.document.locked import LockedRegion
from app.document.mask_store import StoredMask
from app.document.project_file import DAMAGE, Project
from app.document.snapshot import Work
from app.document.storage.atomic import atomic_file
from app.document.storage.journal_format import (
    MAGIC,
    Change,
    JournalHead,
    Record,
    decode_record,
    encode_change,
    encode_head,
    read_head,
    records,
)
from app.document.storage.mask_codec import decode_mask
from app.document.storage.takes_change import TakesChange, joined, takes_onto
from app.document.storage.work_json import work_from_json
from app.errors import ProjectReadError
from app.i18n import tr

__all__ = [
    "JOURNAL_NAME",
    "Change",
    "Journal",
    "JournalHead",
    "JournalSummary",
    "JournalWriter",
    "read_journal",
    "summarise",
]

JOURNAL_NAME = "journal"
_SLACK_BYTES = 64 << 20
_SLACK_FACTOR = 4


@dataclass(frozen=True)
class Journal:
    """What a journal says, once the changes are put together.

    Attributes:
        head: What they go on from.
        sequence: Number of the last change.
        masks: By frame, the number of the change and the masks that it left.
        work: Number of the change and the state without masks that it left; None for no change of it.
        end: How many bytes of the file are whole.
        regions: By frame, the number of the change and the locked pixels that it left.
        takes: Number of the last change of takes, and all that changed of them; None for no change.
    """

    head: JournalHead
    sequence: int
    masks: Mapping[int, tuple[int, StoredMask | None]]
    work: tuple[int, Work] | None
    end: int = 0
    regions: Mapping[int, tuple[int, LockedRegion | None]] = field(default_factory=dict)
    takes: tuple[int, TakesChange] | None = None

    def after(self, sequence: int) -> Journal:
        """The same without changes up to a number."""
        masks = {index: item for index, item in self.masks.items() if item[0] > sequence}
        regions = {index: item for index, item in self.regions.items() if item[0] > sequence}
        work = self.work if self.work is not None and self.work[0] > sequence else None
        takes = self.takes if self.takes is not None and self.takes[0] > sequence else None
        return replace(self, masks=masks, work=work, regions=regions, takes=takes)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to restore."""
        return not self.masks and not self.regions and self.work is None and self.takes is None

    def goes_on_from(self, project: Project) -> bool:
        """Whether a project is in the state that the changes were made on, as far as anybody can tell."""
        if project.session == self.head.session or not self.head.save_id:
            return True
        return project.save_id == self.head.save_id

    def onto(self, project: Project | None) -> Work:
        """The work with the changes of the journal in it.

        Args:
            project: What was saved; None if nothing was, or if it is gone.
        """
        lacking = self
        base = Work()
        if project is not None:
            base = project.work
            if project.session == self.head.session:
                lacking = self.after(project.sequence)
        entries = dict(base.entries)
        for index, (_, entry) in lacking.masks.items():
            if entry is None:
                entries.pop(index, None)
            else:
                entries[index] = entry
        regions = dict(base.locked_regions)
        for index, (_, region) in lacking.regions.items():
            if region is None:
                regions.pop(index, None)
            else:
                regions[index] = region
        work = base if lacking.work is None else lacking.work[1]
        takes = base.takes if lacking.takes is None else takes_onto(base.takes, lacking.takes[1])
        return replace(work, entries=entries, locked_regions=regions, takes=takes)


class JournalWriter:
    """Appends to one journal. Lives in one thread.

    Args:
        path: The file; made with the first change.
        head: What the changes go on from.
        former: What the file holds already, to go on with it.
    """

    def __init__(self, path: Path, head: JournalHead, former: Journal | None = None) -> None:
        self.path = path
        self.head = head
        self._masks = {} if former is None else dict(former.masks)
        self._regions = {} if former is None else dict(former.regions)
        self._work = None if former is None else former.work
        self._takes = None if former is None else former.takes
        # an end of 0 makes the next append write the whole file
        self._end = 0 if former is None else former.end
        self._limit_bytes = 0  # as it was when the file last came to it

    def append(self, change: Change) -> None:
        """Write a change; when this returns, it survives a power failure.

        Raises:
            OSError: It cannot be written. It will be, with the next change.
        """
        for index, entry in change.masks.items():
            self._masks[index] = (change.sequence, entry)
        for index, region in change.regions.items():
            self._regions[index] = (change.sequence, region)
        if change.work is not None:
            self._work = (change.sequence, replace(change.work, entries={}, locked_regions={}, takes=()))
        if change.takes is not None:
            former = None if self._takes is None else self._takes[1]
            self._takes = (change.sequence, joined(former, change.takes))
        record = encode_change(change)
        if not self._end or self._is_too_large(self._end + len(record)):
            self._rewrite()
            return
        end, self._end = self._end, 0
        with self.path.open("r+b") as stream:
            stream.seek(end)
            stream.truncate()
            stream.write(record)
            stream.flush()
            os.fsync(stream.fileno())
        self._end = end + len(record)

    def rebase(self, head: JournalHead) -> None:
        """The project was saved: changes up to the head's number are in its file now.

        Raises:
            OSError: The journal cannot be written; the former one is whole.
        """
        self.head = head
        self._masks = {index: item for index, item in self._masks.items() if item[0] > head.sequence}
        self._regions = {index: item for index, item in self._regions.items() if item[0] > head.sequence}
        if self._work is not None and self._work[0] <= head.sequence:
            self._work = None
        if self._takes is not None and self._takes[0] <= head.sequence:
            self._takes = None
        self._rewrite()

    def _is_too_large(self, size_bytes: int) -> bool:
        """Whether the file is mostly old at a size; all masks are weighed only when that may be so."""
        if size_bytes <= max(_SLACK_BYTES, self._limit_bytes):
            return False
        self._limit_bytes = self._limit()
        return size_bytes > self._limit_bytes

    def _limit(self) -> int:
        live = sum(entry.nbytes for _, entry in self._masks.values() if entry is not None)
        shared = {region for _, region in self._regions.values() if region is not None}
        live += sum(len(region.data) for region in shared)
        if self._takes is not None:
            live += sum(mask.nbytes for record in self._takes[1].records for mask in record.masks())
        return max(_SLACK_BYTES, _SLACK_FACTOR * live)

    def _rewrite(self) -> None:
        numbers = {number for number, _ in (*self._masks.values(), *self._regions.values())}
        numbers |= {item[0] for item in (self._work, self._takes) if item is not None}
        self._end = 0  # unless it succeeds
        self._limit_bytes = 0  # nothing in the file is old
        with atomic_file(self.path) as stream:
            stream.write(MAGIC)
            stream.write(encode_head(self.head))
            for number in sorted(numbers):
                masks = {index: entry for index, (at, entry) in self._masks.items() if at == number}
                work = self._work[1] if self._work is not None and self._work[0] == number else None
                regions = {index: region for index, (at, region) in self._regions.items() if at == number}
                takes = self._takes[1] if self._takes is not None and self._takes[0] == number else None
                stream.write(encode_change(Change(number, masks, work, regions, takes)))
            end = stream.tell()
        self._end = end


def read_journal(path: Path) -> Journal:
    """Read a journal up to the last change that is whole.

    Raises:
        ProjectReadError: There is none, its head is damaged, or it was written by a later version.
    """
    try:
        with path.open("rb") as stream:
            head = read_head(stream)
            masks: dict[int, tuple[int, bytes | None]] = {}
            regions: dict[int, tuple[int, LockedRegion | None]] = {}
            work: tuple[int, Work] | None = None
            takes: list[Record] = []
            sequence, end = head.sequence, stream.tell()
            for header, blobs in records(stream):
                record = decode_record(header, blobs)
                number = record.number
                if number < sequence:
                    break
                if record.work is not None:
                    work = (number, record.work)
                masks.update({index: (number, data) for index, data in record.masks.items()})
                regions.update({index: (number, region) for index, region in record.regions.items()})
                if record.takes is not None:
                    takes.append(record)
                sequence, end = number, stream.tell()
            decode = functools.cache(decode_mask)
            decoded = {
                index: (number, None if data is None else decode(data))
                for index, (number, data) in masks.items()
            }
            last: tuple[int, TakesChange] | None = None
            for record in takes:
                change = record.takes_change(decode)
                assert change is not None
                last = (record.number, joined(None if last is None else last[1], change))
    except DAMAGE as error:
        raise ProjectReadError(
            tr("The changes saved in {path} cannot be read: {error}.", path=path, error=error),
            tr("Discard them, or ask for help first."),
        ) from error
    return Journal(head, sequence, decoded, work, end, regions, last)


@dataclass(frozen=True)
class JournalSummary:
    """What can be said of a journal without reading its masks.

    Attributes:
        head: What it goes on from.
        frame_count: Frames with other masks than before.
        run_left: Frames that a run had still to visit; 0 for none.
        sequence: Number of the last change.
    """

    head: JournalHead
    frame_count: int
    run_left: int
    sequence: int


def summarise(path: Path) -> JournalSummary | None:
    """Look at a journal to offer it; None if there is nothing in it.

    Raises:
        ProjectReadError: It is no journal.
    """
    try:
        with path.open("rb") as stream:
            head = read_head(stream)
            frames: set[str] = set()
            work: Any = None
            others = False
            sequence = head.sequence
            for header, _ in records(stream):
                sequence = header["sequence"]
                frames.update(header["masks"])
                others = others or bool(header.get("locked") or header.get("takes"))
                work = header["work"] or work
    except DAMAGE as error:
        raise ProjectReadError(tr("{path} cannot be read: {error}.", path=path, error=error)) from error
    if not frames and work is None and not others:
        return None
    run = None if work is None else work_from_json(work).unfinished_run
    return JournalSummary(head, len(frames), 0 if run is None else run.frame_count, sequence)
