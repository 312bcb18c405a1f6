"""Scoring a folder of results against the annotations of a split.

The DAVIS benchmarks leave the first frame (it is given) and the last frame of every sequence out. DAVIS 2016
merges all objects into one foreground. DAVIS 2017 scores every object: the ids 1..N with N the highest id of
the first annotation. The other rules score every object from the frame after its first on. Void pixels do not
count. YouTube-VOS scores the objects of categories that were trained on and of others apart, where
``meta.json`` files tell.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import VOID, read_index_mask
from cfbi.data.davis import Year
from cfbi.errors import EvaluationError
from cfbi.evaluation.identity import collect_swaps, swapped_with
from cfbi.evaluation.metrics import boundary_f, jaccard
from cfbi.evaluation.report import ObjectScore, ScoreReport, SequenceScore
from cfbi.evaluation.sequences import YEARS, Benchmark, EvaluationSequence, merged, open_sequences

_RESULTS_HINT = "Results lie in RESULTS/SEQUENCE/FRAME.png, one palette PNG for every annotated frame."


def score_davis(
    root: Path,
    split: str,
    year: Year,
    results_dir: Path,
    *,
    on_sequence: Callable[[SequenceScore], None] | None = None,
) -> ScoreReport:
    """Score results by the rules of DAVIS 2016 or 2017; see ``score_results``.

    Raises:
        DataError: The data set is incomplete, or a mask cannot be read.
        EvaluationError: Results are missing, of the wrong size, or hold objects that were never annotated.
    """
    benchmark: Benchmark = "davis2016" if year == 2016 else "davis2017"
    return score_results(root, benchmark, split, results_dir, on_sequence=on_sequence)


def score_results(
    root: Path,
    benchmark: Benchmark,
    split: str,
    results_dir: Path,
    *,
    on_sequence: Callable[[SequenceScore], None] | None = None,
) -> ScoreReport:
    """Score results.

    Args:
        root: Folder of the data set, see ``cfbi.data.layouts``.
        benchmark: Whose rules apply.
        split: Name of the list of sequences.
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
    sequences = open_sequences(root, benchmark, split)
    return score_sequences(sequences, benchmark, split, results_dir, on_sequence=on_sequence)


def score_sequences(
    sequences: Sequence[EvaluationSequence],
    benchmark: Benchmark,
    split: str,
    results_dir: Path,
    *,
    on_sequence: Callable[[SequenceScore], None] | None = None,
) -> ScoreReport:
    """Score results of sequences that are open already; see ``score_results``."""
    check_annotated(sequences)
    _check_results(sequences, benchmark, results_dir)
    scores = []
    for sequence in sequences:
        scores.append(score_sequence(sequence, benchmark, results_dir / sequence.name))
        if on_sequence is not None:
            on_sequence(scores[-1])
    return ScoreReport(benchmark, split, tuple(scores))


def score_sequence(sequence: EvaluationSequence, benchmark: Benchmark, results: Path) -> SequenceScore:
    """Score one sequence.

    Args:
        sequence: Completely annotated.
        benchmark: Whose rules apply.
        results: Folder with ``FRAME.png`` for every scored frame.

    Returns:
        The scores of its objects.

    Raises:
        DataError: A mask cannot be read.
        EvaluationError: See ``score_results``.
    """
    stems = _scored(sequence, benchmark)
    first = _first_scored(sequence, stems)
    values = np.full((len(first), 2, len(stems)), np.nan)
    others: dict[int, list[int]] = {object_id: [] for object_id in first}
    in_sight: dict[int, list[bool]] = {object_id: [] for object_id in first}
    for place, stem in enumerate(stems):
        truth, path = sequence.truth(stem), results / f"{stem}.png"
        result = read_index_mask(path)
        if sequence.merge:
            result = merged(result)
        _check_result(truth, result, path, VOID if sequence.merge else max(first))
        void = truth == VOID
        for row, (object_id, begin) in enumerate(first.items()):
            if place < begin:
                continue
            inside, predicted = truth == object_id, result == object_id
            values[row, :, place] = (
                jaccard(predicted, inside, void=void),
                boundary_f(predicted, inside, void=void),
            )
            others[object_id].append(swapped_with(result, truth, object_id))
            in_sight[object_id].append(bool(inside.any()))
    objects = tuple(
        ObjectScore(
            object_id,
            values[row, 0, begin:],
            values[row, 1, begin:],
            begin,
            None if sequence.unseen is None else object_id in sequence.unseen,
        )
        for row, (object_id, begin) in enumerate(first.items())
    )
    swaps = tuple(collect_swaps(object_id, others[object_id], in_sight[object_id]) for object_id in first)
    return SequenceScore(sequence.name, stems, objects, swaps if len(first) > 1 else ())


def _scored(sequence: EvaluationSequence, benchmark: Benchmark) -> tuple[str, ...]:
    """Stems of the frames that count."""
    stems = [path.stem for path in sequence.frames]
    return tuple(stems[1:-1] if benchmark in YEARS else stems[1:])


def _first_scored(sequence: EvaluationSequence, stems: Sequence[str]) -> dict[int, int]:
    """Object id to the place of its first scored frame, ascending ids; objects without one are left out."""
    begins: dict[int, int] = {}
    for stem, ids in sequence.births.items():
        place = stems.index(stem) + 1 if stem in stems else 0
        if ids is None:
            mask = sequence.given(stem)
            assert mask is not None, "there is one wherever objects begin"
            ids = frozenset(range(1, int(np.max(mask, where=mask != VOID, initial=0)) + 1))
        begins.update((object_id, place) for object_id in ids if place < len(stems))
    return dict(sorted(begins.items()))


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


def check_annotated(sequences: Sequence[EvaluationSequence]) -> None:
    """Make sure that sequences can be scored at all.

    Raises:
        EvaluationError: A sequence is not completely annotated, or too short.
    """
    for sequence in sequences:
        if not sequence.is_annotated:
            raise EvaluationError(
                f"Sequence {sequence.name} has {len(sequence.masks)} annotations for "
                f"{len(sequence.frames)} frames; only completely annotated sequences can be scored."
            )
        if len(sequence.frames) < 3:
            raise EvaluationError(
                f"Sequence {sequence.name} has {len(sequence.frames)} frames; the first and the last "
                "are not scored, so there must be three or more."
            )


def _check_results(sequences: Sequence[EvaluationSequence], benchmark: Benchmark, results_dir: Path) -> None:
    """Find out what is missing before hours of scoring, and name it."""
    missing = [
        f"{sequence.name}/{stem}.png"
        for sequence in sequences
        for stem in _scored(sequence, benchmark)
        if not (results_dir / sequence.name / f"{stem}.png").is_file()
    ]
    if missing:
        more = f" and {len(missing) - 8} more" if len(missing) > 8 else ""
        raise EvaluationError(
            f"{len(missing)} result frames are missing in {results_dir}: {', '.join(missing[:8])}{more}.",
            _RESULTS_HINT,
        )
