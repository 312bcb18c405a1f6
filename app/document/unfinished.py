"""What a propagation run that was cut short had still to do. Free of Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.document.run_scope import Kept


@dataclass(frozen=True)
class Walk:
    """Frames that the network still has to visit in one go.

    Attributes:
        start: Frame with a mask that the walk goes out from.
        frames: Frames to visit in this order, step 1 or -1.
        partner: Where the walk over the same frames from the other side started; None for a walk alone.
    """

    start: int
    frames: range
    partner: int | None = None


@dataclass(frozen=True)
class UnfinishedRun:
    """The rest of a run.

    Attributes:
        walks: In order.
        object_ids: Objects that it propagates; None for all.
        ignored_cuts: Pairs of neighbouring frames (lower first) that it goes across.
        kept: Masks that it leaves alone because they are up to date, as (object id, first frame, last frame).
    """

    walks: tuple[Walk, ...]
    object_ids: frozenset[int] | None = None
    ignored_cuts: frozenset[tuple[int, int]] = frozenset()
    kept: Kept = frozenset()

    @property
    def frame_count(self) -> int:
        """How many visits are left."""
        return sum(len(walk.frames) for walk in self.walks)

    def after(self, frame_index: int, *, has_mask: bool = True) -> UnfinishedRun | None:
        """The rest once the next frame is finished; None if that was the last one.

        Args:
            frame_index: 0-based.
            has_mask: Whether it has one now. A locked frame, or one that waits for the pass from the other
                side, may have none: it is visited again then, for a walk can only go out from a mask.
        """
        walk, *others = self.walks
        left = (
            walk.frames[walk.frames.index(frame_index) + 1 :] if frame_index in walk.frames else walk.frames
        )
        if len(left) and not has_mask:
            return self
        first = [replace(walk, start=frame_index, frames=left)] if len(left) else []
        walks = (*first, *others)
        return replace(self, walks=walks) if walks else None

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "walks": [
                {
                    "start": walk.start,
                    "first": walk.frames[0],
                    "last": walk.frames[-1],
                    "partner": walk.partner,
                }
                for walk in self.walks
            ],
            "objects": None if self.object_ids is None else sorted(self.object_ids),
            "ignored_cuts": [list(pair) for pair in sorted(self.ignored_cuts)],
            "kept": [list(stretch) for stretch in sorted(self.kept)],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> UnfinishedRun:
        """From JSON.

        Raises:
            ValueError: Something is of the wrong type or out of range.
            KeyError: Something is missing.
        """
        walks = []
        for item in data["walks"]:
            start, first, last, partner = (item[key] for key in ("start", "first", "last", "partner"))
            if not all(isinstance(value, int) and value >= 0 for value in (start, first, last)):
                raise ValueError("a run has no frames")
            if partner is not None and not isinstance(partner, int):
                raise ValueError("a run has no frames")
            step = 1 if last > first or (last == first and start < first) else -1
            walks.append(Walk(start, range(first, last + step, step), partner))
        if not walks:
            raise ValueError("a run has no frames")
        objects = data["objects"]
        only = None if objects is None else frozenset(int(value) for value in objects)
        # what was written before cuts were kept has none, nor has it masks that stay
        cuts = frozenset(map(_cut, data.get("ignored_cuts", ())))
        kept = frozenset(map(_stretch, data.get("kept", ())))
        return cls(tuple(walks), only, cuts, kept)


def _cut(pair: Any) -> tuple[int, int]:
    match pair:
        case [int(lower), int(upper)] if lower >= 0 and upper == lower + 1:
            return lower, upper
    raise ValueError(f"{pair!r} is no cut")


def _stretch(stretch: Any) -> tuple[int, int, int]:
    match stretch:
        case [int(object_id), int(first), int(last)] if object_id > 0 and 0 <= first <= last:
            return object_id, first, last
    raise ValueError(f"{stretch!r} is no stretch of masks")
