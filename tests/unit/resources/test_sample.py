"""The sample clip: what ships is what the script makes, and the mattes fit the pictures."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from resources.sample import make, paths, scene


def _shipped(frame_index: int) -> np.ndarray:
    with Image.open(paths().masks_dir / f"{frame_index:05d}.png") as picture:
        assert picture.mode == "P"
        return np.asarray(picture)


def test_paths_exist_and_are_small() -> None:
    sample = paths()
    masks = sorted(sample.masks_dir.iterdir())
    assert sample.video.is_file()
    assert sample.first_mask == masks[0]
    assert [mask.name for mask in masks] == [f"{index:05d}.png" for index in range(scene.FRAME_COUNT)]
    assert sample.video.stat().st_size + sum(mask.stat().st_size for mask in masks) < 2_000_000


@pytest.mark.parametrize("frame_index", [0, 13, 37, 52, 74])
def test_masks_come_out_the_same_again(frame_index: int) -> None:
    index_mask, coverage = scene.mattes(frame_index)
    np.testing.assert_array_equal(index_mask, _shipped(frame_index))
    assert coverage.shape == (2, 360, 640)
    # a pixel that is covered by more than half belongs to the object
    for object_id in (scene.BALL, scene.LEAF):
        np.testing.assert_array_equal(index_mask[coverage[object_id - 1] > 128], object_id)
        assert (coverage[object_id - 1][index_mask == object_id] > 80).all()


def test_the_story_of_the_clip() -> None:
    areas = np.array(
        [[(_shipped(index) == label).sum() for label in (1, 2)] for index in range(scene.FRAME_COUNT)]
    )
    assert areas.min() > 2500
    whole = np.array(
        [
            np.pi * scene.scene_at((index + 0.25) / scene.FPS).ball.radius ** 2
            for index in range(scene.FRAME_COUNT)
        ]
    )
    visible = areas[:, 0] / whole
    assert visible[0] > 0.99
    assert visible.min() < 0.65
    assert visible[-1] > 0.99
    middle = scene.label_samples(scene.scene_at(51 / scene.FPS))
    alone = scene.scene_at(51 / scene.FPS).ball
    xs, ys = scene.sample_grid()
    under_leaf = ((xs - alone.x) ** 2 + (ys - alone.y) ** 2 < alone.radius**2) & (middle == scene.LEAF)
    assert under_leaf.sum() > 2000


def test_shipped_video_is_what_the_script_renders() -> None:
    import cv2

    capture = cv2.VideoCapture(str(paths().video))
    assert int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) == scene.FRAME_COUNT
    assert capture.get(cv2.CAP_PROP_FPS) == scene.FPS
    ok, bgr = capture.read()
    capture.release()
    assert ok
    assert bgr.shape == (360, 640, 3)
    difference = np.abs(bgr[..., ::-1].astype(int) - make.render_frame(0)).mean()
    assert difference < 4


def test_palette_is_that_of_davis() -> None:
    palette = make.davis_palette()
    assert len(palette) == 768
    assert palette[:15] == [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0, 0, 0, 128]
    assert palette[-3:] == [224, 224, 192]


def test_frames_have_texture_everywhere() -> None:
    frame = make.render_frame(30).astype(np.float32)
    index_mask = _shipped(30)
    for label in (0, 1, 2):
        assert frame[index_mask == label].std(axis=0).mean() > 15
