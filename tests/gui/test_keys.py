from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from app.control.run_words import pause_hint
from app.document.commands import SetReferenceCommand
from app.main_window import MainWindow
from app.settings import Settings
from app.views.keys_dialog import KeysDialog
from app.views.shortcuts_dialog import ShortcutsDialog


def answer(window: MainWindow, action: str, act: Callable[[KeysDialog], None]) -> None:
    """Trigger an action that opens the editor, and act in it."""

    def run() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, KeysDialog)
        act(dialog)

    QTimer.singleShot(0, run)
    window.actions_table[action].trigger()


def press(
    dialog: KeysDialog, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    QTest.keyClick(dialog.edit, key, held)


def test_a_key_is_given_to_another_command_and_remembered(window: MainWindow) -> None:
    def act(dialog: KeysDialog) -> None:
        dialog.select("fit")
        press(dialog, Qt.Key.Key_B)
        assert "“Brush”, which would lose it" in dialog.note.text()
        QTest.mouseClick(dialog.assign_button, Qt.MouseButton.LeftButton)
        dialog.accept()

    answer(window, "edit_shortcuts", act)
    table = window.actions_table
    assert [key.toString() for key in table["fit"].shortcuts()] == ["B"]
    assert table["brush"].shortcuts() == []
    assert "(B)" in table["fit"].toolTip()
    assert "(" not in table["brush"].toolTip()
    from app.control.keys import KeyController

    window.actions_table.set_keymap(window.actions_table.keymap.reset("fit"))
    KeyController(window.actions_table, Settings(), window)
    assert window.actions_table.keymap.keys("fit") == ("B",)


def test_texts_name_the_keys_of_now(qtbot: QtBot, open_window: MainWindow) -> None:
    window, table = open_window, open_window.actions_table
    window.document.undo_stack.push(SetReferenceCommand(window.document, 0, is_reference=True))
    hardness, row = window.tool_options.hardness, window.reference_panel.row(0)
    panel = window.propagate_panel

    def texts() -> list[str]:
        return [
            hardness.toolTip(),
            row.drop.toolTip(),
            panel.stop_button.toolTip(),
            panel.continue_button.toolTip(),
            window.take_panel.accept_button.toolTip(),
            pause_hint(panel.how_to_stop),
        ]

    assert texts() == [
        "How hard the edge of the brush is (Shift+[ and Shift+])",
        "Drop this reference; its mask stays (Shift+R on its frame)",
        "Stop the run, or the export; what is finished stays (Esc)",
        "Let a run that waits for an answer go on (Ctrl+Return)",
        table["accept_take"].toolTip(),
        "Continue if that is right; otherwise stop (Esc), correct the frame and propagate from it.",
    ]
    changed = {
        "softer": ("F6",),
        "harder": (),
        "drop_reference": (),
        "stop": ("Ctrl+.",),
        "continue_run": ("F7",),
        "accept_take": ("F8",),
    }
    table.set_keymap(replace(table.keymap, changes=changed))
    assert texts() == [
        "How hard the edge of the brush is (F6 and Harder brush)",
        "Drop this reference; its mask stays (Drop this reference on its frame)",
        "Stop the run, or the export; what is finished stays (Ctrl+.)",
        "Let a run that waits for an answer go on (F7)",
        table["accept_take"].toolTip(),
        "Continue if that is right; otherwise stop (Ctrl+.), correct the frame and propagate from it.",
    ]
    assert table["accept_take"].toolTip().endswith("(F8)")
    # a reference that comes later, too
    window.document.undo_stack.push(SetReferenceCommand(window.document, 3, is_reference=True))
    assert "(Drop this reference on" in window.reference_panel.row(3).drop.toolTip()


def test_cancel_changes_nothing(window: MainWindow) -> None:
    def act(dialog: KeysDialog) -> None:
        dialog.select("fit")
        dialog.clear_button.click()
        assert dialog.keymap.keys("fit") == ()
        dialog.reject()

    answer(window, "edit_shortcuts", act)
    assert window.actions_table["fit"].shortcuts()[0] == QKeySequence("Shift+Z")


def test_a_preset_changes_keys_and_the_long_step(window: MainWindow) -> None:
    def act(dialog: KeysDialog) -> None:
        dialog.preset.setCurrentIndex(dialog.preset.findData("premiere"))
        dialog.accept()

    answer(window, "edit_shortcuts", act)
    assert window.actions_table["export"].shortcuts() == [QKeySequence("Ctrl+M")]
    assert window.keys.leap == 5
    assert Settings().key_preset == "premiere"


def test_a_key_that_opened_a_menu_does_what_the_preset_says(qtbot: QtBot, open_window: MainWindow) -> None:
    def choose(name: str) -> None:
        def act(dialog: KeysDialog) -> None:
            dialog.preset.setCurrentIndex(dialog.preset.findData(name))
            dialog.accept()

        answer(open_window, "edit_shortcuts", act)

    def titles() -> list[str]:
        return [action.text() for action in open_window.menuBar().actions()]

    before, called = titles(), []
    assert "&Tools" in before
    open_window.actions_table["propagate_backward"].triggered.connect(lambda: called.append("backward"))
    choose("resolve")
    open_window.activateWindow()  # keys go to the active window only
    qtbot.waitUntil(open_window.isActiveWindow, timeout=10000)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_T, Qt.KeyboardModifier.AltModifier)
    assert called == ["backward"]
    assert "T&ools" in titles()
    choose("studio")
    assert titles() == before


def test_the_sheet_names_the_long_step_of_the_preset(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    def read(dialog: ShortcutsDialog) -> int:
        shown.extend(label.text() for label in dialog.findChildren(QLabel))
        return 0

    def act(dialog: KeysDialog) -> None:
        dialog.preset.setCurrentIndex(dialog.preset.findData("resolve"))
        dialog.accept()

    monkeypatch.setattr(ShortcutsDialog, "exec", read)
    window.keys.show_sheet()
    assert "10 frames back" in shown
    answer(window, "edit_shortcuts", act)
    shown.clear()
    window.keys.show_sheet()
    assert "1 second back" in shown
    assert "10 frames back" not in shown


def test_the_editor_names_the_long_step_of_the_preset_chosen_in_it(window: MainWindow) -> None:
    seen: list[tuple[str, str, bool]] = []

    def act(dialog: KeysDialog) -> None:
        dialog.select("leap_back")
        dialog.filter.setText("second")
        for name in ("premiere", "resolve", "studio"):
            dialog.preset.setCurrentIndex(dialog.preset.findData(name))
            item = dialog._items["leap_back"]
            seen.append((item.text(0), dialog.note.text(), item.isHidden()))
        dialog.reject()

    answer(window, "edit_shortcuts", act)
    remark = "Click the field and press a key for “{}”. Your own keys are bold."
    assert seen == [
        (name, remark.format(name), name != "1 second back")
        for name in ("5 frames back", "1 second back", "10 frames back")
    ]
    assert window.actions_table["leap_back"].text() == "10 frames back"


def test_reserved_keys_cannot_be_given_away(window: MainWindow) -> None:
    def act(dialog: KeysDialog) -> None:
        dialog.select("fit")
        press(dialog, Qt.Key.Key_Space)
        assert not dialog.assign_button.isEnabled()
        assert "cannot be given away" in dialog.note.text()
        dialog.reject()

    answer(window, "edit_shortcuts", act)


def test_the_filter_finds_by_command_and_by_key(window: MainWindow) -> None:
    def act(dialog: KeysDialog) -> None:
        def shown() -> list[str]:
            return [name for name, item in dialog._items.items() if not item.isHidden()]

        dialog.filter.setText("eraser")
        assert shown() == ["eraser", "swap"]
        dialog.filter.setText("ctrl+z")
        assert shown() == ["undo"]
        dialog.reject()

    answer(window, "edit_shortcuts", act)


def test_the_sheet_leads_to_the_editor(window: MainWindow) -> None:
    seen: list[type[QDialog]] = []

    def editor() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, KeysDialog)
        seen.append(KeysDialog)
        dialog.reject()

    def sheet() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ShortcutsDialog)
        seen.append(ShortcutsDialog)
        QTimer.singleShot(0, editor)
        dialog.edit_button.click()

    QTimer.singleShot(0, sheet)
    window.actions_table["shortcuts"].trigger()
    assert seen == [ShortcutsDialog, KeysDialog]


def test_the_field_asks_in_our_own_words(window: MainWindow) -> None:
    def act(dialog: KeysDialog) -> None:
        line = dialog.edit.findChild(QLineEdit)
        assert line.placeholderText() == "Press a key"
        dialog.select("fit")
        press(dialog, Qt.Key.Key_B)
        dialog.edit.clear()
        assert line.placeholderText() == "Press a key"
        dialog.reject()

    answer(window, "edit_shortcuts", act)
