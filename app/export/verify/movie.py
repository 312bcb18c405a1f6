"""Compares a movie that was read back with what its encoder was given."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from app.export.codecs import codec_of, colour_tags
from app.export.expectation import Expectation
from app.export.options import Alpha
from app.export.planned import ExportPlan
from app.export.report import Check
from app.export.verify.opened import OpenMovie, Packets, list_packets, opened_movie
from app.export.verify.picture import PictureChecks
from app.export.verify.sound import check_sound
from app.i18n import say
from app.media import Timecode


def check_movie(
    plan: ExportPlan, path: Path, expected: Expectation, on_frame: Callable[[], None]
) -> list[Check]:
    """Open a movie again and compare.

    Args:
        plan: What was meant.
        path: The movie.
        expected: What the encoder was given.
        on_frame: Called after each picture.

    Returns:
        All that was compared; ``Check.passed`` says how it went.

    Raises:
        ExportError: The movie cannot be decoded at all.
    """
    codec = codec_of(plan)
    packets = list_packets(path, "V:0")
    matte = plan.alpha is Alpha.MATTE
    pictures = PictureChecks(expected, codec.bound, matte=matte)
    with opened_movie(path, codec.decoder) as movie:
        checks = _about_format(plan, movie)
        comparable = movie.size == plan.size and pictures.fits(movie.form)
        count = 0
        for components in movie.frames():
            if comparable:
                pictures.add(components, movie.form)
            count += 1
            on_frame()
    checks.insert(0, _count(plan, count, packets))
    if comparable:
        checks += pictures.checks()
    return [*checks, *_about_time(plan, packets), *check_sound(plan, path)]


def _count(plan: ExportPlan, decoded: int, packets: Packets) -> Check:
    wanted = len(plan.frames)
    listed = len(packets.stamps)
    found: str = str(decoded)
    if decoded != listed:
        found = say("{decoded} decoded, {listed} listed", decoded=decoded, listed=listed)
    return Check(say("frame count"), str(wanted), found, decoded == listed == wanted)


def _about_format(plan: ExportPlan, movie: OpenMovie) -> list[Check]:
    checks = []
    size = f"{plan.size[0]}x{plan.size[1]}"
    found = f"{movie.size[0]}x{movie.size[1]}"
    checks.append(Check(say("picture size"), size, found, size == found))
    wanted_alpha = plan.alpha in (Alpha.STRAIGHT, Alpha.PREMULT)
    checks.append(
        Check(
            say("pixel format"),
            say("with alpha") if wanted_alpha else say("without alpha"),
            movie.form.name,
            movie.form.has_alpha == wanted_alpha,
        )
    )
    tags = colour_tags(plan)
    wanted = ("pc" if tags.full_range else "tv", tags.space, tags.primaries, tags.transfer)
    checks.append(Check(say("colour tags"), " ".join(wanted), " ".join(movie.tags), wanted == movie.tags))
    return checks


def _about_time(plan: ExportPlan, packets: Packets) -> list[Check]:
    if not packets.stamps:
        return [Check(say("frame times"), say("at least one"), say("none"), False)]
    base = packets.time_base
    # a container rounds to its own unit, and so do we where frames last differently
    slack = base if not plan.variable else 2 * base
    wanted = [frame.time for frame in plan.frames]
    times = [stamp * base for stamp in packets.stamps]
    worst = max((abs(a - b) for a, b in zip(wanted, times, strict=False)), default=Fraction(0))
    kind = say("{rate} frames per second", rate=plan.rate)
    if plan.variable:
        kind = say("times of the clip")
    off = say("off by {time:.3f} ms at most", time=float(worst) * 1000)
    checks = [
        Check(say("frame times"), kind, off, worst <= slack),
    ]
    # how long the last frame lasts is nowhere told where frames last differently
    patience = slack + base if not plan.variable else max(wanted[-1] - wanted[-2], 1 / plan.rate) + slack
    end = packets.end
    checks.append(
        Check(say("duration"), _seconds(plan.end_time), _seconds(end), abs(end - plan.end_time) <= patience)
    )
    if plan.preset.timecode and plan.options.start_timecode:
        checks += _about_timecode(plan, packets)
    return checks


def _about_timecode(plan: ExportPlan, packets: Packets) -> list[Check]:
    rate = plan.rate
    start = Timecode.parse(plan.options.start_timecode or "", rate)
    last = start.plus(round(plan.frames[-1].time * rate))
    said = next(
        (match for line in packets.messages if (match := re.search(r"(?i)\btimecode\s*: (\S+)", line))), None
    )
    if said is None:
        return [Check(say("first timecode"), str(start), say("none"), False)]
    try:
        # below ten frames a second, ffmpeg writes the last part with one digit
        found = Timecode.parse(re.sub(r"([:;.])(\d)$", r"\g<1>0\2", said[1]), rate)
    except ValueError:
        return [Check(say("first timecode"), str(start), said[1], False)]
    found_last = found.plus(round((packets.stamps[-1] - packets.stamps[0]) * packets.time_base * rate))
    return [
        Check(say("first timecode"), str(start), str(found), start == found),
        Check(say("last timecode"), str(last), str(found_last), last == found_last),
    ]


def _seconds(time: Fraction) -> str:
    return say("{seconds:.4f} s", seconds=float(time))
