"""The queue of exports, by mouse and keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from app.control.export import ExportController
from app.export import run
from app.export.queue import QueueState
from app.main_window import MainWindow
from app.settings import Settings
from app.views.export_dialog import ExportDialog
from tests.fakes import FakeEngine
from tests.gui.conftest import Mouse, open_clip
from tests.gui.exporting import ask, choose, finish, names, request, states


class Gate:
    """Holds exports at their first frame until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open, self.reached = threading.Event(), threading.Semaphore(0)
        tell = run._Work._tell

        def wait(work: run._Work, *rest: object) -> None:
            self.reached.release()
            assert self.open.wait(20)
            tell(work, *rest)  # type: ignore[arg-type]

        monkeypatch.setattr(run._Work, "_tell", wait)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    made = Gate(monkeypatch)
    yield made
    made.open.set()


def test_several_exports_are_queued_from_one_dialog_and_run_while_one_paints(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path, gate: Gate
) -> None:
    mouse.stroke((20, 20))
    before = open_window.document.masks.index_mask(0).copy()

    def answer(dialog: ExportDialog) -> None:
        for preset in ("png", "davis"):
            choose(qtbot, dialog, tmp_path / preset, preset)
            dialog.queue_button.click()
            assert dialog.added.text() == f"Added: {dialog.request.title}"

    ask(open_window, answer)
    qtbot.waitUntil(lambda: gate.reached.acquire(blocking=False), timeout=10000)
    assert states(open_window) == [QueueState.RUNNING, QueueState.WAITING]
    assert "1 more in the queue" in open_window.status_text.text()
    mouse.stroke((40, 30))  # exports have a picture of the document of their own
    gate.open.set()
    finish(qtbot, open_window)
    assert states(open_window) == [QueueState.DONE, QueueState.DONE]
    written = np.array(Image.open(tmp_path / "davis" / "clip" / "00000.png"))
    assert np.array_equal(written, before)
    assert not np.array_equal(written, open_window.document.masks.index_mask(0))
    assert open_window.document.is_dirty
    assert open_window.status_text.text() == ""


def test_stop_retry_and_the_report(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path, gate: Gate
) -> None:
    mouse.stroke((20, 20))
    export, out = open_window.export, tmp_path / "out"
    export.exports.add(request(open_window, out), open_window.document.snapshot())
    open_window.actions_table["export_queue"].trigger()
    queue = export.window
    qtbot.waitUntil(queue.isVisible, timeout=5000)
    qtbot.waitUntil(lambda: gate.reached.acquire(blocking=False), timeout=10000)
    assert open_window.actions_table["stop"].isEnabled()
    assert not queue.buttons["retry"].isEnabled()
    assert not queue.buttons["remove"].isEnabled()
    queue.buttons["stop"].click()
    gate.open.set()
    finish(qtbot, open_window)
    assert states(open_window) == [QueueState.STOPPED]
    assert "export was stopped" in open_window.banner.message
    assert "parts of others were removed" in queue.details.toPlainText()
    assert names(tmp_path / "out") == [] if out.exists() else True
    assert open_window.document.is_dirty
    assert not open_window.actions_table["stop"].isEnabled()
    queue.buttons["retry"].click()
    finish(qtbot, open_window)
    assert states(open_window) == [QueueState.DONE]
    report = queue.details.toPlainText()
    assert "12 frames, 12 files" in report
    assert "✓" in report
    assert "✗" not in report
    queue.buttons["clear"].click()
    assert queue.list.topLevelItemCount() == 0
    assert queue.empty.isVisible()


def test_the_report_is_that_of_the_export_that_was_told_of(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    export, snapshot = open_window.export, open_window.document.snapshot()
    for name in ("first", "second"):
        export.exports.add(request(open_window, tmp_path / name), snapshot)
        finish(qtbot, open_window)
    press(open_window, "Report")
    assert export.window.isVisible()
    assert str(tmp_path / "second") in export.window.details.toPlainText()
    export.window.close()
    (tmp_path / "third").touch()  # a file where the folder is to be
    export.exports.add(request(open_window, tmp_path / "third"), snapshot)
    finish(qtbot, open_window)
    press(open_window, "Show queue")
    assert export.window.details.toPlainText().startswith(str(tmp_path / "third"))


def test_an_export_that_waits_for_a_paused_queue_says_so(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    open_window.export.window.buttons["pause"].click()

    def answer(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, tmp_path / "out", "png")
        dialog.export_button.click()

    ask(open_window, answer)
    assert states(open_window) == [QueueState.WAITING]
    assert open_window.banner.message == "The export waits: the queue is paused."
    press(open_window, "Go on")
    finish(qtbot, open_window)
    assert states(open_window) == [QueueState.DONE]
    assert not open_window.export.window.buttons["pause"].isChecked()


def press(window: MainWindow, text: str) -> None:
    """Click a button of the message above the picture."""
    buttons = window.banner.findChildren(QPushButton)
    next(button for button in buttons if button.text() == text and not button.isHidden()).click()


def test_an_export_that_fails_says_why_and_lets_the_next_one_run(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    (tmp_path / "file").write_text("in the way")
    exports = open_window.export.exports
    exports.add(request(open_window, tmp_path / "file"), open_window.document.snapshot())
    exports.add(request(open_window, tmp_path / "good"), open_window.document.snapshot())
    finish(qtbot, open_window)
    assert states(open_window) == [QueueState.FAILED, QueueState.DONE]
    failed = exports.queue.entries[0]
    assert failed.message
    assert failed.hint
    open_window.export.window.select(failed.entry_id)
    assert failed.message in open_window.export.window.details.toPlainText()
    assert (tmp_path / "file").read_text() == "in the way"


def test_waiting_exports_are_moved_stopped_and_removed(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path, gate: Gate
) -> None:
    mouse.stroke((20, 20))
    export = open_window.export
    snapshot = open_window.document.snapshot()
    ids = [export.exports.add(request(open_window, tmp_path / str(n)), snapshot).entry_id for n in range(3)]
    urgent = export.exports.add(request(open_window, tmp_path / "now"), snapshot, first=True).entry_id
    queue = export.window
    assert [entry.entry_id for entry in export.exports.queue.entries] == [ids[0], urgent, ids[1], ids[2]]
    queue.select(ids[2])
    queue.buttons["up"].click()
    assert [entry.entry_id for entry in export.exports.queue.entries] == [ids[0], urgent, ids[2], ids[1]]
    assert queue.selected is not None
    assert queue.selected.entry_id == ids[2]
    queue.buttons["stop"].click()
    queue.select(ids[1])
    queue.buttons["remove"].click()
    assert queue.buttons["pause"].text() == "Pause the queue"  # whether or not one is being written
    queue.buttons["pause"].click()
    gate.open.set()
    qtbot.waitUntil(lambda: export.exports.runner.is_idle, timeout=20000)
    assert states(open_window) == [QueueState.DONE, QueueState.WAITING, QueueState.STOPPED]
    queue.buttons["pause"].click()
    finish(qtbot, open_window)
    assert states(open_window) == [QueueState.DONE, QueueState.DONE, QueueState.STOPPED]
    assert not (tmp_path / "2").exists()


def test_what_was_not_finished_is_offered_in_the_next_session(
    qtbot: QtBot,
    open_window: MainWindow,
    mouse: Mouse,
    tmp_path: Path,
    gate: Gate,
    clip_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mouse.stroke((20, 20))
    exports, snapshot = open_window.export.exports, open_window.document.snapshot()
    exports.add(request(open_window, tmp_path / "one"), snapshot)
    exports.add(request(open_window, tmp_path / "two"), snapshot)
    qtbot.waitUntil(lambda: gate.reached.acquire(blocking=False), timeout=10000)
    asked: list[str] = []

    def keep() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.reject()

    QTimer.singleShot(0, keep)
    open_window.close()
    assert asked == ["2 exports are not finished."]
    assert open_window.isVisible()
    exports.stop_running()  # before the gate opens, or the export may be whole before the window is closed
    # stopped before it goes on, so that nothing is finished however quick the thread is
    exports.pause(True)
    exports.stop_running()
    gate.open.set()
    open_window.shut_down()
    monkeypatch.setattr(ExportController, "_may_replace", lambda self, folder: True)
    later = MainWindow(Settings(), FakeEngine())
    qtbot.addWidget(later)
    try:
        assert states(later) == [QueueState.UNFINISHED] * 2
        queue = later.export.window
        assert "program was closed" in queue.details.toPlainText()
        queue.buttons["retry"].click()
        assert "masks of clip are not open" in later.banner.message
        open_clip(qtbot, later, clip_path)
        later.document.put_mask(0, snapshot.entries[0])
        queue.buttons["retry"].click()
        finish(qtbot, later)
        assert states(later) == [QueueState.DONE, QueueState.UNFINISHED]
        assert len(list((tmp_path / "one").rglob("*.png"))) == 12
    finally:
        later.shut_down()


def test_no_heading_of_the_list_is_cut_off(open_window: MainWindow) -> None:
    open_window.export.show_queue()
    header = open_window.export.window.list.header()
    for column in range(header.count()):
        assert header.sectionSize(column) >= header.sectionSizeHint(column)
