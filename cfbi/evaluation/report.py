"""What scoring a data set tells: per object, per sequence and overall."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfbi.evaluation.identity import IdentitySwaps
from cfbi.evaluation.metrics import Statistics, nan_mean, statistics


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
        begin: Place of its first scored frame among those of the sequence; above 0 for late objects.
        unseen: The training split has no object of its category; None where nothing tells.
    """

    object_id: int
    j_per_frame: NDArray[np.float64]
    f_per_frame: NDArray[np.float64]
    begin: int = 0
    unseen: bool | None = None

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
        swaps: Identity swaps, one entry per object; empty where there is only one.
    """

    name: str
    frames: tuple[str, ...]
    objects: tuple[ObjectScore, ...]
    swaps: tuple[IdentitySwaps, ...] = ()

    @property
    def scores(self) -> Scores:
        """Mean over its objects."""
        return mean_scores([entry.scores for entry in self.objects])

    @property
    def swapped_frames(self) -> int:
        """Frames times objects with an identity swap."""
        return sum(len(entry.frames) for entry in self.swaps)

    def per_frame(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """J and F, each (frames,): the mean over the objects scored there, NaN where there is none."""
        values = np.full((2, len(self.objects), len(self.frames)), np.nan)
        for row, entry in enumerate(self.objects):
            values[0, row, entry.begin :], values[1, row, entry.begin :] = (
                entry.j_per_frame,
                entry.f_per_frame,
            )
        means = [[nan_mean(values[kind, :, place]) for place in range(len(self.frames))] for kind in (0, 1)]
        return np.array(means[0]), np.array(means[1])


@dataclass(frozen=True)
class ScoreReport:
    """Scores of a whole split.

    Attributes:
        benchmark: "davis2016", "davis2017", "youtubevos" or "folder".
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

    @property
    def seen_and_unseen(self) -> tuple[Scores, Scores] | None:
        """Means over the objects of categories that were trained on, and over the others.

        None unless every object is known to be the one or the other, and there are both.
        """
        objects = [entry for sequence in self.sequences for entry in sequence.objects]
        groups = [[entry.scores for entry in objects if entry.unseen is unseen] for unseen in (False, True)]
        if not all(groups) or sum(map(len, groups)) < len(objects):
            return None
        return mean_scores(groups[0]), mean_scores(groups[1])

    @property
    def g(self) -> float | None:
        """YouTube-VOS's overall score: mean of J and F over seen and unseen; None where these aren't told."""
        groups = self.seen_and_unseen
        return None if groups is None else (groups[0].j_and_f + groups[1].j_and_f) / 2

    @property
    def swapped_frames(self) -> int:
        """Frames times objects with an identity swap."""
        return sum(sequence.swapped_frames for sequence in self.sequences)

    def to_json(self) -> dict[str, Any]:
        """The report as what ``json.dumps`` takes; all values are shares, 0..1 (decay -1..1)."""
        groups = self.seen_and_unseen
        apart = (
            {} if groups is None else dict(zip(("seen", "unseen"), map(Scores.to_json, groups), strict=True))
        )
        return {
            "benchmark": self.benchmark,
            "split": self.split,
            "overall": self.overall.to_json(),
            **({"G": self.g} | apart if apart else {}),
            "identity_swaps": self.swapped_frames,
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
        | {"first_frame": sequence.frames[entry.begin]}
        | {"J_per_frame": entry.j_per_frame.tolist(), "F_per_frame": entry.f_per_frame.tolist()}
        for entry in sequence.objects
    }
    content = sequence.scores.to_json() | {"frames": list(sequence.frames), "objects": objects}
    if sequence.swaps:
        content["identity_swaps"] = {
            str(entry.object_id): _swaps(sequence, entry) for entry in sequence.swaps
        }
    return content


def _swaps(sequence: SequenceScore, entry: IdentitySwaps) -> dict[str, Any]:
    begin = next(item.begin for item in sequence.objects if item.object_id == entry.object_id)
    return {
        "frames": [sequence.frames[begin + place] for place in entry.frames],
        "with": list(entry.others),
        "frames_in_sight": entry.in_sight,
        "lasting": entry.lasting,
    }


def _plain(entry: Statistics) -> dict[str, float | None]:
    return {"mean": _number(entry.mean), "recall": _number(entry.recall), "decay": _number(entry.decay)}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
