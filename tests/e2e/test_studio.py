"""The studio through its real ``main``, driven by mouse and keys."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QEventLoop, Qt, QTimer
from pytestqt.qtbot import QtBot

from app.__main__ import main
from app.main_window import MainWindow
from app.media import open_source
from cfbi.evaluation.metrics import jaccard
from resources import sample
from tests.fakes import FakeEngine, FakeResult, FakeSession
from tests.robot import SHIFT, Robot

WEIGHTS = Path(sample.paths().video).parents[1] / "weights" / "lite_cfbi.safetensors"

pytestmark = [pytest.mark.e2e, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]


def test_the_window_opens_without_torch() -> None:
    code = "import sys, app.main_window, app.__main__; assert not {'torch', 'cfbi'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def exact(index: int) -> np.ndarray:
    return np.array(Image.open(sample.paths().masks_dir / f"{index:05d}.png"))


class KnowingSession(FakeSession):
    """Knows the sample's mattes; one pixel too large as long as it has a single reference."""

    def step(self, frame: np.ndarray) -> FakeResult:
        mask = exact(self._engine.indexes[frame.tobytes()])
        if len(self.references) == 1:
            mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))
        self._previous = mask
        return super().step(frame)


class KnowingEngine(FakeEngine):
    def __init__(self) -> None:
        super().__init__()
        with open_source(sample.paths().video) as source:
            self.indexes = {frame.tobytes(): index for index, frame in enumerate(source.frames(0, 75))}

    def open_session(self, share: float = 1.0) -> KnowingSession:
        session = KnowingSession(self)
        self.sessions.append(session)
        return session


@pytest.mark.parametrize("network", ["shipped", "stand-in"])
def test_paint_propagate_correct_export(qtbot: QtBot, tmp_path: Path, network: str) -> None:
    if network == "shipped" and not WEIGHTS.exists():
        pytest.skip("needs the shipped weights")
    engine = None if network == "shipped" else KnowingEngine()
    out = tmp_path / "mattes"

    def drive(window: MainWindow) -> int:
        robot, document = Robot(window), window.document
        robot.wait(lambda: window.canvas.shown_frame == 0)
        # paint the ball and the leaf
        robot.fill(exact(0) == 1)
        robot.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | SHIFT)
        robot.fill(exact(0) == 2)
        painted = document.masks.index_mask(0)
        for object_id in (1, 2):
            assert jaccard(painted == object_id, exact(0) == object_id) > 0.9
        robot.propagate(Qt.Key.Key_F)
        assert window.banner.message == ""
        assert document.masks.frames() == list(range(75))
        # correct a frame in the middle, propagate from it
        robot.go_to(40)
        before = document.masks.index_mask(60).copy()
        for object_id in (1, 2):
            robot.key(Qt.Key.Key_1 if object_id == 1 else Qt.Key.Key_2)
            robot.fill(exact(40) == object_id)
        robot.propagate(Qt.Key.Key_F)
        assert document.references == {0, 40}
        assert not np.array_equal(document.masks.index_mask(60), before)
        # undo the second run and the last stroke, and redo them
        count = document.undo_stack.index()
        after = document.masks.entries()
        robot.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert np.array_equal(document.masks.index_mask(60), before)
        assert document.references == {0}
        robot.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert document.undo_stack.index() == count - 2
        robot.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | SHIFT)
        robot.key(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
        assert document.masks.entries() == after
        robot.export(out / "index", "davis")
        robot.export(out / "matte", each=True)
        document.undo_stack.setClean()
        return 0

    # half the sample's size: several times as fast, and good enough for what is asserted below
    assert main([str(sample.paths().video), "--max-side", "384"], drive=drive, engine=engine) == 0

    scores: dict[int, list[float]] = {1: [], 2: []}
    for index in range(75):
        written = Image.open(out / "index" / "sample" / f"{index:05d}.png")
        assert written.mode == "P"
        values = np.array(written)
        for object_id, found in scores.items():
            name = f"sample_Object {object_id}_matte"
            matte = np.array(Image.open(out / "matte" / name / f"{name}_{index:05d}.png"))
            assert matte.dtype == np.uint8
            assert matte.shape == (360, 640)
            truth = exact(index) == object_id
            if truth.sum() >= 60:  # hidden behind the post otherwise
                found.append(jaccard(values == object_id, truth))
                assert jaccard(matte >= 128, values == object_id) > 0.9
    means = {object_id: float(np.mean(found)) for object_id, found in scores.items()}
    assert min(means.values()) > 0.85, means


def test_arguments_open_a_clip_with_masks(qtbot: QtBot) -> None:
    paths = sample.paths()

    def drive(window: MainWindow) -> int:
        qtbot.waitUntil(lambda: 30 in window.document.masks, timeout=20000)
        assert np.array_equal(window.document.masks.index_mask(0), exact(0))
        assert np.array_equal(window.document.masks.index_mask(30), exact(30))
        assert [info.object_id for info in window.document.objects] == [1, 2]
        assert window.windowTitle() == "*sample.mp4 – CFBI Studio"
        return 7

    arguments = [
        str(paths.video),
        "--mask",
        str(paths.first_mask),
        "--mask",
        f"{paths.masks_dir / '00030.png'}@30",
    ]
    assert main(arguments, drive=drive, engine=FakeEngine()) == 7


def test_a_clip_that_cannot_be_read_is_a_message_and_the_open_one_stays(qtbot: QtBot, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no video at all")

    def drive(window: MainWindow) -> int:
        qtbot.waitUntil(lambda: window.document.info is not None, timeout=20000)
        window.files.open(broken)
        qtbot.waitUntil(lambda: window.banner.message != "", timeout=20000)
        assert "broken.mp4" in window.banner.message
        assert window.banner.hint
        assert window.document.info is not None
        assert window.document.info.name == "sample.mp4"
        window.files.open(tmp_path / "nothing.mp4")
        qtbot.waitUntil(lambda: "nothing.mp4" in window.banner.message, timeout=20000)
        return 0

    assert main([str(sample.paths().video)], drive=drive, engine=FakeEngine()) == 0


@pytest.mark.allow_logs
def test_an_error_in_a_slot_is_a_message_and_goes_to_the_log(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    hook = sys.excepthook

    def drive(window: MainWindow) -> int:
        def broken() -> None:
            raise ZeroDivisionError("nobody expected this")

        QTimer.singleShot(0, broken)
        qtbot.waitUntil(lambda: window.banner.message != "", timeout=10000)
        assert "nobody expected this" in window.banner.message
        assert "Traceback" not in window.banner.message
        return 0

    with caplog.at_level(logging.CRITICAL):
        assert main([], drive=drive, engine=FakeEngine()) == 0
    assert any("unexpected error" in record.message for record in caplog.records)
    assert sys.excepthook is hook


def test_the_event_loop_runs_until_the_window_is_closed(qtbot: QtBot) -> None:
    def drive(window: MainWindow) -> int:
        QTimer.singleShot(200, window.close)
        loop = QEventLoop()
        window.destroyed.connect(loop.quit)
        QTimer.singleShot(600, loop.quit)
        loop.exec()
        assert not window.isVisible()
        return 0

    assert main([], drive=drive, engine=FakeEngine()) == 0


KILLED = """
import os, signal, sys
import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from app.__main__ import main
from app.document.commands import PaintCommand
from tests.fakes import FakeEngine, FakeResult, FakeSession
from tests.robot import SHIFT, Robot

def until(condition):
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if condition() else None)
    timer.start(20)
    loop.exec()

def drive(window):
    document = window.document
    until(lambda: window.canvas.shown_frame == 0)
    edit = document.begin_edit()
    edit.paint(np.ones((10, 20), bool), (5, 6, 25, 16), 1)
    document.undo_stack.push(PaintCommand(document, document.finish_edit(), "Paint"))
    until(lambda: window.journal.is_idle)
    os.kill(os.getpid(), signal.SIGKILL)

main([sys.argv[1]], drive=drive, engine=FakeEngine())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("start", ["empty", "clip", "broken"])
def test_work_survives_a_kill_and_is_gone_after_a_close_in_peace(
    qtbot: QtBot, repo_dir: Path, private_home: Path, start: str, tmp_path: Path
) -> None:
    arguments = [sys.executable, "-c", KILLED, str(sample.paths().video)]
    killed = subprocess.run(arguments, cwd=repo_dir, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    sessions = private_home / "xdg_data_home" / "cfbi-studio" / "recovery"
    assert len(list(sessions.glob("*/journal"))) == 1

    def drive(window: MainWindow) -> int:
        document = window.document
        if start == "clip":
            qtbot.waitUntil(lambda: window.canvas.shown_frame == 0, timeout=20000)
        elif start == "broken":  # the offer waits behind the error
            qtbot.waitUntil(lambda: "gone.mp4" in window.banner.message, timeout=20000)
            window.banner.dismiss_button.click()
        qtbot.waitUntil(lambda: "Masks of 1 frame of sample.mp4" in window.banner.message, timeout=20000)
        window.banner.action_button.click()
        qtbot.waitUntil(lambda: 0 in document.masks, timeout=20000)
        mask = document.masks.index_mask(0)
        assert mask[6:16, 5:25].all()
        assert mask.sum() == 200
        assert document.is_dirty
        qtbot.waitUntil(lambda: window.journal.is_idle, timeout=20000)
        assert len(list(sessions.glob("*/journal"))) == 1
        assert window.banner.message == ""
        document.undo_stack.setClean()
        window.close()
        return 0

    given = {"empty": [], "clip": [str(sample.paths().video)], "broken": [str(tmp_path / "gone.mp4")]}
    assert main(given[start], drive=drive, engine=FakeEngine()) == 0
    assert list(sessions.glob("*/journal")) == []
