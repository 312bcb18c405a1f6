"""The export dialog and the queue, as tests use them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.export.options import ExportOptions, Missing
from app.export.queue import QueueState
from app.export.request import ExportRequest
from app.i18n import tr
from app.main_window import MainWindow
from app.views.export_dialog import ExportDialog

Answer = Callable[[ExportDialog], None]


def ask(window: MainWindow, answer: Answer) -> None:
    """Open the dialog, let ``answer`` use it, and come back when it is closed."""

    def respond() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ExportDialog)
        try:
            answer(dialog)
        finally:
            if dialog.isVisible():
                dialog.reject()

    QTimer.singleShot(0, respond)
    window.actions_table["export"].trigger()


def choose(
    qtbot: QtBot, dialog: ExportDialog, folder: Path, preset: str, missing: Missing | None = Missing.BLACK
) -> None:
    """A preset and a folder, and what becomes of frames without a matte."""
    dialog.presets.choose(preset)
    dialog.folder_edit.setText(str(folder))
    planned(qtbot, dialog)
    if missing is not None and not dialog.form.missing.isHidden():
        dialog.form.missing.buttons[missing].click()
        planned(qtbot, dialog)


def planned(qtbot: QtBot, dialog: ExportDialog) -> None:
    qtbot.waitUntil(lambda: dialog.preview.summary.text() != tr("Looking…"), timeout=10000)


def finish(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.export.exports.queue.open_count, timeout=20000)
    qtbot.waitUntil(lambda: window.export.exports.runner.is_idle, timeout=20000)


def request(window: MainWindow, folder: Path, preset: str = "png") -> ExportRequest:
    assert window.document.path is not None
    return ExportRequest(window.document.path, preset, ExportOptions(missing=Missing.BLACK), folder)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def states(window: MainWindow) -> list[QueueState]:
    return [entry.state for entry in window.export.exports.queue.entries]
