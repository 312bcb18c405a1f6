"""The command with the real network (of random weights: what it draws does not matter here)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

import cfbi
from app.export.png import write_index_png
from app.worker.cli import main
from cfbi.evaluation import read_index_mask
from cfbi.weights import save_weights

pytestmark = pytest.mark.e2e
SIZE = (48, 65)
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    state = cfbi.build_model("lite_cfbi").state_dict()
    save_weights(state, path, model="lite_cfbi", licence="none", provenance={})
    return path


def square(x: int) -> NDArray[np.uint8]:
    mask = np.zeros(SIZE, np.uint8)
    mask[10:30, x : x + 20] = 1
    return mask


def make_pictures(folder: Path, count: int) -> Path:
    folder.mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 60, (*SIZE, 3), np.uint8)
    for index in range(count):
        frame = noise + 150 * square(5 + 2 * index)[:, :, None]
        Image.fromarray(frame).save(folder / f"{index:05d}.png")
    return folder


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_pictures(tmp_path / "clip", 4)


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    write_index_png(tmp_path / "mask.png", square(5))
    return tmp_path / "mask.png"


def propagate(clip: Path, mask: Path, weights: Path, *more: str) -> int:
    command = ["propagate", str(clip), "--mask", str(mask), "--weights", str(weights), "--device", "cpu"]
    return main([*command, "--out", str(clip.parent / "out"), *more])


def test_results_are_those_of_the_session(clip: Path, mask: Path, weights: Path) -> None:
    assert propagate(clip, mask, weights, "--overlay", "--clip", "0", "1") == 0
    model = cfbi.build_model("lite_cfbi")
    cfbi.load_weights(model, weights)
    session = cfbi.InferenceSession(model)
    frames = [np.asarray(Image.open(path)) for path in sorted(clip.iterdir())]
    session.add_reference(frames[0], square(5))
    out = clip.parent / "out"
    for index, result in enumerate(session.propagate(frames[1:]), start=1):
        np.testing.assert_array_equal(read_index_mask(out / f"index/clip_{index:05d}.png"), result.index_mask)
        with Image.open(out / f"matte/clip_{index:05d}.png") as picture:
            assert np.abs(np.asarray(picture) - result.probability[1] * 255).max() <= 0.51
    assert (out / "clip_overlay.mp4").stat().st_size > 0


def test_evaluate_writes_results_and_scores(tmp_path: Path, weights: Path, capsys: Capture) -> None:
    root = tmp_path / "davis"
    make_pictures(root / "JPEGImages/480p/box", 4)
    for index in range(4):
        write_index_png(root / f"Annotations/480p/box/{index:05d}.png", square(5 + 2 * index))
    (root / "ImageSets/2016").mkdir(parents=True)
    (root / "ImageSets/2016/val.txt").write_text("box\n")
    out = tmp_path / "out"
    command = ["evaluate", "davis2016", "--root", str(root), "--weights", str(weights), "--out", str(out)]
    assert main([*command, "--max-side", "49"]) == 0
    assert [read_index_mask(out / f"box/{index:05d}.png").shape for index in range(4)] == [SIZE] * 4
    overall = json.loads((out / "scores.json").read_text())["overall"]
    assert 0 <= overall["J&F"] <= 1
    assert "overall" in capsys.readouterr().out


class _Payload:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.path,)


def test_weights_that_cannot_be_used(
    clip: Path, mask: Path, weights: Path, tmp_path: Path, capsys: Capture
) -> None:
    def refused(path: Path, *more: str) -> str:
        assert propagate(clip, mask, path, *more) == 1
        said = capsys.readouterr().err
        assert said.startswith("cfbi: error: ")
        assert "Traceback" not in said
        assert not (tmp_path / "out").exists()
        return said

    assert "gone.pth" in refused(tmp_path / "gone.pth")

    cut = tmp_path / "cut.safetensors"
    cut.write_bytes(weights.read_bytes()[:100_000])
    assert "cut.safetensors cannot be read as weights" in refused(cut)

    evil, trap = tmp_path / "evil.pth", tmp_path / "trap"
    torch.save(_Payload(str(trap)), evil)
    assert "evil.pth" in refused(evil)
    assert not trap.exists()

    state = cfbi.build_model("lite_cfbi").state_dict()
    dropped = next(iter(state))
    del state[dropped]
    torch.save(state | {"surplus.weight": torch.zeros(2)}, tmp_path / "keys.pth")
    said = refused(tmp_path / "keys.pth", "--model", "lite_cfbi")
    assert dropped in said
    assert "surplus.weight" in said
    assert "fits none of the networks" in refused(tmp_path / "keys.pth")
    assert "no network named 'nonsense'" in refused(weights, "--model", "nonsense")
    assert "device 'toaster' cannot be used" in refused(weights, "--device", "toaster")


def test_weights_are_imported_listed_and_described(
    weights: Path, clip: Path, mask: Path, capsys: Capture
) -> None:
    assert main(["weights", "import", str(weights), "--name", "mine"]) == 0
    assert capsys.readouterr().out.startswith("mine: weights of lite_cfbi, kept in ")
    assert main(["weights", "list"]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert rows[0] == ["NAME", "NETWORK", "FROM", "LICENCE"]
    assert ["mine", "lite_cfbi", "imported"] in [row[:3] for row in rows]
    assert main(["weights", "info", "mine"]) == 0
    assert "imported_from: random.safetensors" in capsys.readouterr().out
    assert main(["weights", "info", "mine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["network"] == "lite_cfbi"
    assert propagate(clip, mask, Path("mine"), "--range", ":2") == 0
    assert main(["weights", "import", str(weights), "--name", "mine"]) == 1
    assert main(["weights", "info", "nothing"]) == 1
    assert "no weights named 'nothing'" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_interrupt_exits_with_130_and_leaves_whole_files(tmp_path: Path, mask: Path, weights: Path) -> None:
    clip = make_pictures(tmp_path / "long", 400)
    out = tmp_path / "out"
    command = [sys.executable, "-m", "cfbi", "propagate", str(clip), "--mask", str(mask)]
    # a suite that runs in the background ignores SIGINT, and its children inherit that
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [*command, "--weights", str(weights), "--out", str(out)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    signal.signal(signal.SIGINT, handler)
    try:
        while process.poll() is None and not (out / "index/long_00002.png").exists():
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 130, said
    assert said.decode().splitlines()[-1] == "cfbi: stopped; files written before are complete"
    for path in (out / "index").iterdir():
        assert read_index_mask(path).shape == SIZE
