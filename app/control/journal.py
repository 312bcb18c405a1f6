"""Writes every change to the journal as it happens."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from pathlib import Path

from PySide6.QtCore import QObject, QRect, QTimer, Slot

from app.control.reporter import ErrorReporter
from app.document.document import Document
from app.document.storage.journal import Change
from app.document.storage.takes_change import ToldTakes
from app.errors import UserError
from app.worker.job import ErrorInfo, Job, Outcome
from app.worker.job_runner import JobRunner
from app.worker.journal_worker import DiscardJob, JournalJob, JournalSavedJob, ReleaseJob
from app.worker.session import DeadSession, Session

log = logging.getLogger(__name__)


class JournalController(QObject):
    """One session per open document; it is removed when the document is closed in peace.

    Changes are gathered while the former ones are being written, so the journal never falls behind for long.

    Args:
        root: Folder of all sessions.
        document: What is written.
        reporter: Hears of errors.
        parent: Owner.
    """

    def __init__(
        self, root: Path, document: Document, reporter: ErrorReporter, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._root = root
        self._document = document
        self._reporter = reporter
        self._session: Session | None = None
        self._sequence = 0
        self._frames: set[int] = set()
        self._locked: set[int] = set()
        self._work_changed = False
        self._takes_changed = False
        self._told = ToldTakes()
        self._needs_base = True
        self._jobs: deque[Job] = deque()
        self._current: Job | None = None
        self._warned = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._flush)
        self.runner = JobRunner("journal", self)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        document.mask_changed.connect(self._on_mask_changed)
        document.masks_changed.connect(self._on_masks_changed)
        document.locked_regions_changed.connect(self._on_locked_regions_changed)
        document.takes_changed.connect(self._on_takes_changed)
        document.take_grew.connect(self._on_takes_changed)
        for changed in (
            document.objects_changed,
            document.references_changed,
            document.points_changed,
            document.locked_frames_changed,
            document.reviewed_changed,
            document.unfinished_run_changed,
        ):
            changed.connect(self._on_work_changed)

    @property
    def folder(self) -> Path | None:
        """Where the session of the open document is, or will be; None before a clip is open."""
        return None if self._session is None else self._session.folder

    @property
    def session_name(self) -> str:
        """Name of the session; empty before a clip is open."""
        return "" if self._session is None else self._session.name

    @property
    def is_idle(self) -> bool:
        """Whether every change so far is on the disk."""
        return not self._pending and not self._jobs and self.runner.is_idle

    @property
    def _pending(self) -> bool:
        return bool(self._frames or self._locked) or self._work_changed or self._takes_changed

    def begin(
        self, project: Path | None, dead: DeadSession | None = None, *, keeps_former: bool = False
    ) -> None:
        """Another document is open: the former session goes, a new one is there for the first change.

        Args:
            project: Its project file, if it has one.
            dead: The session that it was restored from; its journal is continued.
            keeps_former: The former session is left to be restored. Its last changes were gathered by
                ``mark`` before the document became another.
        """
        self._leave(ReleaseJob if keeps_former else DiscardJob)
        info, path = self._document.info, self._document.path
        assert info is not None
        assert path is not None
        folder = self._root / uuid.uuid4().hex if dead is None else dead.folder
        self._session = Session(folder, path, info, project)
        self._sequence = 0
        # without a project file there is nothing else that tells of the objects
        self._needs_base = dead is None
        self._told = ToldTakes(self._document.takes)
        if dead is not None:
            self._session.adopt(dead)
            self._sequence = dead.journal.sequence

    def mark(self) -> int:
        """Number of the last change that the document holds now, for a snapshot of it that is to be saved."""
        self._gather()
        return self._sequence

    def has_changed_since(self, mark: int) -> bool:
        """Whether there were changes after a mark."""
        return self._pending or self._sequence != mark

    def saved(self, project: Path, mark: int) -> None:
        """A project file holds the changes up to a mark."""
        if self._session is not None:
            self._enqueue(JournalSavedJob(self._session, project, mark))

    def close(self, *, in_peace: bool) -> None:
        """Write what is still to be written, and end the thread.

        Args:
            in_peace: The user needs the session no more; it is kept otherwise.
        """
        self._timer.stop()
        self._gather()
        waiting, self._jobs = [self._current, *self._jobs], deque()
        self.runner.close()
        session, self._session = self._session, None
        if session is None:
            return
        if in_peace:
            session.discard()
            return
        for job in waiting:  # one that was written already does no harm
            if isinstance(job, JournalJob):
                try:
                    job.write()
                except UserError as error:
                    log.info("%s", error)
        session.release()

    @Slot(int, QRect)
    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        edit = self._document.edit
        if edit is None or edit.frame_index != frame_index:
            self._on_masks_changed(frozenset((frame_index,)))

    @Slot(object)
    def _on_masks_changed(self, frames: frozenset[int]) -> None:
        self._frames |= frames
        self._timer.start()

    @Slot(object)
    def _on_locked_regions_changed(self, frames: frozenset[int]) -> None:
        self._locked |= frames
        self._timer.start()

    @Slot()
    def _on_takes_changed(self) -> None:
        self._takes_changed = True
        self._timer.start()

    @Slot()
    def _on_work_changed(self) -> None:
        self._work_changed = True
        self._timer.start()

    @Slot()
    def _flush(self) -> None:
        # while a change is being written, the next ones are gathered
        if self.runner.is_idle and not self._jobs:
            self._gather()

    def _gather(self) -> None:
        if not self._pending or self._session is None:
            return
        self._sequence += 1
        masks = {index: self._document.masks.entry(index) for index in sorted(self._frames)}
        work = self._document.work_without_masks() if self._work_changed or self._needs_base else None
        regions = {index: self._document.locked_region(index) for index in sorted(self._locked)}
        takes = self._told.news(self._document.takes) if self._takes_changed else None
        self._frames.clear()
        self._locked.clear()
        self._work_changed = self._needs_base = self._takes_changed = False
        self._enqueue(JournalJob(self._session, Change(self._sequence, masks, work, regions, takes)))

    def _enqueue(self, job: Job) -> None:
        self._jobs.append(job)
        self._start_next()

    def _start_next(self) -> None:
        if self._jobs and self.runner.is_idle:
            self._current = self._jobs.popleft()
            self.runner.start(self._current)

    def _leave(self, job: type[DiscardJob] | type[ReleaseJob]) -> None:
        self._timer.stop()
        self._frames.clear()
        self._locked.clear()
        self._work_changed = self._takes_changed = False
        session, self._session = self._session, None
        if session is not None:
            self._enqueue(job(session))

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        if not self._warned:  # once, not with every stroke while the disk is full
            self._warned = True
            self._reporter.show(error)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        self._current = None
        if outcome is Outcome.DONE:
            self._warned = False
        self._start_next()
        self._flush()
