"""From a numbered clip to numbered mattes, through the real programs: no frame is another one's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.__main__ import main
from app.export.png import write_index_png
from app.main_window import MainWindow
from app.media import open_source
from tests.barcode import HEIGHT, WIDTH, convert, make_clip, read_barcode, read_colours
from tests.fakes import FakeEngine
from tests.robot import Robot

pytestmark = [pytest.mark.e2e, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]
FRAMES = 20


def all_but_a_corner(path: Path) -> Path:
    mask = np.ones((HEIGHT, WIDTH), np.uint8)
    mask[20:40, :30] = 0  # beside the bar code and the patches
    write_index_png(path, mask)
    return path


def barcodes(path: Path) -> list[int]:
    with open_source(path) as source:
        return [read_barcode(frame) for frame in source.frames(0, source.info.frame_count)]


def test_window_clip_with_b_frames_to_prores_and_review_movie(qtbot: QtBot, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "shot.mp4", "h264", FRAMES, rate="30000/1001")
    mask = all_but_a_corner(tmp_path / "mask.png")

    def drive(window: MainWindow) -> int:
        robot = Robot(window)
        robot.wait(lambda: len(window.document.masks) == FRAMES)
        robot.export(tmp_path / "out", "prores4444")
        robot.export(tmp_path / "out", "overlay")
        assert [entry.state.value for entry in window.export.exports.queue.entries] == ["done", "done"]
        return 0

    # one for each frame: to the eye of a cut detector, numbers that change many bits are cuts
    masks = [argument for index in range(FRAMES) for argument in ("--mask", f"{mask}@{index}")]
    arguments = [str(clip), *masks]
    assert main(arguments, drive=drive, engine=FakeEngine()) == 0
    cutout = tmp_path / "out" / "shot_Object 1_straight.mov"
    for path in (cutout, tmp_path / "out" / "shot_overlay.mp4"):
        assert barcodes(path) == list(range(FRAMES)), path
        with open_source(path) as source:
            assert str(source.info.fps) == "30000/1001"
    assert len(list((tmp_path / "out").glob("*.report.json"))) == 2
    alpha = convert(cutout, tmp_path / "alpha.mkv", ["-vf", "alphaextract", "-c:v", "ffv1"])
    with open_source(alpha) as source:
        middle = source.frame(10)
    assert middle[30, 15].tolist() == [0, 0, 0]
    assert middle[30, 60].tolist() == [255, 255, 255]


def test_command_line_from_mask_to_png_and_exr(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "-shot é.mov", "prores4444", 6)
    for index in range(6):
        all_but_a_corner(tmp_path / "masks" / f"{index:05d}.png")

    def cfbi(*arguments: object) -> subprocess.CompletedProcess[str]:
        code = "import sys; from app.worker.cli import main; sys.exit(main(sys.argv[1:]))"
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, check=False
        )

    (tmp_path / "jobs.toml").write_text(
        '[[job]]\nname = "a"\nclip = "-shot é.mov"\nmattes = "masks"\nout = "out"\n'
        'export = [{ preset = "png", alpha = "straight" }, { preset = "exr", start_number = 1001 }]\n',
        encoding="utf-8",
    )
    done = cfbi("run", tmp_path / "jobs.toml")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("a: done\n")
    pictures = next((tmp_path / "out" / "a").glob("*_straight"))
    assert barcodes(pictures) == list(range(6))
    with open_source(pictures) as written, open_source(clip) as source:
        np.testing.assert_array_equal(read_colours(written.frame(3)), read_colours(source.frame(3)))
    names = sorted(path.name for path in next((tmp_path / "out" / "a").glob("*_premult")).iterdir())
    assert [name[-9:] for name in names] == [f"{number:05d}.exr" for number in range(1001, 1007)]
    assert cfbi("run", tmp_path / "jobs.toml").stdout == "a: done before\n"
    wrong = cfbi("export", tmp_path / "masks", "--preset", "png", "--out", tmp_path / "x")
    assert wrong.returncode == 1
    assert "Give the clip with --clip." in wrong.stderr
