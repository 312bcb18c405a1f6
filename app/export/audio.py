"""The clip's sound in an export: copied packet by packet where the container takes it, cut to the frames."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.export.codecs import MovieCodec
from app.export.planned import ExportPlan
from app.media.ffmpeg import input_arguments


@dataclass(frozen=True)
class AudioPlan:
    """How sound is taken along.

    Attributes:
        path: Of the clip.
        start: When it begins, in seconds of the clip's own time stamps.
        duration: Seconds.
        copied: Whether packets are taken over as they are.
        encoder: Arguments otherwise.
        codec: What the export will have, in ffmpeg's words.
    """

    path: Path
    start: Fraction
    duration: Fraction
    copied: bool
    encoder: tuple[str, ...]
    codec: str

    @property
    def input(self) -> list[str]:
        """Arguments that open the clip at the place."""
        seek = [
            "-seek_timestamp",
            "1",
            "-ss",
            f"{float(self.start):.6f}",
            "-t",
            f"{float(self.duration):.6f}",
        ]
        return ["-vn", *seek, *input_arguments(self.path)]

    @property
    def output(self) -> list[str]:
        """Arguments that write the sound of input 1."""
        if self.copied:
            # packets from before the start would move all time stamps
            return ["-map", "1:a:0", "-c:a", "copy", "-copypriorss:a", "0"]
        return ["-map", "1:a:0", *self.encoder]


def plan_audio(plan: ExportPlan, codec: MovieCodec) -> AudioPlan | None:
    """The sound of a plan's movies.

    Args:
        plan: Of the export.
        codec: Of its movies.

    Returns:
        None where there is none to take along.
    """
    info = plan.snapshot.info
    if not plan.options.audio or not info.has_audio:
        return None
    first = plan.span.start
    start = first / info.fps
    if info.frame_map is not None:
        start = info.frame_map.pts(first) * info.frame_map.time_base
    copied = not codec.audio or info.audio_codec in codec.audio
    name = info.audio_codec if copied else codec.audio_fallback[1].removeprefix("lib")
    return AudioPlan(plan.snapshot.path, start, plan.end_time, copied, codec.audio_fallback, name)
