"""What every clip offers, whatever it is stored in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from app.media.frame_map import KNOWN_RATES, FrameMap
from app.media.timecode import Timecode

Frame = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, read-only."""

_BACKWARD_BYTES = 128 * 1024 * 1024
_BACKWARD_FRAMES = 32


@dataclass(frozen=True)
class PictureFormat:
    """How the pictures of a clip are stored, before they become 8-bit RGB.

    Attributes:
        codec: As ffmpeg calls it ("h264", "prores"), or the kind of picture file ("png"); "" if not known.
        pixel_format: As ffmpeg calls it ("yuv422p10le"); "" if not known.
        bit_depth: Bits per sample.
        is_float: Whether samples are floating point numbers (linear light).
        full_range: Whether black is 0 and white the largest value; False for 16..235 and its like.
        matrix: By which RGB was computed: "rgb", "bt709", "bt601", "bt2020", "smpte240m", "fcc".
        matrix_guessed: The file does not say the matrix; it follows from the size.
        space: Colour tags of the file in ffmpeg's words, "" where it has none: the matrix,
        primaries: the primaries,
        transfer: and the transfer curve.
        interlaced: "" for progressive pictures, "top" or "bottom" for the field that comes first.
        has_alpha: Whether the pictures have transparency (which is not shown).
    """

    codec: str = ""
    pixel_format: str = ""
    bit_depth: int = 8
    is_float: bool = False
    full_range: bool = True
    matrix: str = "rgb"
    matrix_guessed: bool = False
    space: str = ""
    primaries: str = ""
    transfer: str = ""
    interlaced: str = ""
    has_alpha: bool = False


@dataclass(frozen=True)
class VideoInfo:
    """What is known about a clip before any frame is asked for.

    Attributes:
        width: Of a frame as it is shown (rotation applied), in stored pixels: sample aspect is not applied.
        height: Of a frame as it is shown, in stored pixels.
        frame_count: Number of frames.
        fps: Frames per second, exact; the mean for clips of variable rate, 25 where the clip does not say.
        name: File or folder name.
        nominal_fps: Rate of most frames, by which timecode is counted; the same as ``fps`` unless ``is_vfr``.
        is_vfr: Whether the time between frames varies.
        frame_map: Time stamps of all frames; None where there are none.
        start_timecode: Of the first frame, None where the clip does not say.
        rotation: By how many degrees clockwise the stored picture was turned to be shown.
        sample_aspect: Width of a pixel on screen divided by its height, after rotation.
        picture: How the pictures are stored.
        audio_codec: Of the first sound stream in ffmpeg's words; "" for a clip without sound.
        numbers: Source frame numbers of a sequence of pictures; empty where frames count from 0.
        complete: False while frames are still being listed, so that ``frame_count`` grows.
        notes: What the user should know about this clip, a sentence each.
    """

    width: int
    height: int
    frame_count: int
    fps: Fraction
    name: str
    nominal_fps: Fraction = Fraction(0)
    is_vfr: bool = False
    frame_map: FrameMap | None = field(default=None, compare=False, repr=False)
    start_timecode: Timecode | None = None
    rotation: int = 0
    sample_aspect: Fraction = Fraction(1)
    picture: PictureFormat = PictureFormat()
    audio_codec: str = ""
    numbers: tuple[int, ...] = field(default=(), repr=False)
    complete: bool = True
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.nominal_fps:
            object.__setattr__(self, "nominal_fps", self.fps)

    @property
    def has_audio(self) -> bool:
        """Whether there is sound."""
        return bool(self.audio_codec)

    @property
    def display_size(self) -> tuple[int, int]:
        """Width and height as seen on square pixels: the picture is made wider or higher, never smaller."""
        if self.sample_aspect >= 1:
            return round(self.width * self.sample_aspect), self.height
        return self.width, round(self.height / self.sample_aspect)

    @property
    def constant_fps(self) -> Fraction:
        """The rate to give a clip of variable rate when it is made constant.

        A usual one, since programs have no others: that of most frames, unless it would drop more than one
        frame in fifty, else the next above. The clip's own rate unless that varies.
        """
        if not self.is_vfr:
            return self.fps
        if self.nominal_fps in KNOWN_RATES and self.fps <= self.nominal_fps * Fraction(51, 50):
            return self.nominal_fps
        wanted = max(self.fps, self.nominal_fps)
        return min((rate for rate in KNOWN_RATES if rate >= wanted), default=wanted)

    def number(self, index: int) -> int:
        """The source's own number of a frame, for names and labels; the index where it has none."""
        return self.numbers[index] if self.numbers else index

    def timecode(self, index: int) -> Timecode:
        """Timecode of a frame. In clips of variable rate it is that of the frame's time."""
        start = self.start_timecode or Timecode(0, max(1, round(self.nominal_fps)))
        if not self.is_vfr or self.frame_map is None:
            return start.plus(index)
        return start.plus(round(self.frame_map.seconds(index) * self.nominal_fps))


class VideoSource(ABC):
    """A clip with random access to its frames.

    An open source belongs to one thread; open another one for another thread. Use it as a context manager, or
    call ``close``.
    """

    @property
    @abstractmethod
    def info(self) -> VideoInfo:
        """Size, length and rate."""

    @abstractmethod
    def frame(self, index: int) -> Frame:
        """Decode one frame; reading in order is quick, jumping back or far ahead takes longer.

        Args:
            index: 0-based frame index.

        Returns:
            (H, W, 3) uint8 RGB, read-only.

        Raises:
            IndexError: There is no such frame.
            MediaError: The frame cannot be decoded.
        """

    def frame_unless(self, index: int, interrupted: Callable[[], bool]) -> Frame | None:
        """Decode one frame, unless it is not wanted any more before it is there.

        Args:
            index: 0-based frame index.
            interrupted: Asked now and then while decoding goes on.

        Returns:
            As ``frame``; None when interrupted.

        Raises:
            IndexError: There is no such frame.
            MediaError: The frame cannot be decoded.
        """
        return None if interrupted() else self.frame(index)

    def reduced(self, size: tuple[int, int]) -> VideoSource:
        """The same frames at another size, for proxies.

        Args:
            size: Width and height.

        Returns:
            A source to be closed by itself, before this one.
        """
        return _ResizedSource(self, size)

    def stand_in(self, index: int) -> int | None:
        """The frame shown instead of one that is damaged, once that is known; None for a sound frame."""
        return None

    @abstractmethod
    def close(self) -> None:
        """Free what decoding needs. Frames that were handed out stay valid."""

    def frames(self, start: int, stop: int, step: int = 1) -> Iterator[Frame]:
        """Decode frames in order, as they are asked for.

        Args:
            start: First frame index.
            stop: One beyond the last index (one before it where ``step`` is -1), as in ``range``.
            step: 1 forward, -1 backward.

        Yields:
            (H, W, 3) uint8 RGB, read-only.

        Raises:
            ValueError: Another step.
            IndexError: There is no such frame.
            MediaError: A frame cannot be decoded.
        """
        if step not in (1, -1):
            raise ValueError(f"step must be 1 or -1, not {step}")
        if step == 1:
            yield from (self.frame(index) for index in range(start, stop))
            return
        # Decoders run forward only: decode a stretch, then hand it out from its end.
        size = self.info.width * self.info.height * 3
        stretch = max(1, min(_BACKWARD_FRAMES, _BACKWARD_BYTES // size))
        for end in range(start + 1, stop + 1, -stretch):
            decoded = [self.frame(index) for index in range(max(stop + 1, end - stretch), end)]
            while decoded:
                yield decoded.pop()

    def check_index(self, index: int) -> None:
        """Raise IndexError unless the clip has this frame."""
        if not 0 <= index < self.info.frame_count:
            raise IndexError(f"{self.info.name} has frames 0..{self.info.frame_count - 1}, not {index}")

    def __enter__(self) -> VideoSource:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _ResizedSource(VideoSource):
    """Frames of another source at another size."""

    def __init__(self, source: VideoSource, size: tuple[int, int]) -> None:
        self._source = source
        self._size = size

    @property
    def info(self) -> VideoInfo:
        return self._source.info

    def frame(self, index: int) -> Frame:
        frame = cv2.resize(self._source.frame(index), self._size, interpolation=cv2.INTER_AREA)
        frame.setflags(write=False)
        return np.asarray(frame, np.uint8)

    def close(self) -> None:
        """The other source is closed by its owner."""
