import numpy as np
import pytest

from cfbi.data.geometry import Bend, Pace, about, drift, shifted, similarity


def test_similarity_puts_the_source_point_on_the_target() -> None:
    matrix = similarity(
        np.array([10.0, 20.0]), np.array([50.0, 60.0]), scale=np.array([-2.0, 3.0]), angle=0.3
    )

    assert matrix @ [10, 20, 1] == pytest.approx([50, 60, 1])
    assert np.linalg.det(matrix[:2, :2]) == pytest.approx(-6.0)


def test_similarity_turns_x_towards_y() -> None:
    matrix = similarity(np.zeros(2), np.zeros(2), scale=np.ones(2), angle=np.pi / 2)

    assert matrix @ [1, 0, 1] == pytest.approx([0, 1, 1])


def test_about_moves_its_point_by_the_shift_only() -> None:
    matrix = about(np.array([5.0, 5.0]), shift=np.array([1.0, -2.0]), angle=1.0, zoom=2.0)

    assert matrix @ [5, 5, 1] == pytest.approx([6, 3, 1])
    assert shifted(np.array([1.0, -2.0])) @ [5, 5, 1] == pytest.approx([6, 3, 1])


def test_same_pace_leaves_reference_and_previous_frame_equal() -> None:
    path = drift(np.random.default_rng(0), 4, 2, pace=Pace("same"), far=100.0, step=1.0)

    assert path.shape == (4, 2)
    assert path[:2].tolist() == [[0, 0], [0, 0]]
    assert np.all(path[2] != 0)


def test_far_pace_jumps_further_than_later_steps() -> None:
    paths = np.stack(
        [
            drift(np.random.default_rng(seed), 4, 2, pace=Pace("far"), far=50.0, step=2.0)
            for seed in range(200)
        ]
    )

    jumps = np.linalg.norm(paths[:, 1] - paths[:, 0], axis=1)
    steps = np.linalg.norm(paths[:, 2] - paths[:, 1], axis=1)
    assert np.median(jumps) > 10 * np.median(steps)
    assert jumps.max() <= 2 * 50 * np.sqrt(2) + 1e-9


def test_bend_leaves_one_frame_undistorted() -> None:
    bend = Bend.draw(np.random.default_rng(3), 4, 32, pace=Pace("far"), amplitude=3.0, nodes=4)

    reaches = [float(np.abs(bend.at(index, (0, 0, 32, 32))).max()) for index in range(4)]

    assert min(reaches) == 0.0
    assert max(reaches) > 0.1
    assert bend.at(1, (4, 8, 10, 20)).shape == (12, 6, 2)
    for index, reach in enumerate(reaches):
        assert reach <= np.abs(bend.weights[index]) @ bend.peaks + 1e-4
