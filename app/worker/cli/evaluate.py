"""``cfbi evaluate``: every sequence of a split, propagated by the official protocol, then judged."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from app.export.png import write_index_png
from app.worker.cli.interactive import KEPT_BYTES, add_interactive_arguments, run_interactive
from app.worker.cli.network import add_network_arguments, scale, session_maker
from app.worker.cli.progress import Progress
from app.worker.cli.report_files import write_report, write_submission
from app.worker.cli.score import add_split_arguments, score_and_tell
from app.worker.engine import Session

if TYPE_CHECKING:
    from cfbi.evaluation import EvaluationSequence
    from cfbi.evaluation.sequences import Benchmark

_DESCRIPTION = """\
Propagate every sequence of a split by the official protocol, then score.

davis2016   the first annotation, all objects merged into one
davis2017   the first annotation
youtubevos  every object from the frame on where meta.json has it begin; also writes the zip to hand in
folder      every object from the first frame on that shows it; any layout, MOSE and LVOS among them

Written to OUT: SEQUENCE/FRAME.png (palette PNGs; youtubevos: in Annotations/), scores.json, scores.csv,
frames.csv, curves/SEQUENCE.svg, and report.html with the worst frames. Where a sequence is not completely
annotated, there is nothing to score.

--augment readme is --scales 1 1.15 1.3 1.5 --flip (the authors' README), --augment paper is --scales 2 2.15
2.3 --flip (the paper on DAVIS). With several scales the authors' networks start from at most 800 px."""

_EPILOG = """\
examples:
  cfbi evaluate davis2017 --root DAVIS --split val --weights lite_cfbi --out results
  cfbi evaluate davis2016 --root DAVIS --split val --max-side 481 --augment readme --out results
  cfbi evaluate youtubevos --root YOUTUBE --split valid --weights resnet101_cfbi --out results
  cfbi evaluate folder --root MOSE --split valid --sequence 0a1b2c3d --out results
  cfbi evaluate davis2016 --root DAVIS --interactive --strategy worst --strategy every10 --out results"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_split_arguments(parser)
    parser.add_argument(
        "--sequence", action="append", metavar="NAME", help="only this one; may be given several times"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write to, made if needed"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="where the scores go (default: OUT/scores.json)"
    )
    add_network_arguments(parser)
    several = parser.add_argument_group("several passes, whose probabilities are averaged")
    several.add_argument("--scales", type=scale, nargs="+", metavar="S", help="sizes (default: 1)")
    several.add_argument("--flip", action="store_true", help="also a mirrored copy for each scale")
    several.add_argument("--augment", choices=("readme", "paper"), help="the authors' settings, see above")
    add_interactive_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        UserError: Results cannot be written.
        cfbi.CfbiError: Data set, network or weights cannot be used.
    """
    sequences = chosen_sequences(args)
    scales, flip = passes(args)
    kept_bytes = KEPT_BYTES if args.interactive else 0
    make_session = session_maker(args, scales=scales, flip=flip, kept_bytes=kept_bytes)
    if args.interactive:
        run_interactive(args, sequences, make_session)
        return 0
    results = args.out / "Annotations" if args.benchmark == "youtubevos" else args.out
    with Progress("propagate", sum(len(sequence.frames) for sequence in sequences)) as progress:
        for sequence in sequences:
            for stem, mask in _segment(sequence, make_session()):
                write_index_png(results / sequence.name / f"{stem}.png", mask)
                progress.advance()
    if args.benchmark == "youtubevos":
        print(f"submission: {write_submission(results, sequences, args.out / 'submission.zip')}")
    annotated = [sequence for sequence in sequences if sequence.is_annotated]
    if bare := len(sequences) - len(annotated):
        print(f"not scored: {bare} of {len(sequences)} sequences are not completely annotated")
    if not annotated:
        return 0
    report = score_and_tell(args, annotated, results, args.json or args.out / "scores.json")
    facts = {
        "weights": args.weights,
        "longest side": "as the network was made for" if args.max_side is None else f"{args.max_side} px",
        "close-up": {None: "as the network was made for", True: "yes", False: "no"}[args.close_up],
        "passes": f"scales {', '.join(f'{factor:g}' for factor in scales)}{', mirrored too' if flip else ''}",
    }
    write_report(args.out, report, annotated, results, facts)
    return 0


def chosen_sequences(args: argparse.Namespace) -> list[EvaluationSequence]:
    """The sequences of the split, or those that were named.

    Raises:
        cfbi.CfbiError: They cannot be evaluated, or a name is not in the split.
    """
    from cfbi import DataError
    from cfbi.evaluation import check_annotated, open_sequences
    from cfbi.evaluation.sequences import YEARS

    benchmark = cast("Benchmark", args.benchmark)
    sequences = open_sequences(args.root, benchmark, args.split, only=args.sequence)
    known = {sequence.name for sequence in sequences}
    if unknown := [name for name in args.sequence or () if name not in known]:
        raise DataError(f"The split {args.split!r} has no sequence {', '.join(unknown)}.", "Check the name.")
    if args.interactive and benchmark not in YEARS:
        raise DataError("The simulated annotator needs davis2016 or davis2017.", "Leave --interactive out.")
    if benchmark in YEARS:
        check_annotated(sequences)
    return sequences


def passes(args: argparse.Namespace) -> tuple[tuple[float, ...], bool]:
    """Scales, and whether mirrored copies join.

    Raises:
        cfbi.InputError: Both a preset and scales of one's own are given.
    """
    from cfbi import InputError
    from cfbi.evaluation.protocol import AUGMENTATIONS

    if args.augment is None:
        return tuple(args.scales or (1.0,)), args.flip
    if args.scales or args.flip:
        raise InputError("--augment already says which scales and whether to flip.", "Leave the others out.")
    return AUGMENTATIONS[args.augment]


def _segment(sequence: EvaluationSequence, session: Session) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    from cfbi.data.reading import read_picture
    from cfbi.evaluation.protocol import evaluate_sequence

    frames = ((path.stem, read_picture(path)) for path in sequence.frames)
    return evaluate_sequence(session, frames, sequence.given)
