"""The clip with coloured objects over it, as H.264 video: to look at, not to composite with."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import ExportError
from app.export.files import atomic_target, export_error
from app.media.ffmpeg import Ffmpeg
from app.media.masks import davis_palette

_OPACITY = 0.5
# vivid where the palette of the benchmark is dark: half of (128, 0, 0) over a dark picture can hardly be seen
_COLOURS = np.minimum(davis_palette().astype(np.int64) * 2, 255).astype(np.uint8)


def draw_overlay(frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Colour the objects of a frame.

    Args:
        frame: (H, W, 3) uint8 RGB.
        index_mask: (H, W) uint8 object ids; 0 and 255 stay as they are.

    Returns:
        (H, W, 3) uint8 RGB, half colour where an object is.
    """
    mixed: NDArray[np.uint8] = frame.copy()
    inside = (index_mask != 0) & (index_mask != 255)
    colour = _COLOURS[index_mask[inside]]
    mixed[inside] = np.rint(frame[inside] * (1 - _OPACITY) + colour * _OPACITY).astype(np.uint8)
    return mixed


class OverlayWriter:
    """Takes the frames of a video that ``overlay_video`` opened.

    Attributes:
        size: (width, height) of the video in pixels; even, so one more than the frames where those are odd.
    """

    def __init__(self, path: Path, program: Ffmpeg, width: int, height: int) -> None:
        self._path = path
        self._program = program
        self._shape = (height, width, 3)
        self.size = even_size(width, height)

    def write(self, frame: NDArray[np.uint8]) -> None:
        """Append a frame.

        Args:
            frame: (H, W, 3) uint8 RGB of the size that the video was opened for.

        Raises:
            ExportError: The encoder stopped, for example because the disk is full.
        """
        if frame.shape != self._shape or frame.dtype != np.uint8:
            raise ValueError(f"expected {self._shape} uint8, not {frame.shape} {frame.dtype}")
        height, width = self._shape[:2]
        even = np.pad(frame, ((0, self.size[1] - height), (0, self.size[0] - width), (0, 0)), mode="edge")
        data = memoryview(even.tobytes())
        try:
            while data:
                data = data[self._program.stdin.write(data) :]
        except OSError as error:  # the pipe breaks when the encoder gives up; it says why
            self._program.finish()
            raise self._failure() from error

    def finish(self) -> None:
        """Wait until everything is written.

        Raises:
            ExportError: The encoder failed.
        """
        self._program.stdin.close()
        if self._program.finish() != 0:
            raise self._failure()

    def _failure(self) -> ExportError:
        said = self._program.last_message()
        if any("No space left on device" in line for line in self._program.messages):
            return export_error(self._path, OSError(errno.ENOSPC, said))
        return ExportError(
            f"The video {self._path} could not be encoded: {said or 'the encoder stopped'}.",
            "Choose another folder or file name.",
        )


@contextmanager
def overlay_video(path: Path, width: int, height: int, fps: Fraction) -> Iterator[OverlayWriter]:
    """Write an H.264 video frame by frame; the file appears when the block ends without an error.

    H.264 with 4:2:0 chroma, which every player takes, needs even sizes: an odd frame gets a copy of its last
    row or column, see ``OverlayWriter.size``.

    Args:
        path: The file to be, ending in .mp4 or .mov.
        width: Of the frames, in pixels.
        height: Of the frames, in pixels.
        fps: Frames per second, exact.

    Yields:
        What takes the frames.

    Raises:
        ExportError: The encoder failed, the disk is full, or the folder cannot be written.
    """
    with atomic_target(path) as draft:
        even_width, even_height = even_size(width, height)
        raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{even_width}x{even_height}", "-r", str(fps)]
        # players must be told which matrix made the YUV; without the tags they guess it from the size
        matrix = "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int"
        tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
        encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-movflags", "+faststart"]
        arguments = [
            *raw,
            "-i",
            "pipe:0",
            "-vf",
            f"{matrix},format=yuv420p,{tags}",
            *encoder,
            f"file:{draft}",
        ]
        program = Ffmpeg(["-y", *arguments], write=True)
        try:
            writer = OverlayWriter(path, program, width, height)
            yield writer
            writer.finish()
        finally:
            program.close()


def even_size(width: int, height: int) -> tuple[int, int]:
    """The next even size: (width, height) in pixels."""
    return width + width % 2, height + height % 2
