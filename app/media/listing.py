"""Lists the frames of a video file while it is read, so that the list can be used before it is complete.

The packets are listed without decoding them, thousands in a second. Where packets and pictures need not agree
(old codecs, cut clips, damaged parts, files without time stamps) the clip is decoded for the list instead,
with a check sum of each picture by which a decoder that started elsewhere proves that it shows the same one.

What was listed once stays: a list only grows at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from threading import Event
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from app.errors import MediaError
from app.i18n import tr
from app.media.ffmpeg import STALL_S, Ffmpeg, input_arguments
from app.media.frame_map import FrameMap
from app.media.stream_facts import StreamFacts, read_stream_facts, unreadable

_ONE_PICTURE_PER_PACKET = frozenset(
    ("h264", "hevc", "av1", "vp9", "prores", "ffv1", "mjpeg", "dnxhd", "qtrle", "png", "huffyuv")
)
_NEWS_S = 0.25
_MAX_FRAMES = 20_000_000
_PACKETS = ("-c", "copy")
NO_CHECK = -1
"""Stands for the check sum of a picture that could not be decoded for the list."""

TINY = "scale=64:64:flags=neighbor,format=gray"
"""Filters before a picture is summed up: most of it does not matter for telling it from its neighbours."""

_PICTURES = (
    *("-fps_mode", "passthrough", "-enc_time_base", "demux"),
    *("-vf", TINY, "-pix_fmt", "gray", "-c:v", "rawvideo"),
)


@dataclass(frozen=True, eq=False)
class Listing:
    """The frames known so far.

    Attributes:
        frames: Their time stamps.
        checks: Check sum of each picture made ``TINY``, or ``NO_CHECK``; empty where packets were listed.
    """

    frames: FrameMap
    checks: tuple[int, ...] = ()


class Lister:
    """Lists the frames of a file. Iterate over it for longer and longer lists; the last one is complete.

    Args:
        path: The file.
        facts: What is known about it; read from the file if None.
        every_s: Seconds between two lists; 0 for one after every line that ffmpeg writes.

    Raises:
        MediaError: It is no video that can be read.
    """

    def __init__(self, path: Path, facts: StreamFacts | None = None, *, every_s: float = _NEWS_S) -> None:
        self._path = path
        self._every_s = every_s
        self._ended = Event()
        self._program = self._start(_PACKETS)
        try:
            # the packets are being listed in the meantime
            self.facts = read_stream_facts(path) if facts is None else facts
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[Listing]:
        """Lists of frames, each of which begins as the one before.

        Raises:
            MediaError: No frame can be listed.
        """
        last = None
        for last in self._lists():
            if self._ended.is_set():
                return
            yield last
        if self._ended.is_set():
            return
        if last is None or not last.frames.complete or not len(last.frames):
            raise unreadable(self._path, self._program, tr("no picture in it can be decoded"))

    def complete(self) -> Listing:
        """The whole list at once.

        Raises:
            MediaError: No frame can be listed.
        """
        *_, last = self
        return last

    def stop(self) -> None:
        """Have the iteration end soon; may be called from another thread."""
        self._ended.set()
        self._program.kill()

    def close(self) -> None:
        """End what is running; for the thread that iterates, or when nothing iterates."""
        self.stop()
        self._program.close()

    def _lists(self) -> Iterator[Listing]:
        packets = _Rows()
        trusted = self.facts.picture.codec in _ONE_PICTURE_PER_PACKET and self.facts.first_pts is not None
        told = monotonic()
        for row in self._rows(packets):
            packets.note_key(row)
            trusted = trusted and packets.accept_packet(row) and self._starts_as_decoded(packets)
            if trusted and monotonic() - told >= self._every_s:
                told = monotonic()
                if len(settled := packets.settled()):
                    yield Listing(packets.frame_map(settled, complete=False))
        if trusted and packets.stamps:
            yield Listing(packets.frame_map(packets.sorted(), complete=True))
        elif not self._ended.is_set():
            self._program = self._start(_PICTURES)
            if self._ended.is_set():  # stopped in this very moment
                self._program.kill()
            settled = packets.settled() if self._starts_as_decoded(packets) else packets.none()
            yield from self._decoded(settled, packets)

    def _starts_as_decoded(self, packets: _Rows) -> bool:
        first = self.facts.first_pts
        if not packets.stamps or first is None:
            return False
        return packets.stamps[0] * packets.time_base == first * self.facts.time_base

    def _decoded(self, known: NDArray[np.int64], packets: _Rows) -> Iterator[Listing]:
        """Lists from decoding the whole clip.

        Args:
            known: Stamps of frames that were listed by their packets and therefore stay.
            packets: Key frames are those of the packets with the same stamp.
        """
        pictures = _Rows()
        keys = {stamp * packets.time_base for stamp in packets.keys}
        told = monotonic()
        for row in self._rows(pictures):
            pictures.accept_picture(row)
            if monotonic() - told >= self._every_s and len(pictures.stamps) > len(known):
                told = monotonic()
                yield pictures.listing(known, keys, complete=False)
        if pictures.stamps and not self._ended.is_set():
            yield pictures.listing(known, keys, complete=True)

    def _start(self, arguments: tuple[str, ...]) -> Ffmpeg:
        select = ["-copyts", *input_arguments(self._path), "-map", "0:V:0"]
        return Ffmpeg([*select, *arguments, "-f", "framecrc", "pipe:1"], read=True, stall_s=STALL_S)

    def _rows(self, into: _Rows) -> Iterator[list[str]]:
        """Lines of ffmpeg's framecrc output: stream, dts, pts, duration, size, check sum, flags."""
        program = self._program
        try:
            for line in program.lines():
                if match := re.match(r"#tb 0: (\d+)/(\d+)", line):
                    into.time_base = Fraction(int(match[1]), int(match[2]))
                elif line[:1] == "0":
                    yield line.split(",")
                    if len(into.stamps) > _MAX_FRAMES:
                        raise MediaError(
                            tr(
                                "The video {path} lists more than {most} frames.",
                                path=self._path,
                                most=_MAX_FRAMES,
                            ),
                            tr("Cut it into parts with a video tool."),
                        )
            program.finish()
            if program.stalled:
                raise unreadable(self._path, program, "")
        finally:
            program.close()


@dataclass
class _Rows:
    """Rows of one listing, gathered one by one."""

    time_base: Fraction = Fraction(1)
    stamps: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    checks: list[int] = field(default_factory=list)
    _dts: int | None = None
    _seen: set[int] = field(default_factory=set)

    def note_key(self, row: list[str]) -> None:
        """Remember the stamp of a packet that decoding can start at."""
        if len(row) <= 6 or "F=" not in row[6]:
            stamp = row[2].strip()
            if stamp != "NOPTS":
                self.keys.append(int(stamp))

    def accept_packet(self, row: list[str]) -> bool:
        """Take a packet, unless there is a doubt whether it becomes exactly one picture; returns whether."""
        flags = row[6].strip() if len(row) > 6 and "F=" in row[6] else ""
        dts, pts = row[1].strip(), row[2].strip()
        if "NOPTS" in (dts, pts):
            return False
        stamp, decode = int(pts), int(dts)
        trusted = (
            flags in ("", "F=0x0")  # not marked as discarded or damaged
            and (flags == "" or bool(self.stamps))  # starts with a key frame
            and stamp not in self._seen
            and stamp >= decode
            and (self._dts is None or decode > self._dts)
            # no pictures that lean on frames before the start
            and (not self.stamps or stamp > self.stamps[0])
        )
        if trusted:
            self._dts = decode
            self._seen.add(stamp)
            self.stamps.append(stamp)
        return trusted

    def accept_picture(self, row: list[str]) -> None:
        """Take a decoded picture."""
        text = row[2].strip()
        self.stamps.append(int(text) if text != "NOPTS" else (self.stamps[-1] if self.stamps else 0))
        self.checks.append(int(row[5].strip(), 16))

    def none(self) -> NDArray[np.int64]:
        """No stamps."""
        return np.empty(0, np.int64)

    def sorted(self) -> NDArray[np.int64]:
        """All stamps in the order of presentation."""
        return np.sort(np.array(self.stamps, np.int64))

    def settled(self) -> NDArray[np.int64]:
        """The stamps of packets before which no other one can be presented any more, in order."""
        if self._dts is None:
            return self.none()
        known = self.sorted()
        return known[: int(np.searchsorted(known, self._dts, side="right"))]

    def frame_map(self, stamps: NDArray[np.int64], *, complete: bool) -> FrameMap:
        """The frames with these stamps, which are sorted."""
        keys = np.searchsorted(stamps, np.sort(np.array(self.keys, np.int64)))
        return _frozen_map(stamps, self.time_base, keys[keys < len(stamps)], complete)

    def listing(self, known: NDArray[np.int64], keys: set[Fraction], *, complete: bool) -> Listing:
        """The frames known before, then the decoded pictures in the order they came."""
        # a stamp that goes back is no stamp: such clips are told by counting, see FrameMap.is_exact
        stamps = np.maximum.accumulate(np.array(self.stamps, np.int64))
        checks = np.array(self.checks, np.int64)
        if len(known):
            places = np.searchsorted(stamps, known).clip(max=len(stamps) - 1)
            first = np.where(stamps[places] == known, checks[places], NO_CHECK)
            later = stamps > known[-1]
            stamps = np.concatenate([known, stamps[later]])
            checks = np.concatenate([first, checks[later]])
        starts = [place for place, stamp in enumerate(stamps.tolist()) if stamp * self.time_base in keys]
        return Listing(
            _frozen_map(stamps, self.time_base, np.array(starts, np.int64), complete), tuple(checks.tolist())
        )


def _frozen_map(
    stamps: NDArray[np.int64], time_base: Fraction, keys: NDArray[np.int64], complete: bool
) -> FrameMap:
    for array in (stamps, keys):
        array.setflags(write=False)
    return FrameMap(stamps, time_base, keys, complete)
