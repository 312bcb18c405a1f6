"""Ctrl and a drag resize the brush, as in After Effects; Ctrl and a click are something else."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF

_CLICK_PX = 5
"""A hand that shakes by less than this has clicked."""


@dataclass
class BrushDrag:
    """One such drag.

    Attributes:
        start: Where the button went down, widget px; the brush stays there meanwhile.
        size_px: Diameter of the brush before, image px.
    """

    start: QPointF
    size_px: float
    _origin: QPointF | None = None

    @property
    def is_click(self) -> bool:
        """Whether the pointer has not gone anywhere."""
        return self._origin is None

    def size_at(self, at: QPointF, scale: float) -> float:
        """The diameter of the brush in image px with the pointer there: larger to the right and upward.

        Args:
            at: The pointer, widget px.
            scale: Widget px per image px.
        """
        if self._origin is None:
            if (at - self.start).manhattanLength() >= _CLICK_PX:
                self._origin = at  # from here on, so that the size does not jump
            return self.size_px
        way = at - self._origin
        return float(round(self.size_px + (way.x() - way.y()) / scale))
