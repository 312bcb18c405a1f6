"""Learning from a teacher: what it is asked, what its answers count, and that it stays as it is."""

from __future__ import annotations

import copy
import hashlib
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cfbi.config import MODELS
from cfbi.errors import WeightsError
from cfbi.model.build import build_model
from cfbi.model.network import Network, PreviousFrame
from cfbi.training.checkpoint import load_run
from cfbi.training.losses import distillation
from cfbi.training.recipe import Recipe
from cfbi.training.step import clip_outcome
from cfbi.training.teacher import load_teacher
from cfbi.training.trainer import Trainer
from cfbi.weights import save_weights
from tests.golden.filler import fill
from tests.unit.cfbi.test_training_step import FRAMES, MASKS
from tests.unit.cfbi.test_training_trainer import RECIPE, same_state, sample
from tests.unit.cfbi.tiny import TINY, TINY_PLUS, filled_tiny


@pytest.fixture(autouse=True)
def tiny_ones_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for config in (TINY, TINY_PLUS):
        monkeypatch.setitem(MODELS, config.name, config)


@pytest.fixture
def taught(tmp_path: Path) -> Recipe:
    """The recipe with a teacher of another architecture than the student's."""
    network = build_model(TINY_PLUS)
    fill(network)
    path = tmp_path / "teacher.safetensors"
    save_weights(network.state_dict(), path, model=TINY_PLUS.name, licence="-", provenance={})
    return replace(RECIPE, teacher=str(path), distill_weight=2.0)


def loss(model: Network, **options: Any) -> float:
    settings: dict[str, Any] = {"hard_ratio": 1.0, "dice_weight": 0.5} | options
    return clip_outcome(model, FRAMES, MASKS, **settings).loss.item()


# ---------------------------------------------------------------- the loss


def test_divergence_by_hand() -> None:
    student, teacher = (torch.tensor([[[[half, 0.0]], [[0.0, 0.0]]]]) for half in (0.0, math.log(3)))
    # one pixel of two: the teacher says 3/4 and 1/4, the student one half each
    expected = (0.75 * math.log(1.5) + 0.25 * math.log(0.5)) / 2
    found = distillation(student, teacher, torch.zeros(1, 1, 2, dtype=torch.long))
    assert found.tolist() == pytest.approx([expected])


def test_ignored_pixels_have_no_divergence_but_are_counted() -> None:
    student, teacher = torch.zeros(2, 3, 1, 4), torch.randn(1, 3, 1, 4).expand(2, 3, 1, 4)
    labels = torch.tensor([[[0, 1, 2, 0]], [[0, 1, 255, 255]]])
    whole, half = distillation(student, teacher, labels).tolist()
    first = distillation(student[:1, ..., :2], teacher[:1, ..., :2], labels[:1, :, :2]).item()
    assert half == pytest.approx(first / 2)
    assert whole > half > 0


def test_its_gradient_is_the_difference_of_the_probabilities() -> None:
    student, teacher = torch.randn(1, 3, 1, 1, requires_grad=True), torch.randn(1, 3, 1, 1)
    distillation(student, teacher, torch.zeros(1, 1, 1, dtype=torch.long)).backward()
    torch.testing.assert_close(student.grad, (student.softmax(1) - teacher.softmax(1)).detach())


# ---------------------------------------------------------------- a clip


def test_who_is_his_own_teacher_has_nothing_to_learn_from_him() -> None:
    model = filled_tiny().eval()
    teacher = copy.deepcopy(model).requires_grad_(False)
    # without gradients some sums are made in another order
    assert loss(model, teacher=teacher, distill_weight=1000.0) == pytest.approx(loss(model), rel=1e-5)


def test_the_divergence_is_added_with_its_weight() -> None:
    model, teacher = filled_tiny().eval(), build_model(TINY_PLUS)
    fill(teacher)
    plain, once, twice = (loss(model, teacher=teacher, distill_weight=weight) for weight in (0.0, 1.0, 2.0))
    assert plain == loss(model)
    assert once > plain + 1e-3
    assert twice - plain == pytest.approx(2 * (once - plain), rel=1e-4)


def test_the_teacher_is_asked_what_the_student_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    model, teacher = filled_tiny().eval(), build_model(TINY)
    told: dict[str, list[torch.Tensor]] = {"student": [], "teacher": []}

    def watch(network: Network, calls: list[torch.Tensor]) -> None:
        forward = network.forward

        def watched(current: Any, memory: Any, previous: PreviousFrame, ids: Any) -> Any:
            calls.append(previous.grids[0])
            return forward(current, memory, previous, ids)

        monkeypatch.setattr(network, "forward", watched)

    watch(model, told["student"])
    watch(teacher, told["teacher"])
    damaged = np.roll(MASKS[1], 7, axis=0)
    loss(model, teacher=teacher, distill_weight=1.0, previous_mask=damaged)
    assert len(told["teacher"]) == 3
    assert all(torch.equal(*pair) for pair in zip(told["teacher"], told["student"], strict=True))


def test_gradients_reach_the_student_alone() -> None:
    model, teacher = filled_tiny().eval(), build_model(TINY)  # the teacher's parameters could take gradients
    found = clip_outcome(
        model, FRAMES, MASKS, hard_ratio=1.0, dice_weight=0.0, teacher=teacher, distill_weight=1.0
    )
    found.loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is None for parameter in teacher.parameters())
    assert all(parameter.grad is not None for parameter in model.parameters())


# ---------------------------------------------------------------- a run


def test_a_teacher_of_no_weight_changes_nothing(taught: Recipe, tmp_path: Path) -> None:
    plain = Trainer(RECIPE, sample, tmp_path / "a").run(until_step=3)
    idle = Trainer(replace(taught, distill_weight=0.0), sample, tmp_path / "b").run(until_step=3)
    for part in ("model", "average", "optimizer"):
        same_state(getattr(idle, part), getattr(plain, part))
    heard = Trainer(taught, sample, tmp_path / "c").run(until_step=3)
    assert any(not torch.equal(heard.model[name], tensor) for name, tensor in plain.model.items())


def test_the_teacher_stays_as_it_is(taught: Recipe, tmp_path: Path) -> None:
    run = Trainer(taught, sample, tmp_path / "run")
    assert run._teacher is not None
    network = run._teacher.network
    before = copy.deepcopy(network.state_dict())
    run.run(until_step=3)
    same_state(dict(network.state_dict()), dict(before))
    assert not any(module.training for module in network.modules())
    assert all(p.grad is None and not p.requires_grad for p in network.parameters())


def test_a_student_comes_closer_to_its_teacher(taught: Recipe, tmp_path: Path) -> None:
    def apart(recipe: Recipe, name: str) -> float:
        run = Trainer(recipe, sample, tmp_path / name)
        run.run()
        model, teacher = run.model.eval(), load_teacher(taught.teacher).network
        clips = [sample(np.random.default_rng(seed)) for seed in range(3)]
        total = 0.0
        for clip in clips:
            losses = [
                clip_outcome(
                    model,
                    clip.frames,
                    clip.masks,
                    hard_ratio=1.0,
                    dice_weight=0.0,
                    teacher=teacher,
                    distill_weight=weight,
                ).loss.item()
                for weight in (1.0, 0.0)
            ]
            total += losses[0] - losses[1]
        return total / len(clips)

    assert apart(replace(taught, distill_weight=20.0), "taught") < 0.8 * apart(RECIPE, "alone")


def test_resuming_with_a_teacher_is_exact(taught: Recipe, tmp_path: Path) -> None:
    straight = Trainer(taught, sample, tmp_path / "a").run(until_step=4)
    Trainer(taught, sample, tmp_path / "b").run(until_step=2)
    torch.manual_seed(99)  # whatever happened in between
    resumed = Trainer(taught, sample, tmp_path / "b", resume=True).run(until_step=4)
    for part in ("model", "average", "optimizer"):
        same_state(getattr(resumed, part), getattr(straight, part))
    digest = hashlib.sha256(Path(taught.teacher).read_bytes()).hexdigest()
    assert load_run(tmp_path / "b").teacher == digest
    provenance = json.loads((tmp_path / "b" / "last.json").read_text())["provenance"]
    assert (provenance["teacher_sha256"], provenance["recipe"]["teacher"]) == (digest, taught.teacher)


def test_a_teacher_may_change_by_name_but_not_unseen(taught: Recipe, tmp_path: Path) -> None:
    folder, path = tmp_path / "run", Path(taught.teacher)
    Trainer(taught, sample, folder).run(until_step=1)
    other = tmp_path / "other.safetensors"
    save_weights(filled_tiny().state_dict(), other, model=TINY.name, licence="-", provenance={})
    changed = Trainer(replace(taught, teacher=str(other)), sample, folder, resume=True)
    assert changed.state.changes[-1]["changed"] == {"teacher": (taught.teacher, str(other))}
    path.write_bytes(other.read_bytes())
    with pytest.raises(WeightsError) as caught:
        Trainer(taught, sample, folder, resume=True)
    assert caught.value.message == (
        f"The teacher {path} is not the one that the run in {folder} learnt from: its sha256 differs."
    )


def test_unusable_teachers_are_named(taught: Recipe, tmp_path: Path) -> None:
    stranger, broken = tmp_path / "stranger.safetensors", tmp_path / "broken.safetensors"
    state = build_model(TINY).state_dict()
    del state[next(iter(state))]
    save_weights(state, stranger, model=TINY.name, licence="-", provenance={})
    broken.write_bytes(Path(taught.teacher).read_bytes()[:1000])
    messages = {
        "nobody": "The teacher cannot be used. There are no weights named 'nobody'.",
        str(
            tmp_path / "gone.pth"
        ): f"The teacher cannot be used. There is no weights file {tmp_path}/gone.pth.",
        str(stranger): f"The teacher {stranger} fits none of the networks of this program.",
        str(broken): f"The teacher cannot be used. {broken} cannot be read as weights: ",
    }
    for name, message in messages.items():
        with pytest.raises(WeightsError) as caught:
            Trainer(replace(RECIPE, teacher=name), sample, tmp_path / "run")
        assert caught.value.message.startswith(message)
        assert caught.value.hint
    assert not (tmp_path / "run").exists()


def test_a_registered_name_is_a_teacher() -> None:
    teacher = load_teacher("lite_cfbi")
    assert teacher.network.config.name == "lite_cfbi"
    assert not teacher.network.training
