"""Which part of a frame the network looks at: a window around the objects, or all of it.

A network that sees at most so many pixels sees a small object of a large picture with few of them. Cut out
around the object, the picture needs less reduction, or none.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MARGIN = 0.2
"""Room on each side of the objects, in terms of their longer side: they move, and their surroundings tell."""

_LEAST_MARGIN = 1 / 16
"""The same in terms of the frame's longer side, for what is small moves as far as what is large."""

_OBJECT_SIDE = 337
"""Objects are not seen longer than this, in px of the network: it learnt from crops of this size."""

_REFERENCE_SIDES = 3
"""A reference's window is not seen longer than so many times what the network sees: memory would run out."""

_GAIN = 1.2
"""A close-up is worth its while where the network sees the object larger by this factor."""

_GAIN_OF_SEVERAL = 1.5
"""The same of several objects: with little gain, their masks changed places more often than without."""

SCALES = tuple(2 ** (-step / 8) for step in range(49))
"""Those of close-ups: few, for references have to be learnt at each."""

_ENLARGED = 1.5
"""By how much the sides of a window grow where the objects reach its edge."""

_SIDE_STEP = 32
"""Sides of windows are multiples of this, and 1, in px of the network, so that frames share windows."""

_EDGE_PX = 2

_LOST_SHARE = 0.07
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

    def meets(self, other: "Box") -> bool:
        """Whether they have a pixel in common."""
        rows = self.top < other.bottom and other.top < self.bottom
        return rows and self.left < other.right and other.left < self.right

    def around(self, other: "Box") -> "Box":
        """The smallest one that holds both."""
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )

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


def lost_ones(index_mask: NDArray[np.uint8], least_areas: Mapping[int, int]) -> frozenset[int]:
    """Objects that are missing, or all but missing.

    Args:
        index_mask: (H, W) uint8 object ids.
        least_areas: Object id to its area in px on the reference that shows least of it.
    """
    areas = np.bincount(index_mask.ravel(), minlength=256)
    return frozenset(key for key, least in least_areas.items() if areas[key] <= _LOST_SHARE * least)


@dataclass(frozen=True)
class Look:
    """How to look.

    Attributes:
        scale: Of the picture that the network sees, against the frame.
        size: (height, width) of the window in px of the frame.
    """

    scale: float
    size: Size


class Framing:
    """Decides how to look; what it says depends on its arguments alone.

    Args:
        frame_size: (height, width) of the clip in px.
        max_side: Longest side in px that the network sees.
    """

    def __init__(self, frame_size: Size, max_side: int) -> None:
        self._frame = frame_size
        self._max_side = max_side
        self.whole = Look(min(1.0, max_side / max(frame_size)), frame_size)

    def look_at(self, box: Box, object_count: int, most: float = 1.0) -> Look:
        """How to look at a box: at the whole frame, where a close-up is of little use.

        Args:
            box: Around all objects.
            object_count: How many they are.
            most: The largest scale that will do.
        """
        return self._close(self._with_margin(box), min(most, _OBJECT_SIDE / max(box.size)), object_count)

    def most_for_reference(self, box: Box) -> float:
        """The largest scale at which a reference is still learnt, by the box around its objects."""
        longest = max(map(min, self._with_margin(box), self._frame))
        return _REFERENCE_SIDES * self._max_side / longest

    def further(self, look: Look, object_count: int) -> Look:
        """How to look where the objects reach the edge of a window; in the end at the whole frame."""
        return self._close((look.size[0] * _ENLARGED, look.size[1] * _ENLARGED), look.scale, object_count)

    def look_at_reference(self, look: Look, box: Box | None) -> Look:
        """How to look at a reference, for matching it when looking in some way.

        Args:
            look: How the current frame is looked at.
            box: Around the objects of the reference; None for none.
        """
        if look == self.whole or box is None:
            return look
        return Look(look.scale, self._sides(self._with_margin(box), look.scale))

    def window(self, look: Look, around: Box | None) -> Box:
        """The window of a look, with a box in its middle as far as the frame goes.

        Args:
            look: How to look.
            around: What to have in the middle; None for the middle of the frame.
        """
        box = around or Box(0, 0, *self._frame)
        (height, width), (most_rows, most_columns) = look.size, self._frame
        top = _placed(box.top + box.bottom, height, most_rows)
        left = _placed(box.left + box.right, width, most_columns)
        return Box(top, left, top + height, left + width)

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

    def with_margin(self, box: Box) -> Box:
        """A box with room on each side, as far as the frame goes."""
        height, width = self._with_margin(box)
        rows, columns = math.ceil((height - box.size[0]) / 2), math.ceil((width - box.size[1]) / 2)
        return Box(
            max(box.top - rows, 0),
            max(box.left - columns, 0),
            min(box.bottom + rows, self._frame[0]),
            min(box.right + columns, self._frame[1]),
        )

    def fits(self, look: Look) -> bool:
        """Whether the network sees a window no longer than it sees the whole frame at most."""
        return int(max(look.size) * look.scale) <= self._max_side

    def pixels(self, look: Look) -> float:
        """How many pixels the network sees, about."""
        return look.size[0] * look.size[1] * look.scale**2

    def _with_margin(self, box: Box) -> tuple[float, float]:
        margin = max(_MARGIN * max(box.size), _LEAST_MARGIN * max(self._frame))
        return box.size[0] + 2 * margin, box.size[1] + 2 * margin

    def _close(self, size: tuple[float, float], most: float, object_count: int) -> Look:
        """A window of about a size, seen at most so large."""
        least = (_GAIN if object_count == 1 else _GAIN_OF_SEVERAL) * self.whole.scale
        for scale in SCALES:
            if scale < least:
                break
            look = Look(scale, self._sides(size, scale))
            if scale <= most and self.fits(look):
                return look
        return self.whole

    def _sides(self, size: tuple[float, float], scale: float) -> Size:
        """Sides of a window that are so many px for the network, no less than wanted."""
        height, width = (
            min(math.ceil((math.ceil((side * scale - 1) / _SIDE_STEP) * _SIDE_STEP + 1) / scale), most)
            for side, most in zip(size, self._frame, strict=True)
        )
        return height, width


def _placed(middle_twice: int, side: int, limit: int) -> int:
    """Where a window begins, for a middle, its side and the frame's; by steps of an eighth of the side."""
    step = max(side // 8, 1)
    begin = round((middle_twice - side) / 2 / step) * step
    return min(max(begin, 0), limit - side)
