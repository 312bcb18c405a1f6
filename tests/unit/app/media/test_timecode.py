from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media import Timecode

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "rate", "frames"),
    [
        ("00:00:00:00", Fraction(25), 0),
        ("01:00:00:00", Fraction(24000, 1001), 86400),
        ("00:01:00;02", NTSC, 1800),
        ("00:10:00;00", NTSC, 17982),  # ten minutes of 29.97: 18 names left out
        ("01:00:00;00", NTSC, 107892),
        ("00:01:00;04", Fraction(60000, 1001), 3600),
        ("23:59:59:24", Fraction(25), 24 * 3600 * 25 - 1),
    ],
)
def test_known_codes(text: str, rate: Fraction, frames: int) -> None:
    code = Timecode.parse(text, rate)
    assert code.frames == frames
    assert str(code) == text


def test_names_that_drop_frame_counting_leaves_out() -> None:
    assert str(Timecode.parse("00:00:59;29", NTSC).plus(1)) == "00:01:00;02"
    assert str(Timecode.parse("00:09:59;29", NTSC).plus(1)) == "00:10:00;00"
    assert str(Timecode.parse("23:59:59;29", NTSC).plus(1)) == "00:00:00;00"


@given(st.integers(0, 24 * 6 * 17982 - 1), st.booleans())
def test_round_trip(frames: int, drop: bool) -> None:
    code = Timecode(frames, 30, drop)
    assert Timecode.parse(str(code), NTSC) == code


@pytest.mark.parametrize("text", ["", "1:2:3:4", "00:00:00:25", "00:60:00:00", "00:00:61:00", "x"])
def test_what_is_no_timecode(text: str) -> None:
    with pytest.raises(ValueError, match="no timecode"):
        Timecode.parse(text, Fraction(25))
