from __future__ import annotations

import json

import pytest
from hypothesis import given

from app.document.finish import STANDARD_FINISH, MatteFinish
from tests.unit.app.document.strategies import finishes


@given(finishes)
def test_settings_survive_json(finish: MatteFinish) -> None:
    assert MatteFinish.from_json(json.loads(json.dumps(finish.to_json()))) == finish


def test_defaults_are_neutral_and_take_no_room() -> None:
    assert MatteFinish().is_neutral
    assert MatteFinish(refine_px=3, decontaminate=True).is_neutral
    assert MatteFinish().to_json() == {}
    for changed in (MatteFinish(threshold=0.4), MatteFinish(grow_px=-1), MatteFinish(refine="guided")):
        assert not changed.is_neutral
    assert MatteFinish.from_json({"from_a_later_version": 3, "grow_px": 2}) == MatteFinish(grow_px=2.0)


@pytest.mark.parametrize(
    "data",
    [
        {"threshold": 1.5},
        {"softness": "soft"},
        {"fill_holes_px": 2.5},
        {"fill_holes_px": True},
        {"refine": "magic"},
        {"refine": []},
        {"decontaminate": 1},
        {"grow_px": float("nan")},
        {"refine_px": 0},
        {"motion_blur_degrees": 361},
        {"motion_blur_degrees": -5},
    ],
)
def test_impossible_settings_are_refused(data: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(data))):
        MatteFinish.from_json(data)


def test_motion_blur_looks_at_two_frames_each_way_and_is_off_at_first() -> None:
    blurred = MatteFinish(motion_blur_degrees=180)
    assert (MatteFinish().reach_frames, blurred.reach_frames) == (0, 2)
    assert MatteFinish(chatter_frames=4, motion_blur_degrees=180).reach_frames == 4
    assert not blurred.is_plain
    assert blurred.of_instant == MatteFinish()
    assert blurred.to_json() == {"motion_blur_degrees": 180}
    assert STANDARD_FINISH.motion_blur_degrees == 0
