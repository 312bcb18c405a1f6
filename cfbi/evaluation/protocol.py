"""The official way through a sequence: late objects join as references, results feed the next frame."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import VOID

Frame = NDArray[np.uint8]
IndexMask = NDArray[np.uint8]

AUGMENTATIONS: dict[str, tuple[tuple[float, ...], bool]] = {
    "readme": ((1.0, 1.15, 1.3, 1.5), True),
    "paper": ((2.0, 2.15, 2.3), True),
}
"""Scales, and whether mirrored copies join: of the authors' README, and of the paper on DAVIS."""


class _Result(Protocol):
    @property
    def index_mask(self) -> IndexMask: ...


class EvaluatedSession(Protocol):
    """What the protocol needs of ``cfbi.InferenceSession``."""

    def add_reference(self, frame: Frame, index_mask: IndexMask, /) -> None:
        """A frame whose mask is known; it also becomes the previous frame."""

    def step(self, frame: Frame, /) -> _Result:
        """Segment the next frame."""


def evaluate_sequence(
    session: EvaluatedSession,
    frames: Iterable[tuple[str, Frame]],
    given: Callable[[str], IndexMask | None],
) -> Iterator[tuple[str, IndexMask]]:
    """Segment a sequence.

    The first frame is a reference. Where a later frame has a given mask, its objects are laid over the
    result; both together become a further reference, and new objects are predicted from the next frame on.

    Args:
        session: Without references.
        frames: Stem and picture, (H, W, 3) uint8 RGB, in order.
        given: The mask that is given in a frame, (H, W) uint8, or None; there is one in the first.

    Yields:
        Stem and index mask (H, W) uint8: the given mask for the first frame, else the result.
    """
    for number, (stem, frame) in enumerate(frames):
        mask = given(stem)
        if number == 0:
            assert mask is not None
            session.add_reference(frame, mask)
            yield stem, mask
            continue
        found = session.step(frame).index_mask
        if mask is not None:
            found = np.where((mask != 0) & (mask != VOID), mask, found)
            session.add_reference(frame, found)
        yield stem, found
