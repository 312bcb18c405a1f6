from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from platformdirs import user_data_path
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.document.recovery import RecoveryWriter
from app.main_window import MainWindow
from app.settings import APPLICATION
from tests.gui.conftest import Mouse


@pytest.fixture
def saved(private_home: Path, clip_path: Path) -> Path:
    """What a dead session left: a mask on frame 3."""
    folder = user_data_path(APPLICATION) / "recovery" / "dead"
    entry = pack(np.ones((48, 64), np.uint8), MaskSource.USER)
    RecoveryWriter(folder).save(clip_path, (new_object(1),), {3: entry}, frozenset({3}))
    return folder


def test_the_offer_survives_opening_a_clip_and_other_messages(
    qtbot: QtBot, saved: Path, open_window: MainWindow
) -> None:
    assert open_window.recovery.offer()
    with qtbot.waitSignal(open_window.clip.opened):
        open_window.files.open(open_window.document.path)
    assert "Masks of 1 frame of clip" in open_window.banner.message
    open_window.reporter.inform("Something else.")
    open_window.banner.dismiss_button.click()
    assert "Masks of 1 frame of clip" in open_window.banner.message
    open_window.banner.dismiss_button.click()
    assert open_window.banner.message == ""
    open_window.actions_table["restore"].trigger()
    assert "Masks of 1 frame of clip" in open_window.banner.message


def test_restoring_asks_when_it_would_replace_work(
    qtbot: QtBot, saved: Path, open_window: MainWindow, mouse: Mouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.stroke((20, 20))
    open_window.recovery.offer()
    monkeypatch.setattr(open_window.files, "may_discard", lambda go_on: False)
    open_window.banner.action_button.click()
    assert "Masks of 1 frame" in open_window.banner.message
    monkeypatch.setattr(open_window.files, "may_discard", lambda go_on: True)
    open_window.banner.action_button.click()
    qtbot.waitUntil(lambda: open_window.document.masks.frames() == [3], timeout=10000)
    qtbot.waitUntil(lambda: not saved.exists(), timeout=10000)
    assert open_window.document.is_dirty
    folder = open_window.recovery.folder
    assert folder is not None
    assert (folder / "state.json").exists()


def test_discarding_asks_first(
    qtbot: QtBot, saved: Path, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.recovery.offer()
    monkeypatch.setattr(window.files, "may_delete_saved", lambda name: False)
    window.banner.second_button.click()
    assert "Masks of 1 frame" in window.banner.message
    monkeypatch.setattr(window.files, "may_delete_saved", lambda name: name == "clip")
    window.banner.second_button.click()
    qtbot.waitUntil(lambda: not saved.exists(), timeout=10000)
    window.actions_table["restore"].trigger()
    assert window.banner.message == "There is no unsaved work to restore."


def test_damaged_masks_are_a_message_and_the_open_work_stays(
    qtbot: QtBot, saved: Path, open_window: MainWindow
) -> None:
    next(saved.glob("*.mask")).write_bytes(b"broken")
    open_window.recovery.offer()
    open_window.banner.action_button.click()
    qtbot.waitUntil(lambda: "cannot be read" in open_window.banner.message, timeout=10000)
    assert open_window.document.info is not None
    assert saved.exists()
