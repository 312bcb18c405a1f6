"""Notices when a run loses an object or floods the frame with it. Free of Qt."""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.document.counts import pixel_counts

Mask = NDArray[np.uint8]

_REMEMBERED = 5
_LOST_SHARE = 0.05
_FLOOD_SHARE = 0.4
_FLOOD_TIMES = 2.5
_LEAST_PX = 64
_BORDER_PX = 2


class AlarmKind(enum.Enum):
    """What has gone wrong."""

    LOST = "lost"
    FLOODED = "flooded"


@dataclass(frozen=True)
class Alarm:
    """An object of a run wants to be looked at.

    Attributes:
        kind: What has gone wrong.
        object_id: With which object.
    """

    kind: AlarmKind
    object_id: int


class AreaWatch:
    """Follows the area of each object through one pass.

    An object is lost when next to nothing is left of it from one frame to the next, or nothing at all, while
    it did not touch the border of the frame, where it might have gone out. It floods when it suddenly covers
    much of the frame.
    """

    def __init__(self) -> None:
        self._areas: dict[int, deque[int]] = {}
        self._at_border: set[int] = set()
        self._ever_large: set[int] = set()

    def restart(self, index_mask: Mask) -> None:
        """The pass goes on from a given mask, (H, W) uint8 object ids."""
        self._areas.clear()
        self._ever_large.clear()
        self._note(index_mask, pixel_counts(index_mask))

    def look(self, index_mask: Mask, watched: Collection[int]) -> list[Alarm]:
        """Look at the next frame.

        Args:
            index_mask: (H, W) uint8 object ids.
            watched: Objects that the run writes.
        """
        counts = pixel_counts(index_mask)
        found = []
        for key in sorted(watched):
            former = self._areas.get(key)
            if former is None:
                continue
            usual, now = float(np.median(former)), int(counts[key])
            gone = now == 0 and former[-1] > 0 and key in self._ever_large
            shrunk = usual >= _LEAST_PX and now < _LOST_SHARE * usual and former[-1] >= _LOST_SHARE * usual
            if (gone or shrunk) and key not in self._at_border:
                found.append(Alarm(AlarmKind.LOST, key))
            elif now >= _FLOOD_SHARE * index_mask.size and now >= _FLOOD_TIMES * usual:
                found.append(Alarm(AlarmKind.FLOODED, key))
        self._note(index_mask, counts)
        return found

    def _note(self, index_mask: Mask, counts: NDArray[np.int64]) -> None:
        for shown in (np.flatnonzero(counts[1:255]) + 1).tolist():
            self._areas.setdefault(shown, deque(maxlen=_REMEMBERED))
        for key, areas in self._areas.items():
            areas.append(int(counts[key]))
            if counts[key] >= _LEAST_PX:
                self._ever_large.add(key)
        edge = _BORDER_PX
        rim = (index_mask[:edge], index_mask[-edge:], index_mask[:, :edge], index_mask[:, -edge:])
        self._at_border = {int(key) for part in rim for key in np.unique(part)} - {0}
