"""Shadows and reflections: under the object, darker, and background in every mask."""

import numpy as np

from cfbi.data.casts import with_casts
from cfbi.data.compose import Base, Layer, compose
from cfbi.data.geometry import shifted

SIZE = 80


def box(label: int) -> Layer:
    """A bright box of 20x30 whose lower edge lies at row 50."""
    matrices = np.stack([shifted(np.array([30.0, 20.0])), shifted(np.array([34.0, 20.0]))])
    picture = np.full((30, 20, 3), 220, np.uint8)
    return Layer(
        [picture], [np.full((30, 20), 255, np.uint8)], matrices, label, None, False, np.zeros((2, 2))
    )


def draw(layers: list[Layer]) -> tuple[np.ndarray, np.ndarray]:
    base = Base([np.full((SIZE, SIZE, 3), 150, np.uint8)], None, np.repeat(np.eye(3)[None], 2, axis=0))
    return compose(base, layers, SIZE)


def test_casts_change_the_picture_around_the_object_and_no_mask() -> None:
    plain, masks = draw([box(3)])
    touched = 0
    for seed in range(40):
        layers = with_casts([box(3)], np.random.default_rng(seed), 1.0)
        frames, cast_masks = draw(layers)
        assert [layer.label for layer in layers] == [None, 3]
        assert np.array_equal(cast_masks, masks)
        # the object itself, a pixel in from its rim, looks as before
        assert np.array_equal(frames[0, 21:49, 31:49], plain[0, 21:49, 31:49])
        changed = np.abs(frames[0].astype(int) - plain[0]).max(axis=2) > 4
        touched += int(changed.any())
        rows = np.flatnonzero(changed.any(axis=1))
        # it begins at the foot: never a gap of more than its softness
        assert len(rows) == 0 or rows.min() <= 55
    assert touched >= 35


def test_a_shadow_follows_its_object() -> None:
    for seed in range(40):
        shadow, _ = with_casts([box(3)], np.random.default_rng(seed), 1.0)
        assert np.allclose(shadow.matrices[1] - shadow.matrices[0], shifted(np.array([4.0, 0.0])) - np.eye(3))


def test_shadows_darken_and_reflections_repeat_the_object() -> None:
    plain, _ = draw([box(3)])
    kinds = set()
    for seed in range(60):
        frames, _ = draw(with_casts([box(3)], np.random.default_rng(seed), 1.0))
        change = frames[0].astype(int) - plain[0]
        if np.abs(change).max() > 4:
            kinds.add("dark" if abs(change.min()) > change.max() else "bright")
    assert kinds == {"dark", "bright"}  # the box is brighter than the floor, its image brightens it


def test_without_a_share_nothing_is_drawn_from_the_generator() -> None:
    rng = np.random.default_rng(5)
    layers = [box(3), box(0)]

    assert with_casts(layers, rng, 0.0) == layers
    assert rng.random() == np.random.default_rng(5).random()


def test_an_object_out_of_sight_casts_nothing_odd() -> None:
    hidden = box(3)
    empty = Layer(
        [np.asarray(hidden.pictures[0])],
        [np.zeros((30, 20), np.uint8)],
        hidden.matrices,
        3,
        None,
        False,
        np.zeros((2, 2)),
    )
    for seed in range(10):
        frames, masks = draw(with_casts([empty], np.random.default_rng(seed), 1.0))
        assert masks.max() == 0
        assert np.all(frames == 150)
