"""A clip stored in a video file, decoded by ffmpeg as a child process."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from app.errors import MediaError
from app.i18n import tr
from app.media.decoder_run import DecoderRun, InterruptedDecodeError
from app.media.ffmpeg import input_arguments
from app.media.listing import Listing
from app.media.source import Frame, VideoInfo, VideoSource
from app.media.stream_facts import StreamFacts
from app.media.video_info import video_info

_READ_AHEAD = 24
"""Up to so many frames ahead, decoding on is quicker than starting a decoder at another place."""

_KEYS_BACK = (0, 1, 3)
"""Key frames that a jump tries, counted back from the wanted frame, before it starts at the beginning."""


class FfmpegSource(VideoSource):
    """Frames of the first video stream, as shown: rotation is applied, every stored frame appears once.

    A frame is known by its time stamp. A jump starts a decoder at the key frame before and drops pictures
    until that stamp; where the decoder does not start early enough, or shows another picture under the stamp
    than decoding in order does, it starts earlier, at last at the beginning.

    Args:
        path: The video file.
        facts: What is known about it.
        listing: Its frames, as far as they are known.
        size: Width and height to scale the pictures to; that of the clip if None. Reduced pictures are
            decoded in the background: everything else goes first.
    """

    def __init__(
        self,
        path: Path,
        facts: StreamFacts,
        listing: Listing,
        size: tuple[int, int] | None = None,
    ) -> None:
        self._run: DecoderRun | None = None
        self._path = path
        self._facts = facts
        self._listing = listing
        self._info = video_info(path, self._facts, self._listing.frames)
        self._background = size is not None
        self._size = size or (self._info.width, self._info.height)
        self._latest: tuple[int, Frame] | None = None
        self._stand_ins: dict[int, int] = {}

    @property
    def info(self) -> VideoInfo:
        """Size, length and rate."""
        return self._info

    def extend(self, listing: Listing) -> VideoInfo:
        """Take a longer list of frames; returns the new ``info``."""
        self._listing = listing
        self._info = video_info(self._path, self._facts, listing.frames)
        return self._info

    def reduced(self, size: tuple[int, int]) -> FfmpegSource:
        """See ``VideoSource.reduced``."""
        return FfmpegSource(self._path, self._facts, self._listing, size)

    def frame(self, index: int) -> Frame:
        """Decode one frame, see ``VideoSource.frame``."""
        frame = self.frame_unless(index, lambda: False)
        assert frame is not None
        return frame

    def frame_unless(self, index: int, interrupted: Callable[[], bool]) -> Frame | None:
        """Decode one frame, see ``VideoSource.frame_unless``."""
        self.check_index(index)
        if self._latest is not None and self._latest[0] == index:
            return self._latest[1]
        try:
            frame = self._decode(index, interrupted)
        except InterruptedDecodeError:
            return None
        self._latest = index, frame
        return frame

    def stand_in(self, index: int) -> int | None:
        """See ``VideoSource.stand_in``."""
        return self._stand_ins.get(index)

    def close(self) -> None:
        """Stop the decoder."""
        if self._run is not None:
            self._run.close()
            self._run = None

    def __del__(self) -> None:
        self.close()

    def _decode(self, index: int, interrupted: Callable[[], bool]) -> Frame:
        run = self._run
        if run is not None and self._goes_on(run, index):
            frame = self._reach(run, index, interrupted)
            if frame is not None:
                return frame
        frames = self._listing.frames
        starts = [frames.key_before(index, back) for back in _KEYS_BACK] if frames.is_exact else []
        for start in [*dict.fromkeys(start for start in starts if start > 0), 0]:
            first = index
            while True:
                self.close()
                self._run = run = self._start(start, first)
                frame = self._reach(run, index, interrupted)
                if frame is not None:
                    return frame
                if run.held is not None or not 0 <= run.position < first:
                    break
                first = run.position  # the wanted frame is damaged: have the one before it, to stand in
        assert self._run is not None
        ending, reason = self._run.position + 1, self._run.program.last_message()
        self.close()
        text = tr(
            "The video {path} lists {count} frames, but frame {frame} cannot be decoded; decoding ends at "
            "frame {end}.",
            path=self._path,
            count=len(frames),
            frame=index,
            end=ending,
        )
        raise MediaError(
            f"{text} ({reason})" if reason else text,
            tr("The file is damaged or incomplete: copy it again, or convert it with a video tool."),
        )

    def _goes_on(self, run: DecoderRun, index: int) -> bool:
        """Whether to decode on in this run rather than to jump."""
        if index <= run.position:
            return False
        key = self._listing.frames.key_before(index)
        return index <= run.position + 1 + _READ_AHEAD or key <= run.position + 1

    def _reach(self, run: DecoderRun, index: int, interrupted: Callable[[], bool]) -> Frame | None:
        frame = run.reach(index, interrupted)
        if frame is not None and run.held is not None and run.held != index:
            self._stand_ins[index] = run.held
        return frame

    def _start(self, start: int, first: int) -> DecoderRun:
        """Start a decoder at a key frame, if the file's index is right; pixels come from ``first`` on."""
        frames = self._listing.frames
        seek: list[str] = []
        if start:
            # between two frames, so that rounding to microseconds cannot pick the neighbour
            after = frames.pts(start + 1) if start + 1 < len(frames) else frames.pts(start)
            between = Fraction(frames.pts(start) + after, 2) * frames.time_base
            seek = ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{float(between):.6f}"]
        picture = self._facts.picture
        return DecoderRun(
            [
                *(("-threads", "1") if self._background else ()),
                "-copyts",
                *seek,
                *input_arguments(self._path),
                "-map",
                "0:V:0",
            ],
            matrix=picture.matrix if picture.matrix_guessed else "",
            size=self._size,
            listing=lambda: self._listing,
            first=first,
            background=self._background,
        )
