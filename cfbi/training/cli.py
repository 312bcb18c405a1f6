"""The arguments of ``cfbi train`` and what they start."""

import argparse
import logging
import signal
import subprocess
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import cv2
import torch

from cfbi.data.sampler import ClipSampler
from cfbi.errors import CfbiError, DataError
from cfbi.training.backbone_weights import PACKAGE
from cfbi.training.checkpoint import FILE_NAME, load_run
from cfbi.training.dev import score_dev
from cfbi.training.recipe import Recipe, recipe_for
from cfbi.training.trainer import Trainer

_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--model", default="lite_cfbi", help="network to train (default: %(default)s)")
    parser.add_argument(
        "--davis", type=Path, help="folder in the DAVIS layout: real clips, and its dev list 'val'"
    )
    parser.add_argument(
        "--stills", type=Path, help="folder of still pictures with masks, one folder per source"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in RUN, exactly")
    parser.add_argument(
        "--init", metavar="NAME|FILE", help="start from these weights instead of an ImageNet backbone alone"
    )
    parser.add_argument("--minutes", type=float, help="stop after this time (a checkpoint is written)")
    parser.add_argument(
        "--dev-every", type=int, default=1000, metavar="STEPS", help="dev scores (default: %(default)s)"
    )
    parser.add_argument("--checkpoint-minutes", type=float, default=3.0, help="default: %(default)s")
    parser.add_argument("--device", default="cpu", help='"cpu", "cuda" ... (default: %(default)s)')
    parser.add_argument("--threads", type=int, default=0, help="processor threads (default: PyTorch's)")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="overrides",
        help="override a number of the recipe, for example --set steps=500 --set learning_rate=2e-4",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Train as ``args`` say; returns the exit code.

    Raises:
        CfbiError: Folders, recipe or checkpoint cannot be used.
    """
    if not args.davis and not args.stills:
        raise DataError("There is nothing to train on.", "Give --davis, --stills, or both.")
    base = load_run(args.out).recipe if args.resume else recipe_for(args.model)
    if not args.resume and (args.out / FILE_NAME).exists():
        raise DataError(
            f"{args.out} already holds a run.", "Add --resume to go on with it, or choose another --out."
        )
    if args.resume and args.init:
        raise DataError("--init starts a new run, --resume goes on with one.", "Leave one of them out.")
    recipe = override(base, args.overrides)
    if args.threads:
        torch.set_num_threads(args.threads)
    cv2.setNumThreads(1)  # clips are drawn on one thread beside the network; more would fight over the cores
    sampler = ClipSampler(
        args.davis,
        args.stills,
        crop=recipe.crop,
        length=recipe.length,
        real_share=recipe.real_share if args.davis and args.stills else float(args.davis is not None),
        max_gap=recipe.max_gap,
    )
    davis = args.davis
    score = None if davis is None else lambda model: score_dev(model, davis, device=args.device)
    trainer = Trainer(
        recipe,
        sampler.sample,
        args.out,
        score=score,
        provenance={
            "commit": _commit(),
            "backbone": f"EfficientNet-Lite0, ImageNet weights of the package {PACKAGE} (Apache-2.0)",
            "data": sampler.facts,
        },
        resume=args.resume,
        initial=args.init,
        device=args.device,
    )
    interrupted = _stop_on_signals(trainer)
    logging.getLogger("cfbi").info(
        "training %s: steps %d to %d", recipe.model, trainer.state.step, recipe.steps
    )
    state = trainer.run(
        max_seconds=None if args.minutes is None else args.minutes * 60,
        checkpoint_seconds=args.checkpoint_minutes * 60,
        dev_every=args.dev_every,
    )
    logging.getLogger("cfbi").info("stopped at step %d, checkpoint in %s", state.step, args.out)
    return 130 if interrupted else 0


def _stop_on_signals(trainer: Trainer) -> list[int]:
    """Let Ctrl-C and SIGTERM end the run after the current step; a second one ends it at once.

    Returns:
        Receives SIGINT's number when it came.
    """
    interrupted: list[int] = []

    def stop(number: int, _frame: object) -> None:
        trainer.stop.set()
        if number == signal.SIGINT:
            interrupted.append(number)
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    return interrupted


def override(recipe: Recipe, assignments: list[str]) -> Recipe:
    """Apply ``NAME=VALUE`` assignments.

    Raises:
        CfbiError: Unknown name, or a value of another type.
    """
    changes: dict[str, Any] = {}
    types = {f.name: type(getattr(recipe, f.name)) for f in fields(recipe)}
    for assignment in assignments:
        name, _, text = assignment.partition("=")
        if name not in types:
            raise CfbiError(f"The recipe has no {name!r}.", f"It has: {', '.join(types)}.")
        kind = types[name]
        try:
            value = _FLAGS[text.lower()] if kind is bool else kind(text)
        except (KeyError, ValueError) as error:
            raise CfbiError(f"{assignment!r}: {name} needs a value of type {kind.__name__}.") from error
        choices = get_args(get_type_hints(Recipe)[name])
        if choices and value not in choices:
            raise CfbiError(f"{assignment!r}: {name} must be one of {', '.join(choices)}.")
        changes[name] = value
    return replace(recipe, **changes)


def _commit() -> str:
    """Commit of the running code, "unknown" outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
