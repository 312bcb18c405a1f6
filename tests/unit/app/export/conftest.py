"""Small documents to export."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.document.locked import LockedRegion
from app.document.mask_store import Mask, MaskSource, StoredMask, pack
from app.document.objects import ObjectInfo
from app.media import Frame, VideoInfo, VideoSource
from tests.barcode import H264, barcode_frame, make_clip


@dataclass(frozen=True)
class Snapshot:
    """What an export sees of a document."""

    path: Path
    info: VideoInfo
    objects: tuple[ObjectInfo, ...]
    entries: Mapping[int, StoredMask] = field(default_factory=dict)
    locked_regions: Mapping[int, LockedRegion] = field(default_factory=dict)


def soft_entry(index: int, width: int, height: int) -> StoredMask:
    """Two soft objects whose mattes hold all values and change with the frame; they overlap nowhere."""
    mattes: dict[int, Mask] = {}
    ramp = np.linspace(0, 255, max(2, width // 2 - 4)).round().astype(np.uint8)
    for object_id, left in ((1, 2), (2, width // 2 + 2)):
        matte = np.zeros((height, width), np.uint8)
        top = 4 + (index + 5 * object_id) % 6
        matte[top : height - 8, left : left + len(ramp)] = np.roll(ramp, 3 * index)[: width - left]
        mattes[object_id] = matte
    mask = np.zeros((height, width), np.uint8)
    for object_id, matte in mattes.items():
        mask[matte > 127] = object_id
    return pack(mask, MaskSource.PROPAGATED, mattes)


def document(
    width: int = 96,
    height: int = 64,
    count: int = 12,
    fps: Fraction = Fraction(24000, 1001),
    masked: range | list[int] | None = None,
    path: Path = Path("clips/shot.mov"),
) -> Snapshot:
    """A clip with two objects."""
    objects = (ObjectInfo(1, "Anna", (255, 92, 92)), ObjectInfo(2, "Ball", (74, 214, 130)))
    info = VideoInfo(width, height, count, fps, path.name)
    frames = range(count) if masked is None else masked
    return Snapshot(path, info, objects, {index: soft_entry(index, width, height) for index in frames})


class BarcodeSource(VideoSource):
    """Pictures that carry their index."""

    def __init__(self, info: VideoInfo) -> None:
        self._info = info

    @property
    def info(self) -> VideoInfo:
        return self._info

    def frame(self, index: int) -> Frame:
        self.check_index(index)
        return barcode_frame(index, self._info.width, self._info.height)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(scope="session")
def clip_with_sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """24 numbered frames of H.264 with B-frames at 24000/1001, and a rising tone in AAC."""
    path = tmp_path_factory.mktemp("sound") / "with sound.mp4"
    tone = ("-f", "lavfi", "-i", "aevalsrc=sin(2000*t*(1+t)):s=48000:d=1.001")
    return make_clip(path, (*tone, *H264, "-c:a", "aac", "-b:a", "96k"), 24, rate="24000/1001")
