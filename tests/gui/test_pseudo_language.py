"""The window in a language that marks every text: what is not marked was not translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.document.storage.clip_reference import ClipReference
from app.main_window import MainWindow
from app.media.describe import long_description
from app.views import project_dialogs
from app.views.export_dialog import may_replace
from app.views.timeline.rows import HEADER_PX
from tests import pseudo
from tests.fakes import FakeEngine
from tests.gui import exporting
from tests.gui.conftest import Mouse
from tests.gui.test_propagation import finish
from tests.walk import during_dialog, texts

_LEFT = Qt.MouseButton.LeftButton

NOT_TRANSLATED = re.compile(
    r"""
    # names of programs, and of languages in their own words
    \bCFBI\ Studio\b | \bPremiere\ Pro\b | \bDaVinci\ Resolve\b | \bAfter\ Effects\b | \b(English|Deutsch)\b
    # what Qt says, which has a catalogue of its own
    | \b(OK|Cancel|Close|Press\ shortcut)\b
    | \b(Ctrl|Shift|Alt|Space|Esc|Del|Home|End|Left|Right|Up|Down|Return|PgUp|PgDown|F\d+)\b
    # units
    | \b(px|px²|fps|s|ms|GB|MB|kB|MiB|B|x)\b
    # weights, devices, codecs
    | \bno\ weights\b | \b(lite_cfbi|fake|cpu|cuda|auto|png|rgb24|RGB|prores4444|ProRes|PNG|Nuke)\b
    # paths and files
    | /[\w/.~-]+ | \S*_\S* | \b[\w-]+\.(png|cfbiproj|mov|json|jsx|nk|otio)\b
    # what the user named, here the test
    | \bclip\w*\b | \bcombined\w*\b
    | \#[0-9a-f]{6}\b
    # tokens of name templates
    | \{\w+(:\d+)?\}
    """,
    re.VERBOSE,
)
"""Explicitly all that stays as it is in every language; numbers and single letters do, too."""


@pytest.fixture(autouse=True)
def pseudo_language() -> Iterator[None]:
    with pseudo.spoken():
        yield


def left_over(root: QWidget) -> list[str]:
    """Texts of a window with letters that did not go through the translation."""
    found = {}
    for read in texts(root):
        rest = NOT_TRANSLATED.sub(" ", pseudo.unmarked(read.text))
        if re.search(r"[^\W\d_]{2,}", rest):
            found[f"{read.place}: {read.text!r}"] = None
    return list(found)


def look(root: QWidget) -> None:
    assert left_over(root) == []


def test_the_marks_are_read_right() -> None:
    assert pseudo.unmarked("⟦Frame ⟨12⟩~~⟧ of ⟦⟨⟦x⟧ name⟩⟧") == "12   of   name"
    assert pseudo.Pseudo().gettext("{{ {count:,} frames") == "⟦{{ ⟨{count:,}⟩ frames~~~~~~~~⟧"


def test_the_window_without_a_clip(window: MainWindow) -> None:
    look(window)


def test_the_window_at_work(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: object
) -> None:
    window, document = open_window, open_window.document
    window.recent_menu.fill()
    look(window)
    window.canvas.set_brush_px(12)
    mouse.stroke((18, 18))
    window.object_panel.add_object()
    mouse.stroke((40, 30), (48, 30))
    window.actions_table["set_in"].trigger()
    window.actions_table["lock_frame"].trigger()
    window.actions_table["lock_frame"].trigger()
    look(window)  # undo names the lock
    for name in ("grow", "fill_holes", "invert", "undo", "smart", "move_mask", "play", "play"):
        window.actions_table[name].trigger()
        look(window)
    for object_id in (1, 2):
        menu = window.object_panel.menu(object_id)
        look(menu)
        menu.deleteLater()
    for shift in (0, 8):
        document.set_current_frame(0)
        engine.rewrite = lambda step, mask, shift=shift: np.roll(mask, shift, axis=0) if step == 1 else mask
        window.actions_table["propagate_forward"].trigger()
        finish(qtbot, window)
        look(window)
    assert window.take_panel.list.count
    for name in ("compare", "accept_take", "mark_reviewed", "worst_frame", "clear_frame", "undo"):
        window.actions_table[name].trigger()
        look(window)
    for frame in range(3):
        for lane in (None, 0, 1):
            assert pseudo.unmarked(window.timeline.model.describe(frame, lane)).strip("⟨⟩") != ""
    assert document.info is not None
    rest = NOT_TRANSLATED.sub(" ", pseudo.unmarked(long_description(document.info)))
    assert re.findall(r"[^\W\d_]{2,}", rest) == []


def test_messages_and_refusals(open_window: MainWindow, mouse: Mouse, tmp_path: Path) -> None:
    window = open_window
    for name in ("mark_reviewed", "export", "propagate_forward", "worst_frame", "restore", "copy_next"):
        window.actions_table[name].trigger()
        look(window)
    window.clip.import_mask(tmp_path / "missing.png", 0)
    look(window)
    window.clip.import_mask(tmp_path / "missing.png", 99)
    look(window)
    mouse.stroke((18, 18))
    window.objects.split(1)
    look(window)
    window.objects.toggle_lock(1)
    window.objects.remove(1)
    look(window)
    mouse.stroke((18, 18))
    look(window)
    window.reporter.unexpected("⟦⟧")
    QApplication.processEvents()
    look(window)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_frame_menu(open_window: MainWindow) -> None:
    timeline = open_window.timeline
    QTest.mouseClick(timeline, _LEFT, pos=QPoint(HEADER_PX + 40, 40))
    timeline.menu_wanted.emit(3, timeline.mapToGlobal(QPoint(HEADER_PX + 40, 40)))
    popup = QApplication.activePopupWidget()
    assert popup is not None
    look(popup)
    popup.close()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_dialogs(qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path) -> None:
    window = open_window
    during_dialog(window.keys.show_sheet, look)
    during_dialog(window.keys.edit, look)
    during_dialog(window.help.about, look)
    window.help.show_log()
    log_window = window.help._log_window
    assert log_window is not None
    look(log_window)
    log_window.close()
    reference, other = ClipReference(str(tmp_path / "clip")), tmp_path / "clip.mov"
    during_dialog(lambda: project_dialogs.ask_to_save("clip", window), look)
    during_dialog(lambda: project_dialogs.find_clip(reference, tmp_path, window), look)
    during_dialog(lambda: project_dialogs.may_use_other_clip(reference, other, window), look)
    during_dialog(lambda: window.files.may_delete_saved("clip"), look)
    during_dialog(lambda: may_replace(window, (other,)), look)
    window.tour.start()
    for _ in range(4):
        look(window)
        window.tour.next()


def test_the_export_dialog_with_every_preset_and_the_queue(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.stroke((18, 18))
    window = open_window

    def use(dialog: exporting.ExportDialog) -> None:
        for row in range(dialog.presets.count()):
            dialog.presets.setCurrentRow(row)
            exporting.planned(qtbot, dialog)
            look(dialog)
        exporting.choose(qtbot, dialog, tmp_path / "out", "png")
        look(dialog)
        dialog.queue_button.click()
        look(dialog)

    exporting.ask(window, use)
    exporting.finish(qtbot, window)
    look(window)
    window.export.show_queue()
    look(window.export.window)
    window.export.window.close()
