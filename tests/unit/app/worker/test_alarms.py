from __future__ import annotations

import numpy as np

from app.worker.alarms import Alarm, AlarmKind, AreaWatch

SHAPE = (60, 80)


def box(side: int, left: int = 20, top: int = 20, object_id: int = 1) -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[top : top + side, left : left + side] = object_id
    return mask


def watch(start: np.ndarray, *frames: np.ndarray, watched: tuple[int, ...] = (1,)) -> list[list[Alarm]]:
    seen = AreaWatch()
    seen.restart(start)
    return [seen.look(frame, watched) for frame in frames]


LOST, FLOODED = Alarm(AlarmKind.LOST, 1), Alarm(AlarmKind.FLOODED, 1)


def test_an_object_that_vanishes_is_lost_once() -> None:
    nothing = np.zeros(SHAPE, np.uint8)
    assert watch(box(20), box(20), nothing, nothing) == [[], [LOST], []]


def test_a_shred_that_is_left_is_as_bad_as_nothing() -> None:
    assert watch(box(20), box(4)) == [[LOST]]
    assert watch(box(20), box(10)) == [[]]


def test_an_object_that_fades_away_in_the_middle_is_lost_when_it_is_gone() -> None:
    sides = (16, 12, 9, 7, 5, 4, 3, 2)
    assert watch(box(20), *(box(side) for side in sides), np.zeros(SHAPE, np.uint8)) == [[]] * 8 + [[LOST]]


def test_an_object_that_leaves_the_frame_is_not_lost() -> None:
    frames = [box(20, left) for left in (66, 76)]
    assert watch(box(20, 60), *frames, np.zeros(SHAPE, np.uint8)) == [[], [], []]


def test_a_sudden_full_frame() -> None:
    full = np.ones(SHAPE, np.uint8)
    assert watch(box(20), full, full) == [[FLOODED], []]
    large = box(50, 5, 5)
    assert watch(large, full) == [[]]  # it filled half of it before


def test_only_watched_objects_and_those_that_were_there() -> None:
    both = box(20) + box(10, 50, 40, object_id=2)
    assert watch(both, np.zeros(SHAPE, np.uint8), watched=(2,)) == [[Alarm(AlarmKind.LOST, 2)]]
    assert watch(box(20), box(20), watched=(1, 7)) == [[]]


def test_an_object_that_comes_back_and_goes_again_is_lost_again() -> None:
    nothing = np.zeros(SHAPE, np.uint8)
    assert watch(box(20), nothing, box(20), nothing) == [[LOST], [], [LOST]]
