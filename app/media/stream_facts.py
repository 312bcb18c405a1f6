"""What ffmpeg says about a file: the stream it would show, how pictures are stored, timecode and sound.

The facts come from two places: the lines that ffmpeg prints about an input, and its first decoded frame as
the filter ``showinfo`` describes it, which knows the size after rotation and what the decoder found in the
stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.errors import MediaError
from app.i18n import mark, tr
from app.media.ffmpeg import STALL_S, Ffmpeg, input_arguments
from app.media.source import PictureFormat

_HINT = mark("Try another file, or convert it with a video tool to MP4 (H.264).")
_VIDEO = re.compile(r"Stream #0:(\d+)\S*: Video: (\w+)")
_DETAILS = re.compile(r", (\w+)(?:\(((?:[^()]|\([^)]*\))*)\))?, \d+x\d+")
_CHOSEN = re.compile(r"Stream #0:(\d+)(?: \(.*\))? -> #0:0")
_FRAME = re.compile(r"\bn: *0 pts: *(-?\d+|NOPTS) .* fmt:(\w+) .*sar:(\d+)/(\d+) s:(\d+)x(\d+) i:(\w)")
_COLOURS = re.compile(r"color_range:(\w+) color_space:(\w+) color_primaries:(\w+) color_trc:(\w+)")
_MATRICES = {
    "bt709": "bt709",
    "smpte170m": "bt601",
    "bt470bg": "bt601",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
    "gbr": "rgb",
}
_RGB = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr")
_WITH_ALPHA = ("yuva", "gbrap", "rgba", "bgra", "argb", "abgr", "ya8", "ya16", "ayuv", "vuya")


@dataclass(frozen=True)
class StreamFacts:
    """Facts about the first video stream of a file.

    Attributes:
        width: As shown, that is after rotation, in pixels.
        height: As shown, in pixels.
        sample_aspect: Of a pixel as shown.
        rotation: Degrees clockwise that the stored picture is turned by.
        picture: How pictures are stored.
        timecode: Of the first frame as the file writes it; "" without one.
        audio_codec: Of the first sound stream; "" without sound.
        container: Names of the format in ffmpeg's words.
        first_pts: Time stamp of the first picture that can be decoded, None if it has none.
        time_base: Of that stamp, in seconds.
    """

    width: int
    height: int
    sample_aspect: Fraction
    rotation: int
    picture: PictureFormat
    timecode: str
    audio_codec: str
    container: str
    first_pts: int | None
    time_base: Fraction


def read_stream_facts(path: Path) -> StreamFacts:
    """Decode the first frame of a video file and collect what ffmpeg says about it.

    Args:
        path: The file.

    Returns:
        The facts.

    Raises:
        MediaError: It is no video, or no picture in it can be decoded.
    """
    seen: list[str] = []

    def keep(line: str) -> bool:
        if "[info]" in line:  # errors may be without number before the first picture
            seen.append(line)
        return False

    # capital V: not the cover picture of a film; copyts: the time stamps of the file, not shifted to zero
    select = ["-copyts", *input_arguments(path), "-map", "0:V:0", "-frames:v", "1"]
    arguments = [*select, "-fps_mode", "passthrough", "-vf", "showinfo=checksum=0", "-f", "null", "-"]
    program = Ffmpeg(arguments, stall_s=STALL_S, listener=keep)
    try:
        program.finish()
    finally:
        program.close()
    facts = parse_stream_facts(seen)
    if facts is None:
        raise unreadable(path, program, tr("no picture in it can be decoded"))
    return facts


def parse_stream_facts(lines: Iterable[str]) -> StreamFacts | None:
    """Understand ffmpeg's messages.

    Args:
        lines: All of them, from opening the file to the first frame through ``showinfo``.

    Returns:
        The facts, or None when no frame was described.
    """
    text = "\n".join(lines)
    frame = _FRAME.search(text)
    chosen = _CHOSEN.search(text)
    if frame is None or chosen is None:
        return None
    unit = re.search(r"config in time_base: (\d+)/(\d+)", text)
    head = text[: chosen.start()]
    stream = _section(head, chosen[1])
    video = _VIDEO.search(stream)
    details = _DETAILS.search(stream)
    colours = _COLOURS.search(text, frame.end())
    rotation = re.search(r"rotation of (-?[\d.]+) degrees", stream)
    code = r"timecode *: (\d\d:\d\d:\d\d[:;.,]\d\d)"
    timecode = re.search(code, stream) or re.search(code, head)
    audio = re.search(r"Audio: (\w+)", head)
    container = re.search(r"Input #0, (\S+), from", head)
    width, height = int(frame[5]), int(frame[6])
    aspect = Fraction(int(frame[3]), int(frame[4])) if int(frame[3]) and int(frame[4]) else Fraction(1)
    tags = [] if details is None else (details[2] or "").split(", ")
    field_order = next((tag for tag in tags if re.match(r"(top|bottom|progressive)\b", tag)), "")
    interlaced = {"T": "top", "B": "bottom"}.get(frame[7], "")
    return StreamFacts(
        width=width,
        height=height,
        sample_aspect=aspect,
        # ffmpeg counts counterclockwise
        rotation=-round(float(rotation[1])) % 360 if rotation else 0,
        picture=picture_format(
            codec=video[2] if video else "",
            pixel_format=frame[2],
            colours=colours.groups() if colours else ("unknown",) * 4,
            size=(width, height),
            interlaced=interlaced or field_order.split()[0].replace("progressive", "")
            if interlaced or field_order
            else "",
        ),
        timecode=timecode[1] if timecode else "",
        audio_codec=audio[1] if audio else "",
        container=container[1].rstrip(",") if container else "",
        first_pts=None if frame[1] == "NOPTS" else int(frame[1]),
        time_base=Fraction(int(unit[1]), int(unit[2])) if unit else Fraction(1),
    )


def picture_format(
    *, codec: str, pixel_format: str, colours: tuple[str, ...], size: tuple[int, int], interlaced: str
) -> PictureFormat:
    """How pictures are stored, from ffmpeg's names.

    Args:
        codec: Its name.
        pixel_format: Its name.
        colours: Range, matrix, primaries and transfer; "unknown" where the file does not say.
        size: Width and height in pixels; an unknown matrix follows from them.
        interlaced: "", "top" or "bottom".

    Returns:
        The format. An unknown matrix is BT.709 from 1280 px of width or 720 px of height on, else BT.601.
    """
    spread, space, primaries, transfer = ("" if name in ("unknown", "reserved") else name for name in colours)
    is_rgb = pixel_format.startswith(_RGB)
    is_grey = pixel_format.startswith(("gray", "ya", "mono"))
    if is_rgb or is_grey:
        matrix, guessed = "rgb", False
    else:
        matrix = _MATRICES.get(space, space)
        guessed = not matrix
        matrix = matrix or ("bt709" if size[0] >= 1280 or size[1] >= 720 else "bt601")
    is_float, depth = _depth(pixel_format)
    return PictureFormat(
        codec=codec,
        pixel_format=pixel_format,
        bit_depth=depth,
        is_float=is_float,
        full_range=spread == "pc" or pixel_format.startswith("yuvj") or (is_rgb and spread != "tv"),
        matrix=matrix,
        matrix_guessed=guessed,
        space=space,
        primaries=primaries,
        transfer=transfer,
        interlaced=interlaced,
        has_alpha=pixel_format.startswith(_WITH_ALPHA),
    )


def unreadable(path: Path, program: Ffmpeg, fallback: str) -> MediaError:
    """The error for a file that ffmpeg cannot read, with its own reason if it gave one."""
    reason = program.last_message().removesuffix(".")
    if any("matches no streams" in line for line in program.messages):
        reason = tr("there is no video stream in it")
    return MediaError(
        tr("The video {path} cannot be read: {reason}.", path=path, reason=reason or fallback), tr(_HINT)
    )


def _section(head: str, index: str) -> str:
    """The lines about one stream: from its own to that of the next stream."""
    found = re.search(rf"Stream #0:{index}\b[^\n]*: Video: .*?(?=\n[^\n]*Stream #0:|\Z)", head, re.DOTALL)
    return found[0] if found else ""


def _depth(pixel_format: str) -> tuple[bool, int]:
    """Whether samples are floating point numbers, and their bits."""
    if match := re.search(r"f(16|32)(le|be)?$", pixel_format):
        return True, int(match[1])
    if re.match(r"(rgb|bgr)48|(rgba|bgra|ayuv)64", pixel_format):
        return False, 16
    if match := re.match(r"(?:p[024]|y2|x2rgb|x2bgr|v30x|xv|nv)\d*?(10|12|16)(?:le|be)?$", pixel_format):
        return False, int(match[1])
    if match := re.search(r"(9|10|12|14|16)(le|be)$", pixel_format):
        return False, int(match[1])
    return False, 8
