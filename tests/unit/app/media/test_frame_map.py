from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media import FrameMap, Timecode, VideoInfo

MILLISECONDS = Fraction(1, 1000)


def frame_map(
    stamps: list[int], time_base: Fraction = MILLISECONDS, keys: tuple[int, ...] = (0,)
) -> FrameMap:
    return FrameMap(np.array(stamps, np.int64), time_base, np.array(keys, np.int64))


@given(st.lists(st.integers(1, 90), min_size=1, max_size=50), st.integers(-5000, 5000))
def test_index_and_time_stamp_lead_to_each_other(steps: list[int], first: int) -> None:
    stamps = [first, *(first + int(total) for total in np.cumsum(steps))]
    made = frame_map(stamps)
    assert made.is_exact
    for index, stamp in enumerate(stamps):
        assert (made.pts(index), made.index_of(stamp)) == (stamp, index)
        # the frame stays on screen until the next one comes
        assert made.index_at(made.seconds(index)) == index
        assert made.index_at(made.seconds(index) + MILLISECONDS / 2) == index
    assert made.index_of(first - 1) is None
    assert made.index_of(stamps[-1] + 1) is None
    assert made.index_at(Fraction(-1)) == 0
    assert made.index_at(Fraction(10**6)) == len(stamps) - 1


def test_doubled_stamps_are_not_exact() -> None:
    assert not frame_map([0, 40, 40, 80]).is_exact


def test_key_frames_before() -> None:
    made = frame_map([0, 1, 2, 3, 4, 5], keys=(0, 2, 4))
    assert [made.key_before(index) for index in range(6)] == [0, 0, 2, 2, 4, 4]
    assert [made.key_before(5, back) for back in range(4)] == [4, 2, 0, 0]


@pytest.mark.parametrize(
    "rate", ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "12", "15"]
)
@pytest.mark.parametrize("time_base", ["1/1000", "1/90000"])
def test_constant_rates_are_exact(rate: str, time_base: str) -> None:
    base, fps = Fraction(time_base), Fraction(rate)
    made = frame_map([777 + round(i / fps / base) for i in range(100)], base)
    assert made.rate() == (fps, fps, False)


def test_variable_rate() -> None:
    assert frame_map([0, 40, 80, 170]).rate() == (Fraction(300, 17), Fraction(25), True)
    # one frame lost out of a hundred: no constant rate any more
    stamps = [i * 40 for i in range(100) if i != 50]
    mean, nominal, varies = frame_map(stamps).rate()
    assert (nominal, varies) == (25, True)
    assert mean == Fraction(98 * 1000, 99 * 40)
    assert frame_map([7]).rate() == (25, 25, False)


def info(made: FrameMap, start: Timecode | None = None) -> VideoInfo:
    mean, nominal, varies = made.rate()
    return VideoInfo(96, 64, len(made), mean, "clip", nominal, varies, frame_map=made, start_timecode=start)


@pytest.mark.parametrize(
    ("stamps", "rate"),
    [
        ([0, 40, 80, 170], "25"),  # a gap: the rate of most frames
        ([*range(0, 4000, 40), 3990], "25"),  # one frame too early does not make it 29.97
        ([0, 120, 160, 280, 320, 440], "12"),  # most last long, which would drop the others
        ([0, 27, 54, 81, 200], "48000/1001"),  # 37.04 is no rate of any program
        ([0, 2, 4, 9], "500"),  # faster than any
        ([0, 40, 80, 120], "25"),
    ],
)
def test_the_rate_of_a_clip_that_is_made_constant(stamps: list[int], rate: str) -> None:
    assert info(frame_map(stamps)).constant_fps == Fraction(rate)


def test_timecode_of_frames() -> None:
    even = info(FrameMap.even(50, Fraction(25)), Timecode.parse("01:00:00:00", Fraction(25)))
    assert str(even.timecode(26)) == "01:00:01:01"
    # frames 0, 1, 2, then one that comes a second late
    uneven = info(frame_map([0, 40, 80, 1120, 1160]))
    assert [str(uneven.timecode(index)) for index in range(5)] == [
        "00:00:00:00",
        "00:00:00:01",
        "00:00:00:02",
        "00:00:01:03",
        "00:00:01:04",
    ]


def test_sizes_on_screen_and_source_numbers() -> None:
    pal = VideoInfo(720, 576, 3, Fraction(25), "pal", sample_aspect=Fraction(64, 45), numbers=(7, 8, 12))
    assert pal.display_size == (1024, 576)
    assert [pal.number(index) for index in range(3)] == [7, 8, 12]
    narrow = VideoInfo(720, 480, 3, Fraction(25), "ntsc", sample_aspect=Fraction(8, 9))
    assert narrow.display_size == (720, 540)
    assert narrow.number(2) == 2
