"""Which objects a stroke of another one corrects. Free of Qt."""

from __future__ import annotations

from collections.abc import Mapping, Set

import numpy as np
from numpy.typing import NDArray

from app.document.counts import pixel_counts
from app.document.facts import FrameFacts

NIBBLE_SHARE = 0.05
"""What a slip of the brush takes from a neighbour, as a share of either object.

Of dabs of the brush as it is at first, put on the contour between two objects, 98 % take no more; what the
network itself mixed up between two objects is up to twice as much (docs/propagation.md).
"""

Mask = NDArray[np.uint8]


def corrected_losers(
    was: Mask, now: Mask, edited: Set[int], facts: Mapping[int, FrameFacts]
) -> frozenset[int]:
    """The objects that lost so much to an edit of others that it speaks of them as well.

    A nibble at the border does not: the object is as it was found, but for some pixels. It does if the
    object lost more than ``NIBBLE_SHARE`` of itself, or if more than that of what was painted stands where
    it was: kept elsewhere as it is, it would keep the painted one from growing there.

    Args:
        was: (H, W) uint8 object ids before the edit.
        now: (H, W) uint8 object ids after it.
        edited: Objects that the user worked on.
        facts: What the run found of the objects, by id: many nibbles count together against that.

    Returns:
        Ids of objects other than ``edited``.
    """
    differs = now != was
    taken = pixel_counts(np.where(differs, was, np.uint8(0)))
    areas = pixel_counts(now)
    painted = min((int(areas[key]) for key in edited if areas[key]), default=0)
    found = set()
    for key in (np.flatnonzero(taken[1:]) + 1).tolist():
        if key in edited:
            continue
        left, lost = int(areas[key]), int(taken[key])
        former = left + lost
        if key in facts and facts[key].area >= former:
            former, lost = facts[key].area, facts[key].area - left
        if lost > NIBBLE_SHARE * former or lost > NIBBLE_SHARE * painted:
            found.add(key)
    return frozenset(found)
