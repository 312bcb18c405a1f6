from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from cfbi.data.annotations import davis_palette
from cfbi.errors import DataError, EvaluationError
from cfbi.evaluation import boundary_f, jaccard, open_sequence, score_davis, split_names

Masks = list[NDArray[np.uint8]]


def square(x: int, object_id: int = 1, into: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    mask = np.zeros((40, 60), np.uint8) if into is None else into
    mask[10:30, x : x + 15] = object_id
    return mask


def write_masks(folder: Path, masks: Masks, grey: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for index, mask in enumerate(masks):
        picture = Image.fromarray(mask)
        if not grey:
            picture.putpalette(davis_palette().tobytes())
        picture.save(folder / f"{index:05d}.png")


def make_dataset(root: Path, sequences: dict[str, Masks], grey: bool = False) -> Path:
    for name, masks in sequences.items():
        write_masks(root / "Annotations/480p" / name, masks, grey)
        frames = root / "JPEGImages/480p" / name
        frames.mkdir(parents=True)
        for index, mask in enumerate(masks):
            Image.new("RGB", mask.shape[::-1]).save(frames / f"{index:05d}.jpg")
    for year in ("2016", "2017"):
        lists = root / "ImageSets" / year
        lists.mkdir(parents=True)
        (lists / "val.txt").write_text("\n".join(sequences) + "\n")
    return root


def test_one_object_scores_by_hand(tmp_path: Path) -> None:
    truth = [square(5 + step) for step in range(6)]
    root = make_dataset(tmp_path / "davis", {"walk": truth})
    results = [square(5 + 2 * step) for step in range(6)]
    write_masks(tmp_path / "out/walk", results)
    report = score_davis(root, "val", 2016, tmp_path / "out")
    expected_j = [jaccard(results[i], truth[i]) for i in range(1, 5)]
    assert expected_j[0] == 14 / 16
    expected_f = [boundary_f(results[i], truth[i]) for i in range(1, 5)]
    assert report.overall.j.mean == pytest.approx(np.mean(expected_j))
    assert report.overall.f.mean == pytest.approx(np.mean(expected_f))
    assert report.overall.j_and_f == pytest.approx((np.mean(expected_j) + np.mean(expected_f)) / 2)
    assert report.sequences[0].frames == ("00001", "00002", "00003", "00004")
    assert report.overall.j.recall == np.mean(np.array(expected_j) > 0.5)
    # edges round(linspace(1, 4, 5)) - 1 = 0, 1, 2, 2, 3 (1.75, 2.5 and 3.25 round to 2, 3 and 3)
    assert report.overall.j.decay == pytest.approx(np.mean(expected_j[0:2]) - np.mean(expected_j[2:4]))


def test_first_and_last_frame_do_not_count_and_may_be_missing(tmp_path: Path) -> None:
    root = make_dataset(tmp_path / "davis", {"still": [square(5)] * 4})
    write_masks(tmp_path / "out/still", [square(30), square(5), square(5), square(30)])
    assert score_davis(root, "val", 2017, tmp_path / "out").overall.j.mean == 1
    (tmp_path / "out/still/00000.png").unlink()
    (tmp_path / "out/still/00003.png").unlink()
    assert score_davis(root, "val", 2017, tmp_path / "out").overall.j.mean == 1


@pytest.mark.parametrize("year", [2016, 2017])
def test_0_255_annotations_and_results_are_read_right(tmp_path: Path, year: int) -> None:
    bright = [square(5 + step, 255) for step in range(4)]
    ids = [square(5 + step, 1) for step in range(4)]
    root = make_dataset(tmp_path / "davis", {"s": bright}, grey=True)
    write_masks(tmp_path / "ids/s", ids)
    write_masks(tmp_path / "bright/s", bright, grey=True)
    for results in ("ids", "bright"):
        overall = score_davis(root, "val", year, tmp_path / results).overall  # type: ignore[arg-type]
        assert (overall.j.mean, overall.f.mean) == (1, 1)


def test_2016_merges_objects_and_2017_averages_over_objects(tmp_path: Path) -> None:
    two = [square(5, 1, into=square(35, 2)) for _ in range(4)]
    swapped = [square(5, 2, into=square(35, 1)) for _ in range(4)]
    root = make_dataset(tmp_path / "davis", {"one": [square(5)] * 4, "two": two})
    write_masks(tmp_path / "out/one", [square(5)] * 4)
    write_masks(tmp_path / "out/two", swapped)
    assert score_davis(root, "val", 2016, tmp_path / "out").overall.j.mean == 1
    report = score_davis(root, "val", 2017, tmp_path / "out")
    # three objects, one of them right: the mean is over objects, not over sequences
    assert report.overall.j.mean == pytest.approx(1 / 3)
    assert [sequence.scores.j.mean for sequence in report.sequences] == [1, 0]


def test_void_pixels_do_not_count(tmp_path: Path) -> None:
    truth = [square(5) for _ in range(4)]
    for mask in truth:
        mask[:, 30:] = 255
    root = make_dataset(tmp_path / "davis", {"s": truth})
    write_masks(tmp_path / "out/s", [square(5, into=square(40)) for _ in range(4)])
    assert score_davis(root, "val", 2017, tmp_path / "out").overall.j_and_f == 1
    assert score_davis(root, "val", 2016, tmp_path / "out").overall.j_and_f == 1


def test_objects_that_show_up_later_are_not_scored(tmp_path: Path) -> None:
    truth = [square(5), square(5, into=square(40, 2)), square(5), square(5)]
    root = make_dataset(tmp_path / "davis", {"s": truth})
    write_masks(tmp_path / "out/s", [square(5)] * 4)
    report = score_davis(root, "val", 2017, tmp_path / "out")
    assert [entry.object_id for entry in report.sequences[0].objects] == [1]
    assert report.overall.j.mean == 1


def test_report_is_json(tmp_path: Path) -> None:
    root = make_dataset(tmp_path / "davis", {"s": [square(5)] * 4})
    write_masks(tmp_path / "out/s", [square(5)] * 4)
    seen: list[str] = []
    report = score_davis(
        root, "val", 2017, tmp_path / "out", on_sequence=lambda entry: seen.append(entry.name)
    )
    table = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert table["overall"]["J"] == {"mean": 1.0, "recall": 1.0, "decay": 0.0}
    assert table["sequences"]["s"]["objects"]["1"]["J_per_frame"] == [1.0, 1.0]
    assert seen == ["s"]


def test_missing_results_are_named(tmp_path: Path) -> None:
    root = make_dataset(tmp_path / "davis", {"s": [square(5)] * 5})
    with pytest.raises(EvaluationError, match="no folder of results"):
        score_davis(root, "val", 2017, tmp_path / "out")
    write_masks(tmp_path / "out/s", [square(5)] * 3)
    with pytest.raises(EvaluationError, match=r"1 result frames are missing .*s/00003\.png"):
        score_davis(root, "val", 2017, tmp_path / "out")


def test_results_of_wrong_size_or_with_unknown_ids_are_refused(tmp_path: Path) -> None:
    root = make_dataset(tmp_path / "davis", {"s": [square(5)] * 4})
    write_masks(tmp_path / "small/s", [square(5)[:, :50]] * 4)
    with pytest.raises(EvaluationError, match=r"00001\.png is 50x40, its annotation is 60x40"):
        score_davis(root, "val", 2017, tmp_path / "small")
    write_masks(tmp_path / "ids/s", [square(5, 7)] * 4)
    with pytest.raises(EvaluationError, match=r"object ids \[7\], the first annotation only 1\.\.1"):
        score_davis(root, "val", 2017, tmp_path / "ids")


def test_broken_datasets_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no list of sequences .*2017"):
        split_names(tmp_path, "val", 2017)
    root = make_dataset(
        tmp_path / "davis", {"s": [square(5)] * 4, "empty": [np.zeros((40, 60), np.uint8)] * 4}
    )
    for name in ("s", "empty"):
        write_masks(tmp_path / "out" / name, [square(5)] * 4)
    with pytest.raises(EvaluationError, match=r"empty/00000\.png shows no object"):
        score_davis(root, "val", 2017, tmp_path / "out")
    (root / "ImageSets/2017/val.txt").write_text("s\n")
    (root / "Annotations/480p/s/00002.png").unlink()
    with pytest.raises(EvaluationError, match="3 annotations for 4 frames"):
        score_davis(root, "val", 2017, tmp_path / "out")
    (root / "Annotations/480p/s/00000.png").unlink()
    with pytest.raises(DataError, match=r"no annotation of its first frame 00000\.jpg"):
        open_sequence(root, "s")
    with pytest.raises(DataError, match=r"no folder .*nowhere"):
        open_sequence(root, "nowhere")


def test_lists_of_the_first_release_are_read(tmp_path: Path) -> None:
    lists = tmp_path / "ImageSets/480p"
    lists.mkdir(parents=True)
    lines = [
        f"/JPEGImages/480p/{name}/{i:05d}.jpg /Annotations/480p/{name}/{i:05d}.png"
        for name in "ba"
        for i in (0, 1)
    ]
    (lists / "val.txt").write_text("\n".join(lines))
    assert split_names(tmp_path, "val", 2016) == ["b", "a"]


def test_frames_without_leading_zeros_are_in_counting_order(tmp_path: Path) -> None:
    for part, suffix in (("JPEGImages", "jpg"), ("Annotations", "png")):
        folder = tmp_path / part / "480p/s"
        folder.mkdir(parents=True)
        for index in range(12):
            (folder / f"{index}.{suffix}").touch()
    assert [path.stem for path in open_sequence(tmp_path, "s").annotations] == [str(i) for i in range(12)]
