"""``cfbi ablate``: the comparisons of the paper's Tables 4 and 5, trained and scored on equal budgets."""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING

from app.worker.cli.comparison import add_comparison_arguments, prepare_comparison
from app.worker.cli.train import add_machine_arguments, dev_score, stop_on_signals

if TYPE_CHECKING:
    from cfbi.training.ablation import Row, RowResult
    from cfbi.training.recipe import Recipe

_DESCRIPTION = """\
Train the network again and again, each time without one of its parts, and score every result.

All runs have the same steps, clips and seed. OUT holds a folder for each run, the table (ablation.md,
ablation.json) and plots (ablation.svg, and curves for each table), which are written anew after every run.
A comparison that was stopped goes on where it was when it is started again with the same arguments."""

_EPILOG = """\
examples:
  cfbi ablate --davis DAVIS --out OUT
  cfbi ablate --davis DAVIS --out OUT --rows whole,attention,feelvos --set steps=500 --set crop=161
  cfbi ablate --recipe davis --davis DAVIS --out OUT --device cuda --workers 8"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_comparison_arguments(parser, recipe="ablation_cpu", dev_side=481)
    parser.add_argument(
        "--rows", default="", metavar="NAMES", help="some of the comparisons, with commas (default: all)"
    )
    add_machine_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        cfbi.CfbiError: Folders, recipe or checkpoints cannot be used.
    """
    from cfbi.training.ablation import rows_named, table, write_results
    from cfbi.training.lock import RunLock

    log = logging.getLogger("cfbi")
    base = prepare_comparison(args)
    rows = rows_named([key for key in args.rows.split(",") if key])
    results: list[RowResult] = []
    with RunLock(args.out):
        for number, row in enumerate(rows, start=1):
            log.info("%d of %d: %s", number, len(rows), row.title)
            result = _result(args, row, row.recipe(base))
            if result is None:
                log.info("stopped; the same command goes on")
                return 130
            results.append(result)
            write_results(results, base, args.out)
    print(table(results), end="")
    return 0


def _result(args: argparse.Namespace, row: Row, recipe: Recipe) -> RowResult | None:
    """Train and score one line, or go on with it; None if it was stopped."""
    from cfbi import WeightsError
    from cfbi.training.ablation import RowResult
    from cfbi.training.checkpoint import FILE_NAME, load_run
    from cfbi.training.data import sampler_for
    from cfbi.training.recipe import differences
    from cfbi.training.trainer import Trainer

    folder = args.out / row.key
    resume = (folder / FILE_NAME).is_file()
    if resume and (changed := differences(load_run(folder).recipe, recipe)):
        raise WeightsError(
            f"{folder} holds a run with other numbers: {', '.join(changed)}.",
            "Give the same arguments as before, or another --out: runs of unequal budgets say nothing.",
        )
    sampler = sampler_for(recipe, [args.davis, *args.sequences], args.stills)
    trainer = Trainer(
        recipe,
        sampler.sample,
        folder,
        score=dev_score(args.davis, args.device, max_side=args.dev_side, most_frames=args.dev_frames),
        provenance={"data": sampler.facts},
        resume=resume,
        device=args.device,
    )
    with stop_on_signals(trainer):
        state = trainer.run(workers=args.workers, log_every=max(1, recipe.steps // 10))
    if state.step < recipe.steps or not state.history:
        return None
    return RowResult.of(row, state, folder)
