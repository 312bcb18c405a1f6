from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.export.timecode import frame_of_timecode, shifted, timecode_of_frame

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("00:00:00:00", Fraction(24), 0),
        ("01:00:00:00", Fraction(24000, 1001), 86400),
        ("00:00:01:12", Fraction(25), 37),
        ("00:00:59;29", NTSC, 1799),
        ("00:01:00;02", NTSC, 1800),
        ("00:10:00;00", NTSC, 17982),
        ("01:00:00;00", NTSC, 107892),
        ("00:01:00;04", 2 * NTSC, 3600),
    ],
)
def test_known_timecodes(text: str, rate: Fraction, frames: int) -> None:
    assert frame_of_timecode(text, rate) == frames
    assert timecode_of_frame(frames, rate, drop=";" in text) == text


@given(st.integers(0, 2589407), st.sampled_from([(NTSC, True), (2 * NTSC, True), (Fraction(25), False)]))
def test_every_frame_of_a_day_has_one_timecode(frame: int, counting: tuple[Fraction, bool]) -> None:
    rate, drop = counting
    frame %= round(rate * 86400) if drop else 25 * 86400
    text = timecode_of_frame(frame, rate, drop=drop)
    assert frame_of_timecode(text, rate) == frame


@pytest.mark.parametrize(
    ("text", "rate", "reason"),
    [
        ("1:00", Fraction(24), "is no timecode"),
        ("00:00:00:24", Fraction(24), "a second has 24 frames"),
        ("00:01:00;01", NTSC, "leaves out"),
        ("00:00:00;01", Fraction(25), "do not have"),
    ],
)
def test_what_is_no_timecode_is_refused(text: str, rate: Fraction, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        frame_of_timecode(text, rate)


def test_shifting_keeps_the_kind_of_counting() -> None:
    assert shifted("00:00:59;28", 2, NTSC) == "00:01:00;02"
    assert shifted("10:00:00:00", 30, Fraction(24)) == "10:00:01:06"
    assert shifted("23:59:59:24", 1, Fraction(25)) == "00:00:00:00"
