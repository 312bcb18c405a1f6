from __future__ import annotations

import cv2
import numpy as np
import pytest

from app.tools.pixels.grab_cut import evened, tightness
from app.tools.pixels.select import SelectRequest, select


def scene(height: int, width: int, box: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A grainy red rectangle on grainy green, and where it is."""
    generator = np.random.default_rng(3)
    inside = np.zeros((height, width), bool)
    inside[box[1] : box[3], box[0] : box[2]] = True
    picture = np.where(inside[..., None], (200, 50, 40), (60, 140, 70)) + generator.integers(
        -12, 13, (height, width, 3)
    )
    return picture.astype(np.uint8), inside


def overlap(found: np.ndarray, wanted: np.ndarray) -> float:
    return float((found & wanted).sum() / (found | wanted).sum())


@pytest.mark.parametrize("size", [(120, 160), (540, 720)])
def test_a_box_finds_the_object_in_it(size: tuple[int, int]) -> None:
    height, width = size
    object_box = (width // 3, height // 3, 2 * width // 3, 2 * height // 3)
    picture, wanted = scene(height, width, object_box)
    box = (object_box[0] - 10, object_box[1] - 8, object_box[2] + 9, object_box[3] + 11)
    found = select(SelectRequest(picture, box))
    assert overlap(found, wanted) > 0.97


@pytest.mark.parametrize(("difference", "grain"), [((8, 2, -8), 4), ((11, 2, -11), 6)])
def test_an_object_that_is_mostly_like_the_ground_is_not_given_up_for_its_patch(
    difference: tuple[int, int, int], grain: int
) -> None:
    """A light oval on light ground, hardly to be told apart but for a brown patch on it."""
    generator = np.random.default_rng(1)
    inside, patch = (np.zeros((160, 240), np.uint8) for _ in range(2))
    cv2.ellipse(inside, (120, 80), (80, 50), 0, 0, 360, 1, -1)
    cv2.ellipse(patch, (88, 78), (32, 30), 0, 0, 360, 1, -1)
    picture = np.full((160, 240, 3), (205, 203, 198), np.float64)
    picture[inside > 0] += difference
    picture[patch > 0] = (150, 90, 60)
    picture += generator.normal(0, grain, picture.shape)
    found = select(SelectRequest(picture.clip(0, 255).astype(np.uint8), (36, 26, 204, 134)))
    # from one start the patch alone was found: 0.24
    assert overlap(found, inside > 0) > 0.8


def test_tightness_goes_by_bounds_and_not_by_crumbs() -> None:
    found = np.zeros((40, 60), bool)
    assert tightness(found, (10, 10, 30, 30)) == 0
    found[10:30, 10:20] = True
    assert tightness(found, (10, 10, 30, 30)) == 0.5
    found[12, 29] = True  # a crumb
    assert tightness(found, (10, 10, 30, 30)) == 0.5
    found[10:30, 28:30] = True  # a part of its own
    assert tightness(found, (10, 10, 30, 30)) == 1
    assert tightness(found, (30, 10, 50, 30)) == 0


def test_faint_differences_count_more_in_evened_colours() -> None:
    generator = np.random.default_rng(0)
    light = generator.uniform(40, 220, (50, 80, 1))
    picture = np.repeat(light, 3, axis=2)
    picture[:, 40:, 2] += 6  # a little bluer
    shown = evened(picture.clip(0, 255).astype(np.uint8)).astype(np.float64)

    def step(image: np.ndarray) -> float:
        """How much the halves differ, by how much the picture varies."""
        return float(np.abs(image[:, :40].mean((0, 1)) - image[:, 40:].mean((0, 1))).max() / image.std())

    assert step(shown) > 3 * step(picture)


def test_a_scribble_finds_what_goes_on_far_beyond_it() -> None:
    picture, wanted = scene(240, 320, (110, 60, 210, 180))
    inside = np.zeros(wanted.shape, bool)
    inside[118:124, 150:172] = True
    assert overlap(select(SelectRequest(picture, inside=inside)), wanted) > 0.95


def test_scribbles_are_taken_at_their_word() -> None:
    picture, _ = scene(120, 160, (50, 40, 110, 80))
    inside, outside = np.zeros((2, 120, 160), bool)
    inside[20:24, 60:70] = True  # on the background
    outside[50:54, 70:90] = True  # on the object
    found = select(SelectRequest(picture, (45, 15, 115, 85), inside, outside))
    assert found[inside].all()
    assert not found[outside].any()


def test_the_same_marks_give_the_same_object() -> None:
    picture, _ = scene(120, 160, (50, 40, 110, 80))
    request = SelectRequest(picture, (40, 30, 120, 90))
    assert np.array_equal(select(request), select(request))


def test_nothing_to_go_by_finds_nothing() -> None:
    picture, _ = scene(60, 80, (20, 20, 40, 40))
    assert not select(SelectRequest(picture)).any()


def test_colour_follows_each_click_in_turn() -> None:
    picture = np.zeros((10, 30, 3), np.uint8)
    picture[:, 10:20], picture[:, 20:] = 100, 110
    both = select(SelectRequest(picture, seeds=((12, 5, True),), tolerance=10))
    assert np.array_equal(both, np.tile(np.arange(30) >= 10, (10, 1)))
    strict = select(SelectRequest(picture, seeds=((12, 5, True), (2, 2, True)), tolerance=9))
    assert np.array_equal(strict, np.tile(np.arange(30) < 20, (10, 1)))
    less = select(SelectRequest(picture, seeds=((12, 5, True), (25, 5, False)), tolerance=9))
    assert np.array_equal(less, np.tile((np.arange(30) >= 10) & (np.arange(30) < 20), (10, 1)))


def test_the_work_can_be_ended_between_its_steps() -> None:
    picture, _ = scene(60, 80, (20, 20, 40, 40))
    asked = []

    def check() -> None:
        asked.append(len(asked))
        if len(asked) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        select(SelectRequest(picture, (10, 10, 50, 50)), check)
    assert asked == [0, 1, 2]
