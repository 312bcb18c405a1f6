"""``cfbi train``: one run; the work belongs to ``cfbi.training``, which is loaded only when needed."""

from __future__ import annotations

import argparse
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from app.frozen import is_frozen
from app.worker.cli.checkout import commit_of_code
from app.worker.cli.numbers import count, threads

if TYPE_CHECKING:
    from cfbi.model.network import Network
    from cfbi.training.dev import DevScore
    from cfbi.training.distributed import Ranks
    from cfbi.training.recipe import Recipe
    from cfbi.training.trainer import Score, Trainer

_DESCRIPTION = """\
Train a network on clips simulated from stills and on real sequences.

A run can be stopped at any time (Ctrl-C) and resumed exactly. RUN holds the log, the checkpoint and the
weights. Under torchrun several processes train one network together."""

_EPILOG = """\
examples:
  cfbi train --davis DAVIS --stills STILLS --out RUN
  cfbi train --davis DAVIS --stills STILLS --out RUN --resume --minutes 60
  cfbi train --recipe mixed --davis DAVIS --sequences YOUTUBEVOS --extractor deeplab.pth --out RUN
  torchrun --nproc-per-node 4 -m cfbi train --recipe davis --davis DAVIS --device cuda --out RUN"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument(
        "--recipe",
        metavar="NAME",
        help="lite_cpu, youtubevos, davis, mixed, mobilenet or ablation_cpu (default: that of the network)",
    )
    parser.add_argument(
        "--model", metavar="NAME", help="network to train (default: that of the recipe, or lite_cfbi)"
    )
    add_data_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in RUN, exactly")
    parser.add_argument(
        "--init", metavar="NAME|FILE", help="start from these weights instead of a backbone alone"
    )
    parser.add_argument(
        "--extractor", type=Path, metavar="FILE", help="start from weights of a DeepLabv3+ or its backbone"
    )
    parser.add_argument("--minutes", type=float, help="stop after this time (a checkpoint is written)")
    parser.add_argument(
        "--dev-every",
        type=count,
        default=1000,
        metavar="STEPS",
        help="dev scores, 0 at the end alone (default: %(default)s)",
    )
    parser.add_argument(
        "--checkpoint-minutes", type=float, default=3.0, metavar="N", help="default: %(default)s"
    )
    add_machine_arguments(parser)
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="overrides",
        help="override a number of the recipe, for example --set steps=500 --set learning_rate=2e-4",
    )  # fmt: skip
    parser.set_defaults(run=run)


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where clips come from."""
    parser.add_argument(
        "--davis", type=Path, help="folder in the DAVIS layout: real clips, and its dev list 'val'"
    )
    parser.add_argument(
        "--sequences", type=Path, action="append", default=[], metavar="ROOT",
        help="further real clips, in the layout of DAVIS, YouTube-VOS, MOSE or LVOS; several are allowed",
    )  # fmt: skip
    parser.add_argument(
        "--stills", type=Path, help="folder of still pictures with masks, one folder per source"
    )


def add_machine_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what computes."""
    parser.add_argument("--device", default="cpu", help='"cpu" or "cuda" (default: %(default)s)')
    parser.add_argument("--threads", type=threads, metavar="N", help="processor threads (default: PyTorch's)")
    parser.add_argument(
        "--workers", type=count, default=0, metavar="N", help="processes that draw clips (default: a thread)"
    )


def run(args: argparse.Namespace) -> int:
    """Train as ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        cfbi.CfbiError: Folders, recipe or checkpoint cannot be used.
    """
    from cfbi.training.distributed import joined
    from cfbi.training.lock import RunLock

    recipe = recipe_of(args)
    prepare_machine(args)
    with joined(args.device) as ranks, RunLock(args.out) if ranks.first else nullcontext(), _hint_if_frozen():
        return _train(args, recipe, ranks)


@contextmanager
def _hint_if_frozen() -> Iterator[None]:
    """Name what works where the backbone's package cannot be installed: in the one-folder build."""
    from cfbi.training.backbone_weights import BackboneMissingError

    try:
        yield
    except BackboneMissingError as error:
        if is_frozen():
            error.hint = (
                "Start from other weights: --init lite_cfbi, or --extractor FILE. Nothing can be added "
                "to the folder that runs without Python."
            )
        raise


def recipe_of(args: argparse.Namespace) -> Recipe:
    """The recipe that ``args`` ask for.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        With all that ``--set`` overrides.

    Raises:
        cfbi.CfbiError: There is none, or the run cannot be started or resumed like this.
    """
    from dataclasses import replace

    from cfbi import DataError
    from cfbi.training.checkpoint import FILE_NAME, load_run
    from cfbi.training.recipe import override
    from cfbi.training.recipes import recipe_for, recipe_named

    if not args.davis and not args.sequences and not args.stills:
        raise DataError("There is nothing to train on.", "Give --davis, --sequences or --stills.")
    if args.resume:
        if args.init or args.extractor:
            raise DataError(
                "--init and --extractor start a new run, --resume goes on with one.", "Leave one of them out."
            )
        recipe = load_run(args.out).recipe
        for name, wanted, there in (
            ("recipe", args.recipe, recipe.name),
            ("model", args.model, recipe.model),
        ):
            if wanted and wanted != there:
                raise DataError(
                    f"The run in {args.out} has the {name} {there}, not {wanted}.",
                    f"Leave --{name} out, or start a new run in another folder.",
                )
    else:
        if (args.out / FILE_NAME).exists():
            raise DataError(
                f"{args.out} already holds a run.", "Add --resume to go on with it, or choose another --out."
            )
        recipe = recipe_named(args.recipe) if args.recipe else recipe_for(args.model or "lite_cfbi")
        if args.model:
            recipe = replace(recipe, model=args.model)
    return override(recipe, args.overrides)


def prepare_machine(args: argparse.Namespace) -> None:
    """Share the processor out as ``args`` say."""
    import cv2
    import torch

    if args.threads:
        torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)  # clips are drawn on one thread beside the network; more would fight over the cores


def dev_score(
    davis: Path | None,
    device: str,
    *,
    max_side: int = 481,
    most_frames: int | None = None,
    every: int = 1,
    renew: int = 0,
) -> Score | None:
    """What scores a network on the dev list of a folder; None without a folder.

    Args:
        davis: DAVIS layout.
        device: Where to compute.
        max_side: Longest side in pixels that the network sees.
        most_frames: Frames of each sequence that are looked at; None for all.
        every: Look at every so many frames.
        renew: Give the true mask again after so many of them; 0 never.

    Returns:
        For ``Trainer``.
    """
    from cfbi.training.dev import score_dev

    if davis is None:
        return None

    def score(model: Network, should_stop: Callable[[], bool]) -> DevScore:
        return score_dev(
            model,
            davis,
            max_side=max_side,
            device=device,
            most_frames=most_frames,
            every=every,
            renew=renew,
            should_stop=should_stop,
        )

    return score


def _train(args: argparse.Namespace, recipe: Recipe, ranks: Ranks) -> int:
    from cfbi.training.backbone_weights import PACKAGE
    from cfbi.training.data import sampler_for
    from cfbi.training.trainer import Trainer

    log = logging.getLogger("cfbi")
    log.setLevel(logging.INFO if ranks.first else logging.WARNING)  # the log's lines are the progress here
    sequences = [*([args.davis] if args.davis else []), *args.sequences]
    sampler = sampler_for(recipe, sequences, args.stills)
    backbone = f"EfficientNet-Lite0, ImageNet weights of the package {PACKAGE} (Apache-2.0)"
    trainer = Trainer(
        recipe,
        sampler.sample,
        args.out,
        score=dev_score(args.davis, ranks.device),
        provenance={
            "commit": commit_of_code(),
            **({"backbone": backbone} if recipe.model == "lite_cfbi" else {}),
            "data": sampler.facts,
        },
        resume=args.resume,
        initial=args.init,
        extractor=args.extractor,
        ranks=ranks,
    )
    with stop_on_signals(trainer) as interrupted:
        log.info("training %s: steps %d to %d", recipe.model, trainer.state.step, recipe.steps)
        state = trainer.run(
            max_seconds=None if args.minutes is None else args.minutes * 60,
            checkpoint_seconds=args.checkpoint_minutes * 60,
            dev_every=args.dev_every,
            workers=args.workers,
        )
    log.info("stopped at step %d, checkpoint in %s", state.step, args.out)
    return 130 if interrupted else 0


@contextmanager
def stop_on_signals(trainer: Trainer) -> Iterator[list[int]]:
    """Let Ctrl-C and SIGTERM end the run after the current step; a second one ends it at once.

    Args:
        trainer: What is told to stop.

    Yields:
        Receives SIGINT's number when it came.
    """
    interrupted: list[int] = []

    def stop(number: int, _frame: object) -> None:
        trainer.stop.set()
        if number == signal.SIGINT:
            interrupted.append(number)
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield interrupted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
