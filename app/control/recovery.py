"""Saves the work in the background, and offers it again after a crash."""

from __future__ import annotations

import logging
import time
import uuid
from collections import deque
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QRect, QTimer, Slot

from app.control.clip import ClipController
from app.control.files import FileCommands
from app.control.reporter import ErrorReporter
from app.document.document import Document
from app.document.recovery import STATE_NAME, RecoveredWork, RecoveryWriter, SavedSession, read_summary
from app.document.references import with_frames
from app.errors import UserError
from app.views.banner import Banner
from app.worker.job import ErrorInfo, Job, Outcome
from app.worker.job_runner import JobRunner
from app.worker.recovery_worker import DiscardJob, RecoveryJob, RestoreJob

log = logging.getLogger(__name__)

_DELAY_MS = 1500
_LOCK_NAME = "lock"


class RecoveryController(QObject):
    """One folder per open clip; it is removed when the window is closed in peace.

    Args:
        root: Folder of all sessions.
        document: What is saved.
        clip: Opens the clip of recovered work.
        banner: Offers it.
        reporter: Hears of errors.
        files: Asks before work goes.
        parent: Owner.
    """

    def __init__(
        self,
        root: Path,
        document: Document,
        clip: ClipController,
        banner: Banner,
        reporter: ErrorReporter,
        files: FileCommands,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._root = root
        self._document = document
        self._clip = clip
        self._banner = banner
        self._reporter = reporter
        self._files = files
        self._writer: RecoveryWriter | None = None
        self._lock: QLockFile | None = None
        self._restoring: RecoveredWork | None = None
        self._replaces: tuple[Job, Path] | None = None
        self._jobs: deque[Job] = deque()
        self._job: Job | None = None
        self._offer_later = False
        self._warned = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._save)
        self.runner = JobRunner("recovery", self)
        self.runner.received.connect(self._on_received)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        document.mask_changed.connect(self._on_mask_changed)
        document.objects_changed.connect(self._on_changed)
        document.references_changed.connect(self._on_changed)
        document.clip_changed.connect(self._on_clip_changed)
        clip.opened.connect(self._on_opened)
        clip.failed.connect(self._on_open_failed)

    @property
    def folder(self) -> Path | None:
        """Where the current session is saved; None before anything was."""
        return None if self._writer is None else self._writer.folder

    def offer_after_opening(self) -> None:
        """Offer when the clip that is being opened is there, or could not be read."""
        self._offer_later = True

    def ask(self) -> None:
        """Offer; say so if there is nothing."""
        if not self.offer():
            self._reporter.inform("There is no unsaved work to restore.")

    def offer(self) -> bool:
        """Offer the newest work that a dead session left. Returns whether there is any."""
        found: list[SavedSession] = []
        for state in sorted(self._root.glob(f"*/{STATE_NAME}")):
            if state.parent == self.folder:
                continue
            lock = QLockFile(str(state.parent / _LOCK_NAME))
            lock.setStaleLockTime(0)
            if not lock.tryLock(0):
                continue  # another window is at work there
            lock.unlock()
            try:
                found.append(read_summary(state.parent))
            except UserError as error:
                log.info("%s", error)
        if not found:
            return False
        saved = max(found, key=lambda item: item.saved_at)
        self._show_offer(saved)
        return True

    def _show_offer(self, saved: SavedSession) -> None:
        when = time.strftime("%d %b, %H:%M", time.localtime(saved.saved_at))
        count = saved.mask_count
        self._banner.show_message(
            f"The studio did not close properly. Masks of {count} frame{'' if count == 1 else 's'} of "
            f"{saved.clip.name} were saved on {when}.",
            "They stay until you restore or discard them (File > Restore unsaved work).",
            level="warning",
            action="Restore",
            callback=partial(self._restore, saved),
            second="Discard",
            second_callback=partial(self._discard_saved, saved),
            stays=True,
        )

    def close(self, *, in_peace: bool) -> None:
        """End the thread.

        Args:
            in_peace: The user has closed the window and needs the copy no more; it is kept otherwise.
        """
        self._timer.stop()
        self._jobs.clear()
        self.runner.close()
        writer, self._writer = self._writer, None
        if writer is not None and in_peace:
            writer.discard()
        self._unlock()

    def _restore(self, saved: SavedSession) -> None:
        if self._files.may_discard("Restore anyway"):
            self._enqueue(RestoreJob(saved.folder))
        else:
            self._show_offer(saved)

    def _discard_saved(self, saved: SavedSession) -> None:
        if self._files.may_delete_saved(saved.clip.name):
            self._enqueue(DiscardJob(RecoveryWriter(saved.folder)))
        else:
            self._show_offer(saved)

    @Slot(int, object)
    def _on_received(self, run_id: int, content: object) -> None:
        if isinstance(content, RecoveredWork):
            self._restoring = content
            self._clip.open(content.clip)

    @Slot()
    def _on_opened(self) -> None:
        self._offer_if_wanted()
        work, self._restoring = self._restoring, None
        if work is None or work.clip != self._document.path:
            return
        shape = self._document.masks.shape
        if any(entry.shape != shape for entry in work.entries.values()):
            self._reporter.inform(
                f"The saved masks do not fit {work.clip.name}.", "The clip has changed since.", level="error"
            )
            return
        self._document.restore(work.objects, work.entries, with_frames({}, work.references))
        self._document.set_current_frame(min(work.entries, default=0))
        self._start_session()
        assert self._writer is not None
        job = RecoveryJob(self._writer, self._document.snapshot())
        self._replaces = (job, work.folder)
        self._enqueue(job)

    @Slot()
    def _on_open_failed(self) -> None:
        self._restoring = None
        self._offer_if_wanted()

    def _offer_if_wanted(self) -> None:
        if self._offer_later:
            self._offer_later = False
            self.offer()

    @Slot(int, QRect)
    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        if self._document.edit is None:
            self._on_changed()

    @Slot()
    def _on_changed(self) -> None:
        # not restarted by every frame of a run: then it would only save after the run
        if self._document.info is not None and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_clip_changed(self) -> None:
        self._timer.stop()
        self._discard()

    @Slot()
    def _save(self) -> None:
        if self._document.info is None or (self._writer is None and not len(self._document.masks)):
            return
        if not self.runner.is_idle:
            self._timer.start()
            return
        self._start_session()
        assert self._writer is not None
        self._enqueue(RecoveryJob(self._writer, self._document.snapshot()))

    def _enqueue(self, job: Job) -> None:
        self._jobs.append(job)
        self._start_next()

    def _start_next(self) -> None:
        if self._jobs and not self.runner.is_running:
            self._job = self._jobs.popleft()
            self.runner.start(self._job)

    def _start_session(self) -> None:
        if self._writer is not None:
            return
        folder = self._root / uuid.uuid4().hex
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            log.info("no safety copy in %s: %s", folder, error)
        self._lock = QLockFile(str(folder / _LOCK_NAME))
        self._lock.setStaleLockTime(0)
        self._lock.tryLock(0)
        self._writer = RecoveryWriter(folder)

    def _discard(self) -> None:
        writer, self._writer = self._writer, None
        self._unlock()
        if writer is not None:
            self._enqueue(DiscardJob(writer))

    def _unlock(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.unlock()

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        if isinstance(self._job, RestoreJob) or not self._warned:
            self._warned = not isinstance(self._job, RestoreJob)
            self._reporter.show(error)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        job, self._job = self._job, None
        if outcome is Outcome.DONE:
            self._warned = False
            if self._replaces is not None and job is self._replaces[0]:
                # only now is the restored work safe in its new place
                self._jobs.append(DiscardJob(RecoveryWriter(self._replaces[1])))
                self._replaces = None
        self._start_next()
