"""Which settings of a recipe learn fastest: variants of it, trained on equal processor time.

Processor time, not steps, is the budget, since what costs more a step gets fewer of them; and not wall time,
since others may use the machine. How many steps fit into a budget is found out on the way, so that schedules
end where it ends.
"""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cfbi.errors import CfbiError, WeightsError
from cfbi.training.checkpoint import FILE_NAME, RunState, load_run
from cfbi.training.recipe import Recipe, differences, override
from cfbi.training.trainer import Trainer
from cfbi.weights.saving import write_atomically

OUTCOME_NAME = "outcome.json"

_UNPLANNED = 1_000_000  # steps: the rate stands still until it is known how many will fit
_PILOT = 0.04  # share of the budget after which that is estimated for the first time
_PLANS_A_SCORE = 2  # how often the estimate is made anew between two scores

OpenRun = Callable[[Recipe, bool], AbstractContextManager[Trainer]]
"""Opens a variant's run: its recipe, and whether to go on with what is there."""


@dataclass(frozen=True)
class Variant:
    """One thing to try.

    Attributes:
        key: Name in the table and of the run's folder.
        assignments: ``NAME=VALUE`` changes of the recipe.
    """

    key: str
    assignments: tuple[str, ...] = ()

    @property
    def is_base(self) -> bool:
        """Whether only its seed differs from the recipe."""
        return all(text.startswith("seed=") for text in self.assignments)

    @property
    def seed(self) -> int | None:
        """The seed that it names; None if it has the recipe's."""
        named = [text.removeprefix("seed=") for text in self.assignments if text.startswith("seed=")]
        return int(named[-1]) if named else None

    @classmethod
    def parsed(cls, text: str) -> "Variant":
        """From ``KEY: NAME=VALUE NAME=VALUE``.

        Raises:
            CfbiError: It has no key that can name a folder, or no changes.
        """
        key, _, changes = text.partition(":")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", key.strip()) or not changes.split():
            raise CfbiError(
                f"{text!r} is no variant.",
                "Write a name and changes: 'sgd: optimizer=sgd learning_rate=0.01'.",
            )
        return cls(key.strip(), tuple(changes.split()))


@dataclass(frozen=True)
class Budget:
    """What each variant gets.

    Attributes:
        seconds: Processor time of its steps; scores come on top.
        scores: How many scores are made, at equal distances, the last at the end.
    """

    seconds: float
    scores: int = 3

    def marks(self) -> list[tuple[float, bool]]:
        """Processor seconds at which steps are planned anew, and whether to score there."""
        parts = self.scores * _PLANS_A_SCORE
        return [
            (self.seconds * _PILOT, False),
            *((self.seconds * part / parts, part % _PLANS_A_SCORE == 0) for part in range(1, parts + 1)),
        ]


@dataclass(frozen=True)
class Point:
    """A score on the way.

    Attributes:
        minutes: Processor time of the steps before it.
        dev_j: Dev J, percent.
        dev_f: Dev F, percent.
    """

    minutes: float
    dev_j: float
    dev_f: float

    @property
    def mean(self) -> float:
        """Dev J&F."""
        return (self.dev_j + self.dev_f) / 2


@dataclass(frozen=True)
class Outcome:
    """What came of a variant.

    Attributes:
        variant: What was tried.
        steps: Steps that fitted into the budget.
        points: Scores, the last at the end.
    """

    variant: Variant
    steps: int
    points: tuple[Point, ...]

    @property
    def minutes(self) -> float:
        """Processor time of all steps."""
        return self.points[-1].minutes

    @property
    def mean(self) -> float:
        """Dev J&F at the end."""
        return self.points[-1].mean

    def write(self, folder: Path) -> None:
        """Write ``outcome.json``."""
        write_atomically(folder / OUTCOME_NAME, (json.dumps(asdict(self), indent=1) + "\n").encode())

    @classmethod
    def read(cls, folder: Path) -> "Outcome":
        """What ``write`` wrote.

        Raises:
            WeightsError: It is damaged.
        """
        path = folder / OUTCOME_NAME
        try:
            content = json.loads(path.read_text("utf-8"))
            variant = Variant(content["variant"]["key"], tuple(content["variant"]["assignments"]))
            return cls(variant, content["steps"], tuple(Point(**point) for point in content["points"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(
                f"{path} cannot be read: {error!r}.",
                f"Delete {folder}: the variant is then trained anew.",
            ) from error


def outcome_of(
    variant: Variant, base: Recipe, folder: Path, budget: Budget, open_run: OpenRun
) -> Outcome | None:
    """Train and score a variant, go on with it, or read what came of it before.

    Args:
        variant: What to try.
        base: The recipe that it changes; its steps do not count.
        folder: Of its run; the checkpoint is deleted in the end.
        budget: What it gets.
        open_run: Opens its run.

    Returns:
        None if the run was told to stop.

    Raises:
        WeightsError: The folder holds another variant, or its outcome is damaged.
    """
    recipe = override(base, variant.assignments)
    if (folder / OUTCOME_NAME).is_file():
        outcome = Outcome.read(folder)
        if outcome.variant != variant:
            raise WeightsError(
                f"{folder} holds a variant with other changes: {' '.join(outcome.variant.assignments)}.",
                "Give this one another name.",
            )
        return outcome
    state = _trained(recipe, folder, budget, open_run)
    if state is None:
        return None
    points = [Point(entry["processor_minutes"], entry["dev_J"], entry["dev_F"]) for entry in state.history]
    outcome = Outcome(variant, state.step, tuple(points))
    outcome.write(folder)
    (folder / FILE_NAME).unlink()
    return outcome


def planned_steps(done: int, spent: float, budget: float, step_seconds: float) -> int:
    """Steps of the whole run: those done, and as many as fit into what is left; one more at least."""
    return done + max(1, round((budget - spent) / step_seconds))


def _trained(recipe: Recipe, folder: Path, budget: Budget, open_run: OpenRun) -> RunState | None:
    state = load_run(folder) if (folder / FILE_NAME).is_file() else None
    if state is not None and (
        changed := differences(state.recipe, replace(recipe, steps=state.recipe.steps))
    ):
        raise WeightsError(
            f"{folder} holds a run with other numbers: {', '.join(changed)}.",
            "Give the same arguments as before, or another --out.",
        )
    before = (0, 0.0) if state is None else (state.step, state.processor_seconds)
    steps = _UNPLANNED if state is None else state.recipe.steps
    for seconds, scored in budget.marks():
        if state is not None and _is_past(state, seconds, scored):
            continue
        with open_run(replace(recipe, steps=steps), state is not None) as trainer:
            if trainer.state.processor_seconds < seconds:
                trainer.run(until_processor_seconds=seconds, checkpoint_seconds=120)
            if scored:
                trainer.score_now()
            state = trainer.state
            if trainer.stop.is_set():
                return None
        if state.step > before[0]:
            step_seconds = (state.processor_seconds - before[1]) / (state.step - before[0])
            steps = planned_steps(state.step, state.processor_seconds, budget.seconds, step_seconds)
            before = (state.step, state.processor_seconds)
    return state


def _is_past(state: RunState, seconds: float, scored: bool) -> bool:
    if scored:
        return any(entry["processor_minutes"] * 60 >= seconds for entry in state.history)
    return state.processor_seconds >= seconds
