"""Runs exports."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QWidget

from app.control.reporter import ErrorReporter
from app.document.document import Document, DocumentSnapshot
from app.settings import Settings
from app.views.banner import Banner
from app.views.export_dialog import ExportDialog
from app.worker.export_worker import ExportJob, ExportProgress, ExportRequest, ExportSummary, file_stem
from app.worker.job import ErrorInfo, Outcome
from app.worker.job_runner import JobRunner


class ExportController(QObject):
    """Asks, then writes on a thread of its own.

    Args:
        document: What is exported.
        settings: Remembers the folder.
        banner: Says what was written.
        reporter: Hears of errors.
        window: Parent of the dialog.
        is_growing: Whether a run is adding masks, so that nothing counts as saved yet.

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
        is_growing: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._settings = settings
        self._banner = banner
        self._reporter = reporter
        self._window = window
        self._is_growing = is_growing
        self._exported: DocumentSnapshot | None = None
        self._summary: ExportSummary | None = None
        self.runner = JobRunner("export", self)
        self.runner.received.connect(self._on_received)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)

    def ask(self) -> None:
        """Ask what and where, then start."""
        info, path = self._document.info, self._document.path
        if info is None or path is None:
            return
        if self.runner.is_running:
            self._reporter.inform("An export is being written.", "Wait until it is finished.")
            return
        if not len(self._document.masks):
            self._reporter.inform(
                "There is nothing to export yet.",
                "Paint the objects and propagate them first.",
                level="warning",
            )
            return
        base = self._settings.export_folder or path.parent
        if not os.access(base, os.W_OK):
            base = Path.home()
        dialog = ExportDialog(
            base / f"{file_stem(path)}_mattes",
            info.frame_count,
            len(self._document.masks),
            file_stem(path),
            self._window,
        )
        accepted = dialog.exec() == QDialog.DialogCode.Accepted
        folder, fill = dialog.folder, dialog.fill_missing
        index, mattes = dialog.index_box.isChecked(), dialog.mattes_box.isChecked()
        dialog.deleteLater()
        if accepted:
            self._settings.export_folder = folder.parent
            self.start(ExportRequest(self._document.snapshot(), folder, index, mattes, fill))

    def start(self, request: ExportRequest) -> None:
        """Write; a summary or an error follows as a message."""
        self._summary = None
        self._exported = request.snapshot
        self.runner.start(ExportJob(request))
        self.progressed.emit("Exporting…")
        self.running_changed.emit()

    @property
    def is_running(self) -> bool:
        """Whether an export is being written."""
        return self.runner.is_running

    def stop(self) -> None:
        """End the export; files written so far stay."""
        self.runner.cancel()

    def close(self) -> None:
        """End the export and the thread."""
        self.runner.close()

    @Slot(int, object)
    def _on_received(self, run_id: int, content: object) -> None:
        if isinstance(content, ExportProgress):
            self.progressed.emit(f"Exporting: {content.done} / {content.total}")
        elif isinstance(content, ExportSummary):
            self._summary = content

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        self._reporter.show(error)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        self.progressed.emit("")
        self.running_changed.emit()
        if outcome is Outcome.CANCELLED:
            self._reporter.inform("The export was stopped.", "Files written so far are whole and stay.")
        summary = self._summary
        if outcome is not Outcome.DONE or summary is None:
            return
        if self._exported is not None and self._holds(self._exported) and not self._is_growing():
            self._document.undo_stack.setClean()
        self._exported = None
        self._banner.show_message(
            f"Exported {summary.frame_count} frames as {summary.file_count} files.",
            str(summary.folder),
            level="info",
            action="Open folder",
            callback=self._open_folder,
        )
        self.finished.emit(summary.folder)

    def _holds(self, exported: DocumentSnapshot) -> bool:
        """Whether the document still is what was written; the place in the undo history does not say so."""
        entries = self._document.masks.entries()
        return self._document.path == exported.path and entries == exported.entries

    def _open_folder(self) -> None:
        if self._summary is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._summary.folder))))
