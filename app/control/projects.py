"""Saves and opens projects."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from app.control.clip import ClipController
from app.control.journal import JournalController
from app.control.reporter import ErrorReporter
from app.document.document import Document
from app.document.project_file import SUFFIX
from app.document.snapshot import Work
from app.document.undo_stack import Command
from app.i18n import tr, trn
from app.media.masks import MaskArgument
from app.settings import Settings
from app.views import project_dialogs
from app.views.project_dialogs import Answer
from app.worker.job import ErrorInfo, Job, Outcome
from app.worker.job_runner import JobRunner
from app.worker.project_lock import ProjectLock
from app.worker.project_worker import LoadJob, RelinkJob, RestoreJob, Saved, SaveJob, Staged

_READING = (LoadJob, RestoreJob, RelinkJob)
_NewestStep = tuple[int, Command | None]
"""How far the history goes, and its last step."""


class _Stage(enum.Enum):
    READING = "reading"
    OPENING = "opening"


class ProjectController(QObject):
    """Which project is open, and how it comes from the disk and gets there.

    What is read is staged: the open document stays as it is until the work and its clip are there and fit.

    Args:
        document: The open work.
        clip: Opens clips.
        journal: Is told what its changes go on from.
        settings: Remembers projects.
        reporter: Hears of errors.
        window: Parent of the dialogs.

    Signals:
        changed: Another project file is open, or none.
        progressed: Text for the status line, empty when idle.
        opened: A project, or restored work, is open.
    """

    changed = Signal()
    progressed = Signal(str)
    opened = Signal()

    def __init__(
        self,
        document: Document,
        clip: ClipController,
        journal: JournalController,
        settings: Settings,
        reporter: ErrorReporter,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._clip = clip
        self._journal = journal
        self._settings = settings
        self._reporter = reporter
        self._window = window
        self._lock: ProjectLock | None = None
        self.path: Path | None = None
        self._staged: Staged | None = None
        self._stage: _Stage | None = None
        self._warning = ("", "")
        self.is_running: Callable[[], bool] = lambda: False
        self._given_up: _NewestStep | None = None
        self._keeps_former = False
        self._masks: list[MaskArgument] = []
        self._jobs: deque[tuple[Job, Callable[[], None] | None]] = deque()
        self._current: tuple[Job, Callable[[], None] | None] | None = None
        self.runner = JobRunner("project", self)
        self.runner.received.connect(self._on_received)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        document.clip_changed.connect(self._on_clip_changed)
        clip.replacing.connect(self._on_clip_replacing)
        clip.opened.connect(self._on_clip_opened)
        clip.failed.connect(self._on_clip_failed)

    # ---- saving ----

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Write the project file; ask where if there is none yet.

        Args:
            then: What to do once it is written. Not called if it is not.
        """
        path = self._next_path
        if path is None:
            self.save_as(then)
        else:
            self._save_to(path, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a file and write the project there; it is the open one from then on."""
        clip = self._document.path
        if clip is None:
            return
        proposed = self._next_path or self._settings.project_folder / f"{clip.stem}{SUFFIX}"
        kinds = tr("CFBI Studio projects") + f" (*{SUFFIX})"
        name, _ = QFileDialog.getSaveFileName(self._window, tr("Save project"), str(proposed), kinds)
        if name:
            path = Path(name)
            self._save_to(path if path.suffix.lower() == SUFFIX else path.with_name(path.name + SUFFIX), then)

    @property
    def _next_path(self) -> Path | None:
        """The project file once all saves that wait or go on are done; None if there is none."""
        jobs = [job for job, _ in (*((self._current,) if self._current is not None else ()), *self._jobs)]
        name = self._journal.session_name
        targets = [job.path for job in jobs if isinstance(job, SaveJob) and job.session == name]
        return targets[-1] if targets else self.path

    def when_safe(self, go_on: Callable[[], None]) -> None:
        """Do something that replaces the open work, once the user has decided what becomes of it."""
        info = self._document.info
        if info is None or not self._document.is_dirty:
            if not self.is_running() or project_dialogs.may_stop_run(self._window):
                self._give_up(go_on)
            return
        answer = self.ask_to_save(self.path.stem if self.path is not None else info.name)
        if answer is Answer.SAVE:
            self.save(partial(self._when_saved, go_on, self._newest_step()))
        elif answer is Answer.DISCARD:
            self._give_up(go_on)

    def _when_saved(self, go_on: Callable[[], None], step: _NewestStep) -> None:
        # what was done while it was being saved is not in the file; a run that went on can be resumed
        if self._newest_step() == step:
            self._give_up(go_on)
        else:
            self.when_safe(go_on)

    def _give_up(self, go_on: Callable[[], None]) -> None:
        """The work as it is now may go."""
        self._given_up = self._newest_step()
        go_on()

    def _newest_step(self) -> _NewestStep:
        stack = self._document.undo_stack
        place = stack.index()
        return place, stack.command(place - 1) if place else None

    def ask_to_save(self, name: str) -> Answer:
        """Ask what becomes of changes."""
        return project_dialogs.ask_to_save(name, self._window, in_run=self.is_running())

    # ---- opening ----

    def open(self, path: Path, masks: list[MaskArgument] | None = None) -> None:
        """Read a project in place of what is open, which has been asked for.

        Args:
            path: The project file.
            masks: To be put on frames then.
        """
        self._read(LoadJob(path, self.path))
        self._masks = list(masks or ())
        self.progressed.emit(tr("Opening {name}…", name=path.name))

    def restore(self, folder: Path) -> None:
        """Read what a dead session left in place of what is open, which has been asked for."""
        self._read(RestoreJob(folder, self.path))
        self.progressed.emit(tr("Restoring…"))

    def drop_staged(self) -> None:
        """Something else is being opened: what was read for it is not wanted any more."""
        self._jobs = deque(item for item in self._jobs if not isinstance(item[0], _READING))
        if self._current is not None and isinstance(self._current[0], _READING):
            self.runner.cancel()
        self._forget_staged()

    def enqueue(self, job: Job, then: Callable[[], None] | None = None) -> None:
        """Do a job on the lane of projects.

        Args:
            job: What to do.
            then: What to do when it ended well.
        """
        self._jobs.append((job, then))
        self._start_next()

    def close(self) -> None:
        """End the thread and free the project."""
        self._jobs.clear()
        self.runner.close()
        self.drop_staged()
        self._release()

    def _save_to(self, path: Path, then: Callable[[], None] | None) -> None:
        if self._document.info is None:
            return
        self._document.drop_stroke()
        mark = self._journal.mark()
        snapshot, session = self._document.snapshot(), self._journal.session_name
        self.enqueue(SaveJob(snapshot, path.absolute(), session, mark), then)

    def _read(self, job: Job) -> None:
        self.drop_staged()
        self._stage = _Stage.READING
        self.enqueue(job)

    def _start_next(self) -> None:
        if self._jobs and self.runner.is_idle:
            self._current = self._jobs.popleft()
            job = self._current[0]
            if isinstance(job, SaveJob):
                # not before: a save that went first may have made this file the open project
                job.held = self.path
                self.progressed.emit(tr("Saving {name}…", name=job.path.name))
            self.runner.start(job)

    @Slot(int, object)
    def _on_received(self, run_id: int, content: object) -> None:
        if isinstance(content, Saved):
            self._on_saved(content)
        elif isinstance(content, Staged):
            self._on_staged(content)

    def _on_saved(self, saved: Saved) -> None:
        self._settings.add_recent_project(saved.path)
        if saved.session != self._journal.session_name:
            # other work is open by now: it is not to be saved over this
            if saved.lock is not None:
                saved.lock.release()
            return
        if saved.lock is not None:
            self._release()
            self._lock = saved.lock
        self.path = saved.path
        self._journal.saved(saved.path, saved.sequence)
        if not self._journal.has_changed_since(saved.sequence):
            self._document.undo_stack.setClean()
        self.changed.emit()

    def _on_staged(self, staged: Staged) -> None:
        self._staged, self._stage = staged, _Stage.READING
        if staged.clip is None:
            clip = project_dialogs.find_clip(staged.reference, self._settings.last_folder, self._window)
            if clip is None:
                self.drop_staged()
            else:
                self.enqueue(RelinkJob(staged, clip))
            return
        if not staged.is_same and not project_dialogs.may_use_other_clip(
            staged.reference, staged.clip, self._window
        ):
            self._on_staged(replace(staged, clip=None))
            return
        self._stage = _Stage.OPENING
        masks, self._masks = self._masks, []
        self._clip.open(staged.clip, masks, staged.work)

    @Slot()
    def _on_clip_replacing(self) -> None:
        # what was done since it was given up is nobody's to throw away
        given_up, self._given_up = self._given_up, None
        is_new = given_up is not None and given_up != self._newest_step()
        self._keeps_former = is_new and self._document.info is not None and self._document.is_dirty
        if self._keeps_former:
            self._journal.mark()
            self._warning = (
                tr("What you did while this was being opened is kept."),
                tr("Bring it back with File > Restore unsaved work."),
            )

    @Slot()
    def _on_clip_changed(self) -> None:
        staged, self._staged = self._staged, None
        keeps, self._keeps_former = self._keeps_former, False
        if staged is None or self._stage is not _Stage.OPENING or self._document.path != staged.clip:
            self._release()
            self.path = None
            self._journal.begin(None, keeps_former=keeps)
            self.changed.emit()
            return
        self._stage = None
        if staged.lock is not None or staged.project is None:
            self._release()
            self._lock = staged.lock
        self.path = staged.project
        self._journal.begin(staged.project, staged.session, keeps_former=keeps)
        if staged.session is not None or staged.was_asked_for or not staged.is_same:
            self._document.undo_stack.resetClean()
        if staged.project is not None:
            self._settings.add_recent_project(staged.project)
        self.changed.emit()
        self.opened.emit()
        self._warning = (
            staged.warning if staged.warning[0] else self._of_lost_frames(staged.work) or self._warning
        )

    def _of_lost_frames(self, work: Work) -> tuple[str, str] | None:
        """What to tell of masks that the clip has no frames for; None if it has."""
        count = sum(frame >= self._document.frame_count for frame in work.entries)
        if not count:
            return None
        return (
            trn(
                "{count} frame with masks lies beyond the end of the clip and is left out.",
                "{count} frames with masks lie beyond the end of the clip and are left out.",
                count,
            ),
            tr("The project file has them until you save. Open it with the whole clip to keep them."),
        )

    @Slot()
    def _on_clip_opened(self) -> None:
        self._stage = None
        warning, self._warning = self._warning, ("", "")
        if warning[0]:  # not before: a new clip dismisses what is said of the former one
            self._reporter.inform(*warning, level="warning")

    @Slot()
    def _on_clip_failed(self) -> None:
        if self._stage is _Stage.OPENING:
            self.drop_staged()

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        if self._current is not None and isinstance(self._current[0], _READING):
            self._forget_staged()
        self._reporter.show(error)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        self.progressed.emit("")
        current, self._current = self._current, None
        if current is not None and current[1] is not None and outcome is Outcome.DONE:
            current[1]()
        self._start_next()

    def _forget_staged(self) -> None:
        staged, self._staged, self._stage = self._staged, None, None
        self._masks = []
        if staged is not None:
            staged.release()

    def _release(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
