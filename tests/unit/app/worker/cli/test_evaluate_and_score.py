from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.export.png import write_index_png
from app.worker.cli import main
from cfbi.evaluation import read_index_mask

SIZE = (24, 40)


def two_objects(shift: int) -> NDArray[np.uint8]:
    mask = np.zeros(SIZE, np.uint8)
    mask[4:12, 3:9] = 1
    mask[12:20, 12:20] = 2
    return np.roll(mask, shift, axis=1)


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    """Two sequences: in "moves" objects go one pixel to the right per frame, in "rests" they stay."""
    root = tmp_path / "davis"
    for name, speed in (("moves", 1), ("rests", 0)):
        for frame_index in range(5):
            write_index_png(
                root / f"Annotations/480p/{name}/{frame_index:05d}.png", two_objects(speed * frame_index)
            )
            picture = root / f"JPEGImages/480p/{name}/{frame_index:05d}.jpg"
            picture.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", SIZE[::-1]).save(picture)
    for year in ("2016", "2017"):
        (root / "ImageSets" / year).mkdir(parents=True)
        (root / "ImageSets" / year / "val.txt").write_text("moves\nrests\n")
    return root


@pytest.mark.usefixtures("drifting_network")
@pytest.mark.parametrize("year", ["2016", "2017"])
def test_evaluate_propagates_and_scores(
    davis: Path, tmp_path: Path, year: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results"
    assert main(["evaluate", f"davis{year}", "--root", str(davis), "--split", "val", "--out", str(out)]) == 0
    result = read_index_mask(out / "moves/00004.png")
    expected = two_objects(4)
    np.testing.assert_array_equal(result, expected != 0 if year == "2016" else expected)
    table = json.loads((out / "scores.json").read_text())
    assert table["sequences"]["moves"]["J"]["mean"] == 1
    assert 0 < table["sequences"]["rests"]["J"]["mean"] < 1
    said = capsys.readouterr().out.splitlines()
    assert said[1].split() == ["moves", "100.0", "100.0", "100.0", "0.0", "100.0", "100.0", "0.0"]
    assert said[3].startswith("overall")


def test_score_of_given_results(davis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("moves", "rests"):
        for frame_index in range(1, 4):
            write_index_png(tmp_path / f"out/{name}/{frame_index:05d}.png", two_objects(0))
    command = ["score", "davis2017", "--root", str(davis), "--results", str(tmp_path / "out")]
    assert main([*command, "--json", str(tmp_path / "deep/scores.json")]) == 0
    table = json.loads((tmp_path / "deep/scores.json").read_text())
    # objects 6 and 8 pixels wide that the result leaves behind by 1, 2 and 3
    expected = np.mean([[(w - s) / (w + s) for s in (1, 2, 3)] for w in (6, 8)])
    assert table["sequences"]["moves"]["J"]["mean"] == pytest.approx(expected)
    assert table["overall"]["J"]["mean"] == pytest.approx((1 + expected) / 2)
    head = capsys.readouterr().out.splitlines()[0]
    assert head.split() == ["sequence", "J&F", "J", "mean", "recall", "decay", "F", "mean", "recall", "decay"]


def test_missing_results_are_named(davis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    assert main(["score", "davis2016", "--root", str(davis), "--results", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "6 result frames are missing" in said
    assert "moves/00001.png" in said


@pytest.mark.usefixtures("drifting_network")
def test_data_set_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "davis2017", "--root", str(tmp_path), "--out", str(tmp_path / "out")]
    assert main(command) == 1
    assert "no list of sequences" in capsys.readouterr().err


@pytest.mark.usefixtures("drifting_network")
def test_first_annotation_without_an_object(
    davis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_index_png(davis / "Annotations/480p/rests/00000.png", np.zeros(SIZE, np.uint8))
    assert main(["evaluate", "davis2016", "--root", str(davis), "--out", str(tmp_path / "out")]) == 1
    assert "rests/00000.png shows no object" in capsys.readouterr().err.replace("\\", "/")
    assert not (tmp_path / "out").exists()
