from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource, pack
from app.main_window import MainWindow
from app.settings import Settings
from app.views.view_mode import ViewMode
from tests.fakes import FakeEngine, write_clip
from tests.gui.conftest import Mouse, open_clip

SHIFT = Qt.KeyboardModifier.ShiftModifier


def answer(words: str, asked: list[str]) -> None:
    """Press the button with these words in the question that comes next."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        asked.append(box.text())
        next(button for button in box.buttons() if words in button.text()).click()

    QTimer.singleShot(0, press)


def test_opening_another_clip_asks_about_unsaved_masks(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    other = write_clip(tmp_path / "other", count=3)
    mouse.stroke((20, 20))
    assert open_window.windowTitle() == "*clip – CFBI Studio"
    asked: list[str] = []
    answer("Cancel", asked)
    open_window.files.open(other)
    assert asked == ["Save the changes to clip?"]
    assert open_window.document.frame_count == 12
    assert 0 in open_window.document.masks
    answer("Don't save", asked)
    open_clip(qtbot, open_window, other)
    assert open_window.document.frame_count == 3
    assert len(open_window.document.masks) == 0
    assert open_window.windowTitle() == "other – CFBI Studio"


def test_nothing_is_asked_without_masks(qtbot: QtBot, open_window: MainWindow, tmp_path: Path) -> None:
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    assert open_window.document.frame_count == 3


def test_a_dropped_folder_is_opened(qtbot: QtBot, window: MainWindow, clip_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(clip_path))])
    event = QDropEvent(
        QPoint(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.clip.opened, timeout=10000):
        window.dropEvent(event)
    assert window.document.path == clip_path


def test_a_failed_open_keeps_the_work(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((20, 20))
    asked: list[str] = []
    answer("Don't save", asked)
    open_window.files.open(tmp_path / "missing.mp4")
    qtbot.waitUntil(lambda: "missing.mp4" in open_window.banner.message)
    assert 0 in open_window.document.masks
    open_window.document.undo_stack.undo()
    assert 0 not in open_window.document.masks


def test_commands_that_need_a_clip_are_off_without_one(window: MainWindow) -> None:
    for name in ("export", "propagate_forward", "undo", "play", "set_reference", "add_object"):
        assert not window.actions_table[name].isEnabled(), name
    assert window.actions_table["open"].isEnabled()
    QTest.keyClick(window, Qt.Key.Key_Space)
    assert not window.clip.playback.is_playing


def test_nothing_to_export(open_window: MainWindow) -> None:
    open_window.actions_table["export"].trigger()
    assert "nothing to export" in open_window.banner.message


def test_playback_shows_every_frame_in_order_and_stops_at_the_end(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    seen: list[int] = []
    open_window.document.current_frame_changed.connect(seen.append)
    open_window.clip.playback.play()
    qtbot.waitUntil(lambda: not open_window.clip.playback.is_playing, timeout=20000)
    assert seen[-1] == 11
    assert seen == sorted(set(seen))
    qtbot.waitUntil(lambda: open_window.canvas.shown_frame == 11, timeout=10000)


def test_scrubbing_back_and_forth_ends_on_the_right_frame(qtbot: QtBot, open_window: MainWindow) -> None:
    for index in (11, 3, 9, 0, 10, 2, 7):
        open_window.document.set_current_frame(index)
    qtbot.waitUntil(lambda: open_window.canvas.shown_frame == 7, timeout=10000)
    picture = open_window.clip.lane.cached(7)
    assert picture is not None
    assert picture[15, 17].tolist() == [230, 120, 60]
    assert picture[15, 16].tolist() == [40, 40, 40]


def test_settings_are_remembered(qtbot: QtBot, window: MainWindow) -> None:
    from app.settings import Settings

    window.canvas.set_brush_px(77)
    window.options_bar.opacity_changed.emit(0.8)
    window.close()
    settings = Settings()
    assert settings.brush_px == pytest.approx(77)
    assert settings.opacity == pytest.approx(0.8)


def test_numbers_keep_off_the_borders_of_their_fields(open_window: MainWindow) -> None:
    from PySide6.QtWidgets import QSpinBox

    boxes = open_window.findChildren(QSpinBox)
    assert boxes
    assert all(box.lineEdit().textMargins().left() > 0 for box in boxes)


def test_every_control_has_a_name_for_screen_readers(open_window: MainWindow) -> None:
    from PySide6.QtWidgets import QAbstractButton, QSlider, QSpinBox

    for kind in (QAbstractButton, QSlider, QSpinBox):
        for widget in open_window.findChildren(kind):
            if widget.isVisible() and widget.objectName() != "qt_toolbar_ext_button":
                assert widget.accessibleName() or getattr(widget, "text", str)(), widget


def test_windows_do_not_pile_up(qtbot: QtBot) -> None:
    import gc

    from PySide6.QtCore import QCoreApplication, QEvent

    from app.settings import Settings

    for _ in range(3):
        window = MainWindow(Settings(), FakeEngine())
        window.shut_down()
        window.deleteLater()
        del window
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
    assert sum(isinstance(widget, MainWindow) for widget in QApplication.allWidgets()) == 0


def test_open_and_export_are_on_the_tool_bar(open_window: MainWindow) -> None:
    for name in ("open", "export"):
        button = open_window.options_bar.widgetForAction(open_window.actions_table[name])
        assert button.isVisible()
        assert button.text() == name.title()


def test_return_in_the_frame_number_gives_the_keys_back_to_the_canvas(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    from PySide6.QtWidgets import QSpinBox

    open_window.activateWindow()
    spin = open_window.player_bar.findChild(QSpinBox)
    assert isinstance(spin, QSpinBox)
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "7")
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert open_window.document.current_frame == 7
    qtbot.waitUntil(lambda: open_window.focusWidget() is open_window.canvas, timeout=10000)


def test_painting_shows_what_is_painted(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.actions_table["original"].trigger()
    open_window.document.set_visible(1, False)
    mouse.stroke((20, 20))
    assert open_window.canvas.mode is ViewMode.OVERLAY
    assert open_window.document.objects[0].visible
    assert "Object 1 is shown again" in open_window.status_text.text()


def test_the_status_line_says_what_is_being_opened(
    qtbot: QtBot, open_window: MainWindow, tmp_path: Path
) -> None:
    other = write_clip(tmp_path / "other", count=3)
    with qtbot.waitSignal(open_window.clip.opened, timeout=10000):
        open_window.files.open(other)
        assert open_window.status_text.text() == "Opening other…"
    assert open_window.status_text.text() == ""


def test_a_path_of_the_command_line_is_kept_whole(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exports that wait, reports and settings are read by programs that start elsewhere."""
    clip = write_clip(tmp_path / "shots" / "clip", count=3)
    monkeypatch.chdir(tmp_path)
    open_clip(qtbot, window, Path("shots/clip"))
    assert window.document.path == clip
    assert Settings().last_folder == clip.parent


def test_shuttle_keys_play_back_pause_and_play(qtbot: QtBot, open_window: MainWindow) -> None:
    canvas, playback = open_window.canvas, open_window.clip.playback
    seen: list[int] = []
    open_window.document.set_current_frame(6)
    open_window.document.current_frame_changed.connect(seen.append)
    QTest.keyClick(canvas, Qt.Key.Key_J)
    assert playback.is_playing
    qtbot.waitUntil(lambda: not playback.is_playing, timeout=20000)
    assert seen[-1] == 0
    assert seen == sorted(set(seen), reverse=True)
    QTest.keyClick(canvas, Qt.Key.Key_L)
    assert playback.is_playing
    QTest.keyClick(canvas, Qt.Key.Key_J)
    assert playback.is_playing
    QTest.keyClick(canvas, Qt.Key.Key_K)
    assert not playback.is_playing


def test_digit_zero_is_object_ten_and_the_sheet_shows_every_key(
    open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.views.shortcuts_dialog import ShortcutsDialog

    document = open_window.document
    for _ in range(9):
        open_window.actions_table["add_object"].trigger()
    document.set_current_object(3)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_0)
    assert document.current_object_id == 10
    shown: list[str] = []

    def read(dialog: ShortcutsDialog) -> int:
        shown.extend(label.text() for label in dialog.findChildren(QLabel))
        return 0

    monkeypatch.setattr(ShortcutsDialog, "exec", read)
    open_window.keys.show_sheet()
    for keys in ("Ctrl+Shift+Z, Ctrl+Y", "Shift+Z, Ctrl+0", "Shift+,", "J", "1 … 9, 0", "Space"):
        assert keys in shown


def test_shuttle_keys_go_faster_slower_and_turn_round(open_window: MainWindow) -> None:
    canvas, playback = open_window.canvas, open_window.clip.playback
    open_window.document.set_current_frame(5)
    speeds: list[int] = []
    playback.speed_changed.connect(speeds.append)
    for key in (
        Qt.Key.Key_L,
        Qt.Key.Key_L,
        Qt.Key.Key_L,
        Qt.Key.Key_J,
        Qt.Key.Key_J,
        Qt.Key.Key_J,
        Qt.Key.Key_K,
    ):
        QTest.keyClick(canvas, key)
    assert speeds == [1, 2, 4, 2, 1, -1, 0]


def test_j_and_l_go_single_frames_while_k_is_held(open_window: MainWindow) -> None:
    canvas, document = open_window.canvas, open_window.document
    document.set_current_frame(5)
    QTest.keyPress(canvas, Qt.Key.Key_K)
    QTest.keyClick(canvas, Qt.Key.Key_L)
    QTest.keyClick(canvas, Qt.Key.Key_L)
    QTest.keyClick(canvas, Qt.Key.Key_J)
    assert document.current_frame == 6
    assert not open_window.clip.playback.is_playing
    QTest.keyRelease(canvas, Qt.Key.Key_K)
    QTest.keyClick(canvas, Qt.Key.Key_L)
    assert open_window.clip.playback.is_playing
    QTest.keyClick(canvas, Qt.Key.Key_K)


def test_pausing_by_the_menu_holds_no_key(open_window: MainWindow) -> None:
    playback = open_window.clip.playback
    open_window.actions_table["pause"].trigger()
    QTest.keyClick(open_window.canvas, Qt.Key.Key_L)
    assert playback.is_playing
    open_window.actions_table["pause"].trigger()
    assert not playback.is_playing


def test_any_key_that_pauses_is_held_and_let_go(open_window: MainWindow) -> None:
    canvas, document, table = open_window.canvas, open_window.document, open_window.actions_table
    table.set_keymap(table.keymap.changed("pause", ("Shift+S",)))
    document.set_current_frame(5)
    QTest.keyPress(canvas, Qt.Key.Key_S, SHIFT)
    QTest.keyClick(canvas, Qt.Key.Key_L)
    assert document.current_frame == 6
    QTest.keyRelease(canvas, Qt.Key.Key_S)  # Shift was let go first
    QTest.keyClick(canvas, Qt.Key.Key_L)
    assert open_window.clip.playback.is_playing
    QTest.keyClick(canvas, Qt.Key.Key_S, SHIFT)
    assert not open_window.clip.playback.is_playing


def test_a_key_that_is_let_go_in_another_window_is_not_held(open_window: MainWindow) -> None:
    QTest.keyPress(open_window.canvas, Qt.Key.Key_K)
    QApplication.sendEvent(open_window, QEvent(QEvent.Type.WindowDeactivate))
    QTest.keyClick(open_window.canvas, Qt.Key.Key_L)
    assert open_window.clip.playback.is_playing


def test_loop_starts_again_at_the_other_end(qtbot: QtBot, open_window: MainWindow) -> None:
    open_window.actions_table["toggle_loop"].trigger()
    assert Settings().loops
    seen: list[int] = []
    open_window.document.set_current_frame(9)
    open_window.document.current_frame_changed.connect(seen.append)
    open_window.clip.playback.play()
    qtbot.waitUntil(lambda: 0 in seen and seen[-1] >= 1, timeout=20000)
    assert open_window.clip.playback.is_playing
    open_window.clip.playback.stop()
    assert 11 in seen
    assert seen.index(11) < seen.index(0)


def test_the_long_step_is_that_of_the_preset(open_window: MainWindow) -> None:
    from dataclasses import replace

    from app.keymap import PRESETS

    table, document = open_window.actions_table, open_window.document
    assert table["leap_forward"].text() == "10 frames forward"
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert document.current_frame == 10
    table.set_keymap(replace(table.keymap, preset=PRESETS["premiere"]))
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert document.current_frame == 5
    table.set_keymap(replace(table.keymap, preset=PRESETS["resolve"]))
    assert table["leap_back"].text() == "1 second back"


def test_masks_of_other_frames_are_no_reason_to_look_at_the_actions(
    open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = pack(np.ones((48, 64), np.uint8), MaskSource.PROPAGATED)
    clear = open_window.actions_table["clear_frame"]
    told: list[bool] = []
    clear.changed.connect(lambda: told.append(clear.isEnabled()))
    with monkeypatch.context() as patch:
        patch.setattr(open_window.actions_table, "names", None)  # whoever looks at the actions needs it
        for index in range(1, 6):
            open_window.document.put_mask(index, entry)
    assert not clear.isEnabled()
    open_window.document.put_mask(0, entry)
    assert told == [True]
