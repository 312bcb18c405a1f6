"""What is in a video file: size, rate, and the time stamp of every frame.

Nothing is guessed from the duration. The packets of the file are listed without decoding them, which takes
milliseconds; where packets and pictures need not agree (old codecs, cut clips, edit lists) the whole clip is
decoded once to count.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.errors import MediaError
from app.media.ffmpeg import Ffmpeg, input_arguments, run_ffmpeg

_ONE_PICTURE_PER_PACKET = {
    "h264",
    "hevc",
    "av1",
    "vp9",
    "prores",
    "ffv1",
    "mjpeg",
    "dnxhd",
    "qtrle",
    "png",
    "huffyuv",
}
_KNOWN_RATES = [
    Fraction(rate)
    for rate in (
        "24000/1001",
        "24",
        "25",
        "30000/1001",
        "30",
        "48",
        "50",
        "60000/1001",
        "60",
        "120",
        "10",
        "15",
        "20",
    )
] + [Fraction(25, 2)]
_DEFAULT_RATE = Fraction(25)
_HINT = "Try another file, or convert it with a video tool to MP4 (H.264)."


@dataclass(frozen=True)
class ProbedVideo:
    """Facts about the first video stream of a file.

    Attributes:
        width: As shown, that is after rotation, in pixels.
        height: As shown, in pixels.
        fps: Mean rate, frames per second.
        timestamps: Of each frame in order, in units of ``time_base``.
        time_base: Seconds.
        seekable: Whether the time stamps are all different, so that a frame can be told by its own.
    """

    width: int
    height: int
    fps: Fraction
    timestamps: tuple[int, ...]
    time_base: Fraction
    seekable: bool


@dataclass(frozen=True)
class _Listing:
    """The lines of ffmpeg's framecrc output."""

    size: tuple[int, int]
    time_base: Fraction
    codec: str
    timestamps: list[int]
    flags: list[str]


def probe_video(path: Path) -> ProbedVideo:
    """Look into a video file.

    Args:
        path: The file.

    Returns:
        What is in its first video stream; there is at least one frame.

    Raises:
        MediaError: It is no video, or its first frame cannot be decoded.
    """
    decode_first = [
        *_select(path),
        "-frames:v",
        "1",
        "-fps_mode",
        "passthrough",
        "-pix_fmt",
        "gray",
        "-c:v",
        "rawvideo",
    ]
    first, program = _listing(path, decode_first)
    if not first.timestamps:
        raise _unreadable(path, program, "no picture in it can be decoded")
    packets, _ = _listing(path, [*_select(path), "-c", "copy"])
    frames = packets if _trusted(packets) else _decoded(path)
    stamps = sorted(frames.timestamps)
    if not stamps:
        raise _unreadable(path, program, "no picture in it can be decoded")
    return ProbedVideo(
        width=first.size[0],
        height=first.size[1],
        fps=mean_rate(stamps, frames.time_base),
        timestamps=tuple(stamps),
        time_base=frames.time_base,
        seekable=len(set(stamps)) == len(stamps),
    )


def mean_rate(timestamps: list[int], time_base: Fraction) -> Fraction:
    """Frames per second from time stamps, as an exact known rate where the stamps allow for one.

    Args:
        timestamps: Ascending, in units of ``time_base``.
        time_base: Seconds.

    Returns:
        The mean rate; 25 when there is a single frame.
    """
    span = (timestamps[-1] - timestamps[0]) * time_base
    if span <= 0:
        return _DEFAULT_RATE
    intervals = len(timestamps) - 1
    # both ends are rounded to the time base, half a unit each (some containers cut instead of rounding)
    fitting = [rate for rate in _KNOWN_RATES if abs(intervals / rate - span) <= time_base]
    if fitting:
        return min(fitting, key=lambda rate: abs(intervals / rate - span))
    return (intervals / span).limit_denominator(1001)


def _select(path: Path) -> list[str]:
    # capital V: not the cover picture of a film; copyts: the time stamps of the file, not shifted to zero
    return ["-copyts", *input_arguments(path), "-map", "0:V:0"]


def _trusted(packets: _Listing) -> bool:
    stamps = packets.timestamps
    return (
        packets.codec in _ONE_PICTURE_PER_PACKET
        and bool(stamps)
        and packets.flags[0] == ""  # starts with a key frame
        and all(flag in ("", "F=0x0") for flag in packets.flags)  # nothing marked as discarded or damaged
        and stamps[0] == min(stamps)  # no pictures that lean on frames before the start
        and len(set(stamps)) == len(stamps)
    )


def _decoded(path: Path) -> _Listing:
    # the pictures themselves do not matter here: make them tiny before they are summed up
    tiny = ["-vf", "scale=16:16:flags=neighbor", "-pix_fmt", "gray", "-c:v", "rawvideo"]
    listing, program = _listing(
        path, [*_select(path), "-fps_mode", "passthrough", "-enc_time_base", "demux", *tiny]
    )
    if not listing.timestamps:
        raise _unreadable(path, program, "no picture in it can be decoded")
    return listing


def _listing(path: Path, arguments: list[str]) -> tuple[_Listing, Ffmpeg]:
    status, text, program = run_ffmpeg([*arguments, "-f", "framecrc", "pipe:1"])
    size, time_base, codec = (0, 0), Fraction(1), ""
    timestamps: list[int] = []
    flags: list[str] = []
    for line in text.splitlines():
        if match := re.match(r"#dimensions 0: (\d+)x(\d+)", line):
            size = int(match[1]), int(match[2])
        elif match := re.match(r"#tb 0: (\d+)/(\d+)", line):
            time_base = Fraction(int(match[1]), int(match[2]))
        elif match := re.match(r"#codec_id 0: (\S+)", line):
            codec = match[1]
        elif line[:1] == "0":
            # stream, dts, pts, duration, size, checksum and, unless it is a plain key frame, flags
            columns = [column.strip() for column in line.split(",")]
            timestamps.append(int(columns[2]))
            flags.append(columns[6] if len(columns) > 6 and columns[6].startswith("F=") else "")
    if status != 0 and not timestamps:
        raise _unreadable(path, program, "it is no video that can be read")
    return _Listing(size, time_base, codec, timestamps, flags), program


def _unreadable(path: Path, program: Ffmpeg, fallback: str) -> MediaError:
    reason = program.last_message().removesuffix(".")
    if any("matches no streams" in line for line in program.messages):
        reason = "there is no video stream in it"
    return MediaError(f"The video {path} cannot be read: {reason or fallback}.", _HINT)
