"""The locked region of one frame while it is being drawn. Free of Qt."""

from __future__ import annotations

import numpy as np

from app.document.boxes import EMPTY_BOX, Box, is_empty, united
from app.document.edited_matte import HALF, Coverage, as_fine
from app.document.locked import LockedRegion, Region, locked_region


class LockEdit:
    """What the tools write to while they draw locked pixels instead of an object.

    Args:
        frame_index: 0-based.
        before: What is locked before, None for nothing.
        shape: (height, width) in px.

    Attributes:
        frame_index: 0-based.
        pixels: (H, W) bool, as it looks right now.
        box: Holds every pixel that was drawn on.
    """

    def __init__(self, frame_index: int, before: LockedRegion | None, shape: tuple[int, int]) -> None:
        self.frame_index = frame_index
        self._before = before
        self._start: Region = np.zeros(shape, np.bool_) if before is None else before.pixels()
        self.pixels: Region = self._start.copy()
        self.box = EMPTY_BOX

    def paint(self, coverage: Coverage, box: Box, *, erase: bool = False) -> None:
        """Lock pixels, or unlock them.

        Args:
            coverage: (box height, box width), bool, or uint8 or uint16 of which one half counts.
            box: Where, inside the frame.
            erase: Unlock.
        """
        if is_empty(box):
            return
        inside = as_fine(coverage) >= HALF
        self.pixels[box[1] : box[3], box[0] : box[2]][inside] = not erase
        self.box = united(self.box, box)

    def restart(self) -> Box:
        """Take back all that was drawn. Returns the box that held it."""
        box, self.box = self.box, EMPTY_BOX
        np.copyto(self.pixels, self._start)
        return box

    @property
    def changes_anything(self) -> bool:
        """Whether another region is locked now."""
        return not np.array_equal(self.pixels, self._start)

    @property
    def only_unlocks(self) -> bool:
        """Whether no pixel is locked now that was not before."""
        return not (self.pixels & ~self._start).any()

    def region(self) -> LockedRegion | None:
        """What is locked now; None for nothing."""
        return locked_region(self.pixels) if self.changes_anything else self._before
