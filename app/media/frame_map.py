"""Which frame is shown when: the presentation time stamp of every frame, and back from a time to it.

Frames are told apart by their stamps alone. An average rate never takes part: it picks the wrong frame as
soon as a clip starts late, has a gap, or is of variable rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

KNOWN_RATES = tuple(
    Fraction(rate)
    for rate in (
        *("24000/1001", "24", "25", "30000/1001", "30", "48000/1001", "48", "50", "60000/1001", "60"),
        *("120000/1001", "120", "100", "240", "10", "12", "15", "20", "25/2"),
    )
)
"""Rates that clips are made with; a measured rate that may be one of these is taken for it."""

DEFAULT_RATE = Fraction(25)


@dataclass(frozen=True, eq=False)
class FrameMap:
    """Index, presentation time stamp (pts) and time of the frames of a clip.

    Attributes:
        stamps: (N,) int64, ascending, read-only: pts of each frame in units of ``time_base``.
        time_base: Seconds of one unit.
        keys: (K,) int64, ascending, read-only: indices of frames at which decoding can start.
        complete: False while the list still grows; what it lists stays as it is.
    """

    stamps: NDArray[np.int64]
    time_base: Fraction
    keys: NDArray[np.int64]
    complete: bool = True

    @classmethod
    def even(cls, count: int, rate: Fraction) -> FrameMap:
        """The map of a clip whose frames follow each other at a constant rate, each a key frame."""
        places = np.arange(count, dtype=np.int64)
        places.setflags(write=False)
        return cls(places, 1 / rate, places)

    def __len__(self) -> int:
        return len(self.stamps)

    @property
    def is_exact(self) -> bool:
        """Whether all stamps differ, so that a frame can be told by its own."""
        return bool(np.all(np.diff(self.stamps) > 0))

    def pts(self, index: int) -> int:
        """Presentation time stamp of a frame, in units of ``time_base``."""
        return int(self.stamps[index])

    def index_of(self, pts: int) -> int | None:
        """The frame with exactly this time stamp, or None."""
        place = int(np.searchsorted(self.stamps, pts))
        return place if place < len(self.stamps) and self.stamps[place] == pts else None

    def seconds(self, index: int) -> Fraction:
        """When a frame appears, in seconds after the first one."""
        return (self.pts(index) - self.pts(0)) * self.time_base

    def index_at(self, seconds: Fraction) -> int:
        """The frame on screen at a time in seconds after the first frame appeared; kept inside the clip."""
        units = seconds / self.time_base + self.pts(0)
        place = int(np.searchsorted(self.stamps, units.numerator // units.denominator, side="right")) - 1
        return max(0, min(place, len(self.stamps) - 1))

    def key_before(self, index: int, back: int = 0) -> int:
        """A frame at which decoding can start to reach ``index``.

        Args:
            index: Frame wanted.
            back: How many key frames before the nearest one; for files whose key frames are none.

        Returns:
            Its index, 0 when there is none.
        """
        place = int(np.searchsorted(self.keys, index, side="right")) - 1 - back
        return int(self.keys[place]) if place >= 0 else 0

    def key_in(self, frames: range) -> int | None:
        """The first of some consecutive frames that can be decoded without those before it, or None."""
        place = int(np.searchsorted(self.keys, frames.start))
        return int(self.keys[place]) if place < len(self.keys) and self.keys[place] < frames.stop else None

    def rate(self) -> tuple[Fraction, Fraction, bool]:
        """Frames per second.

        Returns:
            The mean rate, the nominal rate (that of most frames), and whether the rate varies. The first two
            are the same unless it varies; 25 for a single frame.
        """
        if len(self) < 2 or self.stamps[-1] == self.stamps[0]:
            return DEFAULT_RATE, DEFAULT_RATE, False
        mean = _known_rate(len(self) - 1, self.seconds(len(self) - 1), self.time_base)
        steps, counts = np.unique(np.diff(self.stamps), return_counts=True)
        common = int(steps[np.argmax(counts)])
        if self._is_even(mean):
            return mean, mean, False
        nominal = _known_rate(1, common * self.time_base, self.time_base) if common > 0 else mean
        return mean, nominal, True

    def _is_even(self, rate: Fraction) -> bool:
        # containers round to their time base; some cut instead, so allow a whole unit
        step = 1 / (rate * self.time_base)
        places = np.arange(len(self.stamps), dtype=np.float64)
        ideal = float(step) * places + float(self.stamps[0])
        return bool(np.max(np.abs(ideal - self.stamps)) <= 1.001)


def _known_rate(intervals: int, span: Fraction, time_base: Fraction) -> Fraction:
    # both ends are rounded to the time base, half a unit each
    fitting = [rate for rate in KNOWN_RATES if abs(intervals / rate - span) <= time_base]
    if fitting:
        return min(fitting, key=lambda rate: abs(intervals / rate - span))
    return (intervals / span).limit_denominator(1001)
