"""Which frame of the clip is shown when in the export, and whose matte it gets. Exact fractions only."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.export.options import Missing, Timing
from app.media import VideoInfo


@dataclass(frozen=True)
class ScheduledFrame:
    """One frame of an export.

    Attributes:
        frame_index: Of the clip, whose picture is shown.
        matte_index: Of the clip, whose masks are used; None for an empty matte.
        number: Of the frame in file names.
        time: Seconds after the first frame of the export.
    """

    frame_index: int
    matte_index: int | None
    number: int
    time: Fraction


def frame_times(info: VideoInfo) -> list[Fraction]:
    """When each frame of a clip is shown.

    Args:
        info: Of the clip.

    Returns:
        Seconds after the first frame, one for each frame and one more for the end.
    """
    if not info.is_vfr or info.frame_map is None:
        return [index / info.fps for index in range(info.frame_count + 1)]
    times = [info.frame_map.seconds(index) for index in range(info.frame_count)]
    # nothing says how long the last frame lasts: as long as most do
    return [*times, times[-1] + 1 / info.nominal_fps]


def chosen_frames(
    frames: range, times: Sequence[Fraction], timing: Timing, rate: Fraction
) -> list[tuple[int, Fraction]]:
    """Frame indices of an export in order, and when they are shown.

    Args:
        frames: Of the clip, in and out point and handles applied.
        times: As from ``frame_times``.
        timing: How.
        rate: Frames per second unless ``timing`` is that of the source.

    Returns:
        (frame index, seconds after the first).
    """
    start = times[frames.start]
    if timing is Timing.SOURCE:
        return [(index, times[index] - start) for index in frames]
    if timing is Timing.CONFORM:
        return [(index, place / rate) for place, index in enumerate(frames)]
    count = max(1, round((times[frames.stop] - start) * rate))
    chosen = []
    for place in range(count):
        # what is on screen in the middle of the new frame: no bias to either side, and none at equal rates
        middle = start + (place + Fraction(1, 2)) / rate
        index = bisect_right(times, middle, frames.start, frames.stop) - 1
        chosen.append((max(frames.start, index), place / rate))
    return chosen


def with_mattes(
    chosen: Sequence[tuple[int, Fraction]],
    masked: Collection[int],
    missing: Missing,
    start_number: int,
) -> list[ScheduledFrame]:
    """Give each frame its matte and its number.

    Args:
        chosen: As from ``chosen_frames``.
        masked: Frame indices that have masks; not empty where ``missing`` is HOLD.
        missing: What becomes of the others. ERROR schedules them as black; the plan refuses to run.
        start_number: Number of the first frame.

    Returns:
        The frames; with SKIP those without a matte are left out and the numbers have gaps.
    """
    have = sorted(masked)
    held = set(have)
    scheduled = []
    for place, (index, time) in enumerate(chosen):
        matte: int | None = index
        if index not in held:
            if missing is Missing.SKIP:
                continue
            matte = _nearest(have, index) if missing is Missing.HOLD else None
        scheduled.append(ScheduledFrame(index, matte, start_number + place, time))
    return scheduled


def _nearest(have: Sequence[int], index: int) -> int | None:
    """The last of ``have`` before ``index``, or the first after it."""
    if not have:
        return None
    return have[max(0, bisect_left(have, index) - 1)]
