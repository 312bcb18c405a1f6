from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand, ChangeObjectCommand, LockFramesCommand
from app.document.finish import MatteFinish
from app.document.objects import new_object
from app.document.operations import set_in_point
from app.document.project_file import Project, read_project
from app.document.snapshot import Work
from app.errors import ProjectReadError
from app.main_window import MainWindow
from app.settings import Settings
from app.views import project_dialogs
from app.views.project_dialogs import Answer
from app.worker import project_worker
from app.worker.project_lock import ProjectLock
from tests.fakes import FakeEngine, write_clip
from tests.gui.conftest import Mouse, open_clip

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def settled(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.projects.runner.is_idle and window.journal.is_idle, timeout=20000)


def choose_file(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))


def save_as(qtbot: QtBot, window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose_file(monkeypatch, path)
    QTest.keyClick(window.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    settled(qtbot, window)
    assert path.exists()


def hold_writes(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Projects are written once the returned event is set."""
    may_write, write = threading.Event(), project_worker.write_project

    def slow_write(project: Project) -> None:
        assert may_write.wait(20)
        write(project)

    monkeypatch.setattr(project_worker, "write_project", slow_write)
    return may_write


def open_project(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignal(window.projects.opened, timeout=20000):
        window.files.open(path)
    settled(qtbot, window)


def content(window: MainWindow) -> Work:
    return window.document.snapshot()


@pytest.fixture
def project(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A saved project with a bit of everything."""
    document = open_window.document
    mouse.stroke((20, 20))
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.undo_stack.push(ChangeObjectCommand(document, 2, name="Döggy", finish=MatteFinish(grow_px=2)))
    document.undo_stack.push(LockFramesCommand(document, [7, 8], True))
    set_in_point(document, 2)
    path = tmp_path / "work" / "My project.cfbiproj"
    path.parent.mkdir()
    save_as(qtbot, open_window, path, monkeypatch)
    return path


def test_save_as_save_and_open_again(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path, tmp_path: Path
) -> None:
    document = open_window.document
    assert not document.is_dirty
    assert open_window.windowTitle() == "My project – CFBI Studio"
    mouse.stroke((40, 30))
    assert open_window.windowTitle() == "*My project – CFBI Studio"
    QTest.keyClick(open_window.canvas, Qt.Key.Key_S, CTRL)
    settled(qtbot, open_window)
    assert not document.is_dirty
    expected = content(open_window)
    assert read_project(project).work.entries == expected.entries
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    assert open_window.windowTitle() == "other – CFBI Studio"
    open_project(qtbot, open_window, project)
    assert content(open_window) == expected
    assert not document.is_dirty
    assert not document.can_undo
    assert open_window.windowTitle() == "My project – CFBI Studio"
    assert [row.object_id for row in document.objects] == [1, 2]
    assert open_window.object_panel.row(2).name.text() == "Döggy"


def test_the_first_save_asks_where_and_adds_the_ending(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.stroke((20, 20))
    choose_file(monkeypatch, tmp_path / "one")
    QTest.keyClick(open_window.canvas, Qt.Key.Key_S, CTRL)
    settled(qtbot, open_window)
    assert (tmp_path / "one.cfbiproj").exists()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    mouse.stroke((40, 30))
    QTest.keyClick(open_window.canvas, Qt.Key.Key_S, CTRL | SHIFT)
    assert open_window.document.is_dirty
    assert open_window.projects.path == tmp_path / "one.cfbiproj"


def test_saving_before_another_clip_is_opened(
    qtbot: QtBot,
    open_window: MainWindow,
    mouse: Mouse,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mouse.stroke((40, 30))
    expected = content(open_window).entries
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.SAVE)
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    assert read_project(project).work.entries == expected
    assert open_window.projects.path is None


def test_closing_saves_first_if_asked_to(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.stroke((40, 30))
    expected = content(open_window).entries
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.SAVE)
    assert not open_window.close()
    qtbot.waitUntil(lambda: not open_window.isVisible(), timeout=20000)
    assert read_project(project).work.entries == expected
    assert not project.with_name(".My project.cfbiproj.lock").exists()
    assert open_window.journal.folder is None


def test_a_stroke_during_the_save_is_not_taken_for_saved(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path
) -> None:
    mouse.stroke((40, 30))
    before = content(open_window).entries
    open_window.projects.save()
    mouse.stroke((50, 40))
    settled(qtbot, open_window)
    assert read_project(project).work.entries == before
    assert open_window.document.is_dirty
    open_window.projects.save()
    settled(qtbot, open_window)
    assert not open_window.document.is_dirty


def test_a_stroke_during_the_save_before_closing_keeps_the_window_open(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was not in the file, and the journal goes when the window closes."""
    answers = [Answer.SAVE, Answer.CANCEL, Answer.SAVE]
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: answers.pop(0))
    mouse.stroke((40, 30))
    assert not open_window.close()
    mouse.stroke((50, 40))
    settled(qtbot, open_window)
    assert open_window.isVisible()
    assert answers == [Answer.SAVE]
    assert open_window.document.is_dirty
    expected = content(open_window).entries
    assert not open_window.close()
    qtbot.waitUntil(lambda: not open_window.isVisible(), timeout=20000)
    assert read_project(project).work.entries == expected


def test_what_is_painted_while_another_clip_is_being_opened_can_be_restored(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path, tmp_path: Path
) -> None:
    other = write_clip(tmp_path / "other", count=3)
    with qtbot.waitSignal(open_window.clip.opened, timeout=20000):
        open_window.files.open(other)
        mouse.stroke((50, 40))
        expected = content(open_window)
    assert open_window.document.path == other
    assert "being opened" in open_window.banner.message
    settled(qtbot, open_window)
    open_window.actions_table["restore"].trigger()
    qtbot.waitUntil(lambda: "did not close properly" in open_window.banner.message, timeout=20000)
    with qtbot.waitSignal(open_window.projects.opened, timeout=20000):
        open_window.banner.action_button.click()
    assert content(open_window).entries == expected.entries
    assert open_window.projects.path == project


def test_what_was_given_up_goes_for_good(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.DISCARD)
    mouse.stroke((50, 40))
    settled(qtbot, open_window)
    folder = open_window.journal.folder
    assert folder is not None
    assert folder.exists()
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    settled(qtbot, open_window)
    assert not folder.exists()
    assert open_window.banner.message == ""


def test_a_failed_save_keeps_the_changes_and_says_why(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.stroke((40, 30))
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.SAVE)
    shutil.rmtree(project.parent)
    project.parent.write_text("a file in the way")
    assert not open_window.close()
    settled(qtbot, open_window)
    assert "could not be written" in open_window.banner.message
    assert open_window.isVisible()
    assert open_window.document.is_dirty


def test_a_second_window_is_refused_until_the_first_one_closes(
    qtbot: QtBot, open_window: MainWindow, project: Path
) -> None:
    other = MainWindow(Settings(), FakeEngine())
    try:
        other.files.open(project)
        qtbot.waitUntil(lambda: other.banner.message != "", timeout=20000)
        assert "My project.cfbiproj is open in another window" in other.banner.message
        assert other.document.info is None
        open_window.close()
        open_project(qtbot, other, project)
        assert 0 in other.document.masks
    finally:
        other.shut_down()
        other.deleteLater()


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_project_is_the_same_by_whatever_link_it_is_opened(
    qtbot: QtBot, open_window: MainWindow, project: Path, tmp_path: Path
) -> None:
    link = tmp_path / "link.cfbiproj"
    link.symlink_to(project)
    other = MainWindow(Settings(), FakeEngine())
    try:
        other.files.open(link)
        qtbot.waitUntil(lambda: other.banner.message != "", timeout=20000)
        assert "is open in another window" in other.banner.message
    finally:
        other.shut_down()
        other.deleteLater()
    open_project(qtbot, open_window, link)  # its own lock is in nobody's way
    assert open_window.projects.path is not None


def test_the_lock_of_a_dead_process_does_not_count(
    qtbot: QtBot, open_window: MainWindow, project: Path, tmp_path: Path, repo_dir: Path
) -> None:
    code = (
        "import os, sys; from pathlib import Path; from app.worker.project_lock import ProjectLock;"
        "lock = ProjectLock(Path(sys.argv[1])); os._exit(0)"
    )
    copy = shutil.copy(project, tmp_path / "copy.cfbiproj")
    subprocess.run([sys.executable, "-c", code, str(copy)], cwd=repo_dir, check=True)
    assert (tmp_path / ".copy.cfbiproj.lock").exists()
    open_project(qtbot, open_window, tmp_path / "copy.cfbiproj")
    assert open_window.projects.path == tmp_path / "copy.cfbiproj"


def test_opening_the_same_project_again_goes_back_to_what_was_saved(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = content(open_window)
    mouse.stroke((40, 30))
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.DISCARD)
    open_project(qtbot, open_window, project)
    assert content(open_window) == saved
    assert project.with_name(".My project.cfbiproj.lock").exists()


@pytest.mark.parametrize("damage", ["cut", "empty", "other size"])
def test_a_broken_project_is_a_message_and_the_open_work_stays(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path, tmp_path: Path, damage: str
) -> None:
    bad = tmp_path / "bad.cfbiproj"
    bad.write_bytes(b"" if damage == "empty" else project.read_bytes()[:-40])
    if damage == "other size":
        shutil.copy(project, bad)
        shutil.rmtree(tmp_path / "clip")
        write_clip(tmp_path / "clip", width=40, height=30)
        QTimer.singleShot(0, lambda: press("Use it anyway"))
    mouse.stroke((40, 30))
    before = content(open_window)
    open_window.projects.open(bad)
    qtbot.waitUntil(lambda: open_window.banner.message != "", timeout=20000)
    words = "masks are 64x48" if damage == "other size" else "bad.cfbiproj cannot be read as a project"
    assert words in open_window.banner.message
    assert open_window.banner.hint
    assert content(open_window) == before
    assert not bad.with_name(".bad.cfbiproj.lock").exists()


def press(words: str) -> None:
    box = QApplication.activeModalWidget()
    if isinstance(box, QMessageBox):
        next(button for button in box.buttons() if words in button.text()).click()


def later(action: Callable[[], None]) -> None:
    """Do something once a dialog is there."""
    timer = QTimer(QApplication.instance())
    timer.setInterval(20)

    def look() -> None:
        if QApplication.activeModalWidget() is not None:
            timer.stop()
            timer.deleteLater()
            action()

    timer.timeout.connect(look)
    timer.start()


def test_a_clip_that_moved_is_found_or_asked_for(
    qtbot: QtBot, open_window: MainWindow, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = tmp_path / "clip"
    expected = content(open_window).entries
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    shutil.move(clip, project.parent / "renamed")
    open_project(qtbot, open_window, project)
    assert open_window.document.path == project.parent / "renamed"
    assert not open_window.document.is_dirty
    open_clip(qtbot, open_window, tmp_path / "other")
    far = tmp_path / "far" / "away"
    far.mkdir(parents=True)
    shutil.move(project.parent / "renamed", far / "clip")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(far / "clip"))
    later(lambda: press("Find folder of pictures"))
    open_project(qtbot, open_window, project)
    assert open_window.document.path == far / "clip"
    assert content(open_window).entries == expected
    assert open_window.document.is_dirty  # or the next one to open it is asked again
    open_window.projects.save()
    settled(qtbot, open_window)
    open_clip(qtbot, open_window, tmp_path / "other")
    open_project(qtbot, open_window, project)
    assert open_window.document.path == far / "clip"
    assert not open_window.document.is_dirty


def test_giving_up_on_a_lost_clip_leaves_everything(
    qtbot: QtBot, open_window: MainWindow, project: Path, tmp_path: Path
) -> None:
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    shutil.rmtree(tmp_path / "clip")
    later(lambda: press("Cancel"))
    open_window.files.open(project)
    qtbot.waitUntil(lambda: open_window.projects.runner.is_idle, timeout=20000)
    assert open_window.document.path == tmp_path / "other"
    assert not project.with_name(".My project.cfbiproj.lock").exists()


def test_a_clip_that_has_changed_is_asked_about(
    qtbot: QtBot, open_window: MainWindow, project: Path, tmp_path: Path
) -> None:
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    shutil.rmtree(tmp_path / "clip")
    write_clip(tmp_path / "clip", count=5)
    later(lambda: press("Use it anyway"))
    open_project(qtbot, open_window, project)
    assert open_window.document.frame_count == 5
    assert open_window.document.locked_frames == frozenset()  # they were beyond its end
    assert open_window.document.is_dirty


def test_masks_beyond_the_end_of_a_clip_that_became_shorter_are_told_of(
    qtbot: QtBot,
    open_window: MainWindow,
    mouse: Mouse,
    project: Path,
    clip_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for frame in (9, 10):
        open_window.document.set_current_frame(frame)
        qtbot.waitUntil(lambda frame=frame: open_window.canvas.shown_frame == frame, timeout=10000)
        mouse.stroke((30, 30))
    open_window.projects.save()
    settled(qtbot, open_window)
    open_clip(qtbot, open_window, write_clip(clip_path.parent / "other", count=3))
    (clip_path / "00010.png").unlink()
    (clip_path / "00011.png").unlink()
    monkeypatch.setattr(project_dialogs, "may_use_other_clip", lambda *_: True)
    open_project(qtbot, open_window, project)
    assert open_window.document.masks.frames() == [0, 9]
    assert open_window.banner.message == "1 frame with masks lies beyond the end of the clip and is left out."
    assert 10 in read_project(project).work.entries


def test_a_dropped_project_is_opened(
    qtbot: QtBot, open_window: MainWindow, project: Path, tmp_path: Path
) -> None:
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(project))])
    none = Qt.MouseButton.NoButton
    drop = QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, none, Qt.KeyboardModifier.NoModifier)
    with qtbot.waitSignal(open_window.projects.opened, timeout=20000):
        open_window.dropEvent(drop)
    assert open_window.projects.path == project


def test_recent_projects_are_in_the_menu(
    qtbot: QtBot, open_window: MainWindow, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_as(qtbot, open_window, tmp_path / "second.cfbiproj", monkeypatch)
    menu = open_window.recent_menu
    menu.fill()
    assert [action.text() for action in menu.actions()] == ["second", "My project", "", "Clear the list"]
    with qtbot.waitSignal(open_window.projects.opened, timeout=20000):
        menu.actions()[1].trigger()
    assert open_window.projects.path == project
    menu.fill()
    assert menu.actions()[0].text() == "My project"
    menu.actions()[-1].trigger()
    menu.fill()
    assert [action.text() for action in menu.actions()] == ["No project yet"]


def test_a_run_that_was_cut_short_by_a_save_and_close_is_resumed(
    qtbot: QtBot,
    open_window: MainWindow,
    mouse: Mouse,
    engine: FakeEngine,
    project: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    document = open_window.document
    document.set_current_frame(3)
    qtbot.waitUntil(lambda: open_window.canvas.shown_frame == 3, timeout=10000)
    mouse.stroke((18, 18))
    engine.gate = threading.Event()
    open_window.actions_table["propagate_both"].trigger()
    for _ in range(3):
        engine.gate.set()
        qtbot.waitUntil(lambda: engine.stepped.acquire(blocking=False), timeout=10000)
    engine.gate.clear()
    open_window.projects.save()
    settled(qtbot, open_window)
    saved = read_project(project).work
    assert saved.unfinished_run is not None
    engine.gate.set()
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.DISCARD)
    open_project(qtbot, open_window, project)
    assert "A run was cut short" in open_window.banner.message
    assert document.masks.entries() == saved.entries
    open_window.banner.action_button.click()
    qtbot.waitUntil(
        lambda: not open_window.propagation.is_running and document.unfinished_run is None, timeout=20000
    )
    # from the in point on, without the locked frames
    assert document.masks.frames() == [0, *range(2, 7), *range(9, 12)]
    assert np.any(document.masks.index_mask(11))


def test_a_dropped_reference_stays_dropped_when_the_project_is_opened_again(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, project: Path
) -> None:
    document, propagate = open_window.document, open_window.actions_table["propagate_forward"]

    def run_from(frame: int) -> None:
        document.set_current_frame(frame)
        qtbot.waitUntil(lambda: open_window.canvas.shown_frame == frame, timeout=10000)
        propagate.trigger()
        qtbot.waitUntil(lambda: not open_window.propagation.is_running, timeout=20000)

    for frame in (2, 5):
        document.set_current_frame(frame)
        qtbot.waitUntil(lambda frame=frame: open_window.canvas.shown_frame == frame, timeout=10000)
        mouse.stroke((18, 18))
    run_from(2)
    assert document.references == {2, 5}
    open_window.reference_panel.row(5).drop.click()
    open_window.projects.save()
    settled(qtbot, open_window)
    assert read_project(project).work.declined_references == {5}
    open_project(qtbot, open_window, project)
    assert not document.can_undo
    run_from(2)
    assert document.references == {2}
    document.set_current_frame(5)
    qtbot.waitUntil(lambda: open_window.canvas.shown_frame == 5, timeout=10000)
    mouse.stroke((40, 30))
    assert document.declined_references == frozenset()
    run_from(2)
    assert document.references == {2, 5}  # painted again, so meant again


def test_a_save_that_ends_when_another_clip_is_open_does_not_make_its_file_that_clips(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write, path = hold_writes(monkeypatch), tmp_path / "first.cfbiproj"
    mouse.stroke((20, 20))
    choose_file(monkeypatch, path)
    open_window.projects.save_as()
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.DISCARD)
    other = write_clip(tmp_path / "other", 12)
    open_window.files.open(other)
    qtbot.waitUntil(lambda: open_window.document.path == other, timeout=20000)
    open_window.document.undo_stack.push(AddObjectCommand(open_window.document, new_object(2)))
    may_write.set()
    settled(qtbot, open_window)
    assert path.exists()
    assert open_window.projects.path is None  # saving would replace the first clip's work
    assert open_window.document.is_dirty
    ProjectLock(path).release()  # nobody holds it any more


@pytest.mark.parametrize("again", ["save_as", "save"])
def test_saving_again_while_the_first_save_to_a_new_name_goes_on_writes_what_is_newest(
    qtbot: QtBot,
    open_window: MainWindow,
    project: Path,
    mouse: Mouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    again: str,
) -> None:
    may_write, path = hold_writes(monkeypatch), tmp_path / "new name.cfbiproj"
    old = project.read_bytes()
    mouse.stroke((30, 10))
    choose_file(monkeypatch, path)
    said: list[str] = []
    open_window.projects.progressed.connect(said.append)
    open_window.projects.save_as()
    mouse.stroke((10, 36))
    getattr(open_window.projects, again)()
    may_write.set()
    settled(qtbot, open_window)
    assert open_window.banner.message == ""
    assert open_window.projects.path == path
    assert not open_window.document.is_dirty
    assert read_project(path).work.entries == content(open_window).entries
    assert project.read_bytes() == old  # that file is the open one no more
    assert said[-2:] == ["Saving new name.cfbiproj…", ""]
    ProjectLock(project).release()  # nor held
    with pytest.raises(ProjectReadError):
        ProjectLock(path)


def test_after_a_save_to_a_new_name_that_failed_the_next_one_goes_to_the_open_project(
    qtbot: QtBot, open_window: MainWindow, project: Path, mouse: Mouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.stroke((30, 10))
    choose_file(monkeypatch, project.parent / "no such folder" / "new.cfbiproj")
    open_window.projects.save_as()
    settled(qtbot, open_window)
    assert open_window.banner.message != ""
    open_window.projects.save()
    settled(qtbot, open_window)
    assert not open_window.document.is_dirty
    assert read_project(project).work.entries == content(open_window).entries
