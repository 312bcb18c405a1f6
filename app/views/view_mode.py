"""What the canvas can show."""

from __future__ import annotations

import enum


class ViewMode(enum.Enum):
    """What the canvas shows."""

    OVERLAY = "overlay"
    MATTE = "matte"
    CUTOUT = "cutout"
    OUTLINE = "outline"
    CONFIDENCE = "confidence"
    ORIGINAL = "original"
