"""From an export to its round trip: which footage other programs load, and how it lines up."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from app.errors import ExportError
from app.export.options import Alpha
from app.export.outputs import file_stem
from app.export.planned import ExportPlan, PlannedOutput
from app.export.presets import Content, ExportPreset, Kind
from app.export.roundtrip.trip import Footage, RoundTrip
from app.export.roundtrip.write import KINDS
from app.i18n import tr
from app.media import Timecode

_EDITABLE = {".mov", ".mp4"}


def offered_kinds(preset: ExportPreset) -> tuple[str, ...]:
    """Round-trip files that go with a preset, keys of ``KINDS``; none for data sets."""
    if preset.kind is Kind.DATASET or preset.content is Content.INDEX:
        return ()
    if preset.kind is Kind.SEQUENCE:
        return tuple(key for key, kind in KINDS.items() if kind.takes_sequences)
    # neither Final Cut Pro nor After Effects opens Matroska and WebM
    return tuple(KINDS) if preset.suffix in _EDITABLE else ("otio", "nk")


def check_round_trip(plan: ExportPlan, keys: Sequence[str]) -> None:
    """Make sure, before an export, that round-trip files can go with it.

    Raises:
        ExportError: Kinds that the preset does not go with, or frames that do not line up with the clip's.
    """
    offered = offered_kinds(plan.preset)
    if refused := [key for key in keys if key in KINDS and key not in offered]:
        raise ExportError(
            tr(
                "{title} does not go with round-trip files of the kind {kinds}.",
                title=tr(plan.preset.title),
                kinds=", ".join(refused),
            ),
            tr("It goes with {kinds}.", kinds=", ".join(offered)) if offered else tr("Leave them out."),
            about="round_trips",
        )
    if not keys:
        return
    info = plan.snapshot.info
    indexes = [frame.frame_index for frame in plan.frames]
    in_order = all(after > before for before, after in itertools.pairwise(indexes))
    whole = indexes[-1] - indexes[0] + 1 == len(indexes) or plan.preset.can_skip
    if info.is_vfr or plan.variable or plan.rate != info.fps or not in_order or not whole:
        raise ExportError(
            tr("Round-trip files need a clip of constant rate, and every frame of it once."),
            tr(
                "Leave them out, or export with the timing of the clip; make a clip of variable rate "
                "constant before."
            ),
            about="round_trips",
        )


def round_trip_of(plan: ExportPlan, pictures: Sequence[Path] = ()) -> RoundTrip:
    """Describe an export for other programs.

    Args:
        plan: What was exported; ``check_round_trip`` has passed.
        pictures: Files of a clip that is a sequence of pictures, in frame order.

    Raises:
        ExportError: The pictures are not numbered without gaps.
    """
    info = plan.snapshot.info
    first, last = plan.frames[0].frame_index, plan.frames[-1].frame_index
    begin = first if plan.options.in_point is None else max(first, plan.options.in_point)
    end = last if plan.options.out_point is None else min(last, plan.options.out_point)
    code = info.start_timecode
    return RoundTrip(
        name=_text(f"{plan.snapshot.path.stem} {plan.preset.title}"),
        width=info.width,
        height=info.height,
        rate=plan.rate,
        clip=_clip(plan, pictures),
        mattes=tuple(_matte(plan, output) for output in plan.outputs),
        shown=range(begin, end + 1),
        drop_frame=code is not None and code.drop,
        pixel_aspect=Fraction(info.sample_aspect),
    )


def round_trip_base(plan: ExportPlan) -> Path:
    """Path of the round-trip files without their ending: beside a single output, else named by the clip."""
    if len(plan.outputs) == 1 and plan.outputs[0].path != plan.target:
        return plan.outputs[0].path
    return plan.target / f"{file_stem(plan.snapshot.path)}_{plan.preset.name}"


def round_trip_files(plan: ExportPlan, keys: Sequence[str]) -> tuple[Path, ...]:
    """The round-trip files to be."""
    base = round_trip_base(plan)
    return tuple(base.with_name(f"{base.name}{KINDS[key].suffix}") for key in keys)


def _clip(plan: ExportPlan, pictures: Sequence[Path]) -> Footage:
    info, path = plan.snapshot.info, plan.snapshot.path
    name = _text(info.name)
    if not pictures:
        code = info.start_timecode
        start = 0 if code is None else code.frames
        return Footage(path, name, 0, info.frame_count, Alpha.OPAQUE, start=start, has_audio=info.has_audio)
    number = re.search(r"[0-9]+$", pictures[0].stem)
    if number is None or not _is_gapless(pictures, number[0]):
        raise ExportError(
            tr(
                "The pictures of {name} are not numbered one by one, so other programs cannot load them "
                "as a sequence.",
                name=info.name,
            ),
            tr("Leave the round-trip files out, or number the pictures without gaps."),
            about="round_trips",
        )
    digits = len(number[0])
    return Footage(pictures[0], name, 0, len(pictures), Alpha.OPAQUE, digits=digits, start=int(number[0]))


def _is_gapless(pictures: Sequence[Path], number: str) -> bool:
    prefix, suffix = pictures[0].stem[: -len(number)], pictures[0].suffix
    return all(
        path.name == f"{prefix}{int(number) + place:0{len(number)}d}{suffix}"
        for place, path in enumerate(pictures)
    )


def _matte(plan: ExportPlan, output: PlannedOutput) -> Footage:
    first = plan.frames[0]
    name, alpha = _text(output.label), plan.alpha
    if plan.preset.kind is Kind.SEQUENCE:
        span = plan.frames[-1].number - first.number + 1
        number = re.search(r"[0-9]+$", output.files[0].stem)
        if number is None or int(number[0]) != first.number:
            raise ExportError(
                tr(
                    "The names of {path} do not end in the frame number, so other programs cannot load them "
                    "as a sequence.",
                    path=output.path,
                ),
                tr("Put {frame} at the end of the name template, after a letter or an underscore."),
                about="template",
            )
        return Footage(
            output.files[0],
            name,
            first.frame_index,
            span,
            alpha,
            digits=len(number[0]),
            start=first.number,
        )
    code = plan.options.start_timecode if plan.preset.timecode else None
    start = 0 if code is None else Timecode.parse(code, plan.rate).frames
    return Footage(
        output.path,
        name,
        first.frame_index,
        len(plan.frames),
        alpha,
        start=start,
        has_audio=plan.options.audio and plan.snapshot.info.has_audio,
    )


def _text(name: str) -> str:
    # names of files may hold bytes that are no text
    return name.encode("utf-8", "replace").decode("utf-8")
