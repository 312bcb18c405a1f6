import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbi.data.layouts import listed_names
from cfbi.data.sequences import SequenceFolder, choose_frames
from cfbi.errors import DataError
from tests.unit.cfbi.data.writing import write_folders, write_lists, write_sequence


@given(
    count=st.integers(1, 100), length=st.integers(3, 6), max_gap=st.integers(1, 10), seed=st.integers(0, 999)
)
def test_frames_run_one_way_with_bounded_gaps(count: int, length: int, max_gap: int, seed: int) -> None:
    order = choose_frames(np.random.default_rng(seed), count, length, max_gap=max_gap)

    assert len(order) == length
    assert min(order) >= 0
    assert max(order) < count
    steps = np.diff(order)
    assert np.all(steps >= 0) or np.all(steps <= 0)
    assert np.abs(steps[1:]).max() <= max_gap
    if count > length:
        assert np.abs(steps[1:]).min() >= 1


def test_reference_is_often_far_and_sometimes_the_previous_frame() -> None:
    orders = [choose_frames(np.random.default_rng(seed), 80, 4, max_gap=6) for seed in range(300)]

    distances = np.array([abs(order[1] - order[0]) for order in orders])

    assert 0.3 < np.mean(distances > 6) < 0.6
    assert 0.04 < np.mean(distances == 0) < 0.2
    assert distances.max() == 25


def test_both_kinds_of_masks_are_read_and_references_show_an_object(davis: Path) -> None:
    folder = SequenceFolder(davis)
    seen = set()

    for seed in range(40):
        clip = folder.draw(np.random.default_rng(seed), 4, max_gap=2)
        seen.add(clip.name)
        ids = set(np.unique(clip.masks[0]).tolist())
        assert ids == ({0, 1, 2} if clip.name == "davis/two" else {0, 1})
        pictures = folder.pictures(clip)
        assert pictures is not None
        assert [picture.shape for picture in pictures] == [(96, 160, 3)] * 4

    assert seen == {"davis/one", "davis/binary", "davis/two"}


def test_held_out_sequences_in_the_training_list_are_refused(davis: Path) -> None:
    write_lists(davis, ["one", "held-out"], ["held-out"])

    with pytest.raises(DataError, match="held-out would be trained on, but belongs to the validation set"):
        SequenceFolder(davis)


def test_benchmark_validation_sequences_are_refused_without_any_list_of_them(davis: Path) -> None:
    write_lists(davis, ["one", "blackswan", "soapbox"], [])

    with pytest.raises(DataError, match="blackswan, soapbox"):
        SequenceFolder(davis)


def test_the_lists_of_2016_name_frames(tmp_path: Path) -> None:
    path = tmp_path / "ImageSets" / "2016" / "train.txt"
    path.parent.mkdir(parents=True)
    path.write_text(
        "/JPEGImages/480p/bear/00000.jpg /Annotations/480p/bear/00000.png\n"
        "/JPEGImages/480p/bear/00001.jpg /Annotations/480p/bear/00001.png\n\n",
        encoding="utf-8",
    )

    assert listed_names(tmp_path, "train") == ["bear"]


def test_an_empty_folder_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no layout of a data set") as caught:
        SequenceFolder(tmp_path)

    assert caught.value.hint


@pytest.mark.allow_logs
def test_lists_without_sequences_are_an_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_lists(tmp_path, ["lost"], [])

    with pytest.raises(DataError, match="holds no sequence"):
        SequenceFolder(tmp_path)

    assert "lost" in caplog.text


@pytest.mark.allow_logs
def test_a_broken_annotation_is_named_once_and_left_out(
    davis: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for path in (davis / "Annotations" / "480p" / "one").iterdir():
        path.write_bytes(b"no picture")
    folder = SequenceFolder(davis)

    with caplog.at_level(logging.WARNING):
        names = {folder.draw(np.random.default_rng(seed), 4, max_gap=2).name for seed in range(40)}

    assert names == {"davis/binary", "davis/two"}
    messages = [record.getMessage() for record in caplog.records]
    assert messages
    assert len(messages) == len(set(messages))


def test_short_groups_weigh_less(tmp_path: Path) -> None:
    write_sequence(tmp_path, "long", frames=20)
    write_sequence(tmp_path, "group", frames=5)
    write_lists(tmp_path, ["long", "group"], [])
    folder = SequenceFolder(tmp_path)

    names = [folder.draw(np.random.default_rng(seed), 3, max_gap=1).name for seed in range(100)]

    assert 8 <= names.count("davis/group") <= 35


def test_sequences_of_every_layout_are_drawn_from(davis: Path, youtubevos: Path) -> None:
    folder = SequenceFolder([davis, youtubevos], davis_repeat=3.0)

    names = [folder.draw(np.random.default_rng(seed), 4, max_gap=2).name for seed in range(60)]

    assert set(names) == {"davis/one", "davis/binary", "davis/two", "youtubevos/early", "youtubevos/late"}
    assert sum(name.startswith("davis") for name in names) > 40


@pytest.mark.parametrize("meta", [True, False])
def test_benchmark_validation_sequences_are_refused_in_other_layouts(tmp_path: Path, meta: bool) -> None:
    write_folders(tmp_path / "train", {"fine": [(1,)] * 4, "Soapbox": [(1,)] * 4}, meta=meta)

    with pytest.raises(DataError, match="Soapbox would be trained on"):
        SequenceFolder(tmp_path)


def test_a_validation_split_cannot_be_trained_on(davis: Path, youtubevos: Path) -> None:
    for root in (davis, youtubevos):
        with pytest.raises(DataError, match="belongs to the validation set"):
            SequenceFolder(root, "val")


@pytest.mark.allow_logs
def test_annotations_without_a_frame_are_named(davis: Path, caplog: pytest.LogCaptureFixture) -> None:
    (davis / "JPEGImages/480p/one/00003.jpg").unlink()

    folder = SequenceFolder(davis)

    assert len(next(entry for entry in folder.sequences if entry.name == "davis/one").frames) == 7
    assert "00003.png: it has no frame" in caplog.text


@pytest.mark.allow_logs
def test_a_picture_that_was_cut_off_is_left_out(davis: Path, caplog: pytest.LogCaptureFixture) -> None:
    for path in (davis / "JPEGImages/480p/one").iterdir():
        path.write_bytes(path.read_bytes()[:-200])
    folder = SequenceFolder(davis)
    clips = [folder.draw(np.random.default_rng(seed), 4, max_gap=2) for seed in range(20)]

    readable = {clip.name: folder.pictures(clip) is not None for clip in clips}

    assert readable == {"davis/one": False, "davis/binary": True, "davis/two": True}
    assert "is damaged" in caplog.text
