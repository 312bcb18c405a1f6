"""Builds the folder that runs without Python, moves it, and uses it as somebody who has nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.worker.cli.checkout import STAMP_NAME
from cfbi.evaluation.metrics import jaccard
from resources import sample
from tests.unit.cfbi.data.writing import write_lists, write_sequence

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("PyInstaller") is None, reason="needs PyInstaller, the extra `build`"),
]
_LAST_S = 120.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, repo_dir: Path) -> Path:
    """The folder, in another place than it was made in."""
    place = tmp_path_factory.mktemp("built")
    script = repo_dir / "packaging" / "one_folder.py"
    subprocess.run([sys.executable, str(script), "--out", str(place)], check=True, cwd=place)
    moved = tmp_path_factory.mktemp("moved") / "Programme für Büro"
    (place / "cfbi-studio").rename(moved)
    return moved


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of an account that has nothing set."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
    return kept | {"HOME": str(home), "USERPROFILE": str(home), "PATH": "/usr/bin:/bin"}


def cfbi(folder: Path, environment: dict[str, str], *arguments: str) -> str:
    answer = subprocess.run(
        [str(folder / "cfbi"), *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=environment["HOME"],
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_a_clip_is_propagated_and_exported(folder: Path, environment: dict[str, str], tmp_path: Path) -> None:
    assert cfbi(folder, environment, "--version").startswith("cfbi 0.")
    assert "lite_cfbi" in cfbi(folder, environment, "weights", "list")
    clip, project = sample.paths(), tmp_path / "shot.cfbiproj"
    found = folder / "_internal" / "resources" / "sample" / "sample.mp4"
    arguments = ("--mask", str(clip.first_mask), "--to", "2", "--out", str(tmp_path / "mattes"))
    cfbi(folder, environment, "propagate", str(found), *arguments, "--project", str(project))
    made = np.array(Image.open(tmp_path / "mattes" / "index" / "sample_00002.png"))
    truth = np.array(Image.open(clip.masks_dir / "00002.png"))
    assert min(jaccard(made == name, truth == name) for name in (1, 2)) > 0.9
    movie = tmp_path / "movie"
    cfbi(
        *(folder, environment, "export", str(project), "--preset", "prores4444", "--out", str(movie)),
        *("--missing", "black", "--round-trip", "otio"),
    )
    made_files = {path.suffix for path in movie.iterdir()}
    assert {".mov", ".otio"} <= made_files


def test_clips_for_training_are_drawn_in_processes_of_their_own(
    folder: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    root, run = tmp_path / "davis", tmp_path / "run"
    write_sequence(root, "discs")
    write_lists(root, ["discs"], [])
    arguments = ("--sequences", str(root), "--init", "lite_cfbi", "--workers", "2", "--out", str(run))
    cfbi(folder, environment, "train", *arguments, "--set", "steps=2")
    provenance = json.loads((run / "last.json").read_text(encoding="utf-8"))["provenance"]
    assert provenance["data"]["sequences"] == ["davis/discs"]
    stamp = folder / "_internal" / "resources" / STAMP_NAME
    assert provenance["commit"] == stamp.read_text(encoding="utf-8").strip()


def test_the_window_opens_a_clip(folder: Path, environment: dict[str, str]) -> None:
    home, clip = Path(environment["HOME"]), folder / "_internal" / "resources" / "sample"
    arguments = [str(clip / "sample.mp4"), "--mask", str(clip / "masks" / "00000.png")]
    window = subprocess.Popen(
        [str(folder / "cfbi-studio"), *arguments], env=environment | {"QT_QPA_PLATFORM": "offscreen"}
    )
    try:
        ends = time.monotonic() + _LAST_S
        while not list(home.rglob("journal")):  # the mask is on the first frame
            assert window.poll() is None
            assert time.monotonic() < ends
            time.sleep(0.2)
    finally:
        window.kill()
        window.wait(20)
    (log,) = home.rglob("studio.log")
    assert log.read_text(encoding="utf-8") == ""
