"""Which pictures of the clip lie along the timeline, and those that are there already. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.media import Frame, FrameMap, VideoInfo
from app.media.frame_cache import FrameCache
from app.views.timeline.rows import THUMBNAIL_PX
from app.views.timeline.scale import TimeScale

_BYTES = 24 * 1024 * 1024
_SHARPNESS = 2
"""Pixels of a picture per px of the row, for screens at 200 %."""

_STEPS = (1, 2, 3, *(factor << power for power in range(22) for factor in (4, 5, 6)))
"""Frames from one picture to the next: each doubled is another one, so that zooming keeps pictures."""

_LEAST_SHARE = 0.8
"""How much of a picture's width is seen at least; its sides may be cut off."""


@dataclass(frozen=True)
class Slot:
    """A place for a picture on the strip.

    Attributes:
        frames: Frames that the picture stands for.
        frame_index: The one of them that is shown.
    """

    frames: range
    frame_index: int


@dataclass(frozen=True)
class Slots:
    """The pictures for a stretch of the strip.

    Attributes:
        shown: Those of which something is visible, from left to right.
        beside: Those that come into view next, the nearest first.
    """

    shown: tuple[Slot, ...] = ()
    beside: tuple[Slot, ...] = ()

    @property
    def wanted(self) -> tuple[int, ...]:
        """Frames to decode, the most wanted first."""
        return tuple(slot.frame_index for slot in (*self.shown, *self.beside))


def plan_slots(scale: TimeScale, count: int, width_px: float, frame_map: FrameMap | None) -> Slots:
    """As many pictures as fit side by side.

    The steps between them are round, so that frames that are shown at one zoom are shown at others, too. Of
    the frames that a picture stands for it shows the one that decodes quickest.

    Args:
        scale: Frames to px.
        count: Frames of the clip.
        width_px: Of a picture.
        frame_map: Knows where decoding can start; None if unknown.
    """
    visible = scale.visible
    if not visible:
        return Slots()
    step = next((value for value in _STEPS if value * scale.cell >= _LEAST_SHARE * width_px), count)
    first, last = visible.start // step, (visible.stop - 1) // step
    margin = (last - first + 2) // 2

    def slots(places: range) -> tuple[Slot, ...]:
        spans = [range(place * step, min(count, (place + 1) * step)) for place in places]
        return tuple(Slot(span, _quickest(span, frame_map)) for span in spans if span and span.start >= 0)

    after = slots(range(last + 1, last + 1 + margin))
    before = slots(range(first - 1, first - 1 - margin, -1))
    return Slots(slots(range(first, last + 1)), after + before)


def _quickest(frames: range, frame_map: FrameMap | None) -> int:
    key = None if frame_map is None else frame_map.key_in(frames)
    return frames.start if key is None else key


@dataclass
class Thumbnails:
    """Small pictures of frames, up to a number of bytes.

    Attributes:
        cache: The pictures by frame index.
        missing: Frames that cannot be decoded.
    """

    cache: FrameCache = field(default_factory=lambda: FrameCache(_BYTES))
    missing: set[int] = field(default_factory=set)

    def get(self, frame_index: int) -> Frame | None:
        """The picture of a frame, (h, w, 3) uint8 RGB, if it is there."""
        return self.cache.get(frame_index)

    def put(self, frame_index: int, picture: Frame | None) -> None:
        """Keep a picture; None for a frame that cannot be decoded."""
        if picture is None:
            self.missing.add(frame_index)
        else:
            self.cache.put(frame_index, picture)

    def lacking(self, frames: tuple[int, ...]) -> tuple[int, ...]:
        """Those of some frames that have still to be decoded."""
        return tuple(index for index in frames if index not in self.cache and index not in self.missing)

    def clear(self) -> None:
        """Another clip is open."""
        self.cache.clear()
        self.missing.clear()


def shown_size(info: VideoInfo) -> tuple[int, int]:
    """Width and height of a clip's pictures on the row, px."""
    width, height = info.display_size
    return max(8, min(4 * THUMBNAIL_PX, round(THUMBNAIL_PX * width / height))), THUMBNAIL_PX


def stored_size(info: VideoInfo) -> tuple[int, int]:
    """Width and height at which they are decoded; never larger than the clip."""
    width, height = shown_size(info)
    return min(info.width, _SHARPNESS * width), min(info.height, _SHARPNESS * height)
