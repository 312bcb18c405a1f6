"""Runs the queue of exports on a thread of its own, and keeps what is not finished for the next session."""

from __future__ import annotations

import json
import logging
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal, Slot

from app.errors import ExportError
from app.export.files import atomic_target
from app.export.perform import ExportResult
from app.export.planned import ExportSnapshot
from app.export.queue import ExportQueue, QueueEntry
from app.export.report import ExportProgress
from app.export.request import ExportRequest
from app.worker.export_worker import ExportJob
from app.worker.job import ErrorInfo, Outcome
from app.worker.job_runner import JobRunner

log = logging.getLogger(__name__)


class QueueRunner(QObject):
    """One export at a time, in the order of the queue.

    Args:
        store: File for what is not finished. A second window does not touch it.
        parent: Owner.

    Signals:
        changed: Something about the queue is different.
        running_changed: An export started or ended.
        done: An export ended well (``QueueEntry``, snapshot that was exported).
        failed: An export ended with an error (``QueueEntry``).
        stopped: The user ended an export (``QueueEntry``).
    """

    changed = Signal()
    running_changed = Signal()
    done = Signal(object, object)
    failed = Signal(object)
    stopped = Signal(object)

    def __init__(self, store: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.queue = ExportQueue()
        self._store = store
        self._running: int | None = None
        self._result: ExportResult | None = None
        self._paused = self._closing = False
        self.runner = JobRunner("export", self)
        self.runner.received.connect(self._on_received)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        self._lock: QLockFile | None = None
        self._load()

    @property
    def running(self) -> QueueEntry | None:
        """The export that is being written."""
        return None if self._running is None else self.queue.entry(self._running)

    def add(self, request: ExportRequest, snapshot: ExportSnapshot, *, first: bool = False) -> QueueEntry:
        """Put an export into the queue; it runs as soon as those before it have ended.

        Args:
            request: What and where to.
            snapshot: The document.
            first: Before all others that wait.
        """
        entry = self.queue.add(request, snapshot)
        if first:
            while (waiting := self.queue.next_waiting()) is not None and waiting.entry_id != entry.entry_id:
                self.queue.move(entry.entry_id, -1)
        self._start_next()
        self._tell()
        return entry

    @property
    def is_paused(self) -> bool:
        """Whether nothing new is started."""
        return self._paused

    def pause(self, paused: bool) -> None:
        """Start nothing new, or go on."""
        self._paused = paused
        self._start_next()
        self._tell()

    def stop(self, entry_id: int) -> None:
        """End an export, or take it out of the line."""
        if entry_id == self._running:
            self.runner.cancel()
            return
        entry = self.queue.entry(entry_id)
        if entry is not None and entry.is_open:
            self.queue.stopped(entry_id)
            self._tell()

    def stop_running(self) -> None:
        """End the export that is being written."""
        self.runner.cancel()

    def retry(
        self, entry_id: int, snapshot: ExportSnapshot | None = None, *, replace_files: bool = False
    ) -> bool:
        """Run an export again; see ``ExportQueue.retry``."""
        if not self.queue.retry(entry_id, snapshot, replace_files=replace_files):
            return False
        self._start_next()
        self._tell()
        return True

    def remove(self, entry_id: int) -> None:
        """Take an export out of the list."""
        self.queue.remove(entry_id)
        self._tell()

    def move(self, entry_id: int, step: int) -> None:
        """Move an export up (-1) or down (1)."""
        self.queue.move(entry_id, step)
        self._tell()

    def clear_done(self) -> None:
        """Take out what is done."""
        self.queue.clear_done()
        self._tell()

    def close(self) -> None:
        """End the thread; what is not finished is kept for the next session."""
        self._closing = True
        self._save()
        self.runner.close()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _start_next(self) -> None:
        if self._running is not None or self._paused or self._closing:
            return
        entry = self.queue.next_waiting()
        if entry is None or entry.snapshot is None:
            return
        self._running, self._result = entry.entry_id, None
        self.queue.started(entry.entry_id)
        self.runner.start(ExportJob(entry.request, entry.snapshot))
        self.running_changed.emit()

    @Slot(int, object)
    def _on_received(self, run_id: int, content: object) -> None:
        if self._running is None:
            return
        if isinstance(content, ExportProgress):
            self.queue.progressed(self._running, content)
            self.changed.emit()
        elif isinstance(content, ExportResult):
            self._result = content

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        if self._running is not None:
            self.queue.failed(self._running, error.message, error.hint)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        entry_id, self._running = self._running, None
        before = None if entry_id is None else self.queue.entry(entry_id)
        if entry_id is None or before is None:
            return
        if outcome is Outcome.DONE and self._result is not None:
            self.queue.finished(entry_id, self._result)
        elif outcome is Outcome.CANCELLED:
            self.queue.stopped(entry_id)
        entry = self.queue.entry(entry_id)
        self._start_next()
        self._tell()
        self.running_changed.emit()
        if outcome is Outcome.DONE:
            self.done.emit(entry, before.snapshot)
        else:
            (self.stopped if outcome is Outcome.CANCELLED else self.failed).emit(entry)

    def _tell(self) -> None:
        self._save()
        self.changed.emit()

    def _load(self) -> None:
        lock = QLockFile(str(self._store.with_suffix(".lock")))
        try:
            self._store.parent.mkdir(parents=True, exist_ok=True)
            if not lock.tryLock(0):
                return
            self._lock = lock
            self.queue.load_json(json.loads(self._store.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.info("the export queue of the last session cannot be read: %s", error)

    def _save(self) -> None:
        if self._lock is None:
            return
        values = self.queue.to_json()
        try:
            if values:
                with atomic_target(self._store) as draft:
                    draft.write_text(json.dumps(values, indent=1), encoding="utf-8")
            else:
                self._store.unlink(missing_ok=True)
        except (OSError, ExportError) as error:
            log.info("the export queue cannot be kept: %s", error)
