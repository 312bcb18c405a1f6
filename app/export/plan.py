"""Says what an export will write before it does: files, frames, frames without a matte, warnings."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TypeVar

from app.errors import ExportError
from app.export.options import ExportOptions, Missing, Timing
from app.export.outputs import plan_outputs
from app.export.planned import ExportPlan, ExportSnapshot
from app.export.presets import ExportPreset, Kind
from app.export.report import ranges_text
from app.export.schedule import chosen_frames, frame_times, with_mattes
from app.i18n import say, sayn, tr
from app.media import Timecode, VideoInfo

_Choice = TypeVar("_Choice")


def plan_export(
    snapshot: ExportSnapshot,
    preset: ExportPreset,
    options: ExportOptions,
    target: Path,
    *,
    now: datetime | None = None,
    take: int = 1,
) -> ExportPlan:
    """Plan an export. Nothing is read or written.

    Args:
        snapshot: The document.
        preset: The kind of export.
        options: Choices.
        target: The folder to write to.
        now: For the tokens {date} and {time}; the present by default.
        take: For the token {take}.

    Returns:
        The plan; ``ExportPlan.check`` says whether it may run.

    Raises:
        ExportError: Choices that contradict each other, the preset or the clip.
    """
    info = snapshot.info
    warnings: list[str] = []
    if not info.complete:
        raise ExportError(
            tr(
                "The frames of {name} are still being listed, so that its length is not known yet.",
                name=info.name,
            ),
            tr("Export when the list is complete."),
        )
    options = _resolved(snapshot, preset, options, warnings)
    frames = _frame_range(info, options, warnings)
    times = frame_times(info)
    timing = options.timing
    rate = options.rate or (info.nominal_fps if timing is Timing.SOURCE else info.constant_fps)
    chosen = chosen_frames(frames, times, timing, rate)
    variable = timing is Timing.SOURCE and preset.kind is Kind.MOVIE and not _is_even(chosen, rate)
    missing = tuple(sorted({index for index, _ in chosen if index not in snapshot.entries}))
    if not any(index in snapshot.entries for index, _ in chosen) and (
        options.missing is not Missing.BLACK or not snapshot.entries
    ):
        raise ExportError(
            tr("There is nothing to export: none of the frames has a matte."),
            tr("Paint the objects and propagate them first, or choose other frames."),
            about="no_mattes",
        )
    start = info.number(frames.start) if options.start_number is None else options.start_number
    scheduled = with_mattes(chosen, snapshot.entries.keys(), options.missing, start)
    options = replace(
        options, start_number=start, start_timecode=_timecode(info, options, frames.start, rate), rate=rate
    )
    plan = ExportPlan(
        snapshot=snapshot,
        preset=preset,
        options=options,
        target=target,
        outputs=(),
        span=frames,
        frames=tuple(scheduled),
        missing=missing,
        rate=rate,
        variable=variable,
        size=_size(info, preset, warnings),
        warnings=(),
    )
    if preset.kind is Kind.MOVIE and plan.needs_picture and info.picture.matrix_guessed:
        warnings.append(
            say(
                "The clip does not say its colour matrix: by its size it counts as {matrix}, and the file "
                "says so.",
                matrix=info.picture.matrix.upper(),
            )
        )
    outputs = plan_outputs(plan, now or datetime.now(), take)
    return replace(plan, outputs=outputs, warnings=(*warnings, *_missing_warning(plan)))


def _resolved(
    snapshot: ExportSnapshot, preset: ExportPreset, options: ExportOptions, warnings: list[str]
) -> ExportOptions:
    known = tuple(item.object_id for item in snapshot.objects)
    ids = known if options.object_ids is None else options.object_ids
    if unknown := [str(value) for value in ids if value not in known]:
        raise ExportError(
            tr("There is no object {names}.", names=", ".join(unknown)),
            tr("Choose among the clip's objects."),
            about="object_ids",
        )
    if not ids:
        raise ExportError(
            tr("There is nothing to export: no object is chosen."),
            tr("Choose at least one."),
            about="object_ids",
        )
    layout = _allowed(options.layout, preset.layouts, preset, tr("object layout"), "layout")
    alpha = _allowed(options.alpha, preset.alphas, preset, tr("alpha"), "alpha")
    depth = _allowed(options.bit_depth, preset.bit_depths, preset, tr("bit depth"), "bit_depth")
    if options.missing is Missing.SKIP and not preset.can_skip:
        raise ExportError(
            tr("Frames cannot be left out of a movie: it would be shorter than the clip."),
            tr("Choose black or hold for frames without a matte, or a picture sequence."),
            about="skip",
        )
    timing = options.timing
    if timing is not Timing.SOURCE and options.rate is None and timing is Timing.CONFORM:
        raise ExportError(
            tr("A rate is needed to conform the frames to."), tr("Give the frames per second."), about="rate"
        )
    if timing is Timing.SOURCE and options.rate is not None:
        raise ExportError(
            tr("A rate is given, but the frames are to be shown as in the clip."),
            tr("Choose a constant rate, or conform, or give no rate."),
            about="timing",
        )
    if timing is Timing.SOURCE and preset.kind is Kind.MOVIE and not preset.variable_rate:
        times = frame_times(snapshot.info)
        if not _is_even(list(enumerate(times)), snapshot.info.fps):
            timing = Timing.CONSTANT
            warnings.append(
                say(
                    "The clip's frames last differently, which {title} cannot carry: they are repeated or "
                    "dropped to a constant {constant_fps} frames per second.",
                    title=say(preset.title),
                    constant_fps=snapshot.info.constant_fps,
                )
            )
    audio = options.audio and preset.audio
    if audio and timing is Timing.CONFORM and options.rate != snapshot.info.fps:
        audio = False
        warnings.append(say("The sound is left out: it would not match frames shown at another rate."))
    return replace(
        options,
        object_ids=tuple(value for value in known if value in ids),
        layout=layout,
        alpha=alpha,
        bit_depth=depth,
        timing=timing,
        audio=audio,
        template=options.template or preset.template,
    )


def _allowed(
    value: _Choice | None, choices: tuple[_Choice, ...], preset: ExportPreset, what: str, about: str
) -> _Choice:
    if value is None:
        return choices[0]
    if value not in choices:
        raise ExportError(
            tr(
                "{title} cannot have the {what} {word}.", title=tr(preset.title), what=what, word=_word(value)
            ),
            tr("It can have {names}.", names=", ".join(_word(choice) for choice in choices)),
            about=about,
        )
    return value


def _word(value: object) -> str:
    return str(getattr(value, "value", value))


def _frame_range(info: VideoInfo, options: ExportOptions, warnings: list[str]) -> range:
    last = info.frame_count - 1
    first_wanted = 0 if options.in_point is None else options.in_point
    last_wanted = last if options.out_point is None else options.out_point
    if not 0 <= first_wanted <= last_wanted <= last:
        raise ExportError(
            tr(
                "Frames {first} to {final} do not lie in {name}, which has 0 to {last}.",
                first=first_wanted,
                final=last_wanted,
                name=info.name,
                last=last,
            ),
            tr("Choose an in point before the out point, both inside the clip."),
            about="range",
        )
    start, stop = first_wanted - options.handles, last_wanted + 1 + options.handles
    frames = range(max(0, start), min(info.frame_count, stop))
    if len(frames) != stop - start:
        warnings.append(
            say(
                "The clip ends before the handles do: {before} frames are added before the in point and "
                "{after} after the out point.",
                before=first_wanted - frames.start,
                after=frames.stop - 1 - last_wanted,
            )
        )
    return frames


def _is_even(chosen: list[tuple[int, Fraction]], rate: Fraction) -> bool:
    """Whether frames follow each other at one rate."""
    return all(time == place / rate for place, (_, time) in enumerate(chosen))


def _timecode(info: VideoInfo, options: ExportOptions, first_frame: int, rate: Fraction) -> str:
    if options.start_timecode is None:
        start = info.timecode(first_frame)
        if start.base == round(rate):
            return str(start)
        # counted at another rate: the same time of day
        seconds = Fraction(start.frames, start.base)
        return str(Timecode(round(seconds * round(rate)), max(1, round(rate))))
    try:
        Timecode.parse(options.start_timecode, rate)
    except ValueError as error:
        raise ExportError(
            tr("The start timecode cannot be used: {error}.", error=error),
            tr("Write it as 01:00:00:00."),
            about="start_timecode",
        ) from error
    return options.start_timecode


def _size(info: VideoInfo, preset: ExportPreset, warnings: list[str]) -> tuple[int, int]:
    width, height = info.width, info.height
    if preset.even_size and (width % 2 or height % 2):
        width, height = width + width % 2, height + height % 2
        warnings.append(
            say(
                "{title} needs even sizes: {width}x{height} is padded to {even_width}x{even_height} by "
                "repeating the last column or row.",
                title=say(preset.title),
                width=info.width,
                height=info.height,
                even_width=width,
                even_height=height,
            )
        )
    return width, height


def _missing_warning(plan: ExportPlan) -> tuple[str, ...]:
    if not plan.missing:
        return ()
    becomes = {
        Missing.ERROR: say("nothing is written until you choose what becomes of them"),
        Missing.BLACK: say("they get an empty matte"),
        Missing.HOLD: say("they get the matte of the nearest frame before that has one, or else after"),
        Missing.SKIP: say("they get no file"),
    }[plan.options.missing]
    warning = sayn(
        "{count} frame has no matte ({frames}): {becomes}.",
        "{count} frames have no matte ({frames}): {becomes}.",
        len(plan.missing),
        frames=ranges_text(plan.missing),
        becomes=becomes,
    )
    return (warning,)
