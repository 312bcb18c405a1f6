"""Timecode: frames since midnight, written as hours, minutes, seconds and frames (SMPTE ST 12-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction

_PATTERN = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})")


@dataclass(frozen=True)
class Timecode:
    """One timecode.

    Attributes:
        frames: Frames since 00:00:00:00.
        base: Whole frames that are counted per second: 24 for 24000/1001, 30 for 30000/1001.
        drop: Drop-frame counting: names, not frames, are left out so that the code follows the clock.
    """

    frames: int
    base: int
    drop: bool = False

    @classmethod
    def parse(cls, text: str, rate: Fraction) -> Timecode:
        """Read ``hh:mm:ss:ff``; ``;`` before the frames means drop-frame.

        Args:
            text: What stands in the file.
            rate: Frames per second.

        Returns:
            The timecode.

        Raises:
            ValueError: It is no timecode of that rate.
        """
        match = _PATTERN.fullmatch(text.strip())
        base = max(1, round(rate))
        if match is None:
            raise ValueError(f"{text!r} is no timecode; write hh:mm:ss:ff")
        hours, minutes, seconds, frames = (int(match[place]) for place in (1, 2, 3, 5))
        if minutes > 59 or seconds > 59 or frames >= base:
            raise ValueError(f"{text!r} is no timecode at {base} frames a second")
        drop = match[4] != ":" and base % 30 == 0
        count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
        if drop:
            total = hours * 60 + minutes
            count -= base // 15 * (total - total // 10)
        return cls(count, base, drop)

    def plus(self, frames: int) -> Timecode:
        """The timecode so many frames later; it goes on at 00:00:00:00 after a day."""
        day = 24 * 3600 * self.base - (self.base // 15 * (24 * 60 - 24 * 6) if self.drop else 0)
        return replace(self, frames=(self.frames + frames) % day)

    def __str__(self) -> str:
        count = self.frames
        if self.drop:
            skipped = self.base // 15
            ten_minutes = 600 * self.base - 9 * skipped
            minute = 60 * self.base - skipped
            tens, rest = divmod(count, ten_minutes)
            count += skipped * (9 * tens + max(0, rest - skipped) // minute)
        seconds, frames = divmod(count, self.base)
        mark = ";" if self.drop else ":"
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{frames:02d}"
