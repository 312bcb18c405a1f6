"""Tells how an object moves from how its mask jumps: at a cut, or where it went astray for a frame."""

from __future__ import annotations

import math
from collections.abc import Iterable

_TIMES_AROUND = 3.0
_SIZE_SHARE = 0.25
"""Of an object's size that it may go at a stroke. Over the 27 sequences of the DAVIS training set no object
went further than this and three times its ways before and after; of pairs of their frames, as on both sides
of a cut, 88 in 100 did, and 7 more were too unlike to have a motion at all."""


def is_jump(travel_px: float, area_px: float, around_px: Iterable[float]) -> bool:
    """Whether an object went much further between two frames than it does just before and just after.

    What sets off goes on, what comes to rest came from afar: their ways have a longer one beside them. A cut
    has none.

    Args:
        travel_px: The way between the two frames.
        area_px: Pixels of the object.
        around_px: Its ways between the two frames before and between the two after, as far as they are known,
            asked for only as long as they matter. Without any nothing is a jump.
    """
    longest = (travel_px - _SIZE_SHARE * math.sqrt(area_px)) / _TIMES_AROUND
    if longest <= 0:
        return False
    ways = list(_until(around_px, longest))
    return bool(ways) and max(ways) < longest


def _until(ways: Iterable[float], limit: float) -> Iterable[float]:
    for way in ways:
        yield way
        if way >= limit:
            return
