"""Which frame a simulated annotator corrects next. Add a strategy to ``STRATEGIES`` to compare it.

A strategy sees the state of the work and names a frame, or None when there is nothing left for it to do. It
is deterministic: of equal frames it takes the earliest.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfbi.errors import EvaluationError

STEP = 10
"""Distance of the frames that "every10" corrects."""


@dataclass(frozen=True)
class Look:
    """What the annotator sees between two rounds. Arrays have one value per frame.

    Attributes:
        j: (T,) float64: true J, the mean over objects.
        confidence: (T,) float64: how sure the network is, 0..1; 1 for references.
        references: Frames that were corrected already, and the first one.
    """

    j: NDArray[np.float64]
    confidence: NDArray[np.float64]
    references: frozenset[int]


Strategy = Callable[[Look], int | None]


def worst(look: Look) -> int | None:
    """The frame with the lowest true J: what a careful editor finds who watches everything."""
    return _lowest(look.j, look, perfect=1.0)


def least_sure(look: Look) -> int | None:
    """The frame of which the network is least sure: what an editor is led to by the trust strip."""
    return _lowest(look.confidence, look, perfect=np.inf)


def every_tenth(look: Look) -> int | None:
    """Every tenth frame in turn, without looking."""
    return next((index for index in range(0, len(look.j), STEP) if index not in look.references), None)


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


def _lowest(values: NDArray[np.float64], look: Look, *, perfect: float) -> int | None:
    left = [index for index in range(len(values)) if index not in look.references and values[index] < perfect]
    return min(left, key=lambda index: values[index], default=None)
