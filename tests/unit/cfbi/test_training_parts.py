"""The small pieces of training: losses, schedule, damage, recipe, optimiser, averaging."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cfbi.errors import CfbiError, ModelError, WeightsError
from cfbi.model.build import build_model
from cfbi.training.backbone_weights import load_extractor
from cfbi.training.damage import damage_mask, repaint_mask
from cfbi.training.losses import hard_pixel_cross_entropy, hard_pixel_ratio, outline_weights, soft_dice
from cfbi.training.optimizer import build_optimizer, freeze_lower_backbone, update_average
from cfbi.training.recipe import Recipe, differences, override
from cfbi.training.recipes import RECIPES, recipe_for
from cfbi.training.schedule import learning_rate
from tests.golden.filler import fill
from tests.unit.cfbi.tiny import TINY, two_objects

# ---------------------------------------------------------------- losses


def test_share_of_pixels_over_a_run() -> None:
    found = [hard_pixel_ratio(step, 100) for step in (0, 50, 100, 500)]
    assert found == pytest.approx([1.0, 0.575, 0.15, 0.15])
    assert hard_pixel_ratio(0, 0) == pytest.approx(0.15)
    assert hard_pixel_ratio(50, 100, hardest=0.5) == pytest.approx(0.75)


def two_row_logits(truth_probabilities: list[float], labels: list[int]) -> torch.Tensor:
    """(1, 2, 1, P) logits that give each pixel's true row the wanted probability."""
    logits = torch.zeros(1, 2, 1, len(labels))
    for pixel, (probability, label) in enumerate(zip(truth_probabilities, labels, strict=True)):
        if label != 255:
            logits[0, label, 0, pixel] = math.log(probability / (1 - probability))
    return logits


def test_the_hardest_pixels_count() -> None:
    labels = [0, 1, 1, 0]
    logits = two_row_logits([0.5, 0.8, 0.1, 0.9], labels)
    truth = torch.tensor(labels)[None, None]
    losses = sorted((-math.log(p) for p in (0.5, 0.8, 0.1, 0.9)), reverse=True)
    for ratio, count in ((1.0, 4), (0.75, 3), (0.5, 2), (0.3, 1)):
        found = hard_pixel_cross_entropy(logits, truth, ratio)
        assert found.shape == (1,)
        assert found.item() == pytest.approx(sum(losses[:count]) / count, rel=1e-5)


def test_ignored_pixels_have_no_loss_but_are_counted() -> None:
    labels = [0, 1, 255, 255]
    logits = two_row_logits([0.5, 0.25, 0, 0], labels).requires_grad_()
    loss = hard_pixel_cross_entropy(logits, torch.tensor(labels)[None, None], 1.0)
    assert loss.item() == pytest.approx((math.log(2) + math.log(4)) / 4, rel=1e-5)
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert torch.equal(logits.grad[..., 2:], torch.zeros(1, 2, 1, 2))
    assert logits.grad[..., :2].abs().min() > 0


def test_dice_by_hand() -> None:
    labels = [1, 1, 0, 255]
    logits = two_row_logits([0.9, 0.6, 0.8, 0], labels)
    found = soft_dice(logits, torch.tensor(labels)[None, None])
    overlap, total = 0.9 + 0.6, (0.9 + 0.6 + 0.2) + 2  # the ignored pixel is in neither
    assert found.item() == pytest.approx(1 - 2 * overlap / total, rel=1e-5)


def test_dice_of_absent_objects_and_of_perfect_masks() -> None:
    truth = torch.from_numpy(two_objects(12, 12)).long()[None]
    perfect = nn.functional.one_hot(truth, 4).permute(0, 3, 1, 2) * 60.0
    assert soft_dice(perfect, truth).item() == pytest.approx(0, abs=1e-5)  # object 3 is absent: no term
    assert soft_dice(perfect, torch.zeros_like(truth)).item() == 0
    wrong = nn.functional.one_hot((truth + 1) % 3, 4).permute(0, 3, 1, 2) * 60.0
    assert soft_dice(wrong, truth).item() == pytest.approx(1, abs=1e-5)


def test_each_sample_has_its_own_loss() -> None:
    logits = torch.randn(2, 3, 5, 5)
    truth = torch.randint(0, 3, (2, 5, 5))
    for function in (lambda x, t: hard_pixel_cross_entropy(x, t, 0.4), soft_dice):
        both = function(logits, truth)
        singles = torch.cat([function(logits[k : k + 1], truth[k : k + 1]) for k in range(2)])
        torch.testing.assert_close(both, singles)


def test_outlines_weigh_more_and_the_mean_stays() -> None:
    labels = torch.tensor([[[0, 0, 0, 0, 1, 1, 1, 1]]])
    found = outline_weights(labels, 2.0, reach=1)[0, 0]
    torch.testing.assert_close(found, torch.tensor([1.0, 1, 1, 3, 3, 1, 1, 1]) * 8 / 12)
    assert torch.equal(outline_weights(torch.ones(2, 5, 5).long(), 2.0), torch.ones(2, 5, 5))
    void = torch.tensor([[[0, 0, 255, 255, 0, 0]]])  # what is ignored has no outline
    assert torch.equal(outline_weights(void, 2.0, reach=1), torch.ones(1, 1, 6))
    between = torch.tensor([[[1, 1, 1, 2, 2, 2]]])
    assert outline_weights(between, 1.0, reach=1)[0, 0].tolist() == [0.75, 0.75, 1.5, 1.5, 0.75, 0.75]


def test_weights_hold_before_the_hardest_pixels_are_chosen() -> None:
    labels = [0, 1, 1, 0]
    logits = two_row_logits([0.5, 0.8, 0.1, 0.9], labels)
    weights = torch.tensor([[[3.0, 1.0, 0.1, 1.0]]])
    found = hard_pixel_cross_entropy(logits, torch.tensor(labels)[None, None], 0.5, weights)
    assert found.item() == pytest.approx((3 * math.log(2) - 0.1 * math.log(0.1)) / 2, rel=1e-5)


# ---------------------------------------------------------------- schedule


def test_rate_warms_up_and_falls_to_nothing() -> None:
    rates = [learning_rate(s, peak=1.0, steps=100, warmup_steps=10, poly_power=0.9) for s in range(101)]
    assert rates[:3] == pytest.approx([0.1, 0.2, 0.3])
    assert rates[9] == 1.0
    assert rates[50] == pytest.approx(0.5**0.9)
    assert rates[100] == 0
    assert all(later < earlier for earlier, later in pairwise(rates[10:]))
    assert learning_rate(500, peak=1.0, steps=100, warmup_steps=0, poly_power=0.9) == 0


# ---------------------------------------------------------------- damage


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31), height=st.integers(4, 40), width=st.integers(4, 40))
def test_damage_keeps_to_the_objects_and_to_ignored_pixels(seed: int, height: int, width: int) -> None:
    mask = two_objects(height, width, 1, 3)
    mask[:2, :3] = 255
    original = mask.copy()
    found = damage_mask(mask, np.random.default_rng(seed))
    np.testing.assert_array_equal(mask, original)
    assert found.dtype == np.uint8
    assert found.shape == mask.shape
    assert set(np.unique(found)) <= {0, 1, 3, 255}
    np.testing.assert_array_equal(found == 255, mask == 255)
    again = damage_mask(mask, np.random.default_rng(seed))
    np.testing.assert_array_equal(found, again)


def test_damage_is_of_many_kinds_and_mostly_mild() -> None:
    mask = two_objects(60, 60)[:, :, None].repeat(1, 2)[..., 0]
    mask[mask == 2] = 0
    areas = [int((damage_mask(mask, np.random.default_rng(seed)) == 1).sum()) for seed in range(200)]
    whole = int((mask == 1).sum())
    assert sum(area == 0 for area in areas) < 30  # lost altogether, now and then
    assert any(area == 0 for area in areas)
    assert any(area > whole for area in areas)
    assert sum(0.5 * whole < area < 2 * whole for area in areas) > 140


def test_damage_of_nothing_is_nothing() -> None:
    empty = np.zeros((9, 9), np.uint8)
    np.testing.assert_array_equal(damage_mask(empty, np.random.default_rng(0)), empty)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31), side=st.integers(4, 40))
def test_a_careless_reference_still_has_all_objects(seed: int, side: int) -> None:
    mask = two_objects(side, side, 1, 3)
    mask[:2, :3] = 255
    found = repaint_mask(mask, np.random.default_rng(seed))
    assert found is not mask
    assert set(np.unique(found)) - {0} == set(np.unique(mask)) - {0}
    np.testing.assert_array_equal(found == 255, mask == 255)


def test_a_careless_reference_is_close_to_the_true_one() -> None:
    mask = two_objects(60, 60)
    found = [repaint_mask(mask, np.random.default_rng(seed)) for seed in range(100)]
    wrong = np.array([np.mean(painted != mask) / np.mean(mask > 0) for painted in found])
    assert 0.02 < wrong.mean() < 0.2
    assert (wrong > 0).mean() > 0.7


# ---------------------------------------------------------------- recipe


def test_recipes_are_found_by_their_network() -> None:
    assert recipe_for("lite_cfbi") is RECIPES["lite_cpu"]
    with pytest.raises(ModelError) as caught:
        recipe_for("resnet101_cfbip")
    assert caught.value.message == "There is no training recipe for 'resnet101_cfbip'."
    assert all((recipe.crop - 1) % 16 == 0 for recipe in RECIPES.values())


def test_overrides_take_the_type_of_what_they_replace() -> None:
    base = recipe_for("lite_cfbi")
    found = override(
        base, ["steps=500", "learning_rate=2e-4", "decay_vectors=true", "optimizer=sgd", "name=a=b", "seed=7"]
    )
    assert (found.steps, found.learning_rate, found.decay_vectors) == (500, 2e-4, True)
    assert (found.optimizer, found.name, found.seed) == ("sgd", "a=b", 7)
    assert override(base, ["balanced_crop=no"]).balanced_crop is False
    assert override(base, []) == base


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("stepz=3", "The recipe has no 'stepz'."),
        ("=3", "The recipe has no ''."),
        ("steps=1e3", "'steps=1e3': steps needs a value of type int."),
        ("steps", "'steps': steps needs a value of type int."),
        ("learning_rate=fast", "'learning_rate=fast': learning_rate needs a value of type float."),
        ("decay_vectors=maybe", "'decay_vectors=maybe': decay_vectors needs a value of type bool."),
        ("precision=bf16", "'precision=bf16': precision must be one of float32, bfloat16, float16."),
        ("clips_per_step=0", "clips_per_step = 0 is too small: it must be at least 1."),
        ("distill_weight=-1", "distill_weight = -1.0 is too small: it must be at least 0."),
        ("distill_weight=nan", "distill_weight = nan is no number to train with."),
        ("learning_rate=inf", "learning_rate = inf is no number to train with."),
        ("real_share=55", "real_share = 55.0 is no share: it must be from 0 to 1."),
        ("previous_damage=-0.1", "previous_damage = -0.1 is no share: it must be from 0 to 1."),
        ("hardest=0", "hardest = 0.0 leaves no pixel to learn from."),
        ("length=2", "length = 2 is too small: it must be at least 3."),
        ("crop_from=20", "crop_from = 20 is neither 0 nor from 33 to crop = 225."),
        ("crop_from=241", "crop_from = 241 is neither 0 nor from 33 to crop = 225."),
        ("without=head", "There is no part named 'head'."),
        ("optimizer=adam", "'optimizer=adam': optimizer must be one of adamw, sgd."),
    ],
)
def test_wrong_overrides_are_named(assignment: str, message: str) -> None:
    with pytest.raises(CfbiError) as caught:
        override(recipe_for("lite_cfbi"), ["seed=2", assignment])
    assert caught.value.message == message


# ---------------------------------------------------------------- optimiser and averaging

RECIPE = Recipe(name="t", model="tiny_cfbi", steps=10, weight_decay=0.1, backbone_factor=0.25)


@pytest.mark.parametrize("kind", ["adamw", "sgd"])
def test_every_parameter_is_in_one_group_with_its_own_rate_and_decay(kind: str) -> None:
    model = build_model(TINY)
    freeze_lower_backbone(model, 2)
    recipe = override(RECIPE, [f"optimizer={kind}"])
    groups = build_optimizer(model, recipe).param_groups
    assert len(groups) == 3  # the backbone has no vectors of its own: its norms are frozen
    placed = {id(parameter): group for group in groups for parameter in group["params"]}
    assert len(placed) == sum(len(group["params"]) for group in groups)
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            assert id(parameter) not in placed
            continue
        group = placed[id(parameter)]
        backbone = name.startswith("feature_extracter.backbone.")
        assert group["factor"] == (0.25 if backbone else 1.0)
        assert group["weight_decay"] == (0.1 if sum(side > 1 for side in parameter.shape) > 1 else 0.0)


def test_only_the_stem_and_the_lower_blocks_are_frozen() -> None:
    model = build_model(TINY)
    freeze_lower_backbone(model, 2)
    frozen = {name for name, parameter in model.named_parameters() if not parameter.requires_grad}
    prefix = "feature_extracter.backbone."
    starts = (f"{prefix}_conv_stem.", f"{prefix}_blocks.0.", f"{prefix}_blocks.1.")
    assert frozen == {name for name, _ in model.named_parameters() if name.startswith(starts)}
    other = build_model(TINY)
    freeze_lower_backbone(other, 0)
    assert all(parameter.requires_grad for parameter in other.parameters())


def test_average_follows_quickly_at_first_and_slowly_later() -> None:
    module = nn.BatchNorm1d(1)
    average = {name: torch.zeros_like(tensor) for name, tensor in module.state_dict().items()}
    module.num_batches_tracked.fill_(5)  # type: ignore[union-attr]
    update_average(average, module, 0.99, step=0)
    assert average["weight"].item() == pytest.approx(1 - 1 / 10)
    assert average["num_batches_tracked"].item() == 5
    before = average["weight"].item()
    update_average(average, module, 0.99, step=10_000)
    assert 1 - average["weight"].item() == pytest.approx(0.99 * (1 - before), rel=1e-4)


# ---------------------------------------------------------------- recipes of the paper


def test_published_recipes_are_the_papers() -> None:
    paper = RECIPES["youtubevos"]
    assert (paper.steps, paper.crop, paper.length, paper.clips_per_step) == (100_000, 465, 5, 8)
    assert (paper.optimizer, paper.learning_rate) == ("sgd", 0.01)
    assert (paper.weight_decay, paper.clip_norm) == (15e-5, 5)
    assert (paper.hardest, paper.anneal_share, paper.sequential_from, paper.max_gap) == (0.15, 0.5, 0.5, 3)
    davis = RECIPES["davis"]
    assert (davis.steps, davis.clips_per_step, davis.learning_rate) == (50_000, 6, 0.006)
    assert RECIPES["mixed"].davis_repeat == 30
    assert RECIPES["mobilenet"].model == "mobilenet_cfbi"
    assert {recipe.name: recipe for recipe in RECIPES.values()} == RECIPES


def test_sequential_training_begins_half_way() -> None:
    recipe = replace(RECIPE, steps=10, length=5, sequential_from=0.5)
    assert [recipe.frames_at(step) for step in (0, 4, 5, 9)] == [3, 3, 5, 5]
    assert recipe_for("lite_cfbi").frames_at(0) == 4
    assert replace(recipe, sequential_from=1.0).frames_at(9) == 3
    assert replace(recipe, length_from=4).frames_at(0) == 4
    assert replace(recipe, length_from=7).frames_at(0) == 5  # no more than clips have


def test_crops_grow_from_multiple_to_multiple() -> None:
    recipe = replace(RECIPE, steps=100, crop=225, crop_from=97)
    assert [recipe.crop_at(step) for step in (0, 6, 7, 25, 49, 50, 99)] == [97, 97, 113, 161, 209, 225, 225]
    assert all(recipe.crop_at(step) % 16 == 1 for step in range(100))
    assert replace(recipe, crop_full_from=1.0).crop_at(50) == 161
    assert replace(recipe, crop_from=0).crop_at(0) == 225


def test_recipes_of_older_checkpoints_are_understood() -> None:
    stored = {"name": "t", "model": "lite_cfbi", "steps": 5, "bfloat16": False, "gone": 3}
    assert Recipe.from_stored(stored) == Recipe("t", "lite_cfbi", 5, precision="float32")
    assert Recipe.from_stored(stored | {"bfloat16": True}).precision == "bfloat16"


def test_differences_name_both_values() -> None:
    assert differences(RECIPE, RECIPE) == {}
    assert differences(RECIPE, replace(RECIPE, steps=20)) == {"steps": (10, 20)}


def test_the_papers_weight_decay_holds_for_all() -> None:
    groups = build_optimizer(build_model(TINY), replace(RECIPE, decay_vectors=True)).param_groups
    assert {group["weight_decay"] for group in groups} == {0.1}


# ---------------------------------------------------------------- weights of the extractor


@pytest.mark.parametrize("prefix", ["", "backbone.", "module.feature_extracter.backbone."])
def test_the_extractor_starts_from_a_backbone_under_any_of_its_names(tmp_path: Path, prefix: str) -> None:
    model, other = build_model(TINY), build_model(TINY)
    fill(other)
    state = other.feature_extracter.backbone.state_dict()
    path = tmp_path / "backbone.pth"
    named = {prefix + name: value for name, value in state.items()}
    torch.save({"state_dict": named | {"fc": torch.ones(1)}}, path)
    before = model.feature_extracter.aspp.conv1.weight.clone()
    load_extractor(model, path)
    for name, value in model.feature_extracter.backbone.state_dict().items():
        assert torch.equal(value, state[name]), name
    assert torch.equal(model.feature_extracter.aspp.conv1.weight, before)
    torch.save({"state_dict": dict(list(state.items())[1:])}, path)
    with pytest.raises(
        WeightsError, match=r"lacks 1 of the backbone's tensors, among them backbone\._conv_stem"
    ):
        load_extractor(model, path)
