"""Which part of a frame the network looks at: a window around the objects, or all of it.

A network that sees at most so many pixels sees a small object of a large picture with few of them. Cut out
around the object, the picture needs less reduction, or none.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MARGIN = 0.2
"""Room on each side of the objects, in terms of their longer side: they move, and their surroundings tell."""

_LEAST_MARGIN = 1 / 16
"""The same in terms of the frame's longer side, for what is small moves as far as what is large."""

_GAIN = 1.2
"""A window is worth its change where the network sees the objects larger by this factor."""

_ENLARGED = 1.5
"""By how much the sides of a window grow where the objects reach its edge."""

_EDGE_PX = 2
_STEPS = 4
"""Sides of windows are rounded up to this part of a power of two, and places to an eighth of a side, so that
frames share windows."""

_LOST_SHARE = 0.02
"""An object that is left with less than this share of its smallest reference is looked for everywhere."""

Size = tuple[int, int]


@dataclass(frozen=True)
class Box:
    """Rows ``top`` to ``bottom`` and columns ``left`` to ``right``, the ends excluded, in px."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def size(self) -> Size:
        """(height, width)."""
        return self.bottom - self.top, self.right - self.left

    def cut(self, array: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """This part of an (H, W, ...) array: the array itself where that is all, else a read-only copy."""
        if array.shape[:2] == self.size:
            return array
        part: NDArray[np.uint8] = array[self.top : self.bottom, self.left : self.right].copy()
        part.setflags(write=False)
        return part


def box_of(index_mask: NDArray[np.uint8], object_ids: Iterable[int]) -> Box | None:
    """The smallest box around objects.

    Args:
        index_mask: (H, W) uint8 object ids.
        object_ids: Those that count.

    Returns:
        None where there is none of them.
    """
    shown = np.isin(index_mask, list(object_ids))
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    if not rows.size:
        return None
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def some_lost(index_mask: NDArray[np.uint8], least_areas: dict[int, int]) -> bool:
    """Whether an object is missing, or all but missing.

    Args:
        index_mask: (H, W) uint8 object ids.
        least_areas: Object id to its area in px on the reference that shows least of it.
    """
    areas = np.bincount(index_mask.ravel(), minlength=256)
    return any(areas[key] <= _LOST_SHARE * least for key, least in least_areas.items())


class Framing:
    """Decides on windows; what it says depends on its arguments alone.

    Args:
        frame_size: (height, width) of the clip in px.
        max_side: Longest side in px that the network sees.
    """

    def __init__(self, frame_size: Size, max_side: int) -> None:
        self._frame = frame_size
        self._max_side = max_side
        self.whole = Box(0, 0, *frame_size)

    def size_around(self, boxes: Iterable[Box]) -> Size:
        """Size of a window that has room for each of the boxes; the frame's own where none is of use."""
        least = _LEAST_MARGIN * max(self._frame)
        height = width = 0.0
        for box in boxes:
            margin = max(_MARGIN * max(box.size), least)
            height, width = max(height, box.size[0] + 2 * margin), max(width, box.size[1] + 2 * margin)
        return self._useful((_rounded(height), _rounded(width)))

    def larger(self, size: Size) -> Size:
        """The size to try where the objects reach the edge of a window; in the end the frame's own."""
        return self._useful((_rounded(size[0] * _ENLARGED), _rounded(size[1] * _ENLARGED)))

    def window(self, size: Size, around: Box | None) -> Box:
        """A window of a size, with a box in its middle as far as the frame goes.

        Args:
            size: (height, width) in px.
            around: What to have in the middle; None for the middle of the frame.
        """
        box = around or self.whole
        top = _placed(box.top + box.bottom, size[0], self._frame[0])
        left = _placed(box.left + box.right, size[1], self._frame[1])
        return Box(top, left, top + size[0], left + size[1])

    def is_cut(self, window: Box, index_mask: NDArray[np.uint8]) -> bool:
        """Whether an object reaches an edge of the window that is none of the frame.

        Args:
            window: The window.
            index_mask: (h, w) uint8 object ids in it.
        """
        edges = (
            (window.top > 0, index_mask[:_EDGE_PX]),
            (window.left > 0, index_mask[:, :_EDGE_PX]),
            (window.bottom < self._frame[0], index_mask[-_EDGE_PX:]),
            (window.right < self._frame[1], index_mask[:, -_EDGE_PX:]),
        )
        return any(inside and edge.any() for inside, edge in edges)

    def _useful(self, size: Size) -> Size:
        height, width = (min(side, limit) for side, limit in zip(size, self._frame, strict=True))
        gain = self._scale((height, width)) / self._scale(self._frame)
        return (height, width) if gain >= _GAIN else self._frame

    def _scale(self, size: Size) -> float:
        return min(1.0, self._max_side / max(size))


def _rounded(side: float) -> int:
    """The next side up of those that windows have, 16k + 1 px: the network then sees them as they are."""
    step = max(16, (1 << int(side).bit_length() - 1) // _STEPS)
    return math.ceil((side - 1) / step) * step + 1


def _placed(middle_twice: int, side: int, limit: int) -> int:
    """Where a window begins, for a middle, its side and the frame's."""
    step = max(side // 8, 1)
    begin = round((middle_twice - side) / 2 / step) * step
    return min(max(begin, 0), limit - side)
