"""The exports of a window, one after the other: order and progress. Free of Qt and of threads."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from app.errors import ExportError
from app.export.perform import ExportResult
from app.export.planned import ExportSnapshot
from app.export.report import ExportProgress
from app.export.request import ExportRequest
from app.i18n import say


class QueueState(enum.Enum):
    """Where an export stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    """By the user."""
    UNFINISHED = "unfinished"
    """Left by an earlier session; the masks are not kept here."""


@dataclass(frozen=True)
class QueueEntry:
    """One export of the queue.

    Attributes:
        entry_id: Never given again.
        request: What is wanted.
        snapshot: The document as it was when the export was asked for; None once it is done, and for what an
            earlier session left.
        state: Where it stands.
        done: Frames written and verified.
        total: What ``done`` will be at the end, 0 while it is not known.
        doing: What is worked on, for people.
        seconds_left: Estimate; None while there is none.
        message: Why it failed, else empty.
        hint: What to do about it.
        result: What was written.
    """

    entry_id: int
    request: ExportRequest
    snapshot: ExportSnapshot | None
    state: QueueState = QueueState.WAITING
    done: int = 0
    total: int = 0
    doing: str = ""
    seconds_left: float | None = None
    message: str = ""
    hint: str = ""
    result: ExportResult | None = None

    @property
    def can_retry(self) -> bool:
        """Whether it may be put back to wait."""
        return self.state in (QueueState.FAILED, QueueState.STOPPED, QueueState.UNFINISHED)

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.state in (QueueState.WAITING, QueueState.RUNNING)


class ExportQueue:
    """Entries in the order in which they run.

    Args:
        clock: Seconds; for tests.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: list[QueueEntry] = []
        self._last_id = 0
        self._began_at = 0.0

    @property
    def entries(self) -> tuple[QueueEntry, ...]:
        """All, in order."""
        return tuple(self._entries)

    @property
    def open_count(self) -> int:
        """How many wait or run."""
        return sum(entry.is_open for entry in self._entries)

    def entry(self, entry_id: int) -> QueueEntry | None:
        """An entry by id, or None."""
        return next((entry for entry in self._entries if entry.entry_id == entry_id), None)

    def add(self, request: ExportRequest, snapshot: ExportSnapshot) -> QueueEntry:
        """Put an export at the end."""
        return self._append(QueueEntry(self._new_id(), request, snapshot))

    def next_waiting(self) -> QueueEntry | None:
        """What is to run next."""
        return next((entry for entry in self._entries if entry.state is QueueState.WAITING), None)

    # ---- how it goes ----

    def started(self, entry_id: int) -> None:
        """It runs now."""
        self._began_at = self._clock()
        self._change(entry_id, state=QueueState.RUNNING, doing=say("Starting"), message="", hint="")

    def progressed(self, entry_id: int, progress: ExportProgress) -> None:
        """It is so far."""
        done, total = progress.done, progress.total
        left = (self._clock() - self._began_at) / done * (total - done) if done else None
        doing = say("Writing {name}", name=progress.label)
        if progress.stage == "verify":
            doing = say("Checking {name}", name=progress.label)
        self._change(entry_id, done=done, total=total, seconds_left=left, doing=doing)

    def finished(self, entry_id: int, result: ExportResult) -> None:
        """It is written and verified; the masks are let go."""
        self._end(entry_id, QueueState.DONE, snapshot=None, result=result)

    def failed(self, entry_id: int, message: str, hint: str) -> None:
        """It ended with an error."""
        self._end(entry_id, QueueState.FAILED, message=message, hint=hint)

    def stopped(self, entry_id: int) -> None:
        """The user ended it, or took it out of the line before it ran."""
        self._end(entry_id, QueueState.STOPPED)

    # ---- what the user may do ----

    def retry(
        self, entry_id: int, snapshot: ExportSnapshot | None = None, *, replace_files: bool = False
    ) -> bool:
        """Put an ended export back to wait.

        What it had begun to write it may replace: at its first start nothing of that name was in the way.

        Args:
            entry_id: Which.
            snapshot: The document to use where the entry has none.
            replace_files: Whether files that are there may be replaced in any case.

        Returns:
            False if it cannot be: it is done, or there is no snapshot.
        """
        entry = self.entry(entry_id)
        if entry is None or not entry.can_retry:
            return False
        snapshot = entry.snapshot or snapshot
        if snapshot is None:
            return False
        request = entry.request.replacing() if entry.total or replace_files else entry.request
        self._put(entry_id, QueueEntry(entry_id, request, snapshot))
        return True

    def remove(self, entry_id: int) -> bool:
        """Take an entry out of the list. Returns False for one that runs; stop it first."""
        entry = self.entry(entry_id)
        if entry is None or entry.state is QueueState.RUNNING:
            return False
        self._entries.remove(entry)
        return True

    def move(self, entry_id: int, step: int) -> bool:
        """Move an entry up (-1) or down (1) the list. Returns whether that was possible."""
        entry = self.entry(entry_id)
        if entry is None:
            return False
        place = self._entries.index(entry)
        if not 0 <= place + step < len(self._entries):
            return False
        self._entries.insert(place + step, self._entries.pop(place))
        return True

    def clear_done(self) -> None:
        """Take out all that is done."""
        self._entries = [entry for entry in self._entries if entry.state is not QueueState.DONE]

    # ---- across sessions ----

    def to_json(self) -> list[dict[str, Any]]:
        """What is not done, as values for a JSON file."""
        return [entry.request.to_json() for entry in self._entries if entry.state is not QueueState.DONE]

    def load_json(self, values: object) -> None:
        """Take over what an earlier session left; what cannot be read is left out."""
        for item in values if isinstance(values, list) else []:
            try:
                request = ExportRequest.from_json(item)
            except ExportError:
                continue
            self._append(QueueEntry(self._new_id(), request, None, QueueState.UNFINISHED))

    def _end(self, entry_id: int, state: QueueState, **changes: Any) -> None:
        self._change(entry_id, state=state, seconds_left=None, doing="", **changes)

    def _change(self, entry_id: int, **changes: Any) -> None:
        entry = self.entry(entry_id)
        if entry is not None:
            self._put(entry_id, replace(entry, **changes))

    def _put(self, entry_id: int, changed: QueueEntry) -> None:
        self._entries = [changed if entry.entry_id == entry_id else entry for entry in self._entries]

    def _append(self, entry: QueueEntry) -> QueueEntry:
        self._entries.append(entry)
        return entry

    def _new_id(self) -> int:
        self._last_id += 1
        return self._last_id
