"""The export dialog, by mouse and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QSpinBox,
)
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource, pack
from app.export.choices import ExportChoices
from app.export.options import Layout, Missing
from app.export.queue import QueueState
from app.export.request import ExportRequest
from app.main_window import MainWindow
from app.views.export_dialog import ExportDialog
from tests.fakes import FakeEngine
from tests.gui.conftest import Mouse
from tests.gui.exporting import ask, choose, finish, names, planned, states
from tests.gui.test_propagation import start_held


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
    assert open_window.banner.message == "Exported and verified 1 frame as 1 file."
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


def test_a_run_that_ends_while_the_dialog_is_open_is_exported(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    gate = start_held(qtbot, open_window, engine)

    def answer(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, tmp_path / "out", "png", None)
        assert dialog.run_note.isVisible()
        assert dialog.form.missing.text.text() == "11 frames have no matte: 1-11"
        gate.set()
        qtbot.waitUntil(dialog.export_button.isEnabled, timeout=20000)
        assert not open_window.propagation.is_running
        assert not dialog.run_note.isVisible()
        assert dialog.form.missing.isHidden()
        dialog.export_button.click()

    ask(open_window, answer)
    finish(qtbot, open_window)
    assert open_window.banner.message == "Exported and verified 12 frames as 12 files."


def test_a_plan_that_fails_is_told(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.stroke((20, 20))

    def plan(request: ExportRequest, snapshot: object) -> None:
        raise MemoryError

    def look(dialog: ExportDialog) -> None:
        planned(qtbot, dialog)
        monkeypatch.setattr(ExportRequest, "plan", plan)
        dialog.folder_edit.setText(str(tmp_path / "out"))
        planned(qtbot, dialog)
        assert dialog.preview.summary.text() == "Nothing can be exported like this."
        assert "not enough memory" in dialog.preview.note.text()
        assert not dialog.export_button.isEnabled()

    ask(open_window, look)


def test_a_folder_that_cannot_be_asked_for_does_not_keep_the_plan_waiting(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))

    def look(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, tmp_path / ("long " * 60), "prores4444")
        for box in dialog.form.round_trips.findChildren(QCheckBox):
            box.setChecked(True)
        planned(qtbot, dialog)
        assert dialog.form.round_trips.keys
        assert "1 frame" in dialog.preview.summary.text() or "frames" in dialog.preview.summary.text()

    ask(open_window, look)


def test_no_name_in_the_list_of_presets_is_cut_off(open_window: MainWindow, mouse: Mouse) -> None:
    mouse.stroke((20, 20))

    def look(dialog: ExportDialog) -> None:
        assert dialog.presets.viewport().width() >= dialog.presets.sizeHintForColumn(0)

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
            "motion blur": form.motion_blur,
            "background": form.background,
            "burn_in": form.burn_in,
            "timing": form.timing,
            "number": form.start_number,
            "timecode": form.timecode,
            "sound": form.audio,
            "programs": form.round_trips,
        }
        for preset, shown in (
            ("prores4444", {"alpha", "edges", "motion blur", "timing", "timecode", "programs"}),
            ("png", {"alpha", "bits", "motion blur", "number", "programs"}),
            ("green_screen", {"motion blur", "background", "timing", "timecode", "programs"}),
            ("overlay", {"motion blur", "burn_in", "timing", "programs"}),
            ("coco", set()),
        ):
            dialog.presets.choose(preset)
            assert {name for name, field in fields.items() if not field.isHidden()} == shown, preset
            assert dialog.title.text() == dialog.presets.preset.title
        dialog.presets.choose("png")
        form.alpha.setCurrentIndex(1)  # straight: now edges matter
        assert not form.decontaminate.isHidden()

    ask(open_window, answer)


def test_names_of_another_preset_go_at_once_and_others_while_the_plan_is_made(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))

    def answer(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, tmp_path, "green_screen")
        preview = dialog.preview
        assert ".mov" in preview.files.toPlainText() or ".mp4" in preview.files.toPlainText()
        dialog.form.missing.set_value(Missing.ERROR)
        dialog.plan_wanted.disconnect()  # nobody answers any more
        dialog.presets.choose("png")
        assert (preview.summary.text(), preview.files.toPlainText()) == ("Looking…", "")
        assert preview._box.isHidden()
        preview.show_error("No room", "Choose another folder.")
        assert not preview._box.isHidden()
        preview.files.setPlainText("clip_matte_00000.png")
        dialog.form.range.handles_box.setValue(1)
        assert preview.summary.text() == "Looking…"
        assert preview.files.toPlainText()  # for a moment, so that typing makes nothing flash
        qtbot.waitUntil(lambda: not preview.files.toPlainText(), timeout=5000)
        assert preview._box.isHidden()

    ask(open_window, answer)


def test_motion_blur_is_chosen_written_verified_and_kept(
    qtbot: QtBot, open_window: MainWindow, tmp_path: Path
) -> None:
    document = open_window.document
    for frame, left in enumerate((8, 20, 32)):  # 12 px a frame are 6 while a shutter of 180° is open
        mask = np.zeros((48, 64), np.uint8)
        mask[10:30, left : left + 16] = 1
        document.put_mask(frame, pack(mask, MaskSource.USER))

    def answer(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, tmp_path, "png")
        field = dialog.form.motion_blur
        assert (field.kind_box.currentText(), field.angle_box.isHidden()) == ("As each object says", True)
        assert dialog.request is not None
        assert dialog.request.options.motion_blur is None
        field.kind_box.setCurrentText("Shutter angle")
        assert not field.angle_box.isHidden()
        assert field.angle_box.text() == "180°"
        planned(qtbot, dialog)
        assert dialog.request.options.motion_blur == 180
        dialog.queue_button.click()
        dialog.presets.choose("davis")  # index masks know no half pixels
        planned(qtbot, dialog)
        assert dialog.request.options.motion_blur is None
        dialog.presets.choose("prores4444")
        planned(qtbot, dialog)
        dialog.presets.choose("png")
        assert field.degrees == 180
        field.kind_box.setCurrentText("No motion blur")
        dialog.folder_edit.setText(str(tmp_path / "plain"))
        planned(qtbot, dialog)
        assert dialog.request.options.motion_blur == 0
        dialog.export_button.click()

    ask(open_window, answer)
    finish(qtbot, open_window)
    assert states(open_window) == [QueueState.DONE, QueueState.DONE]
    blurred, plain = (
        np.array(Image.open(next(iter(sorted(folder.glob("clip*/*_00001.png"))))))[20]
        for folder in (tmp_path, tmp_path / "plain")
    )
    top = np.iinfo(blurred.dtype).max
    ramp = [(step + 0.5) / 6 for step in range(6)]
    assert blurred[17:23] / top == pytest.approx(ramp, abs=0.005)
    assert blurred[33:39] / top == pytest.approx(ramp[::-1], abs=0.005)
    assert set((plain / top).tolist()) == {0, 1}

    def look(dialog: ExportDialog) -> None:
        assert dialog.form.motion_blur.kind_box.currentText() == "No motion blur"

    ask(open_window, look)
    kept = ExportChoices.from_text(open_window.settings.export_choices)
    assert kept.options["png"].motion_blur == 0


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


def test_files_that_are_there_are_replaced_only_after_a_question(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    out = tmp_path / "out"
    asked: list[str] = []
    consequences: list[str] = []

    def export(dialog: ExportDialog) -> None:
        choose(qtbot, dialog, out, "davis")
        dialog.export_button.click()

    def refuse() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        consequences.append(box.informativeText())
        box.reject()

    def replace() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        next(button for button in box.buttons() if "Replace" in button.text()).click()

    ask(open_window, export)
    finish(qtbot, open_window)
    (out / "clip" / "notes.txt").write_text("mine")
    (out / "clip" / "00012.png").write_bytes(b"of an earlier export")
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
    assert "remove 1 further picture of the earlier export" in consequences[0]
    assert not (out / "clip" / "00012.png").exists()
    assert (out / "clip" / "notes.txt").read_text() == "mine"


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
