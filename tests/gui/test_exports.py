"""The export dialog and the queue, by mouse and keys."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QMessageBox, QSpinBox
from pytestqt.qtbot import QtBot

from app.control.export import ExportController
from app.export import run
from app.export.options import ExportOptions, Layout, Missing
from app.export.queue import QueueState
from app.export.request import ExportRequest
from app.main_window import MainWindow
from app.settings import Settings
from app.views.export_dialog import ExportDialog
from tests.fakes import FakeEngine
from tests.gui.conftest import Mouse, open_clip

Answer = Callable[[ExportDialog], None]


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
    qtbot.waitUntil(lambda: dialog.preview.summary.text() != "Looking…", timeout=10000)


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


def test_frames_without_a_matte_are_named_and_nothing_is_chosen_for_the_user(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    out = tmp_path / "out"

    def answer(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, out, "png", None)
        assert dialog.form.missing.text.text() == "11 frames have no matte: 1-11"
        assert not dialog.export_button.isEnabled()
        assert "nothing is written until you choose" in dialog.preview.note.text()
        dialog.form.missing.buttons[Missing.SKIP].click()
        planned(qtbot, dialog)
        assert dialog.preview.files.toPlainText().splitlines()[0].endswith("_00000.png")
        dialog.export_button.click()

    ask(open_window, answer)
    finish(qtbot, open_window)
    assert names(out) == [
        "clip_Object 1_matte.report.json",
        "clip_Object 1_matte/clip_Object 1_matte_00000.png",
    ]
    assert open_window.banner.message == "Exported and verified 1 frames as 1 file."
    assert open_window.document.is_dirty  # an export is no project
    matte = np.array(Image.open(out / "clip_Object 1_matte" / "clip_Object 1_matte_00000.png"))
    assert np.array_equal(matte > 127, open_window.document.masks.index_mask(0) == 1)

    # the choice is kept for the preset; a movie cannot leave frames out, so there it is asked again
    def look(dialog: ExportDialog) -> None:
        assert dialog.presets.preset.name == "png"
        planned(qtbot, dialog)
        assert dialog.form.missing.value is Missing.SKIP
        choose(qtbot, dialog, out, "prores4444", None)
        assert dialog.form.missing.value is Missing.ERROR
        assert dialog.form.missing.buttons[Missing.SKIP].isHidden()
        assert not dialog.export_button.isEnabled()

    ask(open_window, look)


def test_only_the_options_of_the_preset_are_shown(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))

    def answer(dialog: ExportDialog) -> None:
        form = dialog.form
        fields = {
            "alpha": form.alpha,
            "bits": form.bits,
            "edges": form.decontaminate,
            "background": form.background,
            "burn_in": form.burn_in,
            "timing": form.timing,
            "number": form.start_number,
            "timecode": form.timecode,
            "sound": form.audio,
            "programs": form.round_trips,
        }
        for preset, shown in (
            ("prores4444", {"alpha", "edges", "timing", "timecode", "programs"}),
            ("png", {"alpha", "bits", "number", "programs"}),
            ("green_screen", {"background", "timing", "timecode", "programs"}),
            ("overlay", {"burn_in", "timing", "programs"}),
            ("coco", set()),
        ):
            dialog.presets.choose(preset)
            assert {name for name, field in fields.items() if not field.isHidden()} == shown, preset
            assert dialog.title.text() == dialog.presets.preset.title
        dialog.presets.choose("png")
        form.alpha.setCurrentIndex(1)  # straight: now edges matter
        assert not form.decontaminate.isHidden()

    ask(open_window, answer)


def test_the_preview_names_the_files_and_says_what_is_wrong(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    out = tmp_path / "out"

    def answer(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, out, "exr")
        dialog.form.round_trips.boxes["nk"].click()
        dialog.form.start_number.setValue(1001)
        QTest.keyClicks(dialog.form.names.edit, "{clip}/{object_id}.{frame:04}")
        planned(qtbot, dialog)
        assert dialog.preview.files.toPlainText().splitlines() == [
            "clip/1.1001.exr",
            "   … 10 more",
            "clip/1.1012.exr",
            "clip_1.report.json",
            "clip.nk",
        ]
        assert "64 × 48 px · 12 frames" in dialog.preview.summary.text()
        dialog.form.names.edit.setText("{klip}{frame}")
        planned(qtbot, dialog)
        assert "unknown token {klip}" in dialog.preview.note.text()
        assert not dialog.export_button.isEnabled()
        dialog.form.names.edit.setText("")
        dialog.folder_edit.setText("")
        assert "no folder" in dialog.preview.note.text()
        assert not dialog.queue_button.isEnabled()
        dialog.folder_edit.setText(str(out))
        dialog.presets.choose("prores4444")
        dialog.form.timing.timing_box.setCurrentIndex(1)
        dialog.form.timing.rate_box.setEditText("fast")
        assert "rate cannot be read" in dialog.preview.note.text()
        dialog.form.timing.rate_box.setEditText("50")
        planned(qtbot, dialog)
        assert "24 frames, 0.48 s at 50 fps" in dialog.preview.summary.text()

    ask(open_window, answer)
    assert not out.exists()


def test_every_control_of_the_dialogs_has_a_name(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))

    def answer(dialog: ExportDialog) -> None:
        for kind in (QAbstractButton, QComboBox, QSpinBox, QLineEdit):
            for widget in dialog.findChildren(kind):
                if widget.isVisible() and not widget.objectName().startswith("qt_"):
                    named = widget.accessibleName() or getattr(widget, "text", str)()
                    assert named, (kind, widget)
                    assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, named

    ask(open_window, answer)


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


def test_files_that_are_there_are_replaced_only_after_a_question(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    out = tmp_path / "out"
    asked: list[str] = []

    def export(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, out, "davis")
        dialog.export_button.click()

    def refuse() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        box.reject()

    def replace() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        next(button for button in box.buttons() if "Replace" in button.text()).click()

    ask(open_window, export)
    finish(qtbot, open_window)
    (out / "clip" / "notes.txt").write_text("mine")
    first = (out / "clip" / "00000.png").read_bytes()
    mouse.stroke((40, 30))

    def again(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, out, "davis")
        QTimer.singleShot(0, refuse)
        dialog.export_button.click()
        assert dialog.isVisible()
        QTimer.singleShot(0, replace)
        dialog.export_button.click()

    ask(open_window, again)
    finish(qtbot, open_window)
    assert asked == [f"12 files are already in {out / 'clip'}."]
    assert (out / "clip" / "00000.png").read_bytes() != first
    assert (out / "clip" / "notes.txt").read_text() == "mine"


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


def test_objects_are_chosen_in_the_list(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    open_window.actions_table["add_object"].trigger()
    mouse.stroke((40, 30))
    out = tmp_path / "out"

    def answer(dialog: ExportDialog) -> None:
        objects = dialog.form.objects
        assert [objects.list.item(row).text() for row in range(2)] == ["Object 2", "Object 1"]
        objects.layout_box.setCurrentIndex(objects.layout_box.findData(Layout.EACH))
        choose(qtbot, dialog, out, "luma_prores", Missing.HOLD)
        assert dialog.preview.files.toPlainText().splitlines()[::2] == [
            "clip_Object 1_matte.mov",
            "clip_Object 2_matte.mov",
        ]
        objects.list.item(0).setCheckState(Qt.CheckState.Unchecked)
        planned(qtbot, dialog)
        dialog.export_button.click()

    ask(open_window, answer)
    finish(qtbot, open_window)
    assert names(out) == ["clip_Object 1_matte.mov", "clip_Object 1_matte.mov.report.json"]


def test_a_clip_whose_frames_are_still_listed_is_not_exported_yet(
    open_window: MainWindow, mouse: Mouse
) -> None:
    mouse.stroke((20, 20))
    document = open_window.document
    assert document.info is not None
    assert document.path is not None
    work = document.snapshot()
    document.open_clip(document.path, replace(document.info, complete=False), work)
    open_window.actions_table["export"].trigger()
    assert "still being listed" in open_window.banner.message
