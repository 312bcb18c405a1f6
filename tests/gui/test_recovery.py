from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_data_path
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.document.project_file import Project, read_project, write_project
from app.document.references import Reference
from app.document.snapshot import Work
from app.document.storage.clip_reference import ClipReference, refer_to
from app.document.storage.journal import Change, JournalHead, JournalWriter, read_journal
from app.document.unfinished import UnfinishedRun, Walk
from app.main_window import MainWindow
from app.media import open_source
from app.settings import APPLICATION
from app.views.project_dialogs import Answer
from app.worker.project_lock import ProjectLock
from app.worker.session import dead_sessions
from tests.gui.conftest import Mouse

ENTRY = pack(np.ones((48, 64), np.uint8), MaskSource.USER)


def sessions() -> Path:
    return user_data_path(APPLICATION) / "recovery"


def dead_session(clip: Path, work: Work, project: str = "", name: str = "dead", save_id: str = "") -> Path:
    folder = sessions() / name
    folder.mkdir(parents=True)
    head = JournalHead(name, ClipReference(str(clip)), project, save_id=save_id)
    JournalWriter(folder / "journal", head).append(Change(1, dict(work.entries), work))
    return folder


@pytest.fixture
def saved(private_home: Path, clip_path: Path) -> Path:
    """What a dead session left: a mask on frame 3."""
    work = Work(
        objects=(new_object(1), new_object(2)),
        entries={3: ENTRY},
        reference_table={3: Reference(3)},
        current_frame=3,
    )
    return dead_session(clip_path, work)


def offer(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_table["restore"].trigger()
    qtbot.waitUntil(lambda: window.banner.message != "" and window.projects.runner.is_idle, timeout=10000)


def test_the_offer_survives_opening_a_clip_and_other_messages(
    qtbot: QtBot, saved: Path, open_window: MainWindow
) -> None:
    offer(qtbot, open_window)
    with qtbot.waitSignal(open_window.clip.opened):
        open_window.files.open(open_window.document.path)
    assert "Masks of 1 frame of clip" in open_window.banner.message
    open_window.reporter.inform("Something else.")
    open_window.banner.dismiss_button.click()
    assert "Masks of 1 frame of clip" in open_window.banner.message
    open_window.banner.dismiss_button.click()
    assert open_window.banner.message == ""
    offer(qtbot, open_window)
    assert "Masks of 1 frame of clip" in open_window.banner.message


def test_restoring_asks_when_it_would_replace_work(
    qtbot: QtBot, saved: Path, open_window: MainWindow, mouse: Mouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.stroke((20, 20))
    offer(qtbot, open_window)
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.CANCEL)
    open_window.banner.action_button.click()
    assert "Masks of 1 frame" in open_window.banner.message
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.DISCARD)
    open_window.banner.action_button.click()
    document = open_window.document
    qtbot.waitUntil(lambda: document.masks.frames() == [3], timeout=10000)
    assert document.is_dirty
    assert document.current_frame == 3
    assert document.references == {3}
    assert [info.object_id for info in document.objects] == [1, 2]
    # the journal is continued, nothing is copied
    qtbot.waitUntil(lambda: open_window.canvas.shown_frame == 3, timeout=10000)
    mouse.stroke((20, 20))
    qtbot.waitUntil(lambda: open_window.journal.is_idle, timeout=10000)
    assert open_window.journal.folder == saved
    assert [path for path in sessions().iterdir() if (path / "journal").exists()] == [saved]


def test_discarding_asks_first(
    qtbot: QtBot, saved: Path, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(qtbot, window)
    monkeypatch.setattr(window.files, "may_delete_saved", lambda name: False)
    window.banner.second_button.click()
    assert "Masks of 1 frame" in window.banner.message
    monkeypatch.setattr(window.files, "may_delete_saved", lambda name: name == "clip")
    window.banner.second_button.click()
    qtbot.waitUntil(lambda: not saved.exists(), timeout=10000)
    offer(qtbot, window)
    assert window.banner.message == "There is no unsaved work to restore."


def test_after_one_was_discarded_the_next_is_offered(
    qtbot: QtBot, saved: Path, clip_path: Path, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work(objects=(new_object(1),), entries={1: ENTRY, 2: ENTRY})
    other = dead_session(clip_path, work, name="older")
    os.utime(other / "journal", (1, 1))
    monkeypatch.setattr(window.files, "may_delete_saved", lambda name: True)
    offer(qtbot, window)
    assert "Masks of 1 frame" in window.banner.message
    window.banner.second_button.click()
    qtbot.waitUntil(lambda: "Masks of 2 frames" in window.banner.message, timeout=10000)
    assert not saved.exists()
    window.banner.second_button.click()
    qtbot.waitUntil(lambda: not other.exists() and window.projects.runner.is_idle, timeout=10000)
    assert window.banner.message == ""


def test_damaged_masks_are_a_message_and_the_open_work_stays(
    qtbot: QtBot, saved: Path, open_window: MainWindow
) -> None:
    offer(qtbot, open_window)
    (saved / "journal").write_bytes(b"broken")
    open_window.banner.action_button.click()
    qtbot.waitUntil(lambda: "cannot be read" in open_window.banner.message, timeout=10000)
    assert open_window.document.info is not None
    assert saved.exists()


def test_unsaved_work_that_is_damaged_is_told_of_when_it_is_asked_for(
    qtbot: QtBot, saved: Path, open_window: MainWindow
) -> None:
    (saved / "journal").write_bytes(b"broken")
    offer(qtbot, open_window)
    assert open_window.banner.message == "There is unsaved work that cannot be read."
    assert str(saved) in open_window.banner.hint
    assert saved.exists()


def test_two_windows_do_not_restore_the_same_work(qtbot: QtBot, saved: Path, open_window: MainWindow) -> None:
    from app.worker.session import read_session

    offer(qtbot, open_window)
    held = read_session(saved)
    open_window.banner.action_button.click()
    qtbot.waitUntil(lambda: "another window" in open_window.banner.message, timeout=10000)
    held.lock.unlock()


def test_a_first_stroke_brings_its_object_along(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    mouse.stroke((20, 20))
    qtbot.waitUntil(lambda: open_window.journal.is_idle, timeout=10000)
    folder = open_window.journal.folder
    assert folder is not None
    restored = read_journal(folder / "journal").onto(None)
    assert restored.objects == open_window.document.objects
    assert restored.entries == open_window.document.masks.entries()


def written(path: Path, clip_path: Path, work: Work, save_id: str = "first") -> Project:
    with open_source(clip_path) as source:
        project = Project(path, refer_to(clip_path, source.info, path), work, save_id=save_id)
    write_project(project)
    return project


def test_changes_of_a_project_are_restored_on_top_of_it(
    qtbot: QtBot, private_home: Path, clip_path: Path, tmp_path: Path, window: MainWindow
) -> None:
    work = Work(objects=(new_object(1),), entries={0: ENTRY, 1: ENTRY}, current_object_id=1)
    project = written(tmp_path / "a.cfbiproj", clip_path, work)
    path = project.path
    dead_session(clip_path, replace(work, entries={3: ENTRY}), str(path))
    offer(qtbot, window)
    assert "Masks of 1 frame of a were saved" in window.banner.message
    window.banner.action_button.click()
    qtbot.waitUntil(lambda: window.document.masks.frames() == [0, 1, 3], timeout=10000)
    assert window.projects.path == path
    assert window.windowTitle() == "*a – CFBI Studio"
    window.projects.save()
    qtbot.waitUntil(lambda: not window.document.is_dirty and window.journal.is_idle, timeout=10000)
    assert sorted(read_project(path).work.entries) == [0, 1, 3]


def test_changes_of_a_project_that_was_saved_by_another_since_are_work_of_their_own(
    qtbot: QtBot, private_home: Path, clip_path: Path, tmp_path: Path, window: MainWindow
) -> None:
    """Nobody is to find that an old journal has replaced what was painted and saved after it."""
    work = Work(objects=(new_object(1),), entries={0: ENTRY}, current_object_id=1)
    project = written(tmp_path / "a.cfbiproj", clip_path, work)
    path, clip = project.path, project.clip
    dead_session(clip_path, replace(work, entries={3: ENTRY}), str(path), save_id="first")
    second = pack(np.full((48, 64), 2, np.uint8), MaskSource.USER)
    named = replace(new_object(2), name="Anna")
    later = Work(objects=(new_object(1), named), entries={0: ENTRY, 3: second, 5: second})
    write_project(Project(path, clip, later, session="another", sequence=9))
    saved = path.read_bytes()
    offer(qtbot, window)
    window.banner.action_button.click()
    document = window.document
    qtbot.waitUntil(lambda: document.masks.frames() == [0, 3, 5], timeout=10000)
    assert window.banner.message == "a.cfbiproj was saved again after these changes were made."
    assert document.masks.entry(3) == ENTRY
    assert document.objects == (new_object(1), named)
    assert window.projects.path is None
    assert document.is_dirty
    assert path.read_bytes() == saved
    ProjectLock(path).release()  # it is not held


def test_changes_of_a_project_that_is_gone_are_told_to_be_a_part(
    qtbot: QtBot, private_home: Path, clip_path: Path, tmp_path: Path, window: MainWindow
) -> None:
    path = tmp_path / "gone.cfbiproj"
    folder = sessions() / "dead"
    folder.mkdir(parents=True)
    head = JournalHead("dead", ClipReference(str(clip_path)), str(path), 4, "first")
    JournalWriter(folder / "journal", head).append(Change(5, {3: ENTRY}))
    offer(qtbot, window)
    window.banner.action_button.click()
    qtbot.waitUntil(lambda: window.document.masks.frames() == [3], timeout=10000)
    assert "is not there any more: only what changed" in window.banner.message
    assert [info.object_id for info in window.document.objects] == [1]  # else its masks could not be seen
    assert window.projects.path is None


def test_a_journal_knows_the_state_of_its_project(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    path = tmp_path / "a.cfbiproj"
    mouse.stroke((20, 20))
    open_window.projects._save_to(path, None)
    qtbot.waitUntil(lambda: not open_window.document.is_dirty and open_window.journal.is_idle, timeout=10000)
    mouse.stroke((40, 20))
    qtbot.waitUntil(lambda: open_window.journal.is_idle, timeout=10000)
    folder = open_window.journal.folder
    assert folder is not None
    assert read_journal(folder / "journal").head.save_id == read_project(path).save_id


def test_what_was_saved_just_before_the_crash_is_not_offered(
    qtbot: QtBot, private_home: Path, clip_path: Path, tmp_path: Path, window: MainWindow
) -> None:
    path = tmp_path / "a.cfbiproj"
    work = Work(entries={0: ENTRY})
    folder = dead_session(clip_path, work, str(path))
    write_project(Project(path, ClipReference(str(clip_path)), work, session="dead", sequence=1))
    offer(qtbot, window)
    assert window.banner.message == "There is no unsaved work to restore."
    assert not folder.exists()


def test_the_folder_that_another_window_is_about_to_lock_is_left_to_it(private_home: Path) -> None:
    new, old = sessions() / "new", sessions() / "old"
    for folder, age_s in ((new, 0), (old, 3600)):
        folder.mkdir(parents=True)
        changed = time.time() - age_s
        os.utime(folder, (changed, changed))
    assert list(dead_sessions(sessions())) == []
    assert new.exists()
    assert not old.exists()


def test_a_safety_copy_of_the_first_version_is_restored(
    qtbot: QtBot, private_home: Path, tmp_path: Path, window: MainWindow
) -> None:
    from tests.fakes import write_clip

    clip = write_clip(tmp_path / "small", width=16, height=12)
    first = Path(__file__).parents[1] / "unit" / "app" / "document" / "data" / "schema_1"
    folder = sessions() / "old"
    shutil.copytree(first, folder)
    state = folder / "state.json"
    state.write_text(state.read_text(encoding="utf-8").replace("/clips/dancer.mp4", clip.as_posix()))
    offer(qtbot, window)
    assert "Masks of 2 frames of small" in window.banner.message
    window.banner.action_button.click()
    document = window.document
    qtbot.waitUntil(lambda: document.masks.frames() == [4, 5], timeout=10000)
    document.set_solo(1, True)
    qtbot.waitUntil(lambda: (folder / "journal").exists() and window.journal.is_idle, timeout=10000)
    assert sorted(path.name for path in folder.iterdir()) == ["journal", "lock"]


def test_a_run_that_a_crash_cut_short_is_resumed(
    qtbot: QtBot, private_home: Path, clip_path: Path, window: MainWindow
) -> None:
    run = UnfinishedRun((Walk(5, range(6, 12)), Walk(3, range(2, -1, -1))))
    work = Work(
        objects=(new_object(1),),
        entries={3: ENTRY, 4: ENTRY, 5: ENTRY},
        reference_table={3: Reference(3)},
        unfinished_run=run,
    )
    dead_session(clip_path, work)
    offer(qtbot, window)
    assert "A run had 9 frames to go." in window.banner.message
    window.banner.action_button.click()
    qtbot.waitUntil(lambda: "from frame 6 on" in window.banner.message, timeout=10000)
    assert "A run was cut short: 9 frames" in window.banner.message
    window.banner.action_button.click()
    document = window.document
    qtbot.waitUntil(lambda: document.masks.frames() == list(range(12)), timeout=20000)
    qtbot.waitUntil(lambda: not window.propagation.is_running, timeout=10000)
    assert document.unfinished_run is None
    document.undo()
    document.undo()
    assert document.masks.frames() == [3, 4, 5]


def test_a_run_that_was_cut_short_may_be_forgotten(
    qtbot: QtBot, private_home: Path, clip_path: Path, window: MainWindow
) -> None:
    work = Work(
        objects=(new_object(1),), entries={3: ENTRY}, unfinished_run=UnfinishedRun((Walk(3, range(4, 9)),))
    )
    dead_session(clip_path, work)
    offer(qtbot, window)
    window.banner.action_button.click()
    qtbot.waitUntil(lambda: "cut short" in window.banner.message, timeout=10000)
    window.banner.second_button.click()
    assert window.document.unfinished_run is None
    assert window.banner.message == ""
