"""Which frame a simulated annotator corrects next. Add a strategy to ``STRATEGIES`` to compare it.

A strategy sees the state of the work and makes a choice: which frames the annotator looks at, and which one
is corrected. It is deterministic: of equal frames it takes the earliest.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfbi.errors import EvaluationError

STEP = 10
"""Distance of the frames that "every10" looks at."""


@dataclass(frozen=True)
class Look:
    """What the annotator knows between two rounds. Arrays have one value per frame.

    Attributes:
        j: (T,) float64: true J, the mean over objects; the annotator knows that of frames that he looks at.
        confidence: (T,) float64: how far each frame can be trusted, 0..1; 1 for references.
        references: Frames that were corrected already, and the first one.
        reviewed: Frames that were looked at and found good, and whose mask is still the same.
        last: The frame that was corrected last.
        accept: True J from which on a mask is left as it is.
    """

    j: NDArray[np.float64]
    confidence: NDArray[np.float64]
    references: frozenset[int]
    reviewed: frozenset[int] = frozenset()
    last: int = 0
    accept: float = 1.0


@dataclass(frozen=True)
class Choice:
    """What the annotator does next.

    Attributes:
        looked: Frames that he looks at, in order.
        frame_index: The frame that he corrects; None if all that he looked at were good.
    """

    looked: tuple[int, ...]
    frame_index: int | None


Strategy = Callable[[Look], Choice]


def worst(look: Look) -> Choice:
    """The frame with the lowest true J: what a careful editor finds who watches everything."""
    left = [index for index in range(len(look.j)) if index not in look.references]
    found = min(left, key=lambda index: look.j[index], default=None)
    is_bad = found is not None and look.j[found] < look.accept
    return Choice(tuple(left), found if is_bad else None)


def least_sure(look: Look) -> Choice:
    """What an editor is led to by the trust strip: the least trusted frame, and on while frames are good."""
    return _first_bad(sorted(range(len(look.j)), key=lambda index: look.confidence[index]), look)


def every_tenth(look: Look) -> Choice:
    """Every tenth frame in turn, from the one that was corrected last, and again from the start."""
    count = len(look.j)
    after = range(look.last - look.last % STEP + STEP, count, STEP)
    before = range(0, min(look.last + 1, count), STEP)
    return _first_bad([*after, *before], look)


STRATEGIES: dict[str, Strategy] = {"worst": worst, "every10": every_tenth, "least-sure": least_sure}


def strategy(name: str) -> Strategy:
    """Look a strategy up.

    Raises:
        EvaluationError: There is none of that name.
    """
    try:
        return STRATEGIES[name]
    except KeyError:
        raise EvaluationError(f"There is no strategy {name!r}.", f"Known: {', '.join(STRATEGIES)}.") from None


def _first_bad(order: Iterable[int], look: Look) -> Choice:
    """Look at frames in an order until one is not good enough."""
    looked: list[int] = []
    for index in order:
        if index in look.references or index in look.reviewed:
            continue
        looked.append(index)
        if look.j[index] < look.accept:
            return Choice(tuple(looked), index)
    return Choice(tuple(looked), None)
