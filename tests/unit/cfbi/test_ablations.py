"""Networks without some of their parts: what is gone, that the rest learns, and how a recipe says it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from cfbi.ablations import PARTS, without
from cfbi.config import LITE_CFBI, MODELS, ModelConfig
from cfbi.errors import ModelError
from cfbi.model.build import build_model
from cfbi.model.cfbi import CFBI
from cfbi.model.network import PreviousFrame
from cfbi.training.recipe import Recipe
from cfbi.training.step import clip_outcome
from tests.golden.filler import fill
from tests.unit.cfbi.tiny import TINY, noise_frame, seeded, two_objects

SIDE = 33
CASES = {**{part: [part] for part in PARTS}, "all": list(PARTS)}


def network(parts: list[str]) -> CFBI:
    model = build_model(without(TINY, parts))
    assert isinstance(model, CFBI)
    fill(model)
    return model


@pytest.mark.parametrize("parts", CASES.values(), ids=CASES)
def test_all_that_is_left_learns(parts: list[str]) -> None:
    model = network(parts)
    frames = np.stack([noise_frame(SIDE, SIDE, seed) for seed in range(3)])
    masks = np.stack([np.roll(two_objects(SIDE, SIDE), 2 * index, axis=1) for index in range(3)])
    outcome = clip_outcome(model, frames, masks, hard_ratio=1.0, dice_weight=0.5)
    outcome.loss.backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name  # DistributedDataParallel would wait for it
        assert torch.isfinite(parameter.grad).all(), name


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_gone_is_gone(part: str) -> None:
    whole, less = network([]), network([part])
    assert less.config == PARTS[part](TINY)
    gone = set(whole.state_dict()) - set(less.state_dict())
    head = {name for name in gone if name.startswith("dynamic_seghead.")}
    expected = {"biases": {"bg_bias", "fg_bias"}}.get(part, set())
    assert gone - head == expected
    # FEELVOS' head keeps gates of its own and the generated classifiers
    has_gates = any(".IA1." in name for name in less.state_dict())
    assert has_gates == (part != "attention")
    assert any("ASPP" in name for name in head) == (part == "ensembler")
    prehead = less.dynamic_prehead.conv.in_channels
    assert prehead == {"matching_background": 4, "multi_local": 5}.get(part, 7)


def test_without_background_a_row_sees_only_its_own_foreground() -> None:
    model = network(["matching_background", "attention_background"])
    current, reference, before = (model.extract(seeded(1, 3, SIDE, SIDE, seed=seed))[0] for seed in range(3))
    labels = torch.from_numpy(two_objects(SIDE, SIDE))
    memory = model.new_memory()
    memory.add(reference, labels, range(3))
    embedding, grid = before.embedding, before.grids(labels)[0]
    maps = model.match(current.embedding, memory.scales[0], embedding, grid, range(3))
    assert maps.guidance.shape == (3, 2 * TINY.embedding_dim)
    mean = (before.embedding * (grid == 1)).sum((1, 2)) / ((grid == 1).sum() + 1e-5)
    torch.testing.assert_close(maps.guidance[1, TINY.embedding_dim :], mean, atol=1e-5, rtol=1e-4)
    assert maps.stacked(background=False).shape[1] == 4
    logits = model(current, memory, PreviousFrame.of(before, labels), range(3))
    # what the previous frame shows outside an object's mask reaches that row no longer
    elsewhere = replace(before, embeddings=(torch.where(grid == 1, embedding, embedding + 1),))
    moved = model(current, memory, PreviousFrame.of(elsewhere, labels), range(3)) - logits
    assert moved[0, 2].abs().max() > 1e-4
    assert moved[0, 1].abs().max() < 1e-5


def test_without_biases_a_distance_of_nothing_scores_nothing() -> None:
    assert network(["biases"]).row_bias(3).tolist() == [0, 0, 0]
    assert network([]).row_bias(3).tolist() == pytest.approx([0.1, -0.2, -0.2])


def test_one_window_is_the_largest() -> None:
    config = without(LITE_CFBI, ["multi_local"])
    assert config.matching.windows == (12,)
    assert replace(config, matching=LITE_CFBI.matching) == LITE_CFBI


def test_a_recipe_names_what_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, TINY.name, TINY)
    recipe = Recipe("t", TINY.name, 10, without="attention,biases")
    assert recipe.network == without(TINY, ["attention", "biases"])
    assert Recipe("t", TINY.name, 10).network == TINY


@pytest.mark.parametrize(
    ("config", "part", "message"),
    [
        (TINY, "head", "There is no part named 'head'."),
        (MODELS["resnet101_cfbip"], "biases", "resnet101_cfbip cannot do without biases."),
    ],
)
def test_what_cannot_be_left_out_is_named(config: ModelConfig, part: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        without(config, [part])
    assert caught.value.message == message


def test_attention_as_a_whole_includes_its_background() -> None:
    for order in (["attention", "attention_background"], ["attention_background", "attention"]):
        assert without(TINY, order).attention == "none"
