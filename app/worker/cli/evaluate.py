"""``cfbi evaluate``: every sequence of a DAVIS split, propagated by the official protocol, then judged."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.export.png import write_index_png
from app.media import open_source
from app.worker.cli.network import add_network_arguments, session_maker
from app.worker.cli.progress import Progress
from app.worker.cli.score import BENCHMARKS, add_split_arguments, score_and_tell
from app.worker.engine import Session
from app.worker.propagation import propagate_clip

if TYPE_CHECKING:
    from cfbi.evaluation import DavisSequence

_DESCRIPTION = """\
Propagate every sequence of a DAVIS split from the annotation of its first frame, then score.

Written are OUT/SEQUENCE/FRAME.png (palette PNGs of the annotations' size) and OUT/scores.json. davis2016
merges all objects into one, as its rules say."""

_EPILOG = """\
examples:
  cfbi evaluate davis2017 --root DAVIS --split val --weights lite_cfbi --out results
  cfbi evaluate davis2016 --root DAVIS --split val --weights my.safetensors --max-side 481 --out results"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_split_arguments(parser)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write to, made if needed"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="where the scores go (default: OUT/scores.json)"
    )
    add_network_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        UserError: Pictures cannot be read, results cannot be written.
        cfbi.CfbiError: Data set, network or weights cannot be used.
    """
    from cfbi.evaluation import check_annotated, open_sequence, split_names

    year = BENCHMARKS[args.benchmark]
    sequences = [open_sequence(args.root, name) for name in split_names(args.root, args.split, year)]
    check_annotated(sequences)
    first_masks = [_first_mask(sequence, merge=year == 2016) for sequence in sequences]
    make_session = session_maker(args)
    with Progress("propagate", sum(len(sequence.frames) for sequence in sequences)) as progress:
        for sequence, mask in zip(sequences, first_masks, strict=True):
            _propagate(sequence, mask, args.out / sequence.name, make_session, progress)
    score_and_tell(args, args.out, args.json or args.out / "scores.json")
    return 0


def _propagate(
    sequence: DavisSequence,
    mask: NDArray[np.uint8],
    folder: Path,
    make_session: Callable[[], Session],
    progress: Progress,
) -> None:
    from cfbi import DataError

    with open_source(sequence.frames[0].parent) as source:
        if source.info.frame_count != len(sequence.frames):
            raise DataError(
                f"{sequence.frames[0].parent} holds {source.info.frame_count} pictures, of which "
                f"{len(sequence.frames)} are frames.",
                "Leave nothing but the frames in it.",
            )
        for frame_index, result in propagate_clip(source, {0: mask}, make_session=make_session):
            write_index_png(folder / f"{sequence.frames[frame_index].stem}.png", result.index_mask)
            progress.advance()


def _first_mask(sequence: DavisSequence, *, merge: bool) -> NDArray[np.uint8]:
    from cfbi import EvaluationError
    from cfbi.evaluation.annotations import VOID, read_index_mask

    mask = read_index_mask(sequence.annotations[0])
    inside = (mask != 0) & (mask != VOID)
    if not inside.any():
        raise EvaluationError(
            f"The annotation {sequence.annotations[0]} shows no object to start from.",
            "Leave the sequence out of the list.",
        )
    if merge:
        mask[inside] = 1
    return mask
