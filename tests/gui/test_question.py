from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.document.storage.clip_reference import ClipReference
from app.views import project_dialogs
from app.views.question import confirm
from app.views.theme import apply_theme, dress
from tests.walk import during_dialog


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


@pytest.mark.parametrize(
    "ask",
    [
        lambda parent: confirm(
            parent, "Clip", "Other?", "It is.", "Use this one all the same", "Look for it"
        ),
        lambda parent: project_dialogs.ask_to_save("a", parent),
        lambda parent: project_dialogs.ask_to_save("a", parent, in_run=True),
        lambda parent: project_dialogs.find_clip(ClipReference("/a"), Path("/"), parent),
    ],
    ids=["confirm", "save", "save in a run", "find"],
)
def test_short_words_leave_the_buttons_room_for_theirs(
    qtbot: QtBot, qapp: QApplication, ask: Callable[[QWidget], object]
) -> None:
    apply_theme(qapp)
    parent = QWidget()
    qtbot.addWidget(parent)
    dress(parent)
    cut_off: list[str] = []

    def look(box: QWidget) -> None:
        assert isinstance(box, QMessageBox)
        buttons = box.buttons()
        assert len(buttons) >= 2
        assert all(button.minimumWidth() >= 54 for button in buttons)  # so the style sheet holds here
        cut_off.extend(button.text() for button in buttons if button.width() < button.sizeHint().width())

    during_dialog(lambda: ask(parent), look)
    assert cut_off == []
