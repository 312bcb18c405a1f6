"""What every clip offers, whatever it is stored in."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

Frame = NDArray[np.uint8]
"""(H, W, 3) uint8 RGB, read-only."""

_BACKWARD_BYTES = 128 * 1024 * 1024
_BACKWARD_FRAMES = 32


@dataclass(frozen=True)
class VideoInfo:
    """What is known about a clip before any frame is asked for.

    Attributes:
        width: Of a frame as it is shown (rotation applied), in pixels.
        height: Of a frame as it is shown, in pixels.
        frame_count: Number of frames.
        fps: Frames per second; the mean for clips of variable rate, 25 where the clip does not say.
        name: File or folder name.
    """

    width: int
    height: int
    frame_count: int
    fps: Fraction
    name: str


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

    def __enter__(self) -> "VideoSource":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
