"""``cfbi score``: results of a DAVIS split, judged."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.errors import UserError
from app.export.files import atomic_target
from app.worker.cli.progress import Progress

if TYPE_CHECKING:
    from cfbi.evaluation import EvaluationSequence, ScoreReport
    from cfbi.evaluation.report import Scores

BENCHMARKS = ("davis2016", "davis2017", "youtubevos", "folder")

_DESCRIPTION = """\
Score a folder of results by the definitions of the DAVIS benchmarks.

J is the region similarity (intersection over union), F the boundary accuracy. Of both: the mean over
frames, the recall (share of frames above 0.5) and the decay (first quarter minus last quarter of the
clip). The first and the last frame of a sequence do not count. davis2016 merges all objects into one;
davis2017 scores each object of the first annotation, and the overall numbers are means over objects.
youtubevos and folder score each object from the frame after its first on, the last frame included.
Where meta.json names the categories of a split and of the training split beside it, youtubevos also tells the
scores of seen and unseen categories, and G, the mean of J and F over both.
A swap is a frame in which an object's mask lies more on another object than on its own.

Results lie in RESULTS/SEQUENCE/FRAME.png, named as the annotations and of their size."""

_EPILOG = """\
examples:
  cfbi score davis2017 --root DAVIS --split val --results results
  cfbi score davis2016 --root DAVIS --split val --results results --json scores.json"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_split_arguments(parser)
    parser.add_argument("--results", type=Path, required=True, metavar="DIR", help="folder of the results")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="also write everything, with every frame's J and F"
    )
    parser.set_defaults(run=run)


def add_split_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that choose a split of a data set."""
    parser.add_argument("benchmark", choices=BENCHMARKS, help="whose rules apply")
    parser.add_argument(
        "--root",
        type=Path,
        required=True,
        metavar="DIR",
        help="data set; DAVIS: JPEGImages/480p, Annotations/480p, ImageSets/{2016,2017}/SPLIT.txt",
    )
    parser.add_argument(
        "--split", default="val", metavar="NAME", help="list of sequences (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        cfbi.CfbiError: Data set or results cannot be used.
        ExportError: The JSON file cannot be written.
    """
    from cfbi.evaluation import open_sequences

    if not args.results.is_dir():
        raise UserError(
            f"There is no folder of results {args.results}.", "Results lie in RESULTS/SEQUENCE/FRAME.png."
        )
    sequences = open_sequences(args.root, args.benchmark, args.split)
    score_and_tell(args, sequences, args.results, args.json)
    return 0


def score_and_tell(
    args: argparse.Namespace, sequences: Sequence[EvaluationSequence], results: Path, json_file: Path | None
) -> ScoreReport:
    """Score, print the table, and write the JSON file if there is to be one.

    Args:
        args: With what ``add_split_arguments`` declared.
        sequences: What to score.
        results: Folder of the results.
        json_file: File to write, or None.

    Returns:
        The scores.
    """
    from cfbi.evaluation import score_sequences

    with Progress("score", len(sequences), unit="sequences") as progress:
        report = score_sequences(
            sequences, args.benchmark, args.split, results, on_sequence=lambda _: progress.advance()
        )
    print(score_table(report))
    if json_file is not None:
        with atomic_target(json_file) as draft:
            draft.write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    return report


def score_table(report: ScoreReport) -> str:
    """The scores as text.

    Args:
        report: What was measured.

    Returns:
        One line per sequence, in percent, and one for all.
    """
    rows = [(sequence.name, sequence.scores) for sequence in report.sequences]
    rows.append(("overall", report.overall))
    rows += zip(("seen", "unseen"), report.seen_and_unseen or (), strict=False)
    width = max(len("sequence"), *(len(name) for name, _ in rows))
    head = f"{'sequence':<{width}}   J&F  J mean recall  decay  F mean recall  decay"
    lines = [head, *(f"{name:<{width}} {_numbers(scores)}" for name, scores in rows)]
    if report.g is not None:
        lines.append(f"G, the mean of J and F over seen and unseen categories: {100 * report.g:.1f}")
    if any(sequence.swaps for sequence in report.sequences):
        lasting = sum(entry.lasting for sequence in report.sequences for entry in sequence.swaps)
        lines.append(f"identity swaps: {report.swapped_frames} frames, {lasting} objects swapped at the end")
    return "\n".join(lines)


def _numbers(scores: Scores) -> str:
    j, f = scores.j, scores.f
    values = (scores.j_and_f, j.mean, j.recall, j.decay, f.mean, f.recall, f.decay)
    widths = (5, 7, 6, 6, 7, 6, 6)
    return " ".join(f"{100 * value:{width}.1f}" for value, width in zip(values, widths, strict=True))
