"""How an object's matte is finished for the canvas and for exports. Free of Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

Refine = Literal["off", "guided", "closed_form"]
REFINE_KINDS: tuple[str, ...] = get_args(Refine)

_EDGE_FRAMES = 3
_MOTION_FRAMES = 2  # one to move to, and one that tells whether that was a jump


@dataclass(frozen=True)
class MatteFinish:
    """Settings of one object; they change nothing that is stored, only what is shown and written.

    Px are those on screen, where pixels are square: see ``VideoInfo.display_size``.

    Attributes:
        threshold: Where the matte's edge lies, 0..1.
        softness: 1 leaves the edge as soft as the network gave it, 0 makes it hard.
        grow_px: Moves the edge outward; negative ones shrink.
        feather_px: Blurs the edge.
        smooth_px: Evens out the contour.
        fill_holes_px: Fills holes of at most this many pixels of area; 0 fills none.
        drop_specks_px: Drops parts of at most this many pixels of area; 0 drops none.
        refine: How the edge follows the picture: not at all, guided filter, closed-form matting.
        refine_px: Half width of the band in which it does.
        chatter_frames: Evens out the edge over this many neighbours on each side.
        decontaminate: Takes the background's colour out of the edge of cut-outs.
        clip_black: Values up to this one become 0, before anything else is done; 0..0.5.
        clip_white: Values from this one on become 1, before anything else is done; 0.5..1.
        match_edges: Edges of painted masks get as soft as those of the network on the frames around.
        motion_blur_degrees: Angle of the shutter that blurs the matte along the object's motion; 0..360.
    """

    threshold: float = 0.5
    softness: float = 1.0
    grow_px: float = 0.0
    feather_px: float = 0.0
    smooth_px: float = 0.0
    fill_holes_px: int = 0
    drop_specks_px: int = 0
    refine: Refine = "off"
    refine_px: int = 8
    chatter_frames: int = 0
    decontaminate: bool = False
    clip_black: float = 0.0
    clip_white: float = 1.0
    match_edges: bool = False
    motion_blur_degrees: float = 0.0

    @property
    def reach_frames(self) -> int:
        """How many frames before and after it looks at."""
        return max(
            self.chatter_frames,
            _EDGE_FRAMES if self.match_edges else 0,
            _MOTION_FRAMES if self.motion_blur_degrees else 0,
        )

    @property
    def is_neutral(self) -> bool:
        """Whether the matte stays as the network gave it; colours of cut-outs are another matter."""
        return self.is_plain and self.clip_black == 0 and self.clip_white == 1

    @property
    def is_plain(self) -> bool:
        """Whether nothing is done but to make black and white solid, pixel by pixel."""
        # the width of the band means nothing while nothing is refined
        plain = MatteFinish(
            refine_px=self.refine_px,
            decontaminate=self.decontaminate,
            clip_black=self.clip_black,
            clip_white=self.clip_white,
        )
        return self == plain

    @property
    def keeps_outline(self) -> bool:
        """Whether the same pixels are more in than out as before."""
        plain = replace(self.of_instant, match_edges=False).is_plain
        return plain and abs(self.clip_black + self.clip_white - 1) < 1e-9

    @property
    def beside_locks(self) -> MatteFinish:
        """On a frame with locked pixels: softer edges of what was painted would reach into them."""
        return replace(self, match_edges=False)

    @property
    def of_instant(self) -> MatteFinish:
        """The same at one moment in time: without the motion while a shutter is open."""
        return replace(self, motion_blur_degrees=0.0)

    def to_json(self) -> dict[str, Any]:
        """The settings that differ from the defaults, as JSON types."""
        return {key: value for key, value in asdict(self).items() if value != getattr(_DEFAULT, key)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MatteFinish:
        """Settings from JSON; what is not named has its default, what is unknown is ignored.

        Raises:
            ValueError: A value of the wrong type or out of range.
        """
        known = {
            field.name: _checked(field.name, data[field.name]) for field in fields(cls) if field.name in data
        }
        return cls(**known)


_DEFAULT = MatteFinish()
STANDARD_FINISH = MatteFinish(clip_black=0.05, clip_white=0.95, match_edges=True)
"""Of new objects. It takes away the network's faint veil over the background, makes the inside solid, and the
edges of painted frames like those of the others."""

_LIMITS: Mapping[str, tuple[float, float]] = {
    "threshold": (0, 1),
    "softness": (0, 1),
    "grow_px": (-1000, 1000),
    "feather_px": (0, 1000),
    "smooth_px": (0, 1000),
    "fill_holes_px": (0, 1 << 31),
    "drop_specks_px": (0, 1 << 31),
    "refine_px": (1, 1000),
    "chatter_frames": (0, 100),
    "clip_black": (0, 0.5),
    "clip_white": (0.5, 1),
    "motion_blur_degrees": (0, 360),
}


def _checked(name: str, value: Any) -> Any:
    default = getattr(_DEFAULT, name)
    if name == "refine":
        valid = value in REFINE_KINDS
    elif isinstance(default, bool):
        valid = isinstance(value, bool)
    else:
        kinds = (int, float) if isinstance(default, float) else (int,)
        low, high = _LIMITS[name]
        valid = isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high
    if not valid:
        raise ValueError(f"{value!r} is no {name}")
    return type(default)(value)
