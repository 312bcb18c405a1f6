"""What a user may choose about an export, apart from the preset; plain values, to be kept by a queue."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.errors import ExportError
from app.i18n import tr

Color = tuple[int, int, int]
"""Red, green, blue, 0..255."""


class Alpha(enum.Enum):
    """How transparency is stored."""

    STRAIGHT = "straight"
    """Colour as it is, reaching beyond the edge; the matte in the alpha channel."""
    PREMULT = "premult"
    """Colour multiplied by the matte (over black); the matte in the alpha channel."""
    MATTE = "matte"
    """The matte alone as a grey picture."""
    OPAQUE = "opaque"
    """No transparency: the objects are already over something."""


class Layout(enum.Enum):
    """How objects become files."""

    COMBINED = "combined"
    """All chosen objects in one."""
    EACH = "each"
    """A file, or a sequence, for each object."""


class Timing(enum.Enum):
    """When the frames of the export are shown."""

    SOURCE = "source"
    """As in the clip, every frame once; a clip of variable rate stays so where the file can carry it."""
    CONSTANT = "constant"
    """At a constant rate and for as long as in the clip: frames are repeated or dropped where needed."""
    CONFORM = "conform"
    """Every frame once at a constant rate, however long that takes."""


class Missing(enum.Enum):
    """What becomes of frames that have no matte."""

    ERROR = "error"
    """Nothing is written; the frames are named."""
    BLACK = "black"
    """An empty matte."""
    HOLD = "hold"
    """The matte of the nearest frame before that has one, or else after."""
    SKIP = "skip"
    """No file for these frames, and a list of them in the report. Sequences only: no movie gets shorter."""


@dataclass(frozen=True)
class ExportOptions:
    """Choices for one export. ``None`` stands for what the preset or the clip suggests.

    Attributes:
        object_ids: Objects to write; None for all.
        layout: One file for all objects, or one for each.
        in_point: First frame index; None for the clip's first.
        out_point: Last frame index, itself included; None for the clip's last.
        handles: Frames to add before the in point and after the out point, as far as the clip goes.
        timing: When frames are shown.
        rate: Frames per second for ``Timing.CONSTANT`` and ``Timing.CONFORM``, exact.
        start_number: Of the first file of a sequence; None for its number in the clip.
        start_timecode: Of the first frame, "01:00:00:00" (";" before the frames for drop-frame); None for
            that of the clip at this frame.
        alpha: How transparency is stored.
        bit_depth: Bits of a channel; 16 is half float in EXR.
        background: Colour, or picture file, that the objects are put over by composite presets.
        template: File name with the tokens of ``app.export.names``, without ending.
        missing: What becomes of frames without a matte.
        decontaminate: Whether straight colour is extended outward from inside the objects, so that nothing
            of the old background shows at soft edges.
        motion_blur: Shutter angle in degrees, 0..360, that blurs the mattes of all objects along their
            motion; None for what the finish of each says.
        audio: Whether the clip's sound is taken along, where the preset can.
        burn_in: Whether review movies show frame number and timecode.
        overwrite: Whether files that are already there may be replaced.
    """

    object_ids: tuple[int, ...] | None = None
    layout: Layout | None = None
    in_point: int | None = None
    out_point: int | None = None
    handles: int = 0
    timing: Timing = Timing.SOURCE
    rate: Fraction | None = None
    start_number: int | None = None
    start_timecode: str | None = None
    alpha: Alpha | None = None
    bit_depth: int | None = None
    background: Color | Path = (0, 177, 64)
    template: str | None = None
    missing: Missing = Missing.ERROR
    decontaminate: bool = True
    motion_blur: float | None = None
    audio: bool = True
    burn_in: bool = True
    overwrite: bool = False

    def to_json(self) -> dict[str, Any]:
        """Values for a JSON or TOML file; those at their defaults are left out."""
        default = ExportOptions()
        return {
            item.name: _plain(getattr(self, item.name))
            for item in fields(self)
            if getattr(self, item.name) != getattr(default, item.name)
        }

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> ExportOptions:
        """Options from a JSON or TOML table.

        Args:
            values: By attribute name; enums by their value, rates as text ("24000/1001") or number, the
                background as [red, green, blue], "#rrggbb" or a path.

        Raises:
            ExportError: An unknown name, or a value that cannot be meant.
        """
        known = {item.name for item in fields(ExportOptions)}
        if unknown := sorted(set(values) - known):
            raise ExportError(
                tr("There is no export option {names}.", names=", ".join(unknown)),
                tr("There are {names}.", names=", ".join(sorted(known))),
            )
        read: dict[str, Any] = {}
        for name, value in values.items():
            try:
                read[name] = None if value is None else _READERS[name](value)
            except (ValueError, TypeError, ArithmeticError) as error:
                raise ExportError(
                    tr("The export option {name} cannot be {value!r}.", name=name, value=value),
                    str(error),
                    about=name,
                ) from error
        return ExportOptions(**read)


def parse_color(text: str) -> Color:
    """A colour from ``#rrggbb``.

    Raises:
        ValueError: It is none.
    """
    if not re.fullmatch("#[0-9A-Fa-f]{6}", text):
        raise ValueError("A colour is written as #rrggbb.")
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)


def parse_rate(value: str | int | float) -> Fraction:
    """An exact rate; the usual decimals of broadcast rates mean those: 23.976 is 24000/1001.

    Args:
        value: "24000/1001", "25", 25, "29.97", ...

    Raises:
        ValueError: It is no positive number.
    """
    try:
        rate = Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError("A rate is a number of frames per second above 0.") from error
    for base in (24, 30, 48, 60, 120):
        exact = Fraction(base * 1000, 1001)
        if rate.denominator != 1 and rate != exact and abs(rate - exact) < Fraction(1, 200):
            return exact
    if not 0 < rate <= 1000:
        raise ValueError("A rate is a number of frames per second above 0.")
    return rate


def _plain(value: Any) -> Any:
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, (Fraction, Path)):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _read_background(value: Any) -> Color | Path:
    if isinstance(value, str):
        return parse_color(value) if value.startswith("#") else Path(value)
    red, green, blue = (int(part) for part in value)
    if not all(0 <= part <= 255 for part in (red, green, blue)):
        raise ValueError("A colour has three values of 0 to 255.")
    return red, green, blue


def _read_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("It is true or false.")
    return value


def _read_count(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value or value < 0:
        raise ValueError("It is a whole number from 0.")
    return int(value)


def _read_angle(value: Any) -> float:
    try:
        angle = -1.0 if isinstance(value, bool) else float(value)
    except ValueError:
        angle = -1.0
    if not 0 <= angle <= 360:
        raise ValueError("It is a number of degrees, 0 to 360.")
    return angle


_READERS: dict[str, Callable[[Any], Any]] = {
    "object_ids": lambda value: tuple(_read_count(part) for part in value),
    "layout": Layout,
    "in_point": _read_count,
    "out_point": _read_count,
    "handles": _read_count,
    "timing": Timing,
    "rate": parse_rate,
    "start_number": _read_count,
    "start_timecode": str,
    "alpha": Alpha,
    "bit_depth": _read_count,
    "background": _read_background,
    "template": str,
    "missing": Missing,
    "decontaminate": _read_flag,
    "motion_blur": _read_angle,
    "audio": _read_flag,
    "burn_in": _read_flag,
    "overwrite": _read_flag,
}
