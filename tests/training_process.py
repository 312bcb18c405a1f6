"""A process that trains the tiny network, for tests that need several of them or kill one.

python -m tests.training_process FOLDER together   # with others, as torchrun starts them; resumes on the way
python -m tests.training_process FOLDER killed     # draws clips in a process of its own, dies in step 3
"""

import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from cfbi.config import MODELS
from cfbi.data.clip import TrainingClip
from cfbi.training.distributed import joined
from cfbi.training.recipe import Recipe
from cfbi.training.trainer import Trainer
from tests.unit.cfbi.tiny import TINY, disc_clip

STEPS = 4
RECIPE = Recipe(
    name="test",
    model=TINY.name,
    steps=6,
    optimizer="sgd",
    learning_rate=2e-2,
    frozen_blocks=14,
    warmup_steps=1,
    precision="float32",
    previous_damage=0.5,
    sequential_from=0.5,
    clips_per_step=4,
    seed=3,
)
# Without what turns a difference of rounding into a leap: the choice of the hardest pixels, the labels of a
# predicted frame, the Dice term of masks of next to nothing.
SMOOTH = replace(RECIPE, hardest=1.0, sequential_from=1.0, dice_weight=0.0)


def sample(rng: np.random.Generator) -> TrainingClip:
    return disc_clip(rng, side=33, length=4)


class Death(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage().startswith("step 3 "):
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, what: str) -> None:
    torch.set_num_threads(1)
    MODELS[TINY.name] = TINY
    if what == "killed":
        log = logging.getLogger("cfbi.training.trainer")
        log.setLevel(logging.INFO)
        log.addHandler(Death())
        Trainer(RECIPE, sample, folder).run(checkpoint_seconds=0, log_every=1, workers=1)
        return
    with joined("cpu") as ranks:
        Trainer(SMOOTH, sample, folder, ranks=ranks).run(until_step=2, log_every=1)
        dist.barrier()  # the first process has written the checkpoint
        state = Trainer(SMOOTH, sample, folder, ranks=ranks, resume=True).run(until_step=STEPS, log_every=1)
        torch.save(dict(state.model), folder / f"rank{ranks.rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
