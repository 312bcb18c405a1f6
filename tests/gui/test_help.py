from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.document import shared_data
from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, pack
from app.logs import LogFile
from app.main_window import MainWindow
from app.recent_log import RecentLog, report_text
from app.settings import Settings
from app.views.log_window import LogWindow
from app.views.memory_label import in_words
from app.views.shortcuts_dialog import ShortcutsDialog
from app.worker.finish_worker import FinishWish
from tests.fakes import FakeEngine

LEFT = Qt.MouseButton.LeftButton


def record(level: int, text: str) -> logging.LogRecord:
    return logging.LogRecord("test", level, __file__, 1, text, (), None)


def test_the_log_keeps_its_last_lines() -> None:
    recent = RecentLog(kept=2)
    for text in ("one", "two", "three"):
        recent.handle(record(logging.INFO, text))
    assert [line.rsplit(": ", 1)[1] for line in recent.lines()] == ["two", "three"]
    assert recent.count == 3


def test_a_report_has_facts_and_newest_lines_and_names_no_home() -> None:
    text = report_text(
        "It broke.", {"Python": "3.x"}, [f"{Path.home()}/clip {n}" for n in range(5)], newest=2
    )
    assert text.splitlines() == ["It broke.", "", "Python: 3.x", "", "Log:", "~/clip 3", "~/clip 4"]


def test_the_log_is_kept_in_memory_where_no_file_can_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    log_file = LogFile(blocked / "folder")
    logging.getLogger("test").info("hello")
    log_file.close()
    assert any(line.endswith("test: hello") for line in log_file.recent.lines())
    assert logging.getLogger().level == logging.WARNING


def test_the_log_window_follows_and_filters(qtbot: QtBot) -> None:
    recent = RecentLog()
    recent.handle(record(logging.INFO, "first"))
    window = LogWindow(recent)
    qtbot.addWidget(window)
    window.show()
    assert window.text.toPlainText().endswith("first")
    recent.handle(record(logging.ERROR, "bad"))
    qtbot.waitUntil(lambda: window.text.toPlainText().endswith("bad"), timeout=5000)
    window.level.setCurrentIndex(2)
    assert "first" not in window.text.toPlainText()
    window.copy_button.click()
    assert QGuiApplication.clipboard().text().endswith("bad")
    window.hide()


def test_an_unexpected_error_offers_a_report(open_window: MainWindow) -> None:
    open_window.reporter.unexpected("ValueError: odd")
    assert open_window.banner.action_button.text() == "Copy report"
    open_window.banner.action_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith("ValueError: odd")
    assert "Clip: 64 x 48, 12 frames" in text
    assert "PySide6: " in text


def test_the_tour_has_four_steps_and_is_not_repeated(qtbot: QtBot, window: MainWindow) -> None:
    assert not Settings().tour_seen
    with qtbot.waitSignal(window.clip.opened, timeout=20000):
        window.actions_table["open_sample"].trigger()
    bubble = window.tour.bubble
    titles = []
    while window.tour.is_running:
        assert bubble.isVisible()
        titles.append(bubble.title.text())
        QTest.mouseClick(bubble.next_button, LEFT)
    assert titles == ["Paint an object", "Let the network carry it on", "Look, and correct", "Export mattes"]
    assert not bubble.isVisible()
    assert Settings().tour_seen
    with qtbot.waitSignal(window.clip.opened, timeout=20000):
        window.actions_table["open_sample"].trigger()
    assert not window.tour.is_running


def test_the_tour_can_be_ended_and_started_again(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.clip.opened, timeout=20000):
        window.actions_table["tour"].trigger()  # opens the sample
    assert window.tour.is_running
    QTest.keyClick(window.tour.bubble, Qt.Key.Key_Escape)
    assert not window.tour.is_running
    window.actions_table["tour"].trigger()
    assert window.tour.bubble.title.text() == "Paint an object"
    window.tour.bubble.end_button.click()
    assert not window.tour.is_running


@pytest.mark.parametrize("size", [(1000, 700), (1600, 1000)])
def test_the_bubble_stays_inside_the_window(open_window: MainWindow, size: tuple[int, int]) -> None:
    open_window.resize(*size)
    open_window.tour.start()
    for _ in range(3):
        box = open_window.tour.bubble.geometry()
        assert open_window.rect().contains(box)
        open_window.tour.next()
    open_window.tour.end()


def test_the_status_line_tells_what_takes_memory(open_window: MainWindow) -> None:
    label = open_window.status_memory
    document = open_window.document
    document.put_mask(0, pack(np.ones((48, 64), np.uint8), MaskSource.USER))
    label.refresh()
    assert label.text().endswith(" used")
    assert f"Masks: {document.masks.nbytes} B" in label.toolTip()
    assert "Decoded frames: " in label.toolTip()


def test_the_status_line_counts_in_pieces(
    open_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_data, "_PIECE", 1)
    label, document = open_window.status_memory, open_window.document
    qtbot.waitUntil(lambda: label._task is None)
    for index in range(6):
        document.put_mask(index, pack(np.ones((48, 64), np.uint8), MaskSource.USER))
    label._begin()
    for _ in range(4):
        label._go_on()
    assert label._task is not None
    assert f"Masks: {document.masks.nbytes} B" not in label.toolTip()
    qtbot.waitUntil(lambda: f"Masks: {document.masks.nbytes} B" in label.toolTip())
    assert not label._pieces.isActive()


def test_the_status_line_tells_what_runs_and_finishing_keep(
    open_window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeEngine, "bytes_used", 3 << 20)
    document, lane = open_window.document, open_window.finishing.lane
    document.put_mask(0, pack(np.ones((48, 64), np.uint8), MaskSource.USER))
    entry = document.masks.entry(0)
    assert entry is not None
    with qtbot.waitSignal(lane.finished):
        lane.request(FinishWish(0, entry, {1: MatteFinish(grow_px=1.0)}, {}, None))
    open_window.status_memory.refresh()
    told = open_window.status_memory.toolTip().splitlines()
    assert "Features of frames: 3.0 MB" in told
    assert "Finished mattes: 3.0 kB" in told  # 48 x 64 px


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 B"), (1536, "1.5 kB"), (20 << 20, "20 MB"), (int(2.25 * (1 << 30)), "2.2 GB")]
)
def test_bytes_in_words(size: int, words: str) -> None:
    assert in_words(size) == words


def test_the_sheet_of_keys_fits_the_screen_and_scrolls_to_the_rest(open_window: MainWindow) -> None:
    dialog = ShortcutsDialog({"Many": [(f"Command {n}", "K") for n in range(120)]}, open_window)
    dialog.show()

    room = dialog.screen().availableSize()
    assert dialog.height() <= room.height()
    assert dialog.width() <= room.width()
    bar = dialog.sheet_area.verticalScrollBar()
    assert bar.maximum() > 0
    assert dialog.rect().contains(dialog.edit_button.geometry())
    dialog.close()


@pytest.mark.parametrize(
    ("width", "height", "columns"), [(1280, 720, 3), (1024, 768, 2), (800, 600, 2), (560, 400, 1)]
)
def test_the_sheet_of_keys_has_as_many_columns_as_the_screen_is_wide_enough_for(
    open_window: MainWindow, monkeypatch: pytest.MonkeyPatch, width: int, height: int, columns: int
) -> None:
    class Screen:
        def availableSize(self) -> QSize:
            return QSize(width, height)

    seen: list[ShortcutsDialog] = []

    def look(dialog: ShortcutsDialog) -> int:
        seen.append(dialog)
        dialog.show()
        labels = dialog.sheet_area.findChildren(QLabel)
        left = {label.mapTo(dialog, QPoint()).x() for label in labels if label.objectName() == "heading"}
        assert len(left) == columns
        assert dialog.width() <= width
        assert dialog.sheet_area.horizontalScrollBar().maximum() == 0
        for label in labels:  # none is cut
            needed = label.heightForWidth(label.width()) if label.wordWrap() else label.sizeHint().height()
            assert label.height() >= needed, label.text()
            words = label.text().split() if label.wordWrap() else [label.text()]
            assert label.width() >= max(map(label.fontMetrics().horizontalAdvance, words)), label.text()
        dialog.close()
        return 0

    monkeypatch.setattr(ShortcutsDialog, "screen", lambda _: Screen())
    monkeypatch.setattr(ShortcutsDialog, "exec", look)
    open_window.keys.show_sheet()
    assert len(seen) == 1


def test_a_note_of_the_tour_covers_neither_the_player_nor_the_tools_it_speaks_of(
    open_window: MainWindow,
) -> None:
    window = open_window
    window.resize(1280, 720)
    window.tour.start()
    window.tour.next()
    window.tour.next()
    box = window.tour.bubble.geometry()
    assert not box.intersects(_in_window(window, window.player_bar))
    assert not box.intersects(_in_window(window, window.timeline))
    window.tour.next()
    box = window.tour.bubble.geometry()
    assert box.top() >= _in_window(window, window.export_button()).bottom()
    assert not box.intersects(_in_window(window, window.menuBar()))
    window.tour.end()


def _in_window(window: MainWindow, part: QWidget) -> QRect:
    return QRect(part.mapTo(window, QPoint(0, 0)), part.size())


def test_the_tour_points_at_what_is_seen_of_a_scrolled_panel(qtbot: QtBot, open_window: MainWindow) -> None:
    window = open_window
    window.resize(1180, 700)
    for _ in range(12):
        window.object_panel.add_object()
    bubble, panel = window.tour.bubble, window.object_panel
    qtbot.waitUntil(lambda: panel.height() > 400, timeout=5000)
    window.tour.start()
    assert panel.visibleRegion().boundingRect().height() < panel.height()  # most of it is out of view
    tip = bubble.mapTo(window, bubble._tip.toPoint())
    seen = panel.visibleRegion().boundingRect()
    top = panel.mapTo(window, seen.topLeft()).y()
    assert top <= tip.y() <= top + seen.height()
    window.tour.end()


def test_enter_goes_on_with_the_tour(open_window: MainWindow) -> None:
    window = open_window
    window.tour.start()
    bubble = window.tour.bubble
    QTest.keyClick(bubble.next_button, Qt.Key.Key_Return)
    assert bubble.title.text() == "Let the network carry it on"
    assert bubble.next_button.accessibleDescription().startswith(
        "Let the network carry it on. Propagate forward"
    )
    bubble.end_button.setFocus()
    QTest.keyClick(bubble.end_button, Qt.Key.Key_Return)
    assert not window.tour.is_running
