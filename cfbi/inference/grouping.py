"""Objects that are far apart: windows for each group of near ones, instead of one for all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from cfbi.inference.framing import SCALES, Box, Framing, Look

_MOST_PIXELS = 1.3
"""What the network sees in all passes over a frame together, in terms of the whole frame."""

_MOST_OBJECTS = 16
"""Of more, windows are not looked for."""

SCALES_AT_ONCE = 2
"""At most so many scales of windows over one frame, for references have to be learnt at each."""


Ids = tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Objects that are looked at together.

    Attributes:
        object_ids: Theirs, ascending.
        box: Around them on the previous frame.
        look: How to look at them.
    """

    object_ids: tuple[int, ...]
    box: Box
    look: Look


@dataclass(frozen=True)
class Plan:
    """How to look at a frame whose objects are far apart.

    Attributes:
        groups: Each is seen in a window of its own; no two windows meet.
        elsewhere: All other objects, ascending: they are seen in the whole frame, in one pass.
    """

    groups: tuple[Group, ...]
    elsewhere: tuple[int, ...]

    def without(self, group: Group) -> "Plan":
        """The same with a group seen in the whole frame."""
        groups = tuple(other for other in self.groups if other != group)
        return Plan(groups, tuple(sorted((*self.elsewhere, *group.object_ids))))


def planned(boxes: Mapping[int, Box], lost: Iterable[int], framing: Framing) -> Plan | None:
    """Put near objects together, and see each group as closely as costs allow.

    Args:
        boxes: Object id to the box around it on the previous frame, of all that are not lost.
        lost: Ids of those that are.
        framing: How to look at a group.

    Returns:
        None where the whole frame is seen best in one pass.
    """
    if len(boxes) > _MOST_OBJECTS:
        return None
    for most in SCALES:
        if most <= framing.whole.scale:
            break
        close = tuple(group for group in _grouped(boxes, framing, most) if group.look != framing.whole)
        kept = {key for group in close for key in group.object_ids}
        plan = Plan(close, tuple(sorted({*boxes, *lost} - kept)))
        if is_affordable(plan, framing):
            return plan
    return None


def _grouped(boxes: Mapping[int, Box], framing: Framing, most: float) -> list[Group]:
    """Objects whose windows do not meet are apart; ``most`` is the largest scale that will do."""

    def look_at(object_ids: Ids, box: Box) -> Look:
        return framing.look_at(box, len(object_ids), most)

    def region(object_ids: Ids, box: Box) -> Box:
        look = look_at(object_ids, box)
        return framing.with_margin(box) if look == framing.whole else framing.window(look, box)

    near = _near_ones(boxes, region)
    return [Group(ids, box, look_at(ids, box)) for ids, box in near.items()]


def reference_windows(boxes: Mapping[int, Box], framing: Framing, look: Look) -> list[Box]:
    """Windows of a reference, for matching it when looking at groups.

    What is too large for a window is left out: it is seen large enough in the whole frame.

    Args:
        boxes: Object id to the box around it.
        framing: How to look at references.
        look: How a group is looked at.
    """

    def window(_: Ids, box: Box) -> Box:
        return framing.window(framing.look_at_reference(look, box), box)

    def fits(window: Box) -> bool:
        return framing.fits(Look(look.scale, window.size))

    windows = [window(ids, box) for ids, box in _near_ones(boxes, window, fits).items()]
    return [window for window in windows if fits(window)]


def _near_ones(
    boxes: Mapping[int, Box], region: Callable[[Ids, Box], Box], fits: Callable[[Box], bool] | None = None
) -> dict[Ids, Box]:
    """Ids and box of all that are near each other: their regions meet, and what belongs to all fits."""
    groups: dict[Ids, Box] = {(key,): boxes[key] for key in sorted(boxes)}
    regions = {ids: region(ids, box) for ids, box in groups.items()}

    def together(one: Ids, other: Ids) -> tuple[Ids, Box, Box]:
        ids, box = tuple(sorted((*one, *other))), groups[one].around(groups[other])
        return ids, box, region(ids, box)

    while True:
        for one, other in combinations(groups, 2):
            if regions[one].meets(regions[other]):
                ids, box, both = together(one, other)
                if fits is None or fits(both):
                    break
        else:
            return dict(sorted(groups.items()))
        for former in (one, other):
            del groups[former], regions[former]
        groups[ids], regions[ids] = box, both


def is_affordable(plan: Plan, framing: Framing) -> bool:
    """Whether there are windows, at few scales, and all passes cost little more than the whole frame."""
    if len({group.look.scale for group in plan.groups}) > SCALES_AT_ONCE:
        return False
    whole = framing.pixels(framing.whole)
    seen = sum(framing.pixels(group.look) for group in plan.groups)
    return bool(plan.groups) and seen + (whole if plan.elsewhere else 0) <= _MOST_PIXELS * whole


def grown(plan: Plan, group: Group, framing: Framing) -> Plan:
    """The plan with a larger window for a group; one that is too large, or meets another, is none."""
    look = framing.further(group.look, len(group.object_ids))
    larger = Group(group.object_ids, group.box, look)
    if look == framing.whole:
        return plan.without(group)
    window = framing.window(look, group.box)
    others = (other for other in plan.groups if other != group)
    met = [other for other in others if framing.window(other.look, other.box).meets(window)]
    if not met:
        return Plan(tuple(larger if other == group else other for other in plan.groups), plan.elsewhere)
    for other in (group, *met):
        plan = plan.without(other)
    return plan
