"""What the network knows of the references at each scale that it looks with."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cfbi.inference.framing import Box, Framing, Look
from cfbi.inference.types import FrameResult

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

    def step(self, frame: Frame, object_ids: Sequence[int] | None = None, /) -> FrameResult:
        """Segment the next picture; it becomes the previous one. None: all objects of the references."""

    def companion(self) -> "Looking":
        """Another one that knows the same references, now and later, with a previous picture of its own."""


@dataclass(frozen=True)
class Masked:
    """A whole frame with its mask."""

    frame: Frame
    index_mask: IndexMask


@dataclass
class Looker:
    """Goes from frame to frame in a window.

    Attributes:
        session: Sees windows only.
        window: Where its previous frame was cut out.
        previous: That frame, with the mask that the session has of it.
        cut: The part of it.
    """

    session: Looking
    window: Box | None = None
    previous: Masked | None = None
    cut: Frame | None = None

    def go_to(self, window: Box, previous: Masked) -> None:
        """Make the previous frame that of the network, cut out as the current one will be."""
        if self.previous is previous and self.window == window:
            return
        seen = self.previous is not None and self.previous.frame is previous.frame
        cut = self.cut if seen and self.cut is not None and self.window == window else None
        cut = window.cut(previous.frame) if cut is None else cut
        self.previous = None  # where memory runs out, nobody knows
        self.session.set_previous(cut, window.cut(previous.index_mask))
        self.window, self.previous, self.cut = window, previous, cut

    def look(
        self, window: Box, previous: Masked, frame: Frame, object_ids: Sequence[int] | None = None
    ) -> FrameResult:
        """Segment a window of a frame; ``previous`` is to be set to what comes of it, if that is kept."""
        self.go_to(window, previous)
        cut = window.cut(frame)
        self.previous = None  # it goes on to a frame that may be looked at again
        found = self.session.step(cut, object_ids)
        self.cut = cut
        return found


@dataclass
class _Learnt:
    """What is known at one scale.

    Attributes:
        looker: The one that learns.
        count: How many of the references it has been given.
        companions: Those of groups, by the ids of their objects.
    """

    looker: Looker
    count: int = 0
    companions: dict[tuple[int, ...], Looker] = field(default_factory=dict)


class Lookers:
    """One looker for each of a few scales: objects come and go between neighbouring ones.

    Args:
        new: Makes a session that sees pictures at a scale; None for whole frames.
        framing: How to look.
        kept: At how many scales references stay learnt.
        windows: The windows of a reference, for matching it when looking in some way.
    """

    def __init__(
        self,
        new: Callable[[float | None], Looking],
        framing: Framing,
        kept: int,
        windows: Callable[[Masked, Look], Iterable[Box]],
    ) -> None:
        self._new = new
        self._framing = framing
        self._kept = kept
        self._windows = windows
        self._learnt: dict[float, _Learnt] = {}

    def clear(self) -> None:
        """Forget everything."""
        self._learnt.clear()

    def learnt(self, look: Look, references: Sequence[Masked]) -> Looker:
        """The one for a scale, with all references: those that it knows already, and more."""
        return self._of(look, references).looker

    def companion(self, look: Look, references: Sequence[Masked], object_ids: tuple[int, ...]) -> Looker:
        """The same, with a previous frame of its own, for a group of objects."""
        learnt = self._of(look, references)
        if object_ids not in learnt.companions:
            learnt.companions[object_ids] = Looker(learnt.looker.session.companion())
        return learnt.companions[object_ids]

    def keep_companions(self, groups: Iterable[tuple[int, ...]]) -> None:
        """Forget those of other groups."""
        kept = set(groups)
        for learnt in self._learnt.values():
            learnt.companions = {key: value for key, value in learnt.companions.items() if key in kept}

    def _of(self, look: Look, references: Sequence[Masked]) -> _Learnt:
        learnt = self._learnt.pop(look.scale, None)
        if learnt is None:
            while len(self._learnt) >= self._kept:
                del self._learnt[next(iter(self._learnt))]
            learnt = _Learnt(Looker(self._new(None if look == self._framing.whole else look.scale)))
        looker = learnt.looker
        for reference in references[learnt.count :]:
            for window in self._windows(reference, look):
                cut = window.cut(reference.frame)
                looker.session.add_reference(cut, window.cut(reference.index_mask))
                looker.window, looker.previous, looker.cut = window, reference, cut
            if look != self._framing.whole:
                relative = self._framing.whole.scale / look.scale
                looker.session.add_surroundings(reference.frame, reference.index_mask, relative)
            learnt.count += 1
        self._learnt[look.scale] = learnt
        return learnt
