"""Round trips that the tests of all kinds share."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from app.export.options import Alpha
from app.export.roundtrip.trip import Footage, RoundTrip

FILM = Fraction(24000, 1001)
HOUR = 24 * 3600
NASTY = 'Left "hand" \\ [v1] $x {y} é 猫 \U0001f600 @NAME@ <&>'


def movies(folder: Path, *, name: str = NASTY) -> RoundTrip:
    """A clip of 100 frames from 01:00:00:00; frames 10 to 89 shown, with handles of 5 in the mattes."""
    clip = Footage(
        folder / "source clip.mov", "source clip", 0, 100, Alpha.OPAQUE, start=HOUR, has_audio=True
    )
    mattes = tuple(
        Footage(
            folder / "out" / f"{alpha.value} ünï.mov", f"{name} {alpha.value}", 5, 90, alpha, start=HOUR + 5
        )
        for alpha in (Alpha.STRAIGHT, Alpha.MATTE, Alpha.PREMULT)
    )
    return RoundTrip(name, 1920, 1080, FILM, clip, mattes, range(10, 90))


def sequences(folder: Path) -> RoundTrip:
    """Pictures 0100 to 0199; a matte of frames 5 to 94, numbered from 1001."""
    clip = Footage(folder / "plate" / "a b.0100.exr", "plate", 0, 100, Alpha.OPAQUE, digits=4, start=100)
    matte = Footage(folder / "out" / "m_01001.exr", "Ball", 5, 90, Alpha.PREMULT, digits=5, start=1001)
    return RoundTrip("plates", 640, 360, Fraction(25), clip, (matte,), range(10, 90))
