import cv2
import numpy as np
import pytest

from cfbi.data.cutouts import Cutout, bleed, lift, shrink_to, tint


def disc(radius: int = 12, centre: tuple[int, int] = (30, 25)) -> tuple[np.ndarray, np.ndarray]:
    mask = np.zeros((50, 60), np.uint8)
    cv2.circle(mask, centre, radius, 1, -1)
    picture = np.where(mask[..., None] > 0, (200, 40, 40), (0, 0, 250)).astype(np.uint8)
    return picture, mask


def test_lifted_object_is_a_little_smaller_and_has_none_of_its_old_background() -> None:
    picture, mask = disc()

    cutout = lift([picture], [mask], "here")

    assert cutout is not None
    solid = cutout.alphas[0] > 127
    ys, xs = np.nonzero(solid)
    assert mask[ys + cutout.origin[1], xs + cutout.origin[0]].all()
    assert 0.7 * mask.sum() < solid.sum() < mask.sum()
    touched = cutout.alphas[0] > 0
    assert np.abs(cutout.pictures[0][touched].astype(int) - (200, 40, 40)).max() <= 2


def test_alpha_fades_at_the_border_of_the_picture_too() -> None:
    picture, mask = disc(centre=(0, 25))

    cutout = lift([picture], [mask], "here")

    assert cutout is not None
    assert cutout.alphas[0][:, 0].max() < 127


@pytest.mark.parametrize("radius", [0, 2])
def test_nothing_is_lifted_from_a_speck(radius: int) -> None:
    picture, mask = disc(radius)

    assert lift([picture], [mask], "here") is None
    assert lift([picture], [np.zeros_like(mask)], "here") is None


def test_moving_object_shares_one_box_and_keeps_its_motion() -> None:
    first, second = disc(centre=(20, 25)), disc(centre=(35, 30))

    cutout = lift([first[0], second[0]], [first[1], second[1]], "here")

    assert cutout is not None
    assert cutout.alphas[0].shape == cutout.alphas[1].shape
    middles = cutout.middles()
    assert middles[1] - middles[0] == pytest.approx([15, 5], abs=0.1)
    assert middles[0] + cutout.origin == pytest.approx([20, 25], abs=0.1)


def test_an_object_out_of_sight_keeps_its_last_middle() -> None:
    picture, mask = disc()

    cutout = lift([picture, picture], [mask, np.zeros_like(mask)], "here")

    assert cutout is not None
    middles = cutout.middles()
    assert middles[1] == pytest.approx(middles[0])


def test_bleed_leaves_the_inside_alone() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (20, 20, 3), np.uint8)
    inner = np.zeros((20, 20), np.uint8)
    inner[5:15, 5:15] = 255

    result = bleed(picture, inner)

    assert np.array_equal(result[5:15, 5:15], picture[5:15, 5:15])


def test_shrinking_keeps_the_drawn_size() -> None:
    cutout = lift(*[[part] for part in disc()], "here")
    assert cutout is not None

    small, rest = shrink_to(cutout, 0.5)

    assert small.side * rest == pytest.approx(cutout.side * 0.5, rel=0.1)
    assert shrink_to(cutout, 0.9) == (cutout, 0.9)


def test_tint_moves_the_mean_towards_the_surroundings() -> None:
    rng = np.random.default_rng(0)
    picture = np.clip(rng.normal(180, 20, (20, 20, 3)), 0, 255).astype(np.uint8)
    cutout = Cutout((picture,), (np.full((20, 20), 255, np.uint8),), "here")
    surroundings = np.clip(rng.normal(60, 20, (20, 20, 3)), 0, 255).astype(np.uint8)

    half = tint(cutout, surroundings, 0.5).pictures[0].mean()

    assert half == pytest.approx((picture.mean() + surroundings.mean()) / 2, abs=3)
    assert tint(cutout, surroundings, 0.0) is cutout
