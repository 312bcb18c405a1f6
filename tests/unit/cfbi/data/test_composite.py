from pathlib import Path

import cv2
import numpy as np
import pytest

from cfbi.data.composite import (
    CompositePlan,
    Guest,
    SourceFrames,
    compose_sequence,
    plan_composites,
)
from cfbi.errors import DataError
from tests.unit.cfbi.data.writing import textured

COLOURS = {"red": (210, 40, 40), "blue": (40, 40, 210), "green": (40, 200, 40)}


def discs(name: str, count: int) -> SourceFrames:
    """A disc of the given colour that rests in the middle."""
    mask = np.zeros((96, 160), np.uint8)
    cv2.circle(mask, (80, 50), 20, 1, -1)
    picture = textured((96, 160), 1, (90, 90, 90))
    picture[mask > 0] = COLOURS[name]
    return SourceFrames([picture] * count, [mask] * count)


def composed(*guests: Guest, count: int = 17) -> list[tuple[np.ndarray, np.ndarray]]:  # type: ignore[type-arg]
    return list(compose_sequence(CompositePlan("c", "red", guests), discs, count))


@pytest.mark.parametrize("front_first", [True, False])
def test_a_guest_passes_in_front_and_behind(front_first: bool) -> None:
    frames = composed(Guest("blue", front_first, size=1.0))

    over, back = frames[4][1], frames[12][1]  # both times right on the host's disc
    first, second = (over, back) if front_first else (back, over)
    assert np.count_nonzero(first == 2) > 900
    assert np.count_nonzero(first == 1) < 250
    assert np.count_nonzero(second == 1) > 1200  # the host's disc is whole
    assert np.count_nonzero(second == 2) == 0
    start, middle = frames[0][1], frames[8][1]
    for mask, side in ((start, -1), (middle, 1)):
        x = np.flatnonzero((mask == 2).any(axis=0)).mean()
        assert (x - 80) * side > 35
        assert np.count_nonzero(mask == 1) > 1200


def test_pictures_show_what_the_masks_say() -> None:
    for picture, mask in composed(Guest("blue", True), Guest("green", False, side=1, rise=0.2)):
        for object_id, channel in ((1, 0), (2, 2), (3, 1)):
            inside = cv2.erode((mask == object_id).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
            if inside.any():
                others = [other for other in range(3) if other != channel]
                pixels = picture[inside].astype(int)
                assert np.all(pixels[:, channel] > pixels[:, others].max(axis=1))
        assert set(np.unique(mask)) <= {0, 1, 2, 3}


def test_equal_data_give_equal_composites() -> None:
    guest = Guest("blue", True, mirror=True)
    for (picture, mask), (other, other_mask) in zip(composed(guest), composed(guest), strict=True):
        assert np.array_equal(picture, other)
        assert np.array_equal(mask, other_mask)


def test_plans_use_every_sequence_as_host() -> None:
    plans = plan_composites(["a", "b", "c", "d"])

    assert [plan.name for plan in plans] == ["a+b", "b+c", "c+d", "d+a", "a+trio", "d+twin"]
    assert [len(plan.guests) for plan in plans] == [1, 1, 1, 1, 2, 1]
    assert {plan.guests[0].front_first for plan in plans[:4]} == {True, False}
    assert plans[-1].guests[0].sequence == "d"
    with pytest.raises(DataError, match="at least two"):
        plan_composites(["a"])


def test_objects_that_cannot_be_seen_are_an_error(tmp_path: Path) -> None:
    def empty(name: str, count: int) -> SourceFrames:
        frames = discs("red", count)
        return (
            frames
            if name == "red"
            else SourceFrames(frames.pictures, [np.zeros((96, 160), np.uint8)] * count)
        )

    with pytest.raises(DataError, match="first frame of blue shows no object"):
        list(compose_sequence(CompositePlan("c", "red", (Guest("blue", True),)), empty, 4))
    with pytest.raises(DataError, match="first frame of a host shows no object"):
        list(compose_sequence(CompositePlan("c", "blue", (Guest("red", True),)), empty, 4))
    with pytest.raises(DataError, match="Object 2 is hardly to be seen in the first frame of c"):
        composed(Guest("blue", True, size=0.1, rise=8.0))
