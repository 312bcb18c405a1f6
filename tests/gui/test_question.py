from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.views.question import confirm


def click(box: QMessageBox, words: str) -> None:
    QTest.mouseClick(
        next(button for button in box.buttons() if button.text() == words), Qt.MouseButton.LeftButton
    )


@pytest.mark.parametrize(
    ("answer", "granted"),
    [
        (lambda box: click(box, "Discard"), True),
        (lambda box: click(box, "Keep"), False),
        (lambda box: QTest.keyClick(box, Qt.Key.Key_Return), False),
        (lambda box: QTest.keyClick(box, Qt.Key.Key_Escape), False),
    ],
    ids=["yes", "no", "enter", "escape"],
)
def test_only_the_button_that_says_so_grants(
    qtbot: QtBot, answer: Callable[[QMessageBox], None], granted: bool
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    shown: list[tuple[str, str]] = []

    def reply() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        shown.append((box.text(), box.informativeText()))
        answer(box)

    QTimer.singleShot(0, reply)
    assert confirm(parent, "Masks", "Discard the masks?", "They are lost then.", "Discard", "Keep") is granted
    assert shown == [("Discard the masks?", "They are lost then.")]
