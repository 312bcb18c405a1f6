"""Segments a clip anew around a corrected frame, as the simulated annotator needs it."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import VOID
from cfbi.evaluation.metrics import boundary_f, jaccard

IndexMask = NDArray[np.uint8]
Frame = NDArray[np.uint8]
Probability = NDArray[np.float32]


class Result(Protocol):
    """What a session computed for one frame; see ``cfbi.FrameResult``."""

    @property
    def index_mask(self) -> IndexMask:
        """(H, W) uint8 object ids."""

    @property
    def probability(self) -> Probability:
        """(O, H, W) float32, row 0 background."""

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Ids of rows 1..O-1."""


class CorrectedSession(Protocol):
    """What the annotator needs of ``cfbi.InferenceSession``."""

    def add_reference(self, frame: Frame, index_mask: IndexMask, /) -> None:
        """A frame whose mask is known."""

    def set_previous(self, frame: Frame, index_mask: IndexMask, /) -> None:
        """Move the previous frame only."""

    def step(self, frame: Frame, /) -> Result:
        """Segment the next frame."""


Fuse = Callable[[Probability, Probability, tuple[int, ...], float], Result]
"""Probabilities from the reference before and from the one after, (O, H, W) each, the ids of rows 1..O-1, and
the weight of the first by time alone, 0..1."""


@dataclass(frozen=True)
class Clip:
    """A completely annotated sequence.

    Attributes:
        name: Name of the sequence.
        length: Number of frames.
        frame: Reads a picture, (H, W, 3) uint8 RGB.
        truth: Reads an annotation, (H, W) uint8, 255 = void.
    """

    name: str
    length: int
    frame: Callable[[int], Frame]
    truth: Callable[[int], IndexMask]


@dataclass(frozen=True)
class FrameState:
    """A frame after a pass.

    Attributes:
        index_mask: (H, W) uint8 object ids.
        j: True J, the mean over objects.
        f: The same of F.
        facts: What the judge of trust noted; None for a reference.
    """

    index_mask: IndexMask
    j: float
    f: float
    facts: Any = None


class Passes:
    """Runs over one clip. What was found around a reference is kept: strategies often begin alike.

    Args:
        clip: The sequence.
        make_session: Makes a session without references.
        fuse: Fuses results from both sides; None takes those of the nearer reference.
        facts_of: What a judge of trust needs to know of a result.
    """

    def __init__(
        self,
        clip: Clip,
        make_session: Callable[[], CorrectedSession],
        fuse: Fuse | None,
        facts_of: Callable[[Result], Any],
    ) -> None:
        self.clip = clip
        self._make_session = make_session
        self._fuse = fuse
        self._facts_of = facts_of
        first = clip.truth(0)
        self.object_ids = tuple(value for value in np.unique(first).tolist() if value not in (0, VOID))
        self._known: dict[tuple[int, frozenset[int]], list[tuple[int, bytes, tuple[float, float, Any]]]] = {}

    def around(self, start: int, references: Mapping[int, IndexMask]) -> Iterator[tuple[int, FrameState]]:
        """Segment the frames between a reference and its neighbours, or the ends of the clip, anew.

        Args:
            start: The reference.
            references: The truth of all of them, with ``start``.

        Yields:
            Frame index and state, each frame once.
        """
        key = start, frozenset(references)
        if key not in self._known:
            found = []
            for index, result in propagate_around(
                start, references, self.clip, self._make_session, self._fuse
            ):
                j, f = self.score(index, result.index_mask)
                packed = zlib.compress(np.ascontiguousarray(result.index_mask).data, 1)
                found.append((index, packed, (j, f, self._facts_of(result))))
            self._known[key] = found
        shape = references[start].shape
        for index, packed, noted in self._known[key]:
            mask = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(shape)
            yield index, FrameState(mask, *noted)

    def score(self, index: int, index_mask: IndexMask) -> tuple[float, float]:
        """True J and F of a mask of a frame, the means over objects."""
        return _score(index_mask, self.clip.truth(index), self.object_ids)


def propagate_around(
    start: int,
    references: Mapping[int, IndexMask],
    clip: Clip,
    make_session: Callable[[], CorrectedSession],
    fuse: Fuse | None,
) -> Iterator[tuple[int, Result]]:
    """Segment the frames between a reference and its neighbours, or the ends of the clip, anew.

    Args:
        start: The reference.
        references: All of them, with ``start``.
        clip: The sequence.
        make_session: Makes a session without references.
        fuse: See ``Passes``.

    Yields:
        Frame index and result, each frame once.
    """
    session = make_session()
    for index in sorted(references):
        session.add_reference(clip.frame(index), references[index])
    before = max((index for index in references if index < start), default=None)
    after = min((index for index in references if index > start), default=None)
    for low, high in ((before, start), (start, after)):
        first = 0 if low is None else low + 1
        last = clip.length - 1 if high is None else high - 1
        if low is None or high is None:
            frames = range(first, last + 1) if high is None else range(last, first - 1, -1)
            yield from _walk(session, clip, references, start, frames)
        elif fuse is None:
            middle = (low + high) // 2
            yield from _walk(session, clip, references, low, range(first, middle + 1))
            yield from _walk(session, clip, references, high, range(last, middle, -1))
        else:
            forth = {
                index: np.rint(result.probability * 255).astype(np.uint8)
                for index, result in _walk(session, clip, references, low, range(first, last + 1))
            }
            for index, result in _walk(session, clip, references, high, range(last, first - 1, -1)):
                share = (high - index) / (high - low)
                ahead = forth.pop(index).astype(np.float32) / np.float32(255)
                yield index, fuse(ahead, result.probability, result.object_ids, share)


def _walk(
    session: CorrectedSession, clip: Clip, references: Mapping[int, IndexMask], start: int, frames: range
) -> Iterator[tuple[int, Result]]:
    if not frames:
        return
    session.set_previous(clip.frame(start), references[start])
    for index in frames:
        yield index, session.step(clip.frame(index))


def _score(result: IndexMask, truth: IndexMask, ids: Sequence[int]) -> tuple[float, float]:
    """Mean J and F over the objects."""
    void = truth == VOID
    pairs = [(result == object_id, truth == object_id) for object_id in ids]
    j = [jaccard(found, inside, void=void) for found, inside in pairs]
    f = [boundary_f(found, inside, void=void) for found, inside in pairs]
    return float(np.mean(j)), float(np.mean(f))
