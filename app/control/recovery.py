"""Offers what a crash left, and runs that were cut short."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QDateTime, QLocale, QObject, Slot

from app.control.clip import ClipController
from app.control.files import FileCommands
from app.control.projects import ProjectController
from app.control.propagation import PropagationController
from app.control.reporter import ErrorReporter
from app.document.document import Document
from app.i18n import tr, trc, trn
from app.views.banner import Banner
from app.worker.journal_worker import DiscardDeadJob, ScanJob, SessionsFound
from app.worker.session import SavedSession


class RecoveryController(QObject):
    """Finds sessions whose process died, and brings back what they had.

    Args:
        root: Folder of all sessions.
        projects: Reads the work of sessions.
        clip: Says when a clip that was named at the start is there.
        banner: Shows the offers.
        reporter: Says that there is nothing to offer.
        files: Asks before saved work goes.
        parent: Owner.
    """

    def __init__(
        self,
        root: Path,
        projects: ProjectController,
        clip: ClipController,
        banner: Banner,
        reporter: ErrorReporter,
        files: FileCommands,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._root = root
        self._projects = projects
        self._banner = banner
        self._reporter = reporter
        self._files = files
        self._offer_later = False
        self._was_asked = False
        projects.runner.received.connect(self._on_received)
        clip.opened.connect(self._on_clip_settled)
        clip.failed.connect(self._on_clip_settled)
        projects.runner.failed.connect(self._on_clip_settled)

    def offer_after_opening(self) -> None:
        """Offer when what is being opened is there, or could not be read."""
        self._offer_later = True

    def ask(self) -> None:
        """Offer; say so if there is nothing."""
        self._was_asked = True
        self.offer()

    def offer(self) -> None:
        """Look for the newest work that a dead session left, and offer it."""
        self._projects.enqueue(ScanJob(self._root))

    @Slot(int, object)
    def _on_received(self, run_id: int, content: object) -> None:
        if not isinstance(content, SessionsFound):
            return
        was_asked, self._was_asked = self._was_asked, False
        if content.sessions:
            self._show_offer(content.sessions[0])
        elif was_asked and content.damaged:
            self._reporter.inform(
                tr("There is unsaved work that cannot be read."),
                tr("It lies in {folder}. The log says what is wrong with it.", folder=content.damaged[0]),
                level="warning",
            )
        elif was_asked:
            self._reporter.inform(tr("There is no unsaved work to restore."))

    def _show_offer(self, saved: SavedSession) -> None:
        self._banner.show_message(
            tr("The studio did not close properly. {contents}", contents=_contents(saved)),
            tr("They stay until you restore or discard them (File > Restore unsaved work)."),
            level="warning",
            action=tr("Restore"),
            callback=partial(self._restore, saved),
            second=tr("Discard"),
            second_callback=partial(self._discard, saved),
            stays=True,
        )

    def _restore(self, saved: SavedSession) -> None:
        self._show_offer(saved)  # until the work is there, whatever the answers
        self._projects.when_safe(partial(self._restore_now, saved))

    def _restore_now(self, saved: SavedSession) -> None:
        self._banner.dismiss()
        self._projects.restore(saved.folder)

    def _discard(self, saved: SavedSession) -> None:
        if self._files.may_delete_saved(saved.clip.name):
            self._projects.enqueue(DiscardDeadJob(saved.folder), self.offer)
        else:
            self._show_offer(saved)

    @Slot()
    def _on_clip_settled(self) -> None:
        if self._offer_later:
            self._offer_later = False
            self.offer()


def _contents(saved: SavedSession) -> str:
    saved_at = QDateTime.fromSecsSinceEpoch(int(saved.saved_at))
    when = QLocale().toString(saved_at, trc("date and time for Qt", "dd MMM, hh:mm"))
    name = Path(saved.project).stem if saved.project else saved.clip.name
    count = saved.frame_count
    text = tr("Changes of {name} were saved on {when}.", name=name, when=when)
    if count:
        text = trn(
            "Masks of {count} frame of {name} were saved on {when}.",
            "Masks of {count} frames of {name} were saved on {when}.",
            count,
            name=name,
            when=when,
        )
    left = trn("A run had {count} frame to go.", "A run had {count} frames to go.", saved.run_left)
    return f"{text} {left}" if saved.run_left else text


class ResumeController(QObject):
    """Offers to go on with a run that a crash, or closing the window, cut short.

    Args:
        document: Knows the rest of the run.
        projects: Says when work was opened.
        propagation: Goes on with it.
        banner: Shows the offer.
        parent: Owner.
    """

    def __init__(
        self,
        document: Document,
        projects: ProjectController,
        propagation: PropagationController,
        banner: Banner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._propagation = propagation
        self._banner = banner
        projects.opened.connect(self._on_opened)

    @Slot()
    def _on_opened(self) -> None:
        run = self._document.unfinished_run
        if run is None:
            return
        count = run.frame_count
        self._banner.show_message(
            trn(
                "A run was cut short: {count} frame was still to do, from frame {frame} on.",
                "A run was cut short: {count} frames were still to do, from frame {frame} on.",
                count,
                frame=run.walks[0].frames[0],
            ),
            tr("What it finished is here."),
            level="warning",
            action=tr("Resume run"),
            callback=self._resume,
            second=tr("Forget it"),
            second_callback=self._forget,
            stays=True,
        )

    def _resume(self) -> None:
        run = self._document.unfinished_run
        if run is not None:
            self._propagation.resume(run)

    def _forget(self) -> None:
        if not self._propagation.is_running:
            self._document.put_unfinished_run(None)
