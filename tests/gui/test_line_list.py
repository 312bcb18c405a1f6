"""The list whose texts are made only where they are seen."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.views.line_list import LineList


def test_only_lines_that_are_seen_get_a_text(qtbot: QtBot) -> None:
    asked: set[int] = set()

    def told(row: int) -> str:
        asked.add(row)
        return f"line {row}"

    lines = LineList()
    qtbot.addWidget(lines)
    lines.resize(200, 120)
    lines.set_lines(100_000, told)
    with qtbot.waitExposed(lines):
        lines.show()
    lines.set_current_row(5)
    qtbot.waitUntil(lambda: 0 in asked)
    assert len(asked) < 60
    assert (lines.count, lines.text(99_999)) == (100_000, "line 99999")


def test_a_line_is_chosen_by_mouse_and_keyboard(qtbot: QtBot) -> None:
    lines, chosen = LineList(), list[int]()
    qtbot.addWidget(lines)
    lines.set_lines(10, str)
    lines.chosen.connect(chosen.append)
    with qtbot.waitExposed(lines):
        lines.show()
    middle = QPoint(20, lines.sizeHintForRow(0) * 3 + 2)
    QTest.mouseClick(lines.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    assert lines.current_row == 3
    QTest.keyClick(lines, Qt.Key.Key_Down)
    QTest.keyClick(lines, Qt.Key.Key_Return)
    assert chosen == [3, 4]
    lines.set_lines(2, str)
    assert (lines.count, lines.current_row) == (2, -1)
    assert lines.text(2) == "None"
