"""Asks what to export, runs the queue, and says how it went."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_data_path
from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QWidget

from app.control.export_queue import QueueRunner
from app.control.reporter import ErrorReporter
from app.document.document import Document, DocumentSnapshot
from app.export.choices import ExportChoices
from app.export.outputs import file_stem
from app.export.queue import QueueEntry
from app.export.request import ExportRequest
from app.i18n import tr, trn
from app.settings import APPLICATION, Settings
from app.views.banner import Banner
from app.views.export_dialog import ExportDialog
from app.views.exporting.preview import PlannedExport
from app.views.exporting.queue_text import time_text
from app.views.question import confirm
from app.views.queue_dialog import QueueDialog
from app.worker.job import ErrorInfo
from app.worker.job_runner import JobRunner
from app.worker.plan_worker import PlanJob, Planned


class ExportController(QObject):
    """The export dialog, the queue and its window.

    Args:
        document: What is exported.
        settings: Remembers folder and choices.
        banner: Says what was written.
        reporter: Hears of errors.
        window: Parent of the dialogs.

    Signals:
        progressed: Text for the status line, empty when idle.
        finished: An export ended well (folder).
        running_changed: An export started or ended.
    """

    progressed = Signal(str)
    finished = Signal(object)
    running_changed = Signal()

    def __init__(
        self,
        document: Document,
        settings: Settings,
        banner: Banner,
        reporter: ErrorReporter,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._settings = settings
        self._banner = banner
        self._reporter = reporter
        self._window = window
        self._dialog: ExportDialog | None = None
        self._run_is_going = False
        self._snapshot: DocumentSnapshot | None = None
        self._last_folder: Path | None = None
        self.planner = JobRunner("export plan", self)
        self.planner.received.connect(self._on_planned)
        self.planner.failed.connect(self._on_plan_failed)
        self.exports = QueueRunner(user_data_path(APPLICATION) / "export_queue.json", self)
        self.exports.changed.connect(self._on_changed)
        self.exports.running_changed.connect(self.running_changed)
        self.exports.done.connect(self._on_done)
        self.exports.failed.connect(self._on_failed)
        self.exports.stopped.connect(self._on_stopped)
        self.window = QueueDialog(window)
        self.window.stop_wanted.connect(self.exports.stop)
        self.window.retry_wanted.connect(self._on_retry)
        self.window.remove_wanted.connect(self.exports.remove)
        self.window.move_wanted.connect(self.exports.move)
        self.window.folder_wanted.connect(self._on_folder)
        self.window.clear_wanted.connect(self.exports.clear_done)
        self.window.pause_wanted.connect(self.exports.pause)
        self._on_changed()

    # ---- asking ----

    def ask(self) -> None:
        """Ask what and where, then put it into the queue."""
        path, info = self._document.path, self._document.info
        if info is None or path is None:
            return
        if not info.complete:
            self._reporter.inform(
                tr("The frames of the clip are still being listed."), tr("Export in a moment.")
            )
            return
        if not len(self._document.masks):
            self._reporter.refuse(
                tr("There is nothing to export yet."),
                tr("Paint the objects and propagate them first."),
                level="warning",
            )
            return
        base = self._settings.export_folder or path.parent
        if not os.access(base, os.W_OK):
            base = Path.home()
        self._snapshot = self._document.snapshot()
        choices = ExportChoices.from_text(self._settings.export_choices)
        dialog = ExportDialog(self._snapshot, base / f"{file_stem(path)}_mattes", choices, self._window)
        self._dialog = dialog
        dialog.plan_wanted.connect(self._on_plan_wanted)
        dialog.queued.connect(self._on_queued)
        dialog.tell_of_run(is_going=self._run_is_going)
        dialog.ask_again()
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        request = dialog.request
        self._dialog = None
        self.planner.cancel()
        dialog.deleteLater()
        if accepted and request is not None:
            self._remember(dialog, request)
            self.exports.add(request, self._snapshot, first=True)
            if self.exports.is_paused:
                self._banner.show_message(
                    tr("The export waits: the queue is paused."),
                    request.title,
                    level="info",
                    action=tr("Go on"),
                    callback=lambda: self.window.set_paused(False),
                    second=tr("Show queue"),
                    second_callback=self.show_queue,
                )

    @Slot(bool)
    def follow_run(self, is_going: bool) -> None:
        """A run of the network started or ended. A dialog that is open then speaks of the newest masks."""
        has_ended, self._run_is_going = self._run_is_going and not is_going, is_going
        if self._dialog is None:
            return
        self._dialog.tell_of_run(is_going=is_going)
        if has_ended and self._document.info is not None:
            self._snapshot = self._document.snapshot()
            self._dialog.ask_again()

    def _show_entry(self, entry_id: int) -> None:
        self.window.select(entry_id)
        self.show_queue()

    def show_queue(self) -> None:
        """Bring the queue's window to the front."""
        if self.window.isVisible():
            self.window.raise_()
        self.window.show()
        self.window.activateWindow()

    @property
    def is_running(self) -> bool:
        """Whether an export is being written."""
        return self.exports.running is not None

    def stop(self) -> None:
        """End the export that is being written; files that are finished stay."""
        self.exports.stop_running()

    def may_close(self) -> bool:
        """Whether the window may be closed: asks while exports wait or run."""
        count = self.exports.queue.open_count
        if not count:
            return True
        return confirm(
            self._window,
            tr("Exports are not finished"),
            trn("{count} export is not finished.", "{count} exports are not finished.", count),
            tr("They will be listed as not finished when the program is started again."),
            tr("Stop and close"),
            tr("Keep exporting"),
        )

    def close(self) -> None:
        """End exports and threads."""
        self.window.close()
        self.planner.close()
        self.exports.close()

    # ---- the dialog ----

    @Slot(object)
    def _on_plan_wanted(self, request: ExportRequest) -> None:
        if self._snapshot is not None:
            self.planner.cancel()
            self.planner.start(PlanJob(request, self._snapshot))

    @Slot(int, object)
    def _on_planned(self, run_id: int, planned: Planned) -> None:
        if self._dialog is None:
            return
        if planned.error is not None:
            self._dialog.show_error(planned.request, planned.error.message, planned.error.hint)
        elif planned.plan is not None:
            known = PlannedExport(planned.plan, planned.round_trips, planned.existing, planned.stale)
            self._dialog.show_plan(planned.request, known)

    @Slot(int, object)
    def _on_plan_failed(self, run_id: int, error: ErrorInfo) -> None:
        request = None if self._dialog is None else self._dialog.request
        if self._dialog is not None and request is not None:
            self._dialog.show_error(request, error.message, error.hint)

    @Slot(object)
    def _on_queued(self, request: ExportRequest) -> None:
        if self._dialog is not None and self._snapshot is not None:
            self._remember(self._dialog, request)
            self.exports.add(request, self._snapshot)
            self._dialog.ask_again()  # its files are in the way of another one now

    def _remember(self, dialog: ExportDialog, request: ExportRequest) -> None:
        self._settings.export_folder = request.target.parent
        self._settings.export_choices = dialog.choices.to_text()

    # ---- the queue ----

    @Slot()
    def _on_changed(self) -> None:
        queue = self.exports.queue
        self.window.set_entries(queue.entries)
        entry = self.exports.running
        if entry is None:
            self.progressed.emit("")
            return
        parts = [tr("Exporting…")]
        if entry.total:
            parts = [tr("Exporting {percent} %", percent=100 * entry.done // entry.total)]
        if entry.seconds_left is not None:
            parts.append(tr("{time} left", time=time_text(entry.seconds_left)))
        more = queue.open_count - 1
        if more > 0:
            parts.append(trn("{count} more in the queue", "{count} more in the queue", more))
        self.progressed.emit(", ".join(parts))

    @Slot(object, object)
    def _on_done(self, entry: QueueEntry, snapshot: DocumentSnapshot) -> None:
        assert entry.result is not None
        report = entry.result.report
        frames = max((output.frame_count for output in report.outputs), default=0)
        count = len(report.files)
        self._last_folder = entry.result.folder
        self._banner.show_message(
            trn(
                "Exported and verified {frames} as {count} file.",
                "Exported and verified {frames} as {count} files.",
                count,
                frames=trn("{count} frame", "{count} frames", frames),
            ),
            str(entry.result.folder),
            level="info",
            action=tr("Open folder"),
            callback=self._open_last_folder,
            second=tr("Report"),
            second_callback=lambda: self._show_entry(entry.entry_id),
        )
        self.finished.emit(entry.result.folder)

    @Slot(object)
    def _on_failed(self, entry: QueueEntry) -> None:
        self._banner.show_message(
            f"{entry.request.title}: {entry.message}",
            entry.hint,
            action=tr("Show queue"),
            callback=lambda: self._show_entry(entry.entry_id),
        )

    @Slot(object)
    def _on_stopped(self, entry: QueueEntry) -> None:
        self._reporter.inform(
            tr("The export was stopped."), tr("Files that were finished stay; parts of others were removed.")
        )

    @Slot(int)
    def _on_retry(self, entry_id: int) -> None:
        entry = self.exports.queue.entry(entry_id)
        if entry is None:
            return
        if entry.snapshot is not None:
            self.exports.retry(entry_id)
            return
        if self._document.path != entry.request.clip:
            self._reporter.inform(
                tr("The masks of {name} are not open.", name=entry.request.clip.name),
                tr("Open {clip} or its project, then choose Retry again.", clip=entry.request.clip),
                level="warning",
            )
            return
        may = entry.request.target.exists() and self._may_replace(entry.request.target)
        self.exports.retry(entry_id, self._document.snapshot(), replace_files=may)

    def _may_replace(self, folder: Path) -> bool:
        """Whether a new try may replace what the session before it may have left."""
        return confirm(
            self.window,
            tr("Export again"),
            tr("Files of the earlier try may lie in {folder}.", folder=folder),
            tr("Replace those that the export writes anew?"),
            tr("Replace"),
            tr("Keep them"),
        )

    @Slot(int)
    def _on_folder(self, entry_id: int) -> None:
        entry = self.exports.queue.entry(entry_id)
        if entry is not None:
            self._open(entry.request.target)

    def _open_last_folder(self) -> None:
        if self._last_folder is not None:
            self._open(self._last_folder)

    def _open(self, folder: Path) -> None:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
