"""``cfbi search``: variants of a recipe, trained on equal processor time and scored on the way."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.worker.cli.comparison import add_comparison_arguments, prepare_comparison
from app.worker.cli.numbers import threads
from app.worker.cli.train import dev_score, stop_on_signals

if TYPE_CHECKING:
    from cfbi.training.data import Sampler
    from cfbi.training.recipe import Recipe
    from cfbi.training.search import OpenRun, Variant
    from cfbi.training.trainer import Trainer

_SETUP_NAME = "setup.json"

_DESCRIPTION = """\
Train variants of a recipe on the same processor time each, score them on the way, and compare.

The budget is the processor time of the steps, whatever else the machine does; scores come on top. The recipe
itself is trained with several seeds, whose scores tell how much is chance: differences below that are called
ties. OUT holds a folder for each variant, the table (search.md, search.csv, search.json), bars (search.svg)
and curves (search-1.svg, ...). A search that was stopped goes on where it was when it is started again, and
more variants can be added to it."""

_EPILOG = """\
examples:
  cfbi search --davis DAVIS --stills STILLS --out OUT --minutes 5 --threads 1 \\
      --set warmup_steps=20 --variant 'sgd: optimizer=sgd learning_rate=0.01' --variant 'small: crop=161'
  cfbi search --davis DAVIS --stills STILLS --out LATE --minutes 5 --init lite_cfbi \\
      --set learning_rate=1e-4 --variant 'long: length=6'"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    add_comparison_arguments(parser, recipe="lite_cpu", dev_side=257)
    parser.add_argument(
        "--variant", action="append", default=[], metavar="'KEY: NAME=VALUE ...'", dest="variants",
        help="changes of the recipe to try, with a name for them; several are allowed",
    )  # fmt: skip
    parser.add_argument(
        "--seeds", type=int, default=2, metavar="N", help="train the recipe itself so often (default: 2)"
    )
    parser.add_argument(
        "--minutes", type=float, default=5.0, metavar="N",
        help="processor time of each variant (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--scores", type=int, default=3, metavar="N", help="scores on the way (default: %(default)s)"
    )
    parser.add_argument("--init", metavar="NAME|FILE", help="start from these weights instead of a backbone")
    parser.add_argument(
        "--dev-every", type=int, default=4, metavar="N",
        help="score every so many frames of each sequence (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--dev-renew", type=int, default=2, metavar="N",
        help="give the true mask again after every N of them, so that less hangs on chance; 0 never "
        "(default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--threads", type=threads, default=1, metavar="N", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        cfbi.CfbiError: Folders, recipe, variants or checkpoints cannot be used.
    """
    from cfbi import DataError
    from cfbi.training.lock import RunLock
    from cfbi.training.search import OUTCOME_NAME, Budget, Outcome, outcome_of
    from cfbi.training.search_report import table, write_search

    if args.minutes <= 0 or args.scores < 1 or args.dev_every < 1:
        raise DataError("--minutes, --scores and --dev-every must be more than 0.")
    log = logging.getLogger("cfbi")
    base = prepare_comparison(args)
    variants = _variants(args, base)
    budget = Budget(60 * args.minutes, args.scores)
    with RunLock(args.out):
        setup = _setup(args, base)
        done = [Outcome.read(path.parent) for path in sorted(args.out.glob(f"*/{OUTCOME_NAME}"))]
        outcomes = {outcome.variant.key: outcome for outcome in done}
        for number, variant in enumerate(variants, start=1):
            log.info("%d of %d: %s", number, len(variants), variant.key)
            folder = args.out / variant.key
            outcome = outcome_of(variant, base, folder, budget, _runs(args, folder))
            if outcome is None:
                log.info("stopped; the same command goes on")
                return 130
            outcomes[variant.key] = outcome
            write_search(list(outcomes.values()), setup, args.out)
    print(table(list(outcomes.values())), end="")
    return 0


def _variants(args: argparse.Namespace, base: Recipe) -> list[Variant]:
    """The recipe itself with some seeds, then what else to try; all of them are tried out for mistakes."""
    from cfbi import DataError
    from cfbi.training.recipe import override
    from cfbi.training.search import Variant
    from cfbi.training.teacher import check_teacher

    seeds = [base.seed + number for number in range(args.seeds)]
    variants = [Variant(f"base-{seed}", (f"seed={seed}",)) for seed in seeds]
    variants += [Variant.parsed(text) for text in args.variants]
    keys = [variant.key for variant in variants]
    for variant in variants:
        if keys.count(variant.key) > 1:
            raise DataError(f"There are two variants named {variant.key!r}.", "Give them different names.")
        recipe = override(base, variant.assignments)
        if recipe.teacher:
            check_teacher(recipe.teacher)
    if not variants:
        raise DataError("There is nothing to try.", "Give --variant, or --seeds.")
    return variants


def _setup(args: argparse.Namespace, base: Recipe) -> dict[str, Any]:
    """What all runs of the folder have in common; written at first, and the same ever after."""
    from cfbi import WeightsError
    from cfbi.training.recipe import differences
    from cfbi.weights.saving import write_atomically

    setup: dict[str, Any] = {
        "recipe": {name: getattr(base, name) for name in base.__dataclass_fields__ if name != "steps"},
        "processor_minutes": args.minutes,
        "scores": args.scores,
        "initial": args.init or "",
        "threads": args.threads,
        "dev": {
            "side": args.dev_side,
            "every": args.dev_every,
            "renew": args.dev_renew,
            "most_frames": args.dev_frames,
        },
    }
    path = args.out / _SETUP_NAME
    if path.is_file():
        before, stored = _stored_setup(path, base)
        changed = list(differences(stored, base))
        changed += [name for name, value in before.items() if setup.get(name) != value]
        if changed:
            raise WeightsError(
                f"{args.out} holds a search with another {', '.join(changed)}.",
                "Give the same arguments as before, or another --out: unequal budgets say nothing.",
            )
    else:
        write_atomically(path, (json.dumps(setup, indent=1) + "\n").encode())
    return setup


def _stored_setup(path: Path, base: Recipe) -> tuple[dict[str, Any], Recipe]:
    """What an earlier search of the folder had in common, beside its recipe, and that recipe."""
    from cfbi import WeightsError
    from cfbi.training.recipe import Recipe

    try:
        before = dict(json.loads(path.read_text("utf-8")))
        # the file may be older than some fields of recipes
        return before, Recipe.from_stored({"steps": base.steps, **before.pop("recipe")})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"{path} cannot be read: {error!r}.",
            "If the arguments are the same as before, delete it; otherwise give another --out.",
        ) from error


def _runs(args: argparse.Namespace, folder: Path) -> OpenRun:
    """What opens the run of a folder, again and again; its data are opened once."""
    samplers: list[Sampler] = []

    @contextmanager
    def opened(recipe: Recipe, resume: bool) -> Iterator[Trainer]:
        from cfbi.training.data import sampler_for
        from cfbi.training.trainer import Trainer

        if not samplers:
            samplers.append(sampler_for(recipe, [args.davis, *args.sequences], args.stills))
        trainer = Trainer(
            recipe,
            samplers[0].sample,
            folder,
            score=dev_score(
                args.davis,
                "cpu",
                max_side=args.dev_side,
                most_frames=args.dev_frames,
                every=args.dev_every,
                renew=args.dev_renew,
            ),
            provenance={"data": samplers[0].facts},
            resume=resume,
            initial=None if resume else args.init,
        )
        with stop_on_signals(trainer):
            yield trainer

    return opened
