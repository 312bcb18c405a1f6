"""Timecode of SMPTE 12M: frames counted at the rounded rate; drop-frame skips numbers to follow the clock."""

from __future__ import annotations

import re
from fractions import Fraction

_FORM = re.compile(r"(\d{2}):([0-5]\d):([0-5]\d)([:;.])(\d{2,3})")


def is_drop_rate(rate: Fraction) -> bool:
    """Whether drop-frame counting is defined for a rate: 30000/1001 and its doubles."""
    return rate in (Fraction(30000, 1001), Fraction(60000, 1001), Fraction(120000, 1001))


def frame_of_timecode(text: str, rate: Fraction) -> int:
    """Number of frames from 00:00:00:00.

    Args:
        text: "HH:MM:SS:FF"; a semicolon or a full stop before the frames means drop-frame.
        rate: Frames per second.

    Returns:
        Frames, 0 or more.

    Raises:
        ValueError: The text is no timecode, or one that this rate does not have.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no timecode such as 01:00:00:00")
    hours, minutes, seconds, frames = (int(match[group]) for group in (1, 2, 3, 5))
    base = nominal_rate(rate)
    if frames >= base:
        raise ValueError(f"{text!r} counts to {frames}, but a second has {base} frames")
    count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if match[4] == ":":
        return count
    if not is_drop_rate(rate):
        raise ValueError(f"{text!r} is drop-frame, which {float(rate):.3f} frames per second do not have")
    dropped = base // 15
    if minutes % 10 and seconds == 0 and frames < dropped:
        raise ValueError(f"{text!r} is a number that drop-frame leaves out")
    whole_minutes = hours * 60 + minutes
    return count - dropped * (whole_minutes - whole_minutes // 10)


def timecode_of_frame(count: int, rate: Fraction, *, drop: bool = False) -> str:
    """The timecode of a frame, the inverse of ``frame_of_timecode``; it starts again after 24 hours.

    Args:
        count: Frames from 00:00:00:00.
        rate: Frames per second.
        drop: Count drop-frame; only where ``is_drop_rate``.
    """
    base = nominal_rate(rate)
    if drop:
        dropped = base // 15
        ten_minutes = base * 600 - 9 * dropped
        count %= ten_minutes * 144
        tens, rest = divmod(count, ten_minutes)
        # the first minute of ten drops nothing
        count += 9 * dropped * tens
        if rest >= base * 60:
            count += dropped * (1 + (rest - base * 60) // (base * 60 - dropped))
    count %= base * 86400
    seconds, frames = divmod(count, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    digits = 3 if base > 100 else 2
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if drop else ':'}{frames:0{digits}d}"


def shifted(text: str, frames: int, rate: Fraction) -> str:
    """A timecode some frames later, counted the same way.

    Raises:
        ValueError: As for ``frame_of_timecode``.
    """
    drop = text.strip()[8:9] in (";", ".")
    return timecode_of_frame(frame_of_timecode(text, rate) + frames, rate, drop=drop)


def nominal_rate(rate: Fraction) -> int:
    """Frames that timecode counts in a second: 24 for 24000/1001."""
    return max(1, round(rate))
