"""The sample clip: three rendered seconds with exact mattes, made by `resources.sample.make`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SamplePaths:
    """Where the parts of the sample clip lie.

    Attributes:
        video: The clip, 640x360, 25 frames per second, 75 frames.
        first_mask: Index mask of frame 0 (palette PNG, 1 = ball, 2 = leaf).
        masks_dir: Folder of the exact index masks, `00000.png` to `00074.png`.
    """

    video: Path
    first_mask: Path
    masks_dir: Path


def paths() -> SamplePaths:
    """Return the paths of the sample clip that ships with the package."""
    folder = Path(__file__).resolve().parent
    masks = folder / "masks"
    return SamplePaths(video=folder / "sample.mp4", first_mask=masks / "00000.png", masks_dir=masks)
