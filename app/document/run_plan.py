"""Which frames a propagation run visits, in which order, and from which masks. Free of Qt.

A run is a list of passes. Between two references there are two of them, from either side; the second one
fuses its results with those of the first. Beyond the last reference there is one.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence, Set
from dataclasses import dataclass, replace

from app.errors import UserError
from app.i18n import tr


class Direction(enum.Enum):
    """Which way a run goes from its start."""

    FORWARD = "forward"
    BACKWARD = "backward"
    BOTH = "both"


class Reach(enum.Enum):
    """How far a run goes."""

    END = "end"
    """To the in or out point, or else to the end of the clip."""

    REFERENCE = "reference"
    """To the next reference, or else as far as ``END``."""

    COUNT = "count"
    """A number of frames."""


@dataclass(frozen=True)
class Pass:
    """One walk of the network from a frame with a mask.

    Attributes:
        start: Frame that the walk goes out from; it is not changed.
        frames: Frames to visit in this order, step 1 or -1.
        partner: For the second pass between two references: where the first one started. Its results are
            fused with those of the first.
    """

    start: int
    frames: range
    partner: int | None = None

    @property
    def fuses(self) -> bool:
        """Whether it is the second pass over its frames."""
        return self.partner is not None


@dataclass(frozen=True)
class RunPlan:
    """What a run does.

    Attributes:
        start: Frame that it goes out from; not among the visited ones.
        passes: In order.
    """

    start: int
    passes: tuple[Pass, ...]

    @property
    def visits(self) -> int:
        """How many times the network looks at a frame when nothing stops it."""
        return sum(len(walk.frames) for walk in self.passes)

    @property
    def frames(self) -> tuple[int, ...]:
        """Every frame that is visited, ascending, each once."""
        return tuple(sorted({index for walk in self.passes for index in walk.frames}))

    @property
    def fused(self) -> frozenset[int]:
        """Frames that are reached from both sides."""
        return frozenset(index for walk in self.passes if walk.fuses for index in walk.frames)

    def without_idle(self, changing: Set[int]) -> RunPlan:
        """The plan without ends of passes on which nothing changes, and without passes that change nothing.

        Where a pass begins stays as it is: two passes are blended by how far either start is.

        Args:
            changing: Frames of which a mask changes.
        """
        passes = []
        for walk in self.passes:
            last = next((index for index in reversed(walk.frames) if index in changing), None)
            if last is not None:
                passes.append(replace(walk, frames=walk.frames[: walk.frames.index(last) + 1]))
        return RunPlan(self.start, tuple(passes))

    def __iter__(self) -> Iterator[Pass]:
        return iter(self.passes)


def plan_run(
    start: int,
    span: range,
    references: Collection[int],
    direction: Direction,
    *,
    reach: Reach = Reach.END,
    count: int = 1,
    fuse: bool = True,
) -> RunPlan:
    """Plan a run of the studio: from one frame outwards.

    Args:
        start: Frame that the run goes out from; it has a mask.
        span: Frames that may be changed, step 1: the clip, or its in to out points.
        references: Frames with given masks.
        direction: Which way.
        reach: How far.
        count: How many frames per way, for ``Reach.COUNT``.
        fuse: Between two references, go from both sides.

    Raises:
        UserError: There is no frame to visit.
    """
    marks = sorted(set(references) - {start})
    passes: list[Pass] = []
    if direction is not Direction.BACKWARD:
        ahead = [index for index in marks if index > start]
        last = _last(start, span[-1], ahead, reach, count)
        passes += _outwards(start, range(max(start + 1, span[0]), last + 1), ahead, fuse)
    if direction is not Direction.FORWARD:
        behind = [index for index in reversed(marks) if index < start]
        first = -_last(-start, -span[0], [-index for index in behind], reach, count)
        passes += _outwards(start, range(min(start - 1, span[-1]), first - 1, -1), behind, fuse)
    if not passes:
        raise UserError(
            tr("There is no frame in that direction."),
            tr("Go to another frame, choose the other direction, or move the in and out points."),
        )
    return RunPlan(start, tuple(passes))


def plan_clip(
    references: Collection[int], span: range, direction: Direction, *, fuse: bool = True
) -> RunPlan:
    """Plan a run over a stretch of a clip from all its references.

    "forward" starts at the first frame of the span, or at the earliest reference if that comes later.
    "backward" is its mirror. "both" reaches every frame: those between two references of the span from both,
    the others from the nearest.

    Args:
        references: Frames with given masks; at least one.
        span: Wanted frames, step 1.
        direction: See above.
        fuse: For "both": go from both sides between two references, not from the earlier one alone.

    Raises:
        UserError: No reference, no frame, or none that can be reached in this direction.
    """
    if not references:
        raise UserError(tr("There is no reference frame."), tr("Paint or load a mask on one frame first."))
    if not span:
        raise UserError(tr("The range of frames is empty."), tr("Choose a range with at least one frame."))
    first, last = span[0], span[-1]
    marks = sorted(references)
    before = [index for index in marks if index <= first]
    after = [index for index in marks if index >= last]
    if direction is Direction.BACKWARD:
        start = after[0] if after else marks[-1]
    else:
        start = before[-1] if before else marks[0]
    passes: list[Pass] = []
    if direction is not Direction.BACKWARD:
        ahead = [index for index in marks if index > start]
        frames = range(max(start + 1, first), last + 1)
        passes += _outwards(start, frames, ahead, fuse and direction is Direction.BOTH)
    if direction is not Direction.FORWARD:
        behind = [index for index in reversed(marks) if index < start]
        passes += _outwards(start, range(min(start - 1, last), first - 1, -1), behind, fuse=False)
    if not passes and start not in span:
        reason = tr(
            "There is no reference frame at or after frame {first}, so frames {first} to {last} "
            "cannot be reached backward.",
            first=first,
            last=last,
        )
        if direction is Direction.FORWARD:
            reason = tr(
                "There is no reference frame at or before frame {last}, so frames {first} to {last} "
                "cannot be reached forward.",
                first=first,
                last=last,
            )
        raise UserError(
            reason,
            tr("Choose another direction or range, or add a mask within the range."),
        )
    return RunPlan(start, tuple(passes))


def nearest_start(frame: int, masked: Sequence[int], direction: Direction) -> int | None:
    """The frame that a run asked for at ``frame`` can go out from: itself, or the nearest one with a mask.

    Args:
        frame: Where the user is.
        masked: Frames with a mask, ascending.
        direction: Forward looks back for a mask, backward looks ahead, both looks at either side.
    """
    place = bisect_left(masked, frame)
    if place < len(masked) and masked[place] == frame:
        return frame
    before = masked[place - 1] if place else None
    after = masked[place] if place < len(masked) else None
    if direction is Direction.FORWARD:
        return before
    if direction is Direction.BACKWARD:
        return after
    if before is None or after is None:
        return after if before is None else before
    return before if frame - before <= after - frame else after


def _last(start: int, end: int, ahead: Sequence[int], reach: Reach, count: int) -> int:
    if reach is Reach.COUNT:
        return min(end, start + count)
    if reach is Reach.REFERENCE and ahead:
        return min(end, ahead[0])
    return end


def _outwards(start: int, frames: range, marks: Sequence[int], fuse: bool) -> list[Pass]:
    """The passes over ``frames``, which lead away from ``start``; ``marks`` are in the same order."""
    passes, here, place = [], start, 0
    for mark in marks:
        if mark not in frames:
            if (mark - frames.start) * frames.step < 0:
                here = mark  # between the start and the span
            continue
        forth = frames[place : frames.index(mark) + 1]
        passes.append(Pass(here, forth))
        back = forth[:-1][::-1]
        if fuse and back:
            passes.append(Pass(mark, back, partner=here))
        here, place = mark, frames.index(mark) + 1
    if frames[place:]:
        passes.append(Pass(here, frames[place:]))
    return passes
