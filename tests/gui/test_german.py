"""The window in German: Qt speaks it, too, numbers are written its way, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app import i18n
from app.__main__ import main
from app.main_window import MainWindow
from app.settings import Settings
from app.views.language import apply_language
from tests.fakes import FakeEngine
from tests.gui import exporting
from tests.gui.conftest import Mouse
from tests.gui.test_propagation import finish
from tests.walk import during_dialog, widgets

_PAD_PX = 9  # border and padding of a field


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> Iterator[None]:
    monkeypatch.delenv(i18n.VARIABLE)
    former = QLocale()
    apply_language(qapp, "de")
    yield
    apply_language(qapp, "en")
    QLocale.setDefault(former)


def cut_off(root: QWidget) -> list[str]:
    """Texts that have less room than they need, or stick out of what holds them."""
    found = []
    for widget in widgets(root):
        if isinstance(widget, QLineEdit) and widget.isVisible() and not widget.text():
            text = widget.placeholderText()
            is_example = "{" in text  # a template of names may be longer than its field
            if not is_example and widget.fontMetrics().horizontalAdvance(text) + 2 * _PAD_PX > widget.width():
                found.append(f"{type(widget).__name__} {text!r}: {widget.width()} px")
        if not isinstance(widget, QLabel | QAbstractButton) or not widget.isVisible():
            continue
        text = widget.text()
        ignored = widget.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Ignored
        if not text or ignored or (isinstance(widget, QLabel) and widget.wordWrap()):
            continue
        seen = widget.visibleRegion().boundingRect()
        hidden = seen.isEmpty()  # scrolled out of sight from top to bottom
        if widget.width() < widget.minimumSizeHint().width() or (
            not hidden and seen.width() < widget.width()
        ):
            found.append(f"{type(widget).__name__} {text!r}: {widget.width()} px, seen {seen.width()}")
    return found


def look(root: QWidget) -> None:
    # layouts that wait to be done; the status line tells more memory from time to time
    for _ in range(100):
        if not cut_off(root):
            break
        QTest.qWait(20)
    assert cut_off(root) == []


@pytest.mark.usefixtures("german")
def test_qt_speaks_german_and_numbers_have_a_comma(qtbot: QtBot) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(box)
    assert box.button(QDialogButtonBox.StandardButton.Cancel).text() == "Abbrechen"
    assert QLocale().toString(1.5) == "1,5"
    assert i18n.tr("{rate:g} fps", rate=29.97) == "29,97 fps"


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)])
def test_nothing_is_cut_off(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, size: tuple[int, int]
) -> None:
    window = open_window
    window.resize(*size)
    window.canvas.set_brush_px(12)
    mouse.stroke((18, 18))
    for shift in (0, 8):
        window.document.set_current_frame(0)
        engine.rewrite = lambda step, mask, shift=shift: np.roll(mask, shift, axis=0) if step == 1 else mask
        window.actions_table["propagate_forward"].trigger()
        finish(qtbot, window)
    window.finish_panel.set_unfolded(True)
    assert window.take_panel.isVisible()
    for tool in ("brush", "smart", "fill"):
        window.actions_table[tool].trigger()
        qtbot.waitUntil(lambda tool=tool: window.actions_table[tool].isChecked())
        look(window)
    assert window.actions_table["undo"].text().startswith("Rückgängig: ")


@pytest.mark.usefixtures("german")
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_nothing_is_cut_off_in_dialogs(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    window = open_window
    mouse.stroke((18, 18))
    during_dialog(window.keys.show_sheet, look)
    during_dialog(window.keys.edit, look)

    def every_preset(dialog: exporting.ExportDialog) -> None:
        assert dialog.presets.viewport().width() >= dialog.presets.sizeHintForColumn(0)
        for row in range(dialog.presets.count()):
            dialog.presets.setCurrentRow(row)
            exporting.planned(qtbot, dialog)
            look(dialog)

    exporting.ask(window, every_preset)
    window.export.show_queue()
    look(window.export.window)
    window.export.window.close()


@pytest.mark.qt_log_ignore("does not support propagateSizeHints")
def test_the_language_is_that_of_the_settings_from_the_next_start_on(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(i18n.VARIABLE, "")
    settings = Settings()
    settings.language = "en"
    settings.save()

    def titles(window: MainWindow) -> list[str]:
        return [action.text() for action in window.menuBar().actions()]

    def choose(window: MainWindow) -> int:
        seen.append(titles(window)[0])
        menu = window.language_menu
        assert isinstance(menu, QMenu)
        german = next(action for action in menu.actions() if action.text() == "Deutsch")
        german.trigger()
        seen.append(window.banner.message)
        seen.append(titles(window)[0])
        return 0

    def look_again(window: MainWindow) -> int:
        seen.append(titles(window)[0])
        seen.append(next(each.text() for each in window.language_menu.actions() if each.isChecked()))
        return 0

    seen: list[str] = []
    drives: list[Callable[[MainWindow], int]] = [choose, look_again]
    try:
        for drive in drives:
            assert main([], drive=drive, engine=FakeEngine()) == 0
    finally:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        apply_language(application, "en")
    assert seen == [
        "&File",
        "The studio will speak Deutsch when it starts again.",
        "&File",
        "&Datei",
        "Deutsch",
    ]


def test_a_box_that_is_too_narrow_is_noticed(qtbot: QtBot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    box = QCheckBox("a long text that does not fit", holder)
    box.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen, False)
    holder.resize(60, 40)
    holder.show()
    box.resize(box.sizeHint())
    assert len(cut_off(holder)) == 1


@pytest.mark.usefixtures("german")
def test_no_two_menus_open_with_one_letter(window: MainWindow) -> None:
    titles = [action.text() for action in window.menuBar().actions()]
    letters = [title[title.index("&") + 1].lower() for title in titles]
    assert len(set(letters)) == len(letters)
