from pathlib import Path

import numpy as np

from cfbi.data.checking import check_folder
from tests.unit.cfbi.data.writing import save_grey, save_palette, save_picture, textured


def said(root: Path) -> list[str]:
    return [f"{entry.path.name}: {entry.what}" for entry in check_folder(root).problems]


def test_a_sound_folder_has_no_problems(davis: Path) -> None:
    report = check_folder(davis)

    assert (report.layout, report.problems, report.held_out) == ("davis", (), ())
    assert {split: [group.name for group in groups] for split, groups in report.splits.items()} == {
        "train": ["one", "binary", "two"],
        "val": ["held-out"],
    }
    one, binary, two = report.splits["train"]
    assert one.to_json() == {
        "pictures": 8,
        "masks": 8,
        "sizes": {"160x96": 8},
        "ids": [1],
        "empty_masks": 0,
        "mattes": False,
    }
    assert (binary.ids, binary.empty_masks) == ({1}, 1)
    assert two.ids == {1, 2}


def test_every_kind_of_problem_is_named(davis: Path) -> None:
    pictures, masks = davis / "JPEGImages/480p", davis / "Annotations/480p"
    (pictures / "one/00001.jpg").write_bytes((pictures / "one/00001.jpg").read_bytes()[:-100])
    (masks / "one/00002.png").write_bytes(b"nothing")
    (pictures / "one/00003.jpg").unlink()
    save_palette(masks / "one/00004.png", np.ones((96, 96), np.uint8))
    save_picture(pictures / "one/00005.jpg", textured((48, 80), 0, (9, 9, 9)))
    (masks / "two/00000.png").unlink()
    for path in (pictures / "binary").iterdir():
        path.unlink()

    problems = check_folder(davis, ["train"]).problems

    shown = [f"{entry.path.parent.name}/{entry.path.name}: {entry.what}" for entry in problems]
    expected = [
        ("one/00003.png", "it has no frame"),
        ("one/00001.jpg", "is damaged"),
        ("one/00002.png", "cannot be read"),
        ("one/00004.png", "it is 96x96, its picture 160x96"),
        ("one/00005.jpg", "it is 80x48, the sequence began otherwise"),
        ("480p/binary", "holds no pictures"),
        ("two/00000.jpg", "the first frame has no mask"),
    ]
    assert len(shown) == len(expected)
    for line, (start, part) in zip(shown, expected, strict=True):
        assert line.startswith(start)
        assert part in line


def test_births_that_no_mask_shows(youtubevos: Path) -> None:
    assert said(youtubevos) == []
    masks = youtubevos / "train/Annotations/late"
    save_palette(masks / "00010.png", np.ones((64, 96), np.uint8))

    assert said(youtubevos) == ["late: meta.json has object 2 begin in frame 00010, no mask shows it"]
    (masks / "00010.png").unlink()
    assert said(youtubevos) == ["late: meta.json has object 2 begin in frame 00010, no mask shows it"]


def test_stills(stills: Path) -> None:
    groups = {group.name: group for group in check_folder(stills).splits["stills"]}
    assert {name: (group.pictures, group.ids, group.mattes) for name, group in groups.items()} == {
        "toys_alpha": (1, {1}, True),
        "voc_regions": (2, {1, 2}, False),
        "weizmann_horse": (2, {1}, False),
    }
    assert said(stills) == []
    (stills / "weizmann_horse/masks/0.png").unlink()
    save_grey(stills / "voc_regions/masks/0.png", np.ones((5, 5), np.uint8))
    save_grey(stills / "toys_alpha/masks/b.png", np.ones((5, 5), np.uint8))

    assert said(stills) == [
        "b.png: it has no picture",
        "0.png: it is 5x5, its picture 120x90",
        "0.png: it has no mask",
    ]


def test_validation_sequences_are_pointed_out(davis: Path) -> None:
    (davis / "ImageSets/2017/val.txt").write_text("dog\n")
    for kind in ("JPEGImages", "Annotations"):
        (davis / kind / "480p/held-out").rename(davis / kind / "480p/dog")

    assert check_folder(davis).held_out == ("dog",)
