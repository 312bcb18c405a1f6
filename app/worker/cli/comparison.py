"""What the commands have in common that train networks again and again, to compare them."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from app.worker.cli.train import add_data_arguments, prepare_machine

if TYPE_CHECKING:
    from cfbi.training.recipe import Recipe


def add_comparison_arguments(parser: argparse.ArgumentParser, *, recipe: str, dev_side: int) -> None:
    """Declare what is trained, on what, where it goes, and how it is scored.

    Args:
        parser: Of the command.
        recipe: The one that is taken if none is given.
        dev_side: Longest side in px that the network sees for its score, if none is given.
    """
    parser.add_argument("--recipe", default=recipe, metavar="NAME", help="default: %(default)s")
    add_data_arguments(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="OUT", help="folder of the comparison")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", dest="overrides",
        help="override a number of the recipe for all runs",
    )  # fmt: skip
    parser.add_argument(
        "--dev-side", type=int, default=dev_side, metavar="N",
        help="longest side in pixels that the network sees for its score (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--dev-frames", type=int, metavar="N",
        help="score at most so many frames of each sequence (default: all)",
    )  # fmt: skip


def prepare_comparison(args: argparse.Namespace) -> Recipe:
    """Let the log speak and share the processor out.

    Args:
        args: With what ``add_comparison_arguments`` declared, and ``threads``.

    Returns:
        The recipe that all runs start from, with all that ``--set`` overrides.

    Raises:
        cfbi.CfbiError: There is nothing to score on, or no such recipe or number.
    """
    from cfbi import DataError
    from cfbi.training.recipe import override
    from cfbi.training.recipes import recipe_named

    if args.davis is None:
        raise DataError("Nothing tells how good the networks are.", "Give --davis, with its dev list 'val'.")
    logging.getLogger("cfbi").setLevel(logging.INFO)  # the log's lines are the progress here
    base = override(recipe_named(args.recipe), args.overrides)
    prepare_machine(args)
    return base
