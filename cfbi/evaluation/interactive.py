"""A simulated annotator works on a sequence: corrects a frame, propagates again, looks, and so on.

A correction makes the frame's truth a reference. The frames up to the neighbouring references are then
segmented anew from both sides; where results from both sides meet, they are fused by a function that the
caller gives, or else each frame takes the one of the nearer reference.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import VOID
from cfbi.evaluation.annotator import Look, Strategy
from cfbi.evaluation.metrics import nan_mean
from cfbi.evaluation.passes import FrameState, Passes, Result
from cfbi.evaluation.rounds import Round

Judge = Callable[[Sequence[Any], frozenset[int]], NDArray[np.float64]]
"""From what was noted of each frame (None for references) and the references to the trust in each, 0..1."""


def certainty(result: Result) -> float:
    """How sure the network is of a frame: the mean probability of the objects over their own pixels, 0..1.

    A frame without objects has 0, since a lost object is what an editor wants to be led to.
    """
    inside = result.index_mask > 0
    return float(result.probability.max(axis=0)[inside].mean()) if inside.any() else 0.0


def as_noted(facts: Sequence[Any], references: frozenset[int]) -> NDArray[np.float64]:
    """The judge where the facts are trust already."""
    return np.array([1.0 if index in references else float(fact) for index, fact in enumerate(facts)])


def annotate(
    passes: Passes,
    choose: Strategy,
    *,
    rounds: int = 8,
    accept: float = 1.0,
    judge: Judge = as_noted,
) -> Iterator[Round]:
    """Work on a sequence.

    Args:
        passes: Runs over the sequence.
        choose: Which frame is corrected next.
        rounds: Most corrections.
        accept: True J from which on a mask is left as it is.
        judge: How far each frame can be trusted.

    Yields:
        The state after the first mask, and after every correction. After the last one, the annotator looks
        once more; what he looks at then is counted in no round.
    """
    clip, ids = passes.clip, passes.object_ids
    first = clip.truth(0)
    nothing = FrameState(np.zeros_like(first), np.nan, np.nan)
    states = [nothing] * clip.length
    references = {0: first}
    reviewed: set[int] = set()
    changed = int(np.isin(first, ids).sum())
    painted, chosen, looked = changed, 0, 0
    for number in range(rounds + 1):
        states[chosen] = FrameState(references[chosen], *passes.score(chosen, references[chosen]))
        for index, state in passes.around(chosen, references):
            if not np.array_equal(states[index].index_mask, state.index_mask):
                reviewed.discard(index)
            states[index] = state
        given = frozenset(references)
        sure = judge([state.facts for state in states], given)
        j, f = np.array([state.j for state in states]), np.array([state.f for state in states])
        yield Round(
            number=number,
            frame_index=chosen,
            painted_px=changed,
            painted_share=painted / first.size,
            j=nan_mean(j[1:-1]),
            f=nan_mean(f[1:-1]),
            looked=looked,
            j_per_frame=tuple(j.tolist()),
            confidence=tuple(sure.tolist()),
        )
        choice = choose(Look(j, sure, given, frozenset(reviewed), chosen, accept))
        if choice.frame_index is None:
            return
        looked += len(choice.looked)
        reviewed.update(index for index in choice.looked if j[index] >= accept)
        chosen = choice.frame_index
        truth = clip.truth(chosen)
        changed = int(np.count_nonzero((states[chosen].index_mask != truth) & (truth != VOID)))
        painted += changed
        references[chosen] = truth
