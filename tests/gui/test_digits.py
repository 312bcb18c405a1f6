"""Digits choose objects by the number that their row shows."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.main_window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier


class Clock:
    """A clock for the typing of numbers that goes when it is told to."""

    def __init__(self, window: MainWindow) -> None:
        self.now_s = 0.0
        window.digits.clock = lambda: self.now_s

    def wait(self) -> None:
        self.now_s += 10


@pytest.fixture
def clock(open_window: MainWindow) -> Clock:
    return Clock(open_window)


def add(window: MainWindow, count: int) -> None:
    for _ in range(count):
        window.actions_table["add_object"].trigger()


def numbers(window: MainWindow) -> list[str]:
    """The numbers in the list of objects, from the top."""
    rows = [window.object_panel.row(info.object_id) for info in reversed(window.document.objects)]
    return [row.findChild(QLabel, "hint").text() for row in rows]


def press(window: MainWindow, text: str) -> int:
    QTest.keyClicks(window.canvas, text)
    return window.document.current_object_id


def test_a_digit_chooses_the_row_that_shows_it(open_window: MainWindow, clock: Clock) -> None:
    add(open_window, 3)
    assert numbers(open_window) == ["4", "3", "2", "1"]
    open_window.objects.remove(2)
    assert [info.object_id for info in open_window.document.objects] == [1, 3, 4]
    assert numbers(open_window) == ["3", "2", "1"]
    assert press(open_window, "2") == 3
    clock.wait()
    assert press(open_window, "3") == 4
    clock.wait()
    assert press(open_window, "4") == 4  # there is no such row
    open_window.objects.move(1, 2)
    clock.wait()
    assert press(open_window, "3") == 1
    clock.wait()
    QTest.keyClick(open_window.canvas, Qt.Key.Key_2, CTRL)
    assert open_window.document.current_object_id == 4


def test_numbers_beyond_nine_are_typed(open_window: MainWindow, clock: Clock) -> None:
    add(open_window, 11)
    assert numbers(open_window) == [str(number) for number in range(12, 0, -1)]
    assert press(open_window, "1") == 1
    assert press(open_window, "2") == 12
    assert press(open_window, "3") == 3  # there is no 123
    clock.wait()
    assert press(open_window, "1") == 1
    clock.wait()
    assert press(open_window, "2") == 2
    clock.wait()
    assert press(open_window, "0") == 10
    clock.wait()
    assert press(open_window, "10") == 10
    # there are not so many rows that a second digit could belong to the first
    for _ in range(8):
        open_window.objects.remove(open_window.document.objects[-1].object_id)
    clock.wait()
    assert press(open_window, "12") == 2


def test_up_and_down_go_to_the_neighbours(open_window: MainWindow) -> None:
    add(open_window, 2)
    for key, expected in (
        (Qt.Key.Key_Down, 2),
        (Qt.Key.Key_Down, 1),
        (Qt.Key.Key_Down, 1),
        (Qt.Key.Key_Up, 2),
        (Qt.Key.Key_Up, 3),
        (Qt.Key.Key_Up, 3),
    ):
        QTest.keyClick(open_window.canvas, key, CTRL)
        assert open_window.document.current_object_id == expected
