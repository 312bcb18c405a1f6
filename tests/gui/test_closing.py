"""Closing the window, or opening something else, while a run is under way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app.document.project_file import read_project
from app.main_window import MainWindow
from app.views.project_dialogs import Answer
from tests.fakes import FakeEngine, write_clip
from tests.gui.conftest import Mouse
from tests.gui.test_propagation import finish, start_held


@pytest.fixture
def shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the project goes when it is saved."""
    path = tmp_path / "shot.cfbiproj"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    return path


def paint_and_start(qtbot: QtBot, window: MainWindow, mouse: Mouse, engine: FakeEngine) -> threading.Event:
    """A run that waits at its first frame for the event."""
    mouse.stroke((18, 18))
    return start_held(qtbot, window, engine)


def test_closing_in_mid_run(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint_and_start(qtbot, open_window, mouse, engine)
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.CANCEL)
    assert not open_window.close()
    assert open_window.propagation.is_running
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.DISCARD)
    threading.Timer(0.2, engine.gate.set).start()
    assert open_window.close()


def answer(words: str, seen: list[str], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Answer the next question with a button, and note what it says."""

    def reply() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(f"{box.text()} {box.informativeText()}")
        meanwhile()
        button = next(button for button in box.buttons() if button.text() == words)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    QTimer.singleShot(0, reply)


def test_the_question_of_closing_in_mid_run_tells_of_the_run_and_what_is_saved_is_resumed(
    qtbot: QtBot,
    open_window: MainWindow,
    mouse: Mouse,
    engine: FakeEngine,
    tmp_path: Path,
    shot: Path,
) -> None:
    window, other = open_window, write_clip(tmp_path / "other", count=3)
    gate = paint_and_start(qtbot, window, mouse, engine)
    seen: list[str] = []
    answer("Cancel", seen)
    assert not window.close()
    assert seen == [
        "A run is under way. Stop it and save the changes to clip? The frames that it has finished are saved "
        "too, and the run can be resumed when the project is opened again. Without saving they are lost, and "
        "all other changes."
    ]
    assert window.propagation.is_running

    answer("Save", seen)
    window.files.open(other)
    assert seen[1] == seen[0]
    gate.set()
    qtbot.waitUntil(lambda: window.document.path == other, timeout=20000)
    finish(qtbot, window)
    engine.gate = None
    with qtbot.waitSignal(window.projects.opened, timeout=20000):
        window.files.open(shot)
    assert window.banner.message.startswith("A run was cut short: ")
    window.banner.action_button.click()
    finish(qtbot, window)
    assert window.document.masks.frames() == list(range(12))


def test_a_run_whose_frames_are_all_saved_is_not_stopped_unasked(
    qtbot: QtBot,
    open_window: MainWindow,
    mouse: Mouse,
    engine: FakeEngine,
    shot: Path,
) -> None:
    window = open_window
    gate = paint_and_start(qtbot, window, mouse, engine)
    window.actions_table["save"].trigger()
    qtbot.waitUntil(lambda: not window.document.is_dirty, timeout=20000)
    seen: list[str] = []
    answer("Let it run", seen)
    assert not window.close()
    assert seen == [
        "A run is under way. Stop it? Everything so far is saved. The run can be resumed when the project is "
        "opened again."
    ]
    assert window.propagation.is_running
    answer("Stop it", seen, gate.set)
    assert window.close()
    run = read_project(shot).work.unfinished_run
    assert run is not None
    assert run.frame_count == 11


def test_without_a_run_the_question_is_of_the_changes_alone(open_window: MainWindow, mouse: Mouse) -> None:
    mouse.stroke((18, 18))
    seen: list[str] = []
    answer("Cancel", seen)
    assert not open_window.close()
    assert seen == ["Save the changes to clip? They are lost otherwise."]
