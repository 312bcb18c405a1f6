"""The studio's way to the real network, with random weights."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

import cfbi
from app.__main__ import create_application, main
from app.document.mask_store import MaskSource
from app.main_window import MainWindow
from cfbi.weights.saving import save_weights
from tests.fakes import write_clip
from tests.gui.conftest import Mouse, open_clip
from tests.robot import Robot


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    model = cfbi.build_model("lite_cfbi")
    save_weights(model.state_dict(), path, model="lite_cfbi", licence="none", provenance={}, half=True)
    return path


def run(qtbot: QtBot, window: MainWindow, clip: Path) -> None:
    open_clip(qtbot, window, clip)
    window.canvas.set_brush_px(14)
    Mouse(window).stroke((14, 14), (22, 22))
    window.actions_table["propagate_forward"].trigger()
    robot = Robot(window)
    robot.wait(robot.has_run, 60000)  # weights that were never trained lose the object


def test_a_run_with_the_real_network(qtbot: QtBot, tmp_path: Path, weights: Path) -> None:
    clip = write_clip(tmp_path / "clip", count=4)

    def drive(window: MainWindow) -> int:
        run(qtbot, window, clip)
        masks = window.document.masks
        assert masks.frames() == [0, 1, 2, 3]
        assert masks.source(3) is MaskSource.PROPAGATED
        assert window.banner.message == ""
        assert "cpu" in window.status_engine.text() or "cuda" in window.status_engine.text()
        return 0

    assert main(["--weights", str(weights), "--model", "lite_cfbi"], drive=drive) == 0


@pytest.mark.parametrize("case", ["missing", "truncated", "not weights", "unknown model"])
def test_weights_that_cannot_be_used_are_a_message(
    qtbot: QtBot, tmp_path: Path, weights: Path, case: str
) -> None:
    path, model = tmp_path / "w.safetensors", "lite_cfbi"
    if case == "truncated":
        path.write_bytes(weights.read_bytes()[:100_000])
    elif case == "not weights":
        path.write_text("hello")
    elif case == "unknown model":
        path, model = weights, "no_such_network"
    clip = write_clip(tmp_path / "clip", count=4)

    def drive(window: MainWindow) -> int:
        run(qtbot, window, clip)
        assert window.banner.message
        assert "unexpected" not in window.banner.message
        assert "Traceback" not in window.banner.message + window.banner.hint
        assert window.document.masks.frames() == [0]
        assert window.document.undo_stack.count() == 1
        return 0

    assert main(["--weights", str(path), "--model", model], drive=drive) == 0


def test_paths_that_opencv_sets_do_not_reach_qt(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/x/site-packages/cv2/qt/plugins")
    monkeypatch.setenv("QT_QPA_FONTDIR", "/my/fonts")
    create_application()
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ
    assert os.environ["QT_QPA_FONTDIR"] == "/my/fonts"
