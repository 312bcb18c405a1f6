"""A matte while it is painted: 8 bits for whoever draws it, and finer values beneath. Free of Qt.

The finer values are worked out only where something is painted: a stroke of the brush covers little of a
frame, and must show at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.document.boxes import EMPTY_BOX, Box, is_empty, united
from app.document.packed_matte import STEP, WHITE, Bytes, Fine, PackedMatte, in_bytes

Coverage = NDArray[np.bool_] | NDArray[np.uint8] | NDArray[np.uint16]
"""How much of each pixel: bool, uint8 in 0..255 or uint16 in 0..65535."""
Part = Callable[[Box], Fine]
"""Makes the values within a box, (box height, box width) uint16."""

HALF = (WHITE + 1) // 2
"""From this coverage on a pixel is more in than out, in 8 bits as well."""


def as_fine(coverage: Coverage) -> Fine:
    """The same coverage as uint16, 0..65535."""
    if coverage.dtype == np.uint16:
        return np.asarray(coverage, np.uint16)
    step = np.uint16(WHITE if coverage.dtype == np.bool_ else STEP)
    fine: Fine = coverage * step
    return fine


def place_of(box: Box) -> tuple[slice, slice]:
    """The box as an index of (H, W) arrays."""
    return slice(box[1], box[3]), slice(box[0], box[2])


class FineParts:
    """Parts of a stored matte, without the whole of it being made.

    Args:
        packed: The matte.
        coarse: Its 8 bits, (H, W) uint8.
    """

    def __init__(self, packed: PackedMatte, coarse: Bytes) -> None:
        self._packed = packed
        self._coarse = coarse
        self._soft: tuple[NDArray[np.intp], Fine] | None = None

    def at(self, box: Box) -> Fine:
        """(box height, box width) uint16, 0..65535."""
        found = as_fine(self._coarse[place_of(box)])
        if not self._packed.rest:
            return found
        if self._soft is None:
            self._soft = self._packed.soft_pixels(self._coarse)
        places, values = self._soft
        width = self._coarse.shape[1]
        left, top, right, bottom = box
        first, last = np.searchsorted(places, (top * width, bottom * width))
        rows, columns = np.divmod(places[first:last], width)
        inside = (columns >= left) & (columns < right)
        found[rows[inside] - top, columns[inside] - left] = values[first:last][inside]
        return found


class GrowingPlane:
    """Values of a frame, made where they are asked for.

    Args:
        shape: (height, width) of the frame.
        part: Makes the values of a box.

    Attributes:
        box: Where they are made.
    """

    def __init__(self, shape: tuple[int, int], part: Part) -> None:
        self.box = EMPTY_BOX
        self._part = part
        self._shape = shape
        self._values: Fine | None = None

    def at(self, box: Box) -> Fine:
        """(box height, box width) uint16, to read and to write."""
        if self._values is None:
            self._values = np.empty(self._shape, np.uint16)
        left, top, right, bottom = had = self.box
        new = united(had, box)
        if new != had:
            fresh = (
                [new]
                if is_empty(had)
                else [
                    (new[0], new[1], new[2], top),
                    (new[0], bottom, new[2], new[3]),
                    (new[0], top, left, bottom),
                    (right, top, new[2], bottom),
                ]
            )
            for part in fresh:
                if not is_empty(part):
                    self._values[place_of(part)] = self._part(part)
            self.box = new
        return self._values[place_of(box)]


class EditedMatte:
    """One matte that is painted.

    Args:
        start: (H, W) uint8 as it is before; it is not written to.
        part: The same in 16 bits.

    Attributes:
        coarse: (H, W) uint8 as it looks right now; do not write to it.
    """

    def __init__(self, start: Bytes, part: Part) -> None:
        self.coarse = start.copy()
        height, width = start.shape
        self._whole: Box = (0, 0, width, height)
        self._fine = GrowingPlane((height, width), part)

    def fine(self, box: Box | None = None) -> Fine:
        """(box height, box width) uint16 as it is right now, by default all of it; do not write to it."""
        return self._fine.at(self._whole if box is None else box)

    def lower(self, most: Fine, box: Box) -> bool:
        """Cut off what lies above some values within a box. Returns whether there was anything."""
        here = self.coarse[place_of(box)]
        # told by the 8 bits, so that what is out of reach of a stroke is not read
        if not ((here > 0) & (most < WHITE) & (here >= in_bytes(most))).any():
            return False
        return self._put(np.minimum(self._fine.at(box), most), box)

    def raise_to(self, least: Fine, box: Box) -> bool:
        """Lift what lies below some values within a box. Returns whether there was anything."""
        return bool(least.any()) and self._put(np.maximum(self._fine.at(box), least), box)

    def put_back(self, where: NDArray[np.bool_], start: Bytes, part: Part) -> None:
        """Make some pixels, (H, W) bool, what they are in another matte, given as for a new one."""
        self.coarse[where] = start[where]
        box = self._fine.box
        if not is_empty(box):
            there = where[place_of(box)]
            self._fine.at(box)[there] = part(box)[there]

    def _put(self, values: Fine, box: Box) -> bool:
        fine = self._fine.at(box)
        if np.array_equal(values, fine):
            return False
        fine[:] = values
        self.coarse[place_of(box)] = in_bytes(values)
        return True
