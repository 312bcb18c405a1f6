"""Opens a finished movie with a new ffmpeg that knows nothing of how it was made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from app.errors import ExportError
from app.export.pixels import PixelFormat, from_bytes, pixel_format
from app.i18n import tr
from app.media.ffmpeg import Ffmpeg, input_arguments, run_ffmpeg

_PATIENCE_S = 120.0
_PICTURE = r"\bfmt:(\S+) .*\bs:(\d+)x(\d+)"
_TAGS = r"color_range:(\S+) color_space:(\S+) color_primaries:(\S+) color_trc:(\S+)"


@dataclass(frozen=True)
class Packets:
    """The packets of a stream, in the order of presentation.

    Attributes:
        time_base: Seconds of one unit.
        stamps: When each is presented, in units.
        duration: Of the last one, in units.
        checksums: Of each.
        codec: In ffmpeg's words.
        messages: What ffmpeg said about the file.
    """

    time_base: Fraction
    stamps: tuple[int, ...]
    duration: int
    checksums: tuple[str, ...]
    codec: str
    messages: tuple[str, ...]

    @property
    def end(self) -> Fraction:
        """When the last one ends, in seconds."""
        return (self.stamps[-1] + self.duration) * self.time_base if self.stamps else Fraction(0)


def list_packets(path: Path, stream: str, before: Sequence[str] = ()) -> Packets:
    """List the packets of one stream of a file.

    Args:
        path: The file.
        stream: In ffmpeg's words, "V:0" or "a:0".
        before: Arguments before the input.

    Returns:
        The packets; none where there is no such stream.
    """
    arguments = ["-copyts", *before, *input_arguments(path), "-map", f"0:{stream}", "-c", "copy"]
    _, text, program = run_ffmpeg([*arguments, "-f", "framecrc", "pipe:1"])
    base, codec = Fraction(1), ""
    rows: list[tuple[int, int, str]] = []
    for line in text.splitlines():
        if match := re.match(r"#tb 0: (\d+)/(\d+)", line):
            base = Fraction(int(match[1]), int(match[2]))
        elif match := re.match(r"#codec_id 0: (\S+)", line):
            codec = match[1]
        elif line[:1] == "0":
            columns = [column.strip() for column in line.split(",")]
            rows.append((int(columns[2]), int(columns[3]), columns[5]))
    rows.sort(key=lambda row: row[0])
    return Packets(
        base,
        tuple(row[0] for row in rows),
        rows[-1][1] if rows else 0,
        tuple(row[2] for row in rows),
        codec,
        tuple(program.messages),
    )


@dataclass(frozen=True)
class OpenMovie:
    """A movie that is being decoded.

    Attributes:
        form: Pixel format of the decoded pictures.
        size: (width, height) in px.
        tags: Range, matrix, primaries and transfer in ffmpeg's words.
        program: The decoder.
    """

    form: PixelFormat
    size: tuple[int, int]
    tags: tuple[str, str, str, str]
    program: Ffmpeg

    def frames(self) -> Iterator[dict[str, NDArray[Any]]]:
        """Code values of the pictures by component, one after another."""
        buffer = memoryview(bytearray(self.form.frame_bytes(*self.size)))
        while self.program.read_into(buffer):
            yield {**from_bytes(bytes(buffer), self.form, *self.size)}


@contextmanager
def opened_movie(path: Path, decoder: Sequence[str]) -> Iterator[OpenMovie]:
    """Decode a movie without any conversion.

    Args:
        path: The file.
        decoder: Arguments before the input.

    Yields:
        What it says about itself, and its pictures.

    Raises:
        ExportError: It cannot be decoded.
    """
    arguments = [*decoder, *input_arguments(path), "-map", "0:V:0", "-vf", "showinfo=checksum=0"]
    said: dict[str, re.Match[str]] = {}

    def listen(line: str) -> bool:
        for pattern in (_PICTURE, _TAGS):
            if match := re.search(pattern, line):
                said.setdefault(pattern, match)
        return "showinfo" in line

    program = Ffmpeg(
        [*arguments, "-fps_mode", "passthrough", "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"],
        read=True,
        listener=listen,
        stall_s=_PATIENCE_S,
    )
    try:
        program.wait_until(lambda: len(said) == 2)
        picture, tags = said.get(_PICTURE), said.get(_TAGS)
        if picture is None or tags is None:
            raise ExportError(
                tr(
                    "The movie that was written cannot be decoded again: {reason}.",
                    reason=program.last_message() or path.name,
                ),
                tr("Export again, or choose another preset."),
            )
        try:
            form = pixel_format(picture[1])
        except ValueError as error:
            raise ExportError(
                tr("The movie that was written has the unexpected {error}.", error=error),
                tr("Choose another preset."),
            ) from error
        found = (tags[1], tags[2], tags[3], tags[4])
        yield OpenMovie(form, (int(picture[2]), int(picture[3])), found, program)
    finally:
        program.close()
