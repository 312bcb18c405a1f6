import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cfbi.data.clip import TrainingClip, relabel, shrunk


def test_a_shrunk_clip_has_mean_colours_and_no_new_labels() -> None:
    frames = np.zeros((2, 4, 4, 3), np.uint8)
    frames[:, :2, :2] = [[[0], [40]], [[80], [120]]]
    masks = np.zeros((2, 4, 4), np.uint8)
    masks[0, :2, :2], masks[1, 2:, 2:] = 3, 255
    clip = TrainingClip(frames, masks, "there")

    small = shrunk(clip, 2)

    assert small.source == "there"
    assert small.frames[..., 1].tolist() == [[[60, 0], [0, 0]]] * 2
    assert small.masks.tolist() == [[[3, 0], [0, 0]], [[0, 0], [0, 255]]]
    assert (small.frames.dtype, small.masks.dtype) == (np.uint8, np.uint8)
    assert shrunk(clip, 4) is clip
    assert shrunk(clip, 9) is clip


def test_labels_that_only_appear_later_become_background() -> None:
    masks = np.array([[[0, 7, 7, 255]], [[9, 7, 255, 0]]], np.uint8)

    result = relabel(masks, np.random.default_rng(0), max_objects=3, min_area=1)

    assert result.tolist() == [[[0, 1, 1, 255]], [[0, 1, 255, 0]]]


def test_small_objects_become_background_in_every_frame() -> None:
    masks = np.array([[[4, 7, 7, 7]], [[4, 4, 4, 7]]], np.uint8)

    result = relabel(masks, np.random.default_rng(0), max_objects=3, min_area=2)

    assert result.tolist() == [[[0, 1, 1, 1]], [[0, 0, 0, 1]]]


@given(
    masks=arrays(np.uint8, (3, 6, 7), elements=st.sampled_from([0, 1, 2, 5, 9, 200, 255])),
    max_objects=st.integers(1, 4),
    min_area=st.integers(0, 8),
    seed=st.integers(0, 99),
)
def test_ids_are_consecutive_and_pixels_keep_their_grouping(
    masks: np.ndarray, max_objects: int, min_area: int, seed: int
) -> None:
    result = relabel(masks, np.random.default_rng(seed), max_objects=max_objects, min_area=min_area)

    ids = sorted(set(np.unique(result[0]).tolist()) - {0, 255})
    assert ids == list(range(1, len(ids) + 1))
    assert len(ids) <= max_objects
    assert set(np.unique(result).tolist()) <= {0, 255, *ids}
    assert np.array_equal(result == 255, masks == 255)
    for object_id in ids:
        old = np.unique(masks[result == object_id])
        assert len(old) == 1
        assert np.array_equal(result == object_id, masks == old[0])
        assert np.count_nonzero(result[0] == object_id) >= min_area
