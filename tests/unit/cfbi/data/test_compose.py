import numpy as np
import pytest

from cfbi.data.compose import Base, Layer, class_planes, compose
from cfbi.data.geometry import shifted

SIZE = 20


def still_matrices(count: int = 2) -> np.ndarray:
    return np.repeat(np.eye(3)[None], count, axis=0)


def square(value: int) -> np.ndarray:
    """A mask with a 6x6 square of one label at (4, 4)."""
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[4:10, 4:10] = value
    return mask


def base(mask: np.ndarray | None = None, matrices: np.ndarray | None = None) -> Base:
    picture = np.full((SIZE, SIZE, 3), 50, np.uint8)
    classes = None if mask is None else [class_planes(mask, [7, 9])]
    return Base([picture], classes, still_matrices() if matrices is None else matrices)


def layer(label: int, corner: tuple[int, int], *, behind: bool = False) -> Layer:
    matrices = np.stack([shifted(np.array(corner, float))] * 2)
    picture = np.full((6, 6, 3), 200, np.uint8)
    return Layer([picture], [np.full((6, 6), 255, np.uint8)], matrices, label, None, behind, np.zeros((2, 2)))


def test_unmoved_base_is_copied_with_its_labels() -> None:
    mask = square(7)
    mask[15:, :] = 255

    frames, masks = compose(base(mask), [], SIZE)

    assert frames.shape == (2, SIZE, SIZE, 3)
    assert np.all(frames == 50)
    expected = np.where(mask == 7, 1, mask)
    assert np.array_equal(masks[0], expected)
    assert np.array_equal(masks[1], expected)


def test_objects_that_were_not_chosen_are_background() -> None:
    mask = square(7)
    mask[12:14, 12:14] = 3

    _, masks = compose(base(mask), [], SIZE)

    assert masks[0, 12:14, 12:14].max() == 0


def test_layers_cover_the_base_and_each_other() -> None:
    frames, masks = compose(base(square(9)), [layer(4, (6, 6)), layer(5, (8, 8))], SIZE)

    assert masks[0, 5, 5] == 2
    assert masks[0, 7, 7] == 4
    assert masks[0, 9, 9] == 5
    assert frames[0, 9, 9].tolist() == [200, 200, 200]
    assert frames[0, 5, 5].tolist() == [50, 50, 50]


def test_a_distractor_clears_the_label_that_it_hides() -> None:
    frames, masks = compose(base(square(7)), [layer(0, (4, 4))], SIZE)

    assert np.all(masks == 0)
    assert frames[0, 6, 6].tolist() == [200, 200, 200]


def test_a_layer_behind_stays_hidden_by_the_objects_of_the_base() -> None:
    frames, masks = compose(base(square(7)), [layer(4, (6, 6), behind=True)], SIZE)

    assert masks[0, 7, 7] == 1
    assert frames[0, 7, 7].tolist() == [50, 50, 50]
    assert masks[0, 11, 11] == 4
    assert frames[0, 11, 11].tolist() == [200, 200, 200]


def test_objects_mirrored_beyond_the_border_are_ignored_and_background_is_not() -> None:
    mask = np.zeros((SIZE, SIZE), np.uint8)
    mask[4:10, :4] = 7
    matrices = np.stack([np.eye(3), shifted(np.array([6.0, 0.0]))])

    _, masks = compose(base(mask, matrices), [], SIZE)

    assert not np.any(masks[0] == 255)
    assert masks[1, 6, 6:10].tolist() == [1, 1, 1, 1]
    assert masks[1, 6, 3:6].tolist() == [255, 255, 255]
    assert masks[1, 15, :6].tolist() == [0] * 6


@pytest.mark.parametrize("shift", [(30.0, 0.0), (0.0, -30.0)])
def test_a_layer_out_of_sight_changes_nothing(shift: tuple[float, float]) -> None:
    moved = layer(4, (int(shift[0]), int(shift[1])))

    frames, masks = compose(base(square(7)), [moved], SIZE)

    assert np.all(frames == 50)
    assert masks.max() == 1


def test_a_mirrored_clip_has_mirrored_masks() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    mask = square(7)
    mirror = np.array([[-1.0, 0, SIZE - 1], [0, 1, 0], [0, 0, 1]])
    planes = [class_planes(mask, [7])]

    plain = compose(Base([picture], planes, still_matrices(1)), [], SIZE)
    mirrored = compose(Base([picture], planes, mirror[None]), [], SIZE)

    assert np.array_equal(mirrored[0], plain[0][:, :, ::-1])
    assert np.array_equal(mirrored[1], plain[1][:, :, ::-1])
