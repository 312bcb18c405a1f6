"""A clip stored in a video file, decoded by ffmpeg as a child process."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from app.errors import MediaError
from app.media.ffmpeg import Ffmpeg, input_arguments
from app.media.probe import probe_video
from app.media.source import Frame, VideoInfo, VideoSource

_READ_AHEAD = 24
"""Up to so many frames ahead, decoding on is quicker than starting a decoder at another place."""

# chroma at full resolution and exact rounding: white stays 255, and a file gives the same bytes everywhere
_SCALER = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"


class FfmpegSource(VideoSource):
    """Frames of the first video stream, as shown: rotation is applied, every stored frame appears once.

    A jump starts a decoder at the key frame before, and makes sure by the time stamp that the frame is the
    one asked for; where the file does not allow that, the clip is decoded from its start.

    Args:
        path: The video file.

    Raises:
        MediaError: It cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._run: _Run | None = None
        self._path = path
        self._video = probe_video(path)
        self._info = VideoInfo(
            self._video.width, self._video.height, len(self._video.timestamps), self._video.fps, path.name
        )
        self._latest: tuple[int, Frame] | None = None

    @property
    def info(self) -> VideoInfo:
        """Size, length and rate."""
        return self._info

    def frame(self, index: int) -> Frame:
        """Decode one frame, see ``VideoSource.frame``."""
        self.check_index(index)
        if self._latest is not None and self._latest[0] == index:
            return self._latest[1]
        run = self._run_before(index)
        frame = run.read_until(index)
        if frame is None:
            ending = run.next_index
            self.close()
            reason = run.program.last_message()
            raise MediaError(
                f"The video {self._path} lists {self._info.frame_count} frames, but decoding ends at frame "
                f"{ending}{': ' + reason if reason else ''}.",
                "The file is damaged or incomplete: copy it again, or convert it with a video tool.",
            )
        self._latest = index, frame
        return frame

    def close(self) -> None:
        """Stop the decoder."""
        if self._run is not None:
            self._run.program.close()
            self._run = None

    def __del__(self) -> None:
        self.close()

    def _run_before(self, index: int) -> "_Run":
        run = self._run
        if run is not None and run.next_index <= index <= run.next_index + _READ_AHEAD:
            return run
        self.close()
        if index > _READ_AHEAD and self._video.seekable:
            self._run = self._start(index)
            if self._run.starts_with(self._video.timestamps[index] * self._video.time_base):
                return self._run
            self.close()
        self._run = self._start(0)
        return self._run

    def _start(self, index: int) -> "_Run":
        """Start a decoder whose first picture is the frame ``index``, as far as the file's index is right."""
        seek: list[str] = []
        if index:
            stamps = self._video.timestamps
            # between two frames, so that rounding to microseconds cannot pick the neighbour
            between = Fraction(stamps[index - 1] + stamps[index], 2) * self._video.time_base
            seek = ["-seek_timestamp", "1", "-ss", f"{float(between):.6f}"]
        info = self._info
        filters = f"showinfo=checksum=0,scale={info.width}:{info.height}:flags={_SCALER},format=rgb24"
        program = Ffmpeg(
            [
                *("-copyts", *seek, *input_arguments(self._path), "-map", "0:V:0"),
                *("-fps_mode", "passthrough", "-vf", filters, "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"),
            ],
            read=True,
        )
        return _Run(program, index, (info.height, info.width, 3))


class _Run:
    """A decoder at work, with the index of the picture that comes next."""

    def __init__(self, program: Ffmpeg, next_index: int, shape: tuple[int, int, int]) -> None:
        self.program = program
        self.next_index = next_index
        self._shape = shape
        self._pending: Frame | None = None

    def starts_with(self, seconds: Fraction) -> bool:
        """Whether the first picture has this time stamp. Called once, before anything was read."""
        self._pending = self._read()
        if self._pending is None:
            return False
        unit = self.program.wait_for(r"config in time_base: (\d+)/(\d+)")
        stamp = self.program.wait_for(r"\bn: *0 pts: *(-?\d+) ")
        if unit is None or stamp is None:
            return False
        return int(stamp[1]) * Fraction(int(unit[1]), int(unit[2])) == seconds

    def read_until(self, index: int) -> Frame | None:
        """The frame ``index``, which must not lie behind; None when the output ends before it."""
        while self.next_index < index:
            if self._next() is None:
                return None
        return self._next()

    def _next(self) -> Frame | None:
        frame, self._pending = self._pending, None
        if frame is None:
            frame = self._read()
        if frame is not None:
            self.next_index += 1
        return frame

    def _read(self) -> Frame | None:
        frame: Frame = np.empty(self._shape, np.uint8)
        if not self.program.read_into(frame.data.cast("B")):
            return None
        frame.setflags(write=False)
        return frame
