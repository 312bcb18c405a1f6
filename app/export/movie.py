"""Encodes a movie by ffmpeg as a child process: raw pictures in, one file out."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

from app.errors import ExportError
from app.export.audio import AudioPlan, plan_audio
from app.export.codecs import codec_of, colour_tags, format_of
from app.export.drafts import movie_draft
from app.export.expectation import Components
from app.export.feeder import Feeder
from app.export.files import export_error
from app.export.pixels import to_bytes
from app.export.planned import ExportPlan, PlannedOutput
from app.i18n import tr
from app.media.ffmpeg import Ffmpeg


class MovieEncoder:
    """Writes the frames of one output as a movie.

    Args:
        plan: Of the export.
        output: Which of its outputs.
        draft: A folder for the movie and what belongs to it.
        quality: Which of the codec's qualities, 0 for the first.
        check: Called while the encoder keeps us waiting; what it raises ends the export.

    Attributes:
        path: The movie.
    """

    def __init__(
        self,
        plan: ExportPlan,
        output: PlannedOutput,
        draft: Path,
        quality: int = 0,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._check = check
        self._output = output
        self._form = format_of(plan)
        self.path = movie_draft(plan, draft)
        script = draft / "times.txt"
        try:
            script.write_text(_filters(plan), encoding="ascii")
        except OSError as error:
            raise export_error(output.path, error) from error
        self._program = Ffmpeg(_arguments(plan, self.path, script, quality), write=True)
        self._feeder = Feeder(self._program.stdin)

    def write(self, components: Components) -> None:
        """Append a picture.

        Raises:
            ExportError: The encoder stopped, for example because the disk is full.
        """
        if not self._feeder.put(to_bytes(components, self._form), self._check):
            self._program.finish()
            raise self._failure()

    def finish(self) -> None:
        """Wait until everything is written.

        Raises:
            ExportError: The encoder failed.
        """
        whole = self._feeder.close(self._check)
        if self._program.finish() != 0 or not whole:
            raise self._failure()

    def close(self) -> None:
        """Stop the encoder if it still runs. May be called again."""
        self._program.kill()
        self._feeder.abandon()
        self._program.close()

    def _failure(self) -> ExportError:
        said = self._program.last_message()
        for text, number in (("No space left on device", errno.ENOSPC), ("File too large", errno.EFBIG)):
            if any(text in line for line in self._program.messages):
                return export_error(self._output.path, OSError(number, text))
        return ExportError(
            tr("The movie {path} could not be encoded: {reason}.", path=self._output.path, reason=said)
            if said
            else tr("The movie {path} could not be encoded: the encoder was ended.", path=self._output.path),
            tr("Export again; if it fails again, choose another folder or preset."),
        )


def _arguments(plan: ExportPlan, path: Path, script: Path, quality: int) -> list[str]:
    codec, form = codec_of(plan), format_of(plan)
    width, height = plan.size
    rate = plan.rate
    raw = [
        "-f",
        "rawvideo",
        "-pix_fmt",
        form.name,
        "-s",
        f"{width}x{height}",
        "-r",
        str(rate),
        "-i",
        "pipe:0",
    ]
    audio: AudioPlan | None = plan_audio(plan, codec)
    sound = [] if audio is None else audio.output
    timing = ["-fps_mode", "passthrough"]
    if plan.variable:
        timing += ["-enc_time_base", "filter"]
        if codec.muxer in ("mov", "mp4"):
            timing += ["-video_track_timescale", str(time_base(plan).denominator)]
    timecode: list[str] = []
    if plan.preset.timecode and plan.options.start_timecode:
        if codec.muxer == "matroska":
            timecode = ["-metadata", f"timecode={plan.options.start_timecode}"]
        else:
            timecode = ["-timecode", plan.options.start_timecode]
    return [
        "-y",
        *raw,
        *([] if audio is None else audio.input),
        *("-map", "0:v:0", "-/filter:v", str(script), *timing, *codec.arguments, *codec.qualities[quality]),
        *sound,
        # nothing of the clip's own notes: they may speak of other cameras, sizes, timecodes
        *("-map_metadata", "-1", "-map_chapters", "-1", *timecode, *codec.container),
        *("-f", codec.muxer, f"file:{path}"),
    ]


def time_base(plan: ExportPlan) -> Fraction:
    """Unit of the time stamps of a movie whose frames last differently, in seconds."""
    frame_map = plan.snapshot.info.frame_map
    base = Fraction(1, 90000) if frame_map is None else frame_map.time_base
    return Fraction(1, base.denominator)


def _filters(plan: ExportPlan) -> str:
    aspect = plan.snapshot.info.sample_aspect
    filters = [colour_tags(plan).filter, f"setsar={aspect.numerator}/{aspect.denominator}"]
    if plan.variable:
        base = time_base(plan)
        stamps = [round(frame.time / base) for frame in plan.frames]
        filters += [f"settb={base.numerator}/{base.denominator}", f"setpts={stamps_expression(stamps)}"]
    return ",".join(filters)


def stamps_expression(stamps: Sequence[int]) -> str:
    """An expression of ffmpeg's for the time stamp of frame N: a tree over the places where the step changes.

    Args:
        stamps: Of each frame, ascending.
    """
    pieces: list[tuple[int, int, int]] = []  # first frame, its stamp, step
    for place, stamp in enumerate(stamps):
        step = stamps[place + 1] - stamp if place + 1 < len(stamps) else 0
        if not pieces or pieces[-1][2] != step:
            pieces.append((place, stamp, step))
    return _tree(pieces)


def _tree(pieces: Sequence[tuple[int, int, int]]) -> str:
    if len(pieces) == 1:
        first, stamp, step = pieces[0]
        return f"{stamp}+{step}*(N-{first})"
    half = len(pieces) // 2
    return f"if(lt(N\\,{pieces[half][0]})\\,{_tree(pieces[:half])}\\,{_tree(pieces[half:])})"
