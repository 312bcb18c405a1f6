"""Compares the sound of a movie with that of the clip it was taken from."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from app.export.audio import AudioPlan, plan_audio
from app.export.codecs import codec_of
from app.export.planned import ExportPlan
from app.export.report import Check
from app.export.verify.opened import Packets, list_packets
from app.i18n import say

_PACKET_S = Fraction(1, 8)
_TICK_S = Fraction(1, 1000)


def check_sound(plan: ExportPlan, path: Path) -> list[Check]:
    """Compare the sound, if there is to be any.

    Copied sound must be the clip's own packets without a gap; other sound must last as long.

    Args:
        plan: What was meant.
        path: The movie.
    """
    audio = plan_audio(plan, codec_of(plan))
    found = list_packets(path, "a:0")
    if audio is None:
        return (
            [Check(say("sound"), say("none"), found.codec or say("none"), not found.stamps)]
            if found.stamps
            else []
        )
    source = list_packets(audio.path, "a:0")
    wanted = _span(source, audio)
    checks = [Check(say("sound"), audio.codec, found.codec or say("none"), found.codec == audio.codec)]
    if not found.stamps:
        return checks
    start, end = found.stamps[0] * found.time_base, found.end
    close = abs(start - wanted[0]) <= _PACKET_S and abs(end - wanted[1]) <= _PACKET_S
    checks.append(Check(say("sound from and to"), _text(*wanted), _text(start, end), close))
    if audio.copied:
        checks.append(_same_packets(source, found, audio.start))
    return checks


def _same_packets(source: Packets, found: Packets, offset: Fraction) -> Check:
    """Whether the packets are the clip's own, without a gap, each at its time."""
    length = len(found.checksums)
    text = say("others")
    for place, checksum in enumerate(source.checksums):
        if checksum != found.checksums[0] or source.checksums[place : place + length] != found.checksums:
            continue
        moved = found.stamps[0] * found.time_base + offset - source.stamps[place] * source.time_base
        if abs(moved) <= found.time_base + source.time_base + _TICK_S:
            return Check(say("sound packets"), say("those of the clip"), say("the same"), True)
        text = say("moved by {time:.1f} ms", time=float(moved) * 1000)
    return Check(say("sound packets"), say("those of the clip"), text, False)


def _span(source: Packets, audio: AudioPlan) -> tuple[Fraction, Fraction]:
    """From when to when the movie should have sound: the clip's may begin later or end before."""
    first = source.stamps[0] * source.time_base - audio.start if source.stamps else Fraction(0)
    return max(Fraction(0), first), min(audio.duration, source.end - audio.start)


def _text(start: Fraction, end: Fraction) -> str:
    return say("{start:.3f} to {end:.3f} s", start=float(start), end=float(end))
