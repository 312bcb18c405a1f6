"""How frames are shown, whatever is on them. Free of Qt."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from app.document.palette import Color


class MatteUse(enum.Enum):
    """What the mattes are shown for."""

    NONE = "none"
    ALONE = "alone"
    CUTOUT = "cutout"


@dataclass(frozen=True)
class Style:
    """How a frame is drawn. Two equal styles show the same frame alike.

    Attributes:
        matte: The mattes in place of the picture, or cutting it out.
        colors: (object id, colour) of the objects that are drawn, in stacking order.
        fill: How opaque their colour is over the picture, 0..1.
        outlines: A line around them.
        confidence: How sure the network was of each pixel lies over the picture.
        onion: Dashed lines around them as they are on the frames before and after.
        wipe_share: Masks of before are shown right of this share of the picture's width; None for no divider.
        ground: Behind a cut-out; None for a checker.
        pixel_ratio: Device px per widget px, for the width of lines.
    """

    matte: MatteUse = MatteUse.NONE
    colors: tuple[tuple[int, Color], ...] = ()
    fill: float = 0.0
    outlines: bool = False
    confidence: bool = False
    onion: bool = False
    wipe_share: float | None = None
    ground: Color | None = None
    pixel_ratio: float = 1.0

    @property
    def shows_masks(self) -> bool:
        """Whether index masks are looked at."""
        return bool(self.colors) and self.matte is MatteUse.NONE and (self.fill > 0 or self.outlines)
