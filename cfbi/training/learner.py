"""Network and optimiser: one step of learning on the clips of this process."""

import logging
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from cfbi.data.clip import TrainingClip, shrunk
from cfbi.errors import ModelError
from cfbi.model.network import Network
from cfbi.training.damage import damage_mask, repaint_mask
from cfbi.training.distributed import Ranks
from cfbi.training.losses import hard_pixel_ratio
from cfbi.training.optimizer import build_optimizer
from cfbi.training.recipe import Recipe
from cfbi.training.schedule import learning_rate
from cfbi.training.step import ClipOutcome, clip_outcome
from cfbi.training.stray import stray_mask

log = logging.getLogger(__name__)

_MOST_SKIPPED = 50


class _ClipLoss(nn.Module):
    """A clip's outcome as the forward pass of one module, which is what DistributedDataParallel watches."""

    def __init__(self, model: Network) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, frames: NDArray[np.uint8], masks: NDArray[np.uint8], options: dict[str, Any]
    ) -> ClipOutcome:
        return clip_outcome(self.model, frames, masks, **options)


class Learner:
    """Steps of learning.

    Args:
        model: On its device.
        recipe: How to train.
        ranks: Which clips are this process's; their gradients are averaged with those of the others.
        teacher: On the same device, in eval mode and without gradients; None for no distillation.
    """

    def __init__(self, model: Network, recipe: Recipe, ranks: Ranks, teacher: Network | None = None) -> None:
        self.model = model
        self._teacher = teacher
        self.optimizer = build_optimizer(model, recipe)
        self._recipe, self._ranks = recipe, ranks
        self.places = ranks.share(recipe.clips_per_step)
        # float16 has no room for small gradients; bfloat16 has float32's range
        kind = torch.device(ranks.device).type
        self.scaler = torch.amp.GradScaler(kind, enabled=recipe.precision == "float16")
        self._loss: nn.Module = _ClipLoss(model)
        if ranks.count > 1:
            with warnings.catch_warnings():  # newer versions of torch have another name for it
                warnings.simplefilter("ignore", FutureWarning)
                self._loss = DistributedDataParallel(self._loss, broadcast_buffers=False)
        self._skipped = 0

    def step(self, step: int, clips: Sequence[TrainingClip]) -> tuple[float, float]:
        """Learn from this process's clips of a step; returns their mean loss and J.

        Raises:
            ModelError: No gradient was finite for many steps.
        """
        recipe = self._recipe
        self.model.train()
        losses: list[float] = []
        overlaps: list[float] = []
        for place, clip in zip(self.places, clips, strict=True):
            last = len(losses) == len(clips) - 1
            outcome = self._outcome(step, place, clip, together=last)
            losses.append(outcome.loss.item())
            overlaps.append(outcome.jaccard)
        self.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip_norm)
        rate = learning_rate(
            step,
            peak=recipe.learning_rate,
            steps=recipe.steps,
            warmup_steps=recipe.warmup_steps,
            poly_power=recipe.poly_power,
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        if torch.isfinite(norm):
            self._skipped = 0
            self.scaler.step(self.optimizer)
        else:
            self._skip(step, clips)
        self.scaler.update()
        self.optimizer.zero_grad()
        return float(np.mean(losses)), float(np.mean(overlaps))

    def _outcome(self, step: int, place: int, clip: TrainingClip, *, together: bool) -> ClipOutcome:
        """Forward and backward pass of a clip; ``together``: gradients meet those of other processes."""
        recipe = self._recipe
        # Dropout and damage depend on the clip's place in the run, not on the process that it falls to.
        torch.manual_seed(recipe.seed * 1_000_003 + step + (place << 40))
        rng = np.random.default_rng((recipe.seed, step, 1_000 + place))
        clip = shrunk(clip, recipe.crop_at(step))
        damaged = damage_mask(clip.masks[1], rng) if rng.random() < recipe.previous_damage else None
        if recipe.stray_share and rng.random() < recipe.stray_share:
            damaged = stray_mask(clip.masks[1] if damaged is None else damaged, clip.masks[0], rng)
        repainted = repaint_mask(clip.masks[0], rng) if rng.random() < recipe.reference_damage else None
        options = {
            "reference_mask": repainted,
            "previous_mask": damaged,
            "hard_ratio": hard_pixel_ratio(step, int(recipe.anneal_share * recipe.steps), recipe.hardest),
            "dice_weight": recipe.dice_weight,
            "boundary_weight": recipe.boundary_weight,
            "teacher": self._teacher,
            "distill_weight": recipe.distill_weight,
            "precision": recipe.precision,
        }
        shown = recipe.frames_at(step)
        alone = isinstance(self._loss, DistributedDataParallel) and not together
        if alone:
            assert isinstance(self._loss, DistributedDataParallel)
            with self._loss.no_sync():
                outcome = self._backward(clip, shown, options)
        else:
            outcome = self._backward(clip, shown, options)
        return outcome

    def _backward(self, clip: TrainingClip, shown: int, options: dict[str, Any]) -> ClipOutcome:
        outcome = self._loss(clip.frames[:shown], clip.masks[:shown], options)
        assert isinstance(outcome, ClipOutcome)
        # the mean over this process's clips; the mean over processes is taken where gradients meet
        loss = outcome.loss / len(self.places)
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        return outcome

    def _skip(self, step: int, clips: Sequence[TrainingClip]) -> None:
        self._skipped += 1
        if self._skipped >= _MOST_SKIPPED:
            raise ModelError(
                f"The gradient was not finite for {_MOST_SKIPPED} steps in a row.",
                "Resume with a smaller learning rate.",
            )
        # a scaler that feels its way down from a high scale is no reason to worry
        level = logging.DEBUG if self.scaler.is_enabled() else logging.WARNING
        sources = [clip.source for clip in clips]
        log.log(level, "step %d from %s: gradient is not finite, skipped", step, sources)
