"""Training recipes: every number of a run, in one frozen description that a person can read and override."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args, get_type_hints

from cfbi.ablations import without
from cfbi.config import ModelConfig, model_config
from cfbi.errors import CfbiError

_LEAST = {
    "steps": 1,
    "crop": 33,
    "length": 3,
    "length_from": 3,
    "clips_per_step": 1,
    "max_objects": 1,
    "max_gap": 1,
    "distill_weight": 0,
}
_SHARES = (
    "crop_full_from",
    "sequential_from",
    "real_share",
    "cast_share",
    "rival_share",
    "hardest",
    "anneal_share",
    "ema_decay",
    "previous_damage",
    "stray_share",
    "reference_damage",
)
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


@dataclass(frozen=True)
class Recipe:
    """How to train a network.

    Attributes:
        name: Name of the recipe.
        model: Name of the network.
        steps: Optimiser steps of the whole run; the schedules below are relative to it.
        without: Parts of the network that are left out, with commas between them; see ``cfbi.ablations``.
        sampling: "studio" cuts and pastes clips of many kinds; "paper" takes real clips with the paper's
            flip, scale and crop alone.
        crop: Side of the square training frames in pixels, 16k + 1.
        crop_from: Side at the start of the run, from which it grows to ``crop``; 0 has ``crop`` throughout.
        crop_full_from: Share of the run after which ``crop`` is reached.
        length: Frames per clip: reference, previous, then the current frames that are predicted in sequence.
        sequential_from: Share of the run after which all current frames are predicted in sequence, each from
            the prediction before it. 1 never does.
        length_from: Frames that are used until then; 3 have one current frame, from the true previous mask.
        balanced_crop: Whether crops of real clips are drawn anew, up to five times, until the reference shows
            enough of an object.
        max_objects: Most objects of a clip.
        clips_per_step: Clips whose gradients are added up for a step, over all processes together.
        real_share: Share of the clips cut from real video; the others are simulated from stills.
        cast_share: Share of the pasted objects that throw a shadow or a reflection, which is background.
        rival_share: Share of the real clips in which a second copy of an object crosses it, as an object of
            its own (not with the paper's sampling).
        davis_repeat: How many times as often as others sequences in the DAVIS layout are drawn.
        max_gap: Largest distance in source frames between neighbouring frames of a real clip.
        optimizer: "adamw" or "sgd" (momentum 0.9, as in the paper).
        learning_rate: Peak rate of the new layers.
        backbone_factor: The backbone learns at this share of the rate.
        frozen_blocks: Blocks of the backbone that do not learn, from the input on (EfficientNet-Lite only).
        weight_decay: Of the optimiser.
        decay_vectors: Whether it also holds for biases, norms and gates.
        warmup_steps: Linear warm-up.
        poly_power: The rate falls as ``(1 - step / steps) ** poly_power``.
        hardest: Share of the pixels that count at the end; all count at the start.
        anneal_share: Share of the run after which ``hardest`` is reached.
        dice_weight: Weight of the soft Dice term beside the cross-entropy.
        boundary_weight: How much more pixels within 4 px of an outline count in the cross-entropy.
        teacher: Weights of a trained network of this program whose answers are learnt from beside the truth
            (distillation): a registered name or a file; empty for none.
        distill_weight: Weight of the divergence from the teacher's answers, the mean of KL(teacher ||
            student) over the pixels of the current frames, beside the other losses; 0 does not ask it.
        clip_norm: Gradient norm limit.
        ema_decay: Decay of the averaged weights, which are the ones scored and shipped; 0 averages nothing.
        previous_damage: Share of the clips whose given previous mask is damaged, so that the network learns
            to repair.
        stray_share: Share of the clips in whose given previous mask an object's label lies on something else,
            so that the network learns to ask the reference.
        reference_damage: Share of the clips whose reference mask is damaged, more mildly.
        precision: Of convolutions and linear layers; weights, matching and losses are float32 always.
        seed: Of everything random.
    """

    name: str
    model: str
    steps: int
    without: str = ""
    sampling: Literal["studio", "paper"] = "studio"
    crop: int = 225
    crop_from: int = 0
    crop_full_from: float = 0.5
    length: int = 4
    sequential_from: float = 0.0
    length_from: int = 3
    balanced_crop: bool = True
    max_objects: int = 3
    clips_per_step: int = 1
    real_share: float = 0.55
    cast_share: float = 0.0
    rival_share: float = 0.0
    davis_repeat: float = 1.0
    max_gap: int = 5
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 4e-4
    backbone_factor: float = 0.15
    frozen_blocks: int = 3
    weight_decay: float = 0.02
    decay_vectors: bool = False
    warmup_steps: int = 100
    poly_power: float = 0.9
    hardest: float = 0.15
    anneal_share: float = 0.5
    dice_weight: float = 0.5
    boundary_weight: float = 0.0
    teacher: str = ""
    distill_weight: float = 1.0
    clip_norm: float = 3.0
    ema_decay: float = 0.998
    previous_damage: float = 0.35
    stray_share: float = 0.0
    reference_damage: float = 0.0
    precision: Literal["float32", "bfloat16", "float16"] = "bfloat16"
    seed: int = 1

    @property
    def network(self) -> ModelConfig:
        """The network, without the parts that are left out.

        Raises:
            ModelError: No such network or part.
        """
        return without(model_config(self.model), self.without.split(","))

    def frames_at(self, step: int) -> int:
        """How many frames of a clip are used at ``step``."""
        before = min(self.length_from, self.length)
        return self.length if step >= self.sequential_from * self.steps else before

    def crop_at(self, step: int) -> int:
        """Side of the training frames at ``step``, 16k + 1 px."""
        until = self.crop_full_from * self.steps
        if not self.crop_from or step >= until:
            return self.crop
        grown = self.crop_from + (self.crop - self.crop_from) * step / until
        return 16 * (int(grown - 1) // 16) + 1

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> "Recipe":
        """From a checkpoint, which may be older than some of the fields."""
        values = dict(stored)
        if "bfloat16" in values:
            values["precision"] = "bfloat16" if values["bfloat16"] else "float32"
        known = {f.name for f in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


def override(recipe: Recipe, assignments: Sequence[str]) -> Recipe:
    """Apply ``NAME=VALUE`` assignments.

    Raises:
        CfbiError: Unknown name, or a value of another type or out of range.
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
    changed = replace(recipe, **changes)
    for name, value in vars(changed).items():
        if isinstance(value, float) and not math.isfinite(value):
            raise CfbiError(f"{name} = {value} is no number to train with.")
    for name in _SHARES:
        if not 0 <= getattr(changed, name) <= 1:
            raise CfbiError(f"{name} = {getattr(changed, name)} is no share: it must be from 0 to 1.")
    if not changed.hardest:
        raise CfbiError(f"hardest = {changed.hardest} leaves no pixel to learn from.")
    for name, least in _LEAST.items():
        if getattr(changed, name) < least:
            raise CfbiError(f"{name} = {getattr(changed, name)} is too small: it must be at least {least}.")
    if changed.crop_from and not 33 <= changed.crop_from <= changed.crop:
        raise CfbiError(f"crop_from = {changed.crop_from} is neither 0 nor from 33 to crop = {changed.crop}.")
    if {"model", "without"} & changes.keys():
        _ = changed.network
    return changed


def differences(before: Recipe, after: Recipe) -> dict[str, tuple[Any, Any]]:
    """Fields that differ: name to value before and after."""
    pairs = {f.name: (getattr(before, f.name), getattr(after, f.name)) for f in fields(Recipe)}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
