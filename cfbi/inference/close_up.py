"""Looks at a window around the objects, where the network would see the whole frame too small."""

from collections.abc import Callable

import numpy as np

from cfbi.data.annotations import VOID
from cfbi.inference.combining import Seen, combined
from cfbi.inference.framing import Box, Framing, Look, Size, box_of, lost_ones
from cfbi.inference.grouping import (
    SCALES_AT_ONCE,
    Group,
    Plan,
    grown,
    is_affordable,
    planned,
    reference_windows,
)
from cfbi.inference.lookers import Frame, IndexMask, Looker, Lookers, Looking, Masked
from cfbi.inference.types import FrameResult

_SCALES_KEPT = 3
"""Of windows around all objects, the whole frame included."""


class CloseUpSession:
    """Segments frames in windows around the objects of the previous frame; see ``InferenceSession``.

    One window holds all objects where that shows them large enough. Else each group of near objects has one
    of its own, and what is lost, or large, is looked for in the whole frame: see ``grouping``.

    References are learnt twice: in a window, at the scale of the current one, and whole, as without a
    close-up. From the window alone, what the reference shows outside of it and what comes near later is
    taken for the object; all of it at the scale of the window would cost too much. Where the objects of a
    reference fill a large frame, the scale is smaller for that reason, too.

    It keeps the reference frames besides what the network knows of them, for their windows change. A result
    depends on the references, the previous frame and its mask, not on the frames before.

    Args:
        new: Makes a session that sees pictures at a scale; None for whole frames.
        framing: How to look, for frames of one size.
    """

    def __init__(self, new: Callable[[float | None], Looking], framing: Framing) -> None:
        self._framing = framing
        self._references: list[Masked] = []
        self._least_areas: dict[int, int] = {}
        self._most = 1.0
        self._lookers = Lookers(new, framing, _SCALES_KEPT, self._window_of_reference)
        self._apart = Lookers(new, framing, SCALES_AT_ONCE, self._windows_of_reference)
        self._previous: Masked | None = None

    def add_reference(self, frame: Frame, index_mask: IndexMask) -> None:
        """Add a frame whose mask is known; it also becomes the previous frame. The first shows an object."""
        added = Masked(frame, index_mask)
        areas = np.bincount(index_mask.ravel(), minlength=VOID + 1)
        seen = {key: int(areas[key]) for key in range(1, VOID) if areas[key]}
        box = box_of(index_mask, seen)
        former = self._references, self._least_areas, self._most
        if box is not None:
            self._most = min(self._most, self._framing.most_for_reference(box))
        self._references = [*self._references, added]
        self._least_areas = {
            key: min(former[1].get(key, area), area) for key, area in {**former[1], **seen}.items()
        }
        try:
            self._learn_for(index_mask, box)
        except BaseException:  # memory has run out, mostly
            self._references, self._least_areas, self._most = former
            self._lookers.clear()
            self._apart.clear()
            raise
        self._previous = added

    def set_previous(self, frame: Frame, index_mask: IndexMask) -> None:
        """Move the previous frame without adding a reference."""
        self._previous = Masked(frame, index_mask)

    def step(self, frame: Frame) -> FrameResult:
        """Segment the next frame, after a reference; it becomes the previous frame."""
        previous = self._previous
        assert previous is not None
        box = box_of(previous.index_mask, self._least_areas)
        look = self._look_for(previous.index_mask, box)
        plan = self._plan(previous.index_mask) if look == self._framing.whole else None
        result = None if plan is None else self._look_apart(plan, previous, frame)
        return self._look_at_all(look, box, previous, frame) if result is None else result

    def _look_at_all(self, look: Look, box: Box | None, previous: Masked, frame: Frame) -> FrameResult:
        """Segment the next frame in one window around all objects, or in whole."""
        while True:
            looker, window = self._lookers.learnt(look, self._references), self._framing.window(look, box)
            found = looker.look(window, previous, frame)
            if look == self._framing.whole:
                break
            if lost_ones(found.index_mask, self._least_areas):
                look = self._framing.whole
            elif self._framing.is_cut(window, found.index_mask):
                look = self._framing.further(look, len(self._least_areas))
            else:
                break
        size = self._framing.whole.size
        result = found if window.size == size else _pasted(found, window, size)
        looker.previous = self._previous = Masked(frame, result.index_mask)
        return result

    def _look_apart(self, plan: Plan, previous: Masked, frame: Frame) -> FrameResult | None:
        """Segment the next frame in several windows; None where it is to be seen in one."""
        found: dict[Group, tuple[Looker, Seen]] = {}
        while groups := [group for group in plan.groups if group not in found]:
            group = groups[0]
            looker = self._apart.companion(group.look, self._references, group.object_ids)
            window, own = self._framing.window(group.look, group.box), group.object_ids
            result = looker.look(window, previous, frame, sorted((*own, *plan.elsewhere)))
            mine = np.where(np.isin(result.index_mask, own), result.index_mask, np.uint8(0))
            if lost_ones(mine, {key: self._least_areas[key] for key in own}):
                plan = plan.without(group)
            elif self._framing.is_cut(window, mine):
                plan = grown(plan, group, self._framing)
                if not is_affordable(plan, self._framing):
                    return None
            else:
                found[group] = looker, Seen(window, result, own)
        if not found:
            return None
        self._apart.keep_companions(group.object_ids for group in plan.groups)
        passes = [found[group] for group in plan.groups]
        if plan.elsewhere:
            looker = self._lookers.learnt(self._framing.whole, self._references)
            window = self._framing.window(self._framing.whole, None)
            everywhere = looker.look(window, previous, frame)
            passes = [(looker, Seen(window, everywhere, plan.elsewhere)), *passes]
        size = self._framing.whole.size
        together = combined([seen for _, seen in passes], sorted(self._least_areas), size)
        self._previous = Masked(frame, together.index_mask)
        for looker, seen in passes:
            agreed = np.array_equal(seen.window.cut(together.index_mask), seen.result.index_mask)
            looker.previous = self._previous if agreed else Masked(frame, seen.result.index_mask)
        return together

    def _learn_for(self, index_mask: IndexMask, box: Box | None) -> None:
        """Learn the newest reference now, in the way in which the next frame is looked at."""
        look = self._look_for(index_mask, box)
        plan = self._plan(index_mask) if look == self._framing.whole else None
        for group in plan.groups if plan else ():
            self._apart.learnt(group.look, self._references)
        if plan is None or plan.elsewhere:
            self._lookers.learnt(look, self._references)

    def _look_for(self, index_mask: IndexMask, box: Box | None) -> Look:
        """How to look at all objects at once at first, for the previous frame's mask and its box."""
        if box is None or lost_ones(index_mask, self._least_areas):
            return self._framing.whole
        return self._framing.look_at(box, len(self._least_areas), self._most)

    def _plan(self, index_mask: IndexMask) -> Plan | None:
        """How to look at objects that are apart; None where they are not, or it is of no use."""
        if len(self._least_areas) == 1:
            return None
        lost = lost_ones(index_mask, self._least_areas)
        return planned(self._boxes(index_mask, lost), lost, self._framing)

    def _boxes(self, index_mask: IndexMask, lost: frozenset[int] = frozenset()) -> dict[int, Box]:
        boxes = {key: box_of(index_mask, [key]) for key in self._least_areas if key not in lost}
        return {key: box for key, box in boxes.items() if box is not None}

    def _window_of_reference(self, reference: Masked, look: Look) -> list[Box]:
        box = box_of(reference.index_mask, self._least_areas)
        return [self._framing.window(self._framing.look_at_reference(look, box), box)]

    def _windows_of_reference(self, reference: Masked, look: Look) -> list[Box]:
        return reference_windows(self._boxes(reference.index_mask), self._framing, look)


def _pasted(found: FrameResult, window: Box, size: Size) -> FrameResult:
    """A result in the whole frame: all around the window is background."""
    index_mask = np.zeros(size, np.uint8)
    probability = np.zeros((len(found.probability), *size), np.float32)
    probability[0] = 1
    rows, columns = slice(window.top, window.bottom), slice(window.left, window.right)
    index_mask[rows, columns] = found.index_mask
    probability[:, rows, columns] = found.probability
    for array in (index_mask, probability):
        array.setflags(write=False)
    return FrameResult(index_mask, probability, found.object_ids)
