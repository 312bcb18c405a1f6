"""A decoder at work: pictures of a video in order, each known by its own time stamp."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from app.media.ffmpeg import STALL_S, Ffmpeg
from app.media.listing import NO_CHECK, TINY, Listing
from app.media.source import Frame

MAX_HELD = 12
"""How many frames on a picture may stand in for a damaged one."""

SCALER = "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"
"""Flags of ffmpeg's scaler: chroma at full resolution and exact rounding, so that white stays 255 and a file
gives the same bytes everywhere."""

_STAMP = re.compile(r"\bpts: *(-?\d+|NOPTS) ")
_SUM = re.compile(r"\bchecksum:([0-9A-F]{8})")
_UNIT = re.compile(r"config in time_base: (\d+)/(\d+)")


class InterruptedDecodeError(Exception):
    """The picture is not wanted any more. Not an error for anybody."""


@dataclass(frozen=True)
class _Stamp:
    pts: int | None
    check: int


class DecoderRun:
    """Pictures from one start of ffmpeg on.

    Args:
        select: ffmpeg's arguments from the seek to the choice of the stream.
        matrix: Matrix to assume, "" for the one that the file names.
        size: Width and height of the pictures to hand out.
        listing: Returns the frames that are known by now.
        first: Pixels of frames before this one are not needed.
        background: Leave the processor to everything else.
    """

    def __init__(
        self,
        select: Sequence[str],
        *,
        matrix: str,
        size: tuple[int, int],
        listing: Callable[[], Listing],
        first: int,
        background: bool = False,
    ) -> None:
        self._listing = listing
        frames = listing().frames
        self._by_stamp = frames.is_exact
        self._time_base = frames.time_base
        self._unit = frames.time_base
        self._least: int | None = frames.pts(first) if self._by_stamp and first else None
        self._shape = (size[1], size[0], 3)
        self._stamps: deque[_Stamp] = deque()
        self._ahead: _Stamp | None = None
        self._last: tuple[int, Frame] | None = None
        self.position = -1
        """Index of the last frame that was passed, -1 before the first one."""
        self.program = Ffmpeg(
            [
                *select,
                *("-fps_mode", "passthrough", "-vf", self._filters(matrix, size)),
                *("-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"),
            ],
            read=True,
            listener=self._hear,
            stall_s=STALL_S,
            background=background,
        )

    def _filters(self, matrix: str, size: tuple[int, int]) -> str:
        chosen = "" if self._least is None else f"select='gte(pts,{self._least})',"
        colours = f":in_color_matrix={matrix}" if matrix else ""
        scale = f"scale={size[0]}:{size[1]}{colours}:out_range=pc:flags={SCALER},format=rgb24"
        if not self._listing().checks:
            return f"showinfo=checksum=0,{chosen}{scale}"
        # the side branch stands first, so that a picture's sum is told before the picture waits for its
        # reader
        return f"split[sum][main];[sum]{TINY},showinfo,nullsink;[main]{chosen}{scale}"

    def reach(self, index: int, interrupted: Callable[[], bool]) -> Frame | None:
        """Decode on to a frame.

        Args:
            index: It must lie behind ``position``.
            interrupted: Asked at every picture.

        Returns:
            The frame, or the one before it where it is damaged (see ``held``); None when this run cannot
            give it: it started too late, shows another picture under that stamp, or ended.

        Raises:
            InterruptedDecodeError: It is not wanted any more.
        """
        while True:
            if interrupted():
                raise InterruptedDecodeError
            stamp = self._next_stamp()
            place = None if stamp is None else self._place(stamp)
            if stamp is None or (place is not None and place > index):
                return self._held(index)
            frame = self._pixels(stamp)
            self._ahead = None
            if place is None:
                continue
            self.position = place
            if frame is not None:
                self._last = place, frame
            if place == index:
                return frame if self._is_right(stamp, index) else None

    @property
    def held(self) -> int | None:
        """Index of the frame that was handed out last."""
        return None if self._last is None else self._last[0]

    def close(self) -> None:
        """Stop decoding."""
        self.program.close()

    def _held(self, index: int) -> Frame | None:
        if self._last is None or index - self._last[0] > MAX_HELD:
            return None
        if self._ahead is None and (self.program.finish() != 0 or self.program.stalled):
            return None
        return self._last[1]

    def _next_stamp(self) -> _Stamp | None:
        if self._ahead is None and self.program.wait_until(lambda: bool(self._stamps)):
            self._ahead = self._stamps.popleft()
        return self._ahead

    def _units(self, stamp: _Stamp) -> Fraction | None:
        return None if stamp.pts is None else Fraction(stamp.pts) * self._unit / self._time_base

    def _place(self, stamp: _Stamp) -> int | None:
        if not self._by_stamp:
            return self.position + 1
        units = self._units(stamp)
        if units is None or units.denominator != 1:
            return None
        return self._listing().frames.index_of(units.numerator)

    def _pixels(self, stamp: _Stamp) -> Frame | None:
        if self._least is not None:
            units = self._units(stamp)
            if units is None or units < self._least:
                return None
        frame: Frame = np.empty(self._shape, np.uint8)
        if not self.program.read_into(frame.data.cast("B")):
            return None
        frame.setflags(write=False)
        return frame

    def _is_right(self, stamp: _Stamp, index: int) -> bool:
        checks = self._listing().checks
        return index >= len(checks) or checks[index] in (NO_CHECK, stamp.check)

    def _hear(self, line: str) -> bool:
        """Runs in the thread that reads the messages."""
        if "_showinfo_" not in line:
            return False
        if match := _STAMP.search(line):
            check = _SUM.search(line)
            pts = None if match[1] == "NOPTS" else int(match[1])
            self._stamps.append(_Stamp(pts, int(check[1], 16) if check else NO_CHECK))
        elif match := _UNIT.search(line):
            self._unit = Fraction(int(match[1]), int(match[2]))
        return True
