"""Scoring a folder of results against a DAVIS split.

Both benchmarks leave the first frame (it is given) and the last frame of every sequence out. DAVIS 2016
merges all objects into one foreground. DAVIS 2017 scores every object: the ids 1..N with N the highest id of
the first annotation. Void pixels do not count.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cfbi.errors import EvaluationError
from cfbi.evaluation.annotations import VOID, read_index_mask
from cfbi.evaluation.davis import DavisSequence, Year, open_sequence, split_names
from cfbi.evaluation.metrics import boundary_f, jaccard
from cfbi.evaluation.report import ObjectScore, ScoreReport, SequenceScore

_RESULTS_HINT = "Results lie in RESULTS/SEQUENCE/FRAME.png, one palette PNG for every annotated frame."


def score_davis(
    root: Path,
    split: str,
    year: Year,
    results_dir: Path,
    *,
    on_sequence: Callable[[SequenceScore], None] | None = None,
) -> ScoreReport:
    """Score results by the rules of DAVIS 2016 or 2017.

    Args:
        root: Folder of the data set, see ``cfbi.evaluation.davis``.
        split: Name of the list of sequences.
        year: Which benchmark.
        results_dir: Folder with ``SEQUENCE/FRAME.png`` for every scored frame.
        on_sequence: Called with the scores of each sequence as soon as they are known.

    Returns:
        The report.

    Raises:
        DataError: The data set is incomplete, or a mask cannot be read.
        EvaluationError: Results are missing, of the wrong size, or hold objects that were never annotated.
    """
    if not results_dir.is_dir():
        raise EvaluationError(f"There is no folder of results {results_dir}.", _RESULTS_HINT)
    sequences = [open_sequence(root, name) for name in split_names(root, split, year)]
    _check_results(sequences, results_dir)
    scores = []
    for sequence in sequences:
        scores.append(score_sequence(sequence, year, results_dir / sequence.name))
        if on_sequence is not None:
            on_sequence(scores[-1])
    return ScoreReport(f"davis{year}", split, tuple(scores))


def score_sequence(sequence: DavisSequence, year: Year, results: Path) -> SequenceScore:
    """Score one sequence.

    Args:
        sequence: Its frames and annotations.
        year: Which benchmark.
        results: Folder with ``FRAME.png`` for every scored frame.

    Returns:
        The scores of its objects.

    Raises:
        DataError: A mask cannot be read.
        EvaluationError: See ``score_davis``.
    """
    first = read_index_mask(sequence.annotations[0])
    object_count = 1 if year == 2016 else int(np.max(first, where=first != VOID, initial=0))
    if object_count == 0:
        raise EvaluationError(
            f"The annotation {sequence.annotations[0]} shows no object, so there is none to score."
        )
    scored = sequence.annotations[1:-1]
    values = np.zeros((object_count, 2, len(scored)))
    for place, annotation in enumerate(scored):
        truth, result = read_index_mask(annotation), read_index_mask(results / annotation.name)
        _check_result(truth, result, results / annotation.name, object_count if year == 2017 else VOID)
        void = truth == VOID
        for row in range(object_count):
            inside, predicted = _object_maps(truth, result, None if year == 2016 else row + 1)
            values[row, :, place] = (
                jaccard(predicted, inside, void=void),
                boundary_f(predicted, inside, void=void),
            )
    objects = tuple(ObjectScore(row + 1, values[row, 0], values[row, 1]) for row in range(object_count))
    return SequenceScore(sequence.name, tuple(path.stem for path in scored), objects)


def _object_maps(
    truth: NDArray[np.uint8], result: NDArray[np.uint8], object_id: int | None
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    if object_id is None:
        return truth != 0, result != 0
    return truth == object_id, result == object_id


def _check_result(truth: NDArray[np.uint8], result: NDArray[np.uint8], path: Path, highest_id: int) -> None:
    if result.shape != truth.shape:
        raise EvaluationError(
            f"The result {path} is {result.shape[1]}x{result.shape[0]}, "
            f"its annotation is {truth.shape[1]}x{truth.shape[0]}.",
            "Write results at the size of the annotation.",
        )
    if int(result.max()) > highest_id:
        unknown = sorted(set(np.unique(result[result > highest_id]).tolist()))
        raise EvaluationError(
            f"The result {path} holds the object ids {unknown}, the first annotation only 1..{highest_id}.",
            "Use the ids of the annotation of the first frame.",
        )


def check_annotated(sequences: Sequence[DavisSequence]) -> None:
    """Make sure that sequences can be scored at all.

    Raises:
        EvaluationError: A sequence is not completely annotated, or too short.
    """
    for sequence in sequences:
        if len(sequence.annotations) != len(sequence.frames):
            raise EvaluationError(
                f"Sequence {sequence.name} has {len(sequence.annotations)} annotations for "
                f"{len(sequence.frames)} frames; only completely annotated sequences can be scored."
            )
        if len(sequence.annotations) < 3:
            raise EvaluationError(
                f"Sequence {sequence.name} has {len(sequence.annotations)} frames; the first and the last "
                "are not scored, so there must be three or more."
            )


def _check_results(sequences: list[DavisSequence], results_dir: Path) -> None:
    """Find out what is missing before hours of scoring, and name it."""
    check_annotated(sequences)
    missing = []
    for sequence in sequences:
        scored = [results_dir / sequence.name / path.name for path in sequence.annotations[1:-1]]
        missing += [f"{path.parent.name}/{path.name}" for path in scored if not path.is_file()]
    if missing:
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        raise EvaluationError(
            f"{len(missing)} result frames are missing in {results_dir}: {', '.join(missing[:8])}{more}.",
            _RESULTS_HINT,
        )
