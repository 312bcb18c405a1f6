"""Training recipes: every number of a run, in one frozen description that a person can read and override."""

from dataclasses import dataclass
from typing import Literal

from cfbi.errors import ModelError


@dataclass(frozen=True)
class Recipe:
    """How to train a network.

    Attributes:
        name: Name of the recipe.
        model: Name of the network.
        steps: Optimiser steps of the whole run; the schedules below are relative to it.
        crop: Side of the square training frames in pixels, 16k + 1.
        length: Frames per clip: reference, previous, then the current frames that are predicted in sequence.
        clips_per_step: Clips whose gradients are added up for a step.
        real_share: Share of the clips cut from real video; the others are simulated from stills.
        max_gap: Largest distance in source frames between neighbouring frames of a real clip.
        optimizer: "adamw" or "sgd" (momentum 0.9, as in the paper).
        learning_rate: Peak rate of the new layers.
        backbone_factor: The backbone learns at this share of the rate.
        frozen_blocks: Blocks of the backbone that do not learn, from the input on (EfficientNet-Lite only).
        weight_decay: Of the optimiser.
        warmup_steps: Linear warm-up.
        poly_power: The rate falls as ``(1 - step / steps) ** poly_power``.
        hardest: Share of the pixels that count at the end; all count at the start.
        anneal_share: Share of the run after which ``hardest`` is reached.
        dice_weight: Weight of the soft Dice term beside the cross-entropy.
        clip_norm: Gradient norm limit.
        ema_decay: Decay of the averaged weights, which are the ones scored and shipped.
        previous_damage: Share of the clips whose given previous mask is damaged, so that the network learns
            to repair.
        bfloat16: Run convolutions in bfloat16; matching stays in float32.
        seed: Of everything random.
    """

    name: str
    model: str
    steps: int
    crop: int = 225
    length: int = 4
    clips_per_step: int = 1
    real_share: float = 0.55
    max_gap: int = 5
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 4e-4
    backbone_factor: float = 0.15
    frozen_blocks: int = 3
    weight_decay: float = 0.02
    warmup_steps: int = 100
    poly_power: float = 0.9
    hardest: float = 0.15
    anneal_share: float = 0.5
    dice_weight: float = 0.5
    clip_norm: float = 3.0
    ema_decay: float = 0.998
    previous_damage: float = 0.35
    bfloat16: bool = True
    seed: int = 1


LITE_CPU = Recipe(name="lite_cpu", model="lite_cfbi", steps=6000)
"""Two hours on two processor cores."""

RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (LITE_CPU,)}


def recipe_for(model: str) -> Recipe:
    """The default recipe of a network.

    Raises:
        ModelError: There is none.
    """
    for recipe in RECIPES.values():
        if recipe.model == model:
            return recipe
    known = ", ".join(recipe.model for recipe in RECIPES.values())
    raise ModelError(f"There is no training recipe for {model!r}.", f"Recipes exist for: {known}.")
