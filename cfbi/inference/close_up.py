"""Looks at a window around the objects, where the network would see the whole frame too small."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import VOID
from cfbi.inference.framing import Box, Framing, Look, Size, box_of, some_lost
from cfbi.inference.types import FrameResult

_SCALES_KEPT = 3
"""Scales at which references stay learnt: objects come and go between neighbouring ones."""

Frame = NDArray[np.uint8]
IndexMask = NDArray[np.uint8]


class Looking(Protocol):
    """What a close-up needs of ``PlainSession``."""

    def add_reference(self, frame: Frame, index_mask: IndexMask, /) -> None:
        """A picture whose mask is known; it also becomes the previous one."""

    def add_surroundings(self, frame: Frame, index_mask: IndexMask, relative_scale: float, /) -> None:
        """Learn from what lies around the newest reference, seen at another scale."""

    def set_previous(self, frame: Frame, index_mask: IndexMask, /) -> None:
        """Move the previous picture only."""

    def step(self, frame: Frame, /) -> FrameResult:
        """Segment the next picture; it becomes the previous one."""


@dataclass(frozen=True)
class _Masked:
    """A whole frame with its mask."""

    frame: Frame
    index_mask: IndexMask


@dataclass
class _Looker:
    """What the network knows at one scale.

    Attributes:
        session: Sees windows only.
        learnt: How many of the references it has been given.
        window: Where its previous frame was cut out.
        previous: That frame.
        cut: The part of it.
    """

    session: Looking
    learnt: int = 0
    window: Box | None = None
    previous: _Masked | None = None
    cut: Frame | None = None


class CloseUpSession:
    """Segments frames in windows around the objects of the previous frame; see ``InferenceSession``.

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
        self._new = new
        self._framing = framing
        self._references: list[_Masked] = []
        self._least_areas: dict[int, int] = {}
        self._most = 1.0
        self._lookers: dict[float, _Looker] = {}
        self._previous: _Masked | None = None

    def add_reference(self, frame: Frame, index_mask: IndexMask) -> None:
        """Add a frame whose mask is known; it also becomes the previous frame. The first shows an object."""
        added = _Masked(frame, index_mask)
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
            self._learnt(self._look_for(index_mask, box))
        except BaseException:  # memory has run out, mostly
            self._references, self._least_areas, self._most = former
            self._lookers.clear()
            raise
        self._previous = added

    def set_previous(self, frame: Frame, index_mask: IndexMask) -> None:
        """Move the previous frame without adding a reference."""
        self._previous = _Masked(frame, index_mask)

    def step(self, frame: Frame) -> FrameResult:
        """Segment the next frame, after a reference; it becomes the previous frame."""
        previous = self._previous
        assert previous is not None
        box = box_of(previous.index_mask, self._least_areas)
        look = self._look_for(previous.index_mask, box)
        while True:
            looker, window = self._learnt(look), self._framing.window(look, box)
            self._go_to(looker, window, previous)
            cut = window.cut(frame)
            found = looker.session.step(cut)
            if look == self._framing.whole:
                break
            if some_lost(found.index_mask, self._least_areas):
                look = self._framing.whole
            elif self._framing.is_cut(window, found.index_mask):
                look = self._framing.further(look, len(self._least_areas))
            else:
                break
            looker.previous = None  # it has gone on to a frame that is looked at again
        size = self._framing.whole.size
        result = found if window.size == size else _pasted(found, window, size)
        self._previous = _Masked(frame, result.index_mask)
        looker.window, looker.previous, looker.cut = window, self._previous, cut
        return result

    def _look_for(self, index_mask: IndexMask, box: Box | None) -> Look:
        """How to look at first, for the previous frame's mask and its box."""
        if box is None or some_lost(index_mask, self._least_areas):
            return self._framing.whole
        return self._framing.look_at(box, len(self._least_areas), self._most)

    def _learnt(self, look: Look) -> _Looker:
        """The one for a scale, with all references."""
        looker = self._lookers.pop(look.scale, None)
        if looker is None:
            while len(self._lookers) >= _SCALES_KEPT:
                del self._lookers[next(iter(self._lookers))]
            looker = _Looker(self._new(None if look == self._framing.whole else look.scale))
        for reference in self._references[looker.learnt :]:
            box = box_of(reference.index_mask, self._least_areas)
            window = self._framing.window(self._framing.look_at_reference(look, box), box)
            cut = window.cut(reference.frame)
            looker.session.add_reference(cut, window.cut(reference.index_mask))
            if look != self._framing.whole:
                relative = self._framing.whole.scale / look.scale
                looker.session.add_surroundings(reference.frame, reference.index_mask, relative)
            looker.learnt += 1
            looker.window, looker.previous, looker.cut = window, reference, cut
        self._lookers[look.scale] = looker
        return looker

    def _go_to(self, looker: _Looker, window: Box, previous: _Masked) -> None:
        """Make the previous frame that of the network, cut out as the current one will be."""
        if looker.previous is previous and looker.window == window:
            return
        seen = looker.previous is not None and looker.previous.frame is previous.frame
        cut = looker.cut if seen and looker.cut is not None and looker.window == window else None
        cut = window.cut(previous.frame) if cut is None else cut
        looker.previous = None  # where memory runs out, nobody knows
        looker.session.set_previous(cut, window.cut(previous.index_mask))
        looker.window, looker.previous, looker.cut = window, previous, cut


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
