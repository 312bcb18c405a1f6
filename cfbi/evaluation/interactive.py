"""A simulated annotator works on a sequence: corrects a frame, propagates again, looks, and so on.

A correction makes the frame's truth a reference. The frames up to the neighbouring references are then
segmented anew from both sides; where results from both sides meet, they are fused by a function that the
caller gives, or else each frame takes the one of the nearer reference.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import VOID
from cfbi.evaluation.annotator import Look, Strategy
from cfbi.evaluation.metrics import boundary_f, jaccard, nan_mean
from cfbi.evaluation.rounds import Round

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


def certainty(result: Result) -> float:
    """How sure the network is of a frame: the mean probability of the objects over their own pixels, 0..1.

    A frame without objects has 0, since a lost object is what an editor wants to be led to.
    """
    inside = result.index_mask > 0
    return float(result.probability.max(axis=0)[inside].mean()) if inside.any() else 0.0


def annotate(
    clip: Clip,
    make_session: Callable[[], CorrectedSession],
    choose: Strategy,
    *,
    rounds: int = 8,
    fuse: Fuse | None = None,
    confidence: Callable[[Result], float] = certainty,
) -> Iterator[Round]:
    """Work on a sequence.

    Args:
        clip: What to work on.
        make_session: Makes a session without references.
        choose: Which frame is corrected next.
        rounds: Most corrections.
        fuse: Fuses results from both sides; None takes those of the nearer reference.
        confidence: How sure the network is of a frame, 0..1.

    Yields:
        The state after the first mask, and after every correction.
    """
    first = clip.truth(0)
    ids = [value for value in np.unique(first).tolist() if value not in (0, VOID)]
    masks: list[IndexMask] = [first] + [np.zeros_like(first)] * (clip.length - 1)
    references = {0: first}
    sure = np.zeros(clip.length)
    scores = np.full((clip.length, 2), np.nan)
    painted, chosen, changed = int(np.isin(first, ids).sum()), 0, int(np.isin(first, ids).sum())
    for number in range(rounds + 1):
        masks[chosen], sure[chosen] = references[chosen], 1.0
        scores[chosen] = _score(masks[chosen], clip.truth(chosen), ids)
        for index, result in propagate_around(chosen, references, clip, make_session, fuse):
            masks[index], sure[index] = result.index_mask, confidence(result)
            scores[index] = _score(result.index_mask, clip.truth(index), ids)
        counted = scores[1:-1]
        j, f = nan_mean(counted[:, 0]), nan_mean(counted[:, 1])
        per_frame = tuple(scores[:, 0].tolist()), tuple(sure.tolist())
        yield Round(number, chosen, changed, painted / first.size, j, f, *per_frame)
        following = choose(Look(scores[:, 0].copy(), sure.copy(), frozenset(references)))
        if following is None:
            return
        chosen = following
        truth = clip.truth(chosen)
        changed = int(np.count_nonzero((masks[chosen] != truth) & (truth != VOID)))
        painted += changed
        references[chosen] = truth


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
        fuse: See ``annotate``.

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
