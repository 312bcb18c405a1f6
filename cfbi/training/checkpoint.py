"""Checkpoints of a training run: everything that exact resume needs, written atomically, read as data."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cfbi.errors import WeightsError
from cfbi.training.recipe import Recipe
from cfbi.weights.saving import save_checkpoint_file

FILE_NAME = "checkpoint.pt"


@dataclass
class RunState:
    """A run between two steps.

    Attributes:
        recipe: What is being trained and how.
        step: Steps done.
        seconds: Time spent so far.
        processor_seconds: Processor time of the steps alone, drawing of their clips included, scores and
            checkpoints not; of the first process, without processes that draw clips for it.
        model: State dict of the network.
        average: State dict of the averaged weights.
        optimizer: Its state dict.
        best_score: Best dev J&F so far, percent; -1 before the first.
        initial: Name of the weights that the run started from; empty for an ImageNet backbone alone.
        history: Dev scores: step, processor_minutes, dev_J, dev_F, dev_JF; scores in percent.
        changes: How the recipe changed on the way: step, and name to value before and after.
        teacher: sha256 of the weights file of the network that was learnt from; empty for none.
        scaler: State of float16's gradient scaler; empty for other precisions.
    """

    recipe: Recipe
    step: int
    seconds: float
    model: dict[str, Tensor]
    average: dict[str, Tensor]
    optimizer: dict[str, Any]
    best_score: float = -1.0
    initial: str = ""
    history: list[dict[str, float]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    scaler: dict[str, Any] = field(default_factory=dict)
    processor_seconds: float = 0.0
    teacher: str = ""


def save_run(state: RunState, folder: Path) -> Path:
    """Write the checkpoint of ``folder``; an older one is replaced only when the new one is whole.

    Raises:
        WeightsError: It cannot be written.
    """
    content = {f.name: getattr(state, f.name) for f in fields(state)} | {"recipe": asdict(state.recipe)}
    path = folder / FILE_NAME
    try:
        save_checkpoint_file(content, path)
    except (OSError, RuntimeError) as error:  # torch's writer says RuntimeError when a disk is full
        reason = str(error).splitlines()[0]
        raise WeightsError(
            f"{path} cannot be written: {reason}.", "Free some space, and resume from the older checkpoint."
        ) from error
    return path


def load_run(folder: Path) -> RunState:
    """Read the checkpoint of ``folder``.

    Raises:
        WeightsError: There is none, or it cannot be read.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise WeightsError(f"There is no checkpoint in {folder}.", "Start the run without --resume.")
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        recipe = Recipe.from_stored(content.pop("recipe"))
        return RunState(recipe=recipe, **content)
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise WeightsError(
            f"{path} cannot be read: {reason}.", "Take an older copy, or start anew."
        ) from error
