from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.export.png import write_index_png
from app.worker.cli import main
from app.worker.cli.interactive import KEPT_BYTES
from cfbi.evaluation import read_index_mask
from tests.unit.app.worker.cli.conftest import DriftingSession
from tests.unit.cfbi.data.writing import write_folders

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


@pytest.mark.usefixtures("drifting_network")
def test_tables_curves_and_page(davis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "results"
    command = ["evaluate", "davis2017", "--root", str(davis), "--sequence", "rests", "--out", str(out)]
    assert main([*command, "--max-side", "481"]) == 0
    rows = (out / "scores.csv").read_text().splitlines()
    assert rows[0].startswith("sequence,object,frames,J&F,J,")
    assert [row.split(",")[:3] for row in rows[1:]] == [["rests", "1", "3"], ["rests", "2", "3"]]
    frames = (out / "frames.csv").read_text().splitlines()
    assert frames[1] == "rests,00001,1,0.7143,1.0000"  # 6 px wide, left behind by 1: 5 / 7
    assert len(frames) == 7
    assert (out / "curves/rests.svg").read_text().startswith("<svg")
    page = (out / "report.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 3  # the three scored frames are near to each other
    assert "<b>longest side</b> 481 px" in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert not (out / "moves").exists()
    assert "identity swaps: 0 frames, 0 objects" in capsys.readouterr().out


@pytest.fixture
def youtubevos(tmp_path: Path) -> Path:
    """A validation split: object 2 comes in frame 10, and nothing but births is annotated."""
    root = tmp_path / "youtubevos"
    write_folders(root / "valid", {"late": [(1,), (1,), (1, 2), (1, 2)], "plain": [(1, 2)] * 3}, meta=True)
    masks = root / "valid/Annotations"
    for path in masks.glob("*/*.png"):
        if (path.parent.name, path.stem) not in {("late", "00000"), ("late", "00010"), ("plain", "00000")}:
            path.unlink()
    return root


@pytest.mark.usefixtures("drifting_network")
def test_youtubevos_joins_late_objects_and_writes_the_submission(
    youtubevos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert (
        main(["evaluate", "youtubevos", "--root", str(youtubevos), "--split", "val", "--out", str(out)]) == 0
    )
    said = capsys.readouterr().out
    assert "not scored: 2 of 2" in said
    with zipfile.ZipFile(out / "submission.zip") as archive:
        names = archive.namelist()
        last = np.array(Image.open(io.BytesIO(archive.read("Annotations/late/00015.png"))))
    stems = {"late": 4, "plain": 3}
    assert names == [f"Annotations/{name}/{5 * k:05d}.png" for name in stems for k in range(stems[name])]
    ids = [np.unique(read_index_mask(out / f"Annotations/late/{5 * k:05d}.png")).tolist() for k in range(4)]
    assert ids == [[0, 1], [0, 1], [0, 1, 2], [0, 1, 2]]
    # object 2 was given in frame 10 and moved one pixel to the right since
    np.testing.assert_array_equal(np.flatnonzero((last == 2).any(axis=0)), np.arange(37, 61))
    first = (out / "submission.zip").read_bytes()
    main(["evaluate", "youtubevos", "--root", str(youtubevos), "--split", "val", "--out", str(out)])
    assert (out / "submission.zip").read_bytes() == first


@pytest.mark.usefixtures("drifting_network")
def test_folders_are_scored_from_the_frame_after_an_objects_first(tmp_path: Path) -> None:
    root, out = tmp_path / "mose", tmp_path / "out"
    write_folders(root / "valid", {"late": [(1,), (1,), (1, 2), (1, 2), (1, 2)]}, meta=False)
    assert main(["evaluate", "folder", "--root", str(root), "--split", "valid", "--out", str(out)]) == 0
    objects = json.loads((out / "scores.json").read_text())["sequences"]["late"]["objects"]
    assert (objects["1"]["first_frame"], len(objects["1"]["J_per_frame"])) == ("00005", 4)
    assert (objects["2"]["first_frame"], len(objects["2"]["J_per_frame"])) == ("00015", 2)


@pytest.fixture
def with_categories(tmp_path: Path) -> Path:
    """Object 1 is of a category that was trained on, object 2, which comes late, of one that was not."""
    root = tmp_path / "categories"
    write_folders(root / "train", {"any": [(1, 2)] * 3}, meta=True, categories={1: "duck", 2: "car"})
    shown = {"late": [(1,), (1, 2), (1, 2), (1, 2)], "other": [(2,)] * 3}
    write_folders(root / "valid", shown, meta=True, categories={1: "duck", 2: "penguin"})
    return root


@pytest.mark.usefixtures("drifting_network")
def test_seen_and_unseen_categories_are_scored_apart(
    with_categories: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    command = ["evaluate", "youtubevos", "--root", str(with_categories), "--out", str(out)]
    assert main([*command, "--split", "valid"]) == 0
    table = json.loads((out / "scores.json").read_text())
    of = {name: sequence["objects"] for name, sequence in table["sequences"].items()}
    unseen = (of["late"]["2"], of["other"]["2"])
    assert table["seen"]["J"]["mean"] == of["late"]["1"]["J"]["mean"]
    assert table["unseen"]["J"]["mean"] == pytest.approx(np.mean([entry["J"]["mean"] for entry in unseen]))
    assert table["unseen"]["F"]["mean"] == pytest.approx(np.mean([entry["F"]["mean"] for entry in unseen]))
    four = [table[group][measure]["mean"] for group in ("seen", "unseen") for measure in "JF"]
    assert table["G"] == pytest.approx(np.mean(four))
    # three objects, one of them seen: the mean over objects is another number
    assert table["G"] != pytest.approx(table["overall"]["J&F"])
    said = capsys.readouterr().out
    assert f"seen and unseen categories: {100 * table['G']:.1f}" in said
    assert [line.split()[0] for line in said.splitlines() if line.startswith(("seen", "unseen"))] == [
        "seen",
        "unseen",
    ]
    assert "<td>unseen categories</td>" in (out / "report.html").read_text()


@pytest.mark.usefixtures("drifting_network")
@pytest.mark.parametrize("case", ["training split itself", "secret", "no training split", "all seen"])
def test_without_both_kinds_of_categories_there_is_one_mean(
    with_categories: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    out, split = tmp_path / "out", "valid"
    meta = with_categories / "valid/meta.json"
    if case == "training split itself":
        split = "train"
    elif case == "secret":
        meta.write_text(meta.read_text().replace('"category": "penguin"', '"category": ""'))
    elif case == "no training split":
        (with_categories / "train/meta.json").unlink()
    else:
        meta.write_text(meta.read_text().replace("penguin", "car"))
    command = ["evaluate", "youtubevos", "--root", str(with_categories), "--out", str(out)]
    assert main([*command, "--split", split]) == 0
    assert not {"G", "seen", "unseen"} & set(json.loads((out / "scores.json").read_text()))
    assert "unseen" not in capsys.readouterr().out


@pytest.mark.usefixtures("drifting_network")
def test_a_damaged_list_of_categories_is_named(
    with_categories: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (with_categories / "train/meta.json").write_text('{"videos": {"any": [1]}}')
    command = ["evaluate", "youtubevos", "--root", str(with_categories), "--split", "valid"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 1
    assert "train/meta.json cannot be read as the description" in capsys.readouterr().err.replace("\\", "/")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: (root / "late/00000.png").unlink(), "no mask of frame 00000, where an object begins"),
        (lambda root: (root / "late/00010.png").unlink(), "no mask of frame 00010, where an object begins"),
        (
            lambda root: write_index_png(root / "late/00010.png", np.ones((9, 9), np.uint8)),
            "00010.png is 9x9, but the first frame of late is 96x64",
        ),
    ],
)
@pytest.mark.usefixtures("drifting_network")
def test_sequences_that_cannot_be_evaluated_are_named_before_anything_is_written(
    youtubevos: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], None],
    message: str,
) -> None:
    change(youtubevos / "valid/Annotations")
    out = tmp_path / "out"
    assert (
        main(["evaluate", "youtubevos", "--root", str(youtubevos), "--split", "val", "--out", str(out)]) == 1
    )
    assert message in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.usefixtures("drifting_network")
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--split", "test"], "has no split 'test'"),
        (["--split", "val", "--sequence", "nobody"], "has no sequence nobody"),
        (["--split", "val", "--augment", "paper", "--flip"], "already says which scales"),
    ],
)
def test_impossible_requests(
    youtubevos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    command = ["evaluate", "youtubevos", "--root", str(youtubevos), "--out", str(tmp_path / "out")]
    assert main([*command, *options]) == 1
    assert message in capsys.readouterr().err


def test_the_settings_of_the_authors_reach_the_network(
    davis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, object]] = []

    def maker(args: object, **options: object) -> type[DriftingSession]:
        seen.append(options)
        return DriftingSession

    monkeypatch.setattr("app.worker.cli.evaluate.session_maker", maker)
    command = ["evaluate", "davis2016", "--root", str(davis), "--out", str(tmp_path / "out")]
    for options in ([], ["--augment", "readme"], ["--augment", "paper"], ["--scales", "1", "1.3"]):
        assert main([*command, *options]) == 0
    assert main([*command, "--interactive", "--rounds", "0"]) == 0
    assert [options.pop("kept_bytes") for options in seen] == [0, 0, 0, 0, KEPT_BYTES]
    assert seen[:4] == [
        {"scales": (1.0,), "flip": False},
        {"scales": (1.0, 1.15, 1.3, 1.5), "flip": True},
        {"scales": (2.0, 2.15, 2.3), "flip": True},
        {"scales": (1.0, 1.3), "flip": False},
    ]
