"""One edit of one mask while it is being made. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.document.mask_store import Mask, StoredMask, repainted

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are one beyond."""

EMPTY_BOX: Box = (0, 0, 0, 0)


def united(first: Box, second: Box) -> Box:
    """The smallest box that holds both; an empty one adds nothing."""
    if is_empty(first):
        return second
    if is_empty(second):
        return first
    return (
        min(first[0], second[0]),
        min(first[1], second[1]),
        max(first[2], second[2]),
        max(first[3], second[3]),
    )


def is_empty(box: Box) -> bool:
    """Whether a box holds no pixel."""
    return box[2] <= box[0] or box[3] <= box[1]


@dataclass(frozen=True)
class MaskPatch:
    """A change of the mask of one frame.

    Attributes:
        frame_index: 0-based.
        box: Holds every pixel that differs.
        before: Masks before the change, None for no mask. Compressed, shared with the store.
        after: Masks after the change.
    """

    frame_index: int
    box: Box
    before: StoredMask | None
    after: StoredMask | None

    @property
    def changes_anything(self) -> bool:
        """Whether undoing it would make a difference."""
        return self.before != self.after


class MaskEdit:
    """A mask that is being painted: the tools write here, views read here, and the end of it is one patch.

    Attributes:
        frame_index: 0-based.
        mask: (H, W) uint8 object ids, writable, as it looks right now.
        touched: (H, W) bool, pixels that were painted so far.
        box: Holds every touched pixel.
    """

    def __init__(self, frame_index: int, before: StoredMask | None, shape: tuple[int, int]) -> None:
        self.frame_index = frame_index
        self._before = before
        self.mask: Mask = np.zeros(shape, np.uint8) if before is None else before.index_mask().copy()
        self.touched: NDArray[np.bool_] = np.zeros(shape, np.bool_)
        self.box = EMPTY_BOX

    def paint(self, coverage: NDArray[np.bool_], box: Box, object_id: int, *, erase: bool = False) -> None:
        """Give pixels to an object, or take them from it.

        Args:
            coverage: (box height, box width) bool, the pixels to paint within ``box``.
            box: Where, inside the mask.
            object_id: Whose pixels.
            erase: Take the object's pixels away; other objects' pixels stay.
        """
        if is_empty(box):
            return
        left, top, right, bottom = box
        area = self.mask[top:bottom, left:right]
        if erase:
            coverage = coverage & (area == object_id)
            area[coverage] = 0
        else:
            area[coverage] = object_id
        self.touched[top:bottom, left:right] |= coverage
        self.box = united(self.box, box)

    def patch(self) -> MaskPatch:
        """The change as it stands."""
        # a mask that holds nothing any more is still the user's word: "no object here"
        if not self.touched.any():
            return MaskPatch(self.frame_index, EMPTY_BOX, self._before, self._before)
        after = repainted(self._before, self.mask, self.touched)
        return MaskPatch(self.frame_index, self.box, self._before, after)
