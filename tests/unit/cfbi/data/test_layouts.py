import json
from pathlib import Path

import pytest

from cfbi.data.davis import natural_key
from cfbi.data.layouts import open_layout, recognise
from cfbi.errors import DataError
from tests.unit.cfbi.data.writing import write_folders


def test_layouts_are_recognised(davis: Path, youtubevos: Path, stills: Path, tmp_path: Path) -> None:
    write_folders(tmp_path / "mose", {"a": [(1,)] * 3}, meta=False)

    assert recognise(davis) == "davis"
    assert recognise(youtubevos) == recognise(youtubevos / "train") == "youtubevos"
    assert recognise(tmp_path / "mose") == "folders"
    assert recognise(stills) == recognise(stills / "voc_regions") == "stills"


def test_unknown_layouts_are_an_error_that_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no layout of a data set") as caught:
        recognise(tmp_path)
    assert "meta.json" in caught.value.hint
    with pytest.raises(DataError, match="There is no folder"):
        recognise(tmp_path / "nowhere")


def test_splits_are_folders_or_lists(davis: Path, youtubevos: Path) -> None:
    assert open_layout(davis, "train").names == ("one", "binary", "two")
    assert open_layout(youtubevos, "train").names == ("early", "late")
    assert open_layout(youtubevos, "val").names == open_layout(youtubevos, "valid").names == ("other",)
    with pytest.raises(DataError, match="has no split 'test'") as caught:
        open_layout(youtubevos, "test")
    assert caught.value.hint == "It has: train, valid."
    with pytest.raises(DataError, match="no list of sequences"):
        open_layout(davis, "test")


def test_a_list_in_folders_without_meta_counts(tmp_path: Path) -> None:
    write_folders(tmp_path, {"a": [(1,)] * 3, "b": [(1,)] * 3}, meta=False)
    (tmp_path / "ImageSets").mkdir()
    (tmp_path / "ImageSets" / "train.txt").write_text("b\n\n")

    assert open_layout(tmp_path, "train").names == ("b",)
    assert open_layout(tmp_path, "other").names == ("a", "b")
    (tmp_path / "ImageSets" / "train.txt").write_text("\n")
    with pytest.raises(DataError, match="is empty"):
        open_layout(tmp_path, "train")


def test_meta_tells_births_and_leaves_out_frames_in_between(youtubevos: Path) -> None:
    frames = youtubevos / "train" / "JPEGImages" / "late"
    (frames / "00003.jpg").write_bytes((frames / "00005.jpg").read_bytes())

    files = open_layout(youtubevos, "train").open("late")

    assert [path.stem for path in files.frames] == ["00000", "00005", "00010", "00015", "00020", "00025"]
    assert files.births == {1: "00000", 2: "00010"}
    assert set(files.masks) == {path.stem for path in files.frames}


@pytest.mark.parametrize("content", ["", "[]", '{"videos": {"a": {"objects": {"x": {"frames": ["0"]}}}}}'])
def test_unreadable_meta_is_an_error(youtubevos: Path, content: str) -> None:
    (youtubevos / "train" / "meta.json").write_text(content)

    with pytest.raises(DataError, match=r"meta\.json cannot be read"):
        open_layout(youtubevos, "train")


def test_meta_without_frames_adds_nothing(youtubevos: Path) -> None:
    content = {"videos": {"late": {"objects": {"1": {"frame_range": {"start": "0"}}}}}}
    (youtubevos / "train" / "meta.json").write_text(json.dumps(content))

    files = open_layout(youtubevos, "train").open("late")

    assert files.births == {}
    assert len(files.frames) == 6


def test_numbers_of_any_script_sort_by_value_and_superscripts_are_none() -> None:
    names = ["²10.png", "a10.png", "a9.png", "²9.png"]
    assert sorted(names, key=natural_key) == ["a9.png", "a10.png", "²9.png", "²10.png"]
