"""What scoring a data set tells: per object, per sequence and overall."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfbi.evaluation.metrics import Statistics, statistics


@dataclass(frozen=True)
class Scores:
    """J and F with their statistics.

    Attributes:
        j: Region similarity.
        f: Boundary accuracy.
    """

    j: Statistics
    f: Statistics

    @property
    def j_and_f(self) -> float:
        """Mean of the J mean and the F mean."""
        return (self.j.mean + self.f.mean) / 2

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; None stands for "not measured"."""
        return {"J&F": _number(self.j_and_f), "J": _plain(self.j), "F": _plain(self.f)}


@dataclass(frozen=True)
class ObjectScore:
    """Scores of one object.

    Attributes:
        object_id: Its id in the annotation; 1 where all objects were merged.
        j_per_frame: (scored frames,) float64.
        f_per_frame: (scored frames,) float64.
    """

    object_id: int
    j_per_frame: NDArray[np.float64]
    f_per_frame: NDArray[np.float64]

    @property
    def scores(self) -> Scores:
        """The statistics over frames."""
        return Scores(statistics(self.j_per_frame), statistics(self.f_per_frame))


@dataclass(frozen=True)
class SequenceScore:
    """Scores of one sequence.

    Attributes:
        name: Name of the sequence.
        frames: Stems of the scored frames.
        objects: One entry per object.
    """

    name: str
    frames: tuple[str, ...]
    objects: tuple[ObjectScore, ...]

    @property
    def scores(self) -> Scores:
        """Mean over its objects."""
        return mean_scores([entry.scores for entry in self.objects])


@dataclass(frozen=True)
class ScoreReport:
    """Scores of a whole split.

    Attributes:
        benchmark: "davis2016" or "davis2017".
        split: Name of the list of sequences.
        sequences: One entry per sequence.
    """

    benchmark: str
    split: str
    sequences: tuple[SequenceScore, ...]

    @property
    def overall(self) -> Scores:
        """Mean over all objects of all sequences, as both benchmarks average."""
        return mean_scores([entry.scores for sequence in self.sequences for entry in sequence.objects])

    def to_json(self) -> dict[str, Any]:
        """The report as what ``json.dumps`` takes; all values are shares, 0..1 (decay -1..1)."""
        return {
            "benchmark": self.benchmark,
            "split": self.split,
            "overall": self.overall.to_json(),
            "sequences": {sequence.name: _sequence_json(sequence) for sequence in self.sequences},
        }


def mean_scores(scores: list[Scores]) -> Scores:
    """Average statistics.

    Args:
        scores: At least one entry.

    Returns:
        The mean of every number.
    """
    return Scores(_mean([entry.j for entry in scores]), _mean([entry.f for entry in scores]))


def _mean(entries: list[Statistics]) -> Statistics:
    table = np.array([[entry.mean, entry.recall, entry.decay] for entry in entries])
    mean, recall, decay = np.mean(table, axis=0).tolist()
    return Statistics(mean, recall, decay)


def _sequence_json(sequence: SequenceScore) -> dict[str, Any]:
    objects = {
        str(entry.object_id): entry.scores.to_json()
        | {"J_per_frame": entry.j_per_frame.tolist(), "F_per_frame": entry.f_per_frame.tolist()}
        for entry in sequence.objects
    }
    return sequence.scores.to_json() | {"frames": list(sequence.frames), "objects": objects}


def _plain(entry: Statistics) -> dict[str, float | None]:
    return {"mean": _number(entry.mean), "recall": _number(entry.recall), "decay": _number(entry.decay)}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
