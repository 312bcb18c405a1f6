"""The training loop: it learns, it resumes to the bit, and nothing that goes wrong loses the run."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import torch

from cfbi.config import MODELS
from cfbi.data.clip import TrainingClip
from cfbi.errors import DataError, WeightsError
from cfbi.model.build import build_model
from cfbi.model.network import Network
from cfbi.training import learner, trainer
from cfbi.training.checkpoint import FILE_NAME, load_run
from cfbi.training.dev import DevScore, ScoringStopped
from cfbi.training.recipe import Recipe
from cfbi.training.step import clip_outcome
from cfbi.training.trainer import Trainer
from cfbi.weights import load_weights
from tests.unit.cfbi.tiny import TINY, disc_clip

RECIPE = Recipe(
    name="test",
    model=TINY.name,
    steps=6,
    learning_rate=2e-3,
    warmup_steps=2,
    frozen_blocks=14,
    precision="float32",
    previous_damage=0.5,
    clips_per_step=2,
    seed=3,
)


@pytest.fixture(autouse=True)
def tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, TINY.name, TINY)


def sample(rng: np.random.Generator) -> TrainingClip:
    return disc_clip(rng, side=33, length=3)


def log_lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def same_state(found: Any, expected: Any, path: str = "") -> None:
    """Equal to the bit, whatever the nesting."""
    assert type(found) is type(expected), path
    if isinstance(expected, torch.Tensor):
        assert torch.equal(found, expected), path
    elif isinstance(expected, dict):
        assert list(found) == list(expected), path
        for key in expected:
            same_state(found[key], expected[key], f"{path}.{key}")
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected), path
        for index, value in enumerate(expected):
            same_state(found[index], value, f"{path}[{index}]")
    else:
        assert found == expected, path


def test_it_learns_a_clip_by_heart(tmp_path: Path) -> None:
    clip = disc_clip(np.random.default_rng(1), side=65)
    recipe = replace(
        RECIPE,
        steps=25,
        learning_rate=6e-3,
        clips_per_step=1,
        previous_damage=0.0,
        hardest=1.0,
        frozen_blocks=0,
    )
    run = Trainer(recipe, lambda rng: clip, tmp_path)
    run.run(log_every=1)
    lines = log_lines(tmp_path)
    assert [line["step"] for line in lines] == list(range(1, 26))
    losses, overlaps = ([line[name] for line in lines] for name in ("loss", "J"))
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:3])
    assert np.mean(overlaps[-5:]) > 80
    assert np.mean(overlaps[-5:]) > np.mean(overlaps[:3]) + 20


def test_training_leaves_frozen_tensors_alone_and_moves_the_others(tmp_path: Path) -> None:
    run = Trainer(replace(RECIPE, frozen_blocks=2), sample, tmp_path)
    before = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}
    run.run(until_step=3)
    after = run.model.state_dict()
    moving = {name for name, parameter in run.model.named_parameters() if parameter.requires_grad}
    still = {name for name in before if torch.equal(before[name], after[name])}
    assert any("_bn" in name and name.endswith("running_var") for name in still)
    assert any(name.endswith("_blocks.1._project_conv.weight") for name in still)
    assert not any(name.endswith("_blocks.2._project_conv.weight") for name in still)
    # what a GCT's alpha and beta do is multiplied by its gamma, which starts at 0
    assert {name for name in still & moving if not name.endswith(".alpha")} == set()
    assert set(before) - moving <= still


def test_resuming_is_exact(tmp_path: Path) -> None:
    straight = Trainer(RECIPE, sample, tmp_path / "a").run()
    Trainer(RECIPE, sample, tmp_path / "b").run(until_step=3)
    assert load_run(tmp_path / "b").step == 3
    torch.manual_seed(99)  # whatever happened in between
    resumed = Trainer(RECIPE, sample, tmp_path / "b", resume=True).run()
    assert resumed.step == straight.step == 6
    for part in ("model", "average", "optimizer"):
        same_state(getattr(resumed, part), getattr(straight, part))
    stored = [load_run(tmp_path / name) for name in ("a", "b")]
    for part in ("recipe", "model", "average", "optimizer", "step", "history"):
        same_state(getattr(stored[1], part), getattr(stored[0], part))
    assert stored[1].seconds > 0


def test_clips_are_drawn_by_step_and_place(tmp_path: Path) -> None:
    drawn: list[float] = []

    def remembering(rng: np.random.Generator) -> TrainingClip:
        drawn.append(rng.random())
        return sample(rng)

    Trainer(RECIPE, remembering, tmp_path).run(until_step=3)
    expected = [np.random.default_rng((3, step, place)).random() for step in range(3) for place in range(2)]
    assert drawn == expected


def test_a_run_may_be_cut_by_steps_by_time_and_by_a_stop(tmp_path: Path) -> None:
    run = Trainer(RECIPE, sample, tmp_path)
    assert run.run(until_step=2).step == 2
    assert run.run(max_seconds=0).step == 3
    run.stop.set()
    assert run.run().step == 4
    assert load_run(tmp_path).step == 4
    run.stop.clear()
    assert run.run(until_step=1000).step == 6  # no further than the recipe


def test_checkpoints_are_written_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []
    monkeypatch.setattr(trainer, "save_run", lambda state, folder: steps.append(state.step))
    Trainer(RECIPE, sample, tmp_path).run(until_step=3, checkpoint_seconds=0)
    assert steps == [1, 2, 3, 3]


def test_float16_scales_its_gradients_and_keeps_the_scale(tmp_path: Path) -> None:
    recipe = replace(RECIPE, precision="float16", clips_per_step=1)
    straight = Trainer(recipe, sample, tmp_path / "a").run(until_step=4)
    Trainer(recipe, sample, tmp_path / "b").run(until_step=2)
    resumed = Trainer(recipe, sample, tmp_path / "b", resume=True).run(until_step=4)
    assert resumed.scaler == straight.scaler
    assert straight.scaler["scale"] >= 1
    assert all(torch.isfinite(tensor).all() for tensor in straight.model.values())
    same_state(resumed.model, straight.model)


def test_clips_are_shortened_until_sequential_training_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths: list[int] = []

    def watched(model: Any, frames: Any, masks: Any, **options: Any) -> Any:
        lengths.append(len(frames))
        return clip_outcome(model, frames, masks, **options)

    monkeypatch.setattr(learner, "clip_outcome", watched)
    recipe = replace(RECIPE, steps=4, sequential_from=0.5, clips_per_step=1, length=5)
    Trainer(recipe, lambda rng: disc_clip(rng, side=33, length=5), tmp_path).run()
    assert lengths == [3, 3, 5, 5]


def test_clips_grow_over_the_run_and_the_reference_is_repainted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, bool]] = []

    def watched(model: Any, frames: Any, masks: Any, **options: Any) -> Any:
        painted = options["reference_mask"]
        seen.append((frames.shape[1], painted is not None and painted.shape == masks[0].shape))
        return clip_outcome(model, frames, masks, **options)

    monkeypatch.setattr(learner, "clip_outcome", watched)
    recipe = replace(RECIPE, steps=4, clips_per_step=1, crop=65, crop_from=33, reference_damage=1.0)
    Trainer(recipe, lambda rng: disc_clip(rng, side=65, length=3), tmp_path).run()
    assert seen == [(33, True), (49, True), (65, True), (65, True)]


def test_a_run_ends_after_its_processor_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 1000, 3))  # 3 seconds from each reading of the clock to the next
    monkeypatch.setattr(time, "process_time", lambda: float(next(ticks)))
    run = Trainer(RECIPE, sample, tmp_path)
    assert run.run(until_processor_seconds=5.0).step == 2
    assert load_run(tmp_path).processor_seconds == 6.0
    resumed = Trainer(RECIPE, sample, tmp_path, resume=True)
    assert resumed.run(until_processor_seconds=7.0).step == 3
    assert resumed.state.processor_seconds == 9.0


def test_a_score_before_the_first_step_takes_no_processor_time_of_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "process_time", lambda: clock[0])

    def score(model: Network, _should_stop: Callable[[], bool]) -> DevScore:
        clock[0] += 100.0
        return DevScore(1.0, 1.0, {})

    Trainer(RECIPE, sample, tmp_path).run(until_step=2)
    resumed = Trainer(RECIPE, sample, tmp_path, score=score, resume=True)
    assert resumed.run(until_step=3, dev_every=2).processor_seconds == 0.0
    assert clock == [100.0]


def test_a_score_on_demand_is_made_once(tmp_path: Path) -> None:
    asked: list[int] = []

    def score(model: Network, _should_stop: Callable[[], bool]) -> DevScore:
        asked.append(1)
        return DevScore(4.0, 2.0, {})

    run = Trainer(RECIPE, sample, tmp_path, score=score)
    run.run(until_step=2)
    run.score_now()
    run.score_now()
    assert len(asked) == 1
    (entry,) = load_run(tmp_path).history
    assert (entry["step"], entry["dev_JF"]) == (2.0, 3.0)
    assert entry["processor_minutes"] * 60 == pytest.approx(run.state.processor_seconds)


@pytest.mark.allow_logs
def test_a_step_without_a_finite_gradient_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = Trainer(RECIPE, sample, tmp_path)
    before = {name: tensor.clone() for name, tensor in run.model.state_dict().items()}

    def broken(*args: Any, **options: Any) -> Any:
        found = clip_outcome(*args, **options)
        return replace(found, loss=found.loss * float("nan"))

    with monkeypatch.context() as patch:
        patch.setattr(learner, "clip_outcome", broken)
        run.run(until_step=1)
    same_state(dict(run.model.state_dict()), before)
    assert "step 0 from ['disc', 'disc']: gradient is not finite, skipped" in caplog.text
    run.run(until_step=2)
    assert any(not torch.equal(before[name], tensor) for name, tensor in run.model.state_dict().items())
    assert all(torch.isfinite(tensor).all() for tensor in run.state.average.values())


# ---------------------------------------------------------------- dev scores and what they export


def test_dev_scores_export_the_last_and_the_best_average(tmp_path: Path) -> None:
    scores = iter([DevScore(50.0, 40.0, {"a": 45.0}), DevScore(30.0, 20.0, {}), DevScore(80.0, 60.0, {})])
    scored: list[dict[str, torch.Tensor]] = []
    digests: list[tuple[str, str]] = []

    def score(model: Network, _should_stop: Callable[[], bool]) -> DevScore:
        if scored:
            names = ("best", "last")
            content = [(tmp_path / f"{name}.safetensors").read_bytes() for name in names]
            digests.append((hashlib.sha256(content[0]).hexdigest(), hashlib.sha256(content[1]).hexdigest()))
        scored.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        model.eval()
        return next(scores)

    run = Trainer(RECIPE, sample, tmp_path, score=score, provenance={"commit": "abc"})
    state = run.run(dev_every=2)
    assert [entry["step"] for entry in state.history] == [2, 4, 6]
    assert [entry["dev_JF"] for entry in state.history] == [45.0, 25.0, 70.0]
    assert state.best_score == 70.0
    assert digests[0][0] == digests[0][1]  # the first is the best
    assert digests[1][0] == digests[0][0]  # the second is not
    assert digests[1][1] != digests[1][0]
    same_state(scored[-1], {name: tensor.clone() for name, tensor in state.average.items()})
    assert not all(torch.equal(scored[-1][name], tensor) for name, tensor in run.model.state_dict().items())
    description = json.loads((tmp_path / "best.json").read_text())
    assert description["model"] == "tiny_cfbi"
    assert description["licence"] == "Apache-2.0"
    provenance = description["provenance"]
    assert (provenance["commit"], provenance["seed"], provenance["step"]) == ("abc", 3, 6)
    assert provenance["recipe"]["learning_rate"] == 2e-3
    minutes = state.processor_seconds / 60
    scores_of_best = {"step": 6.0, "dev_J": 80.0, "dev_F": 60.0, "dev_JF": 70.0}
    assert provenance["dev"] == {**scores_of_best, "processor_minutes": pytest.approx(minutes)}
    model = build_model(TINY)
    load_weights(model, tmp_path / "best.safetensors")
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, state.average[name].half().float())
    lines = [line for line in log_lines(tmp_path) if "dev_J" in line]
    assert lines[0]["per_sequence"] == {"a": 45.0}


def test_a_dev_score_stops_when_asked_and_is_made_when_the_run_goes_on(tmp_path: Path) -> None:
    asked: list[int] = []

    def stopped(model: Network, should_stop: Callable[[], bool]) -> DevScore:
        asked.append(run.state.step)
        run.stop.set()
        assert should_stop()
        raise ScoringStopped

    run = Trainer(RECIPE, sample, tmp_path, score=stopped)
    state = run.run(dev_every=2)
    assert (asked, state.step, state.history) == ([2], 2, [])

    def good(model: Network, _should_stop: Callable[[], bool]) -> DevScore:
        asked.append(resumed.state.step)
        return DevScore(1.0, 1.0, {})

    resumed = Trainer(RECIPE, sample, tmp_path, score=good, resume=True)
    resumed.run(until_step=3, dev_every=2)
    assert asked == [2, 2]
    assert [entry["step"] for entry in load_run(tmp_path).history] == [2]
    Trainer(RECIPE, sample, tmp_path, score=good, resume=True).run(until_step=3, dev_every=2)
    assert asked == [2, 2]


def test_scores_do_not_change_what_is_learnt(tmp_path: Path) -> None:
    def score(model: Network, _should_stop: Callable[[], bool]) -> DevScore:
        torch.rand(5)
        model.eval()
        return DevScore(1.0, 1.0, {})

    plain = Trainer(RECIPE, sample, tmp_path / "a").run(until_step=4)
    scored = Trainer(RECIPE, sample, tmp_path / "b", score=score).run(until_step=4, dev_every=1)
    same_state(scored.model, plain.model)
    same_state(scored.average, plain.average)


# ---------------------------------------------------------------- checkpoints


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A run folder with a checkpoint at step 1."""
    Trainer(RECIPE, sample, tmp_path).run(until_step=1)
    return tmp_path


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), RuntimeError("unexpected pos 64")])
def test_a_full_disk_keeps_the_older_checkpoint(
    finished: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    before = (finished / FILE_NAME).read_bytes()

    def disk_full(content: Any, stream: BinaryIO) -> None:
        stream.write(b"half of it")
        raise error

    run = Trainer(RECIPE, sample, finished, resume=True)
    monkeypatch.setattr("cfbi.weights.saving.torch.save", disk_full)
    with pytest.raises(WeightsError) as caught:
        run.run(until_step=2)
    assert caught.value.message.startswith(f"{finished / FILE_NAME} cannot be written: ")
    assert (finished / FILE_NAME).read_bytes() == before
    assert not list(finished.glob("*.part"))
    assert not list(finished.glob(".*"))


def test_a_damaged_checkpoint_is_named(finished: Path) -> None:
    path = finished / FILE_NAME
    content = path.read_bytes()
    for length in (0, 1, 100, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(WeightsError) as caught:
            load_run(finished)
        assert caught.value.message.startswith(f"{path} cannot be read: ")
    torch.save({"step": 3}, path)
    with pytest.raises(WeightsError):
        load_run(finished)
    with pytest.raises(WeightsError, match="There is no checkpoint in"):
        load_run(finished / "elsewhere")


class Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return open, (str(self.path), "w")


def test_a_checkpoint_that_would_run_is_refused(tmp_path: Path) -> None:
    torch.save({"recipe": Trap(tmp_path / "trace")}, tmp_path / FILE_NAME)
    with pytest.raises(WeightsError):
        load_run(tmp_path)
    assert not (tmp_path / "trace").exists()


@pytest.mark.parametrize("change", [{"model": "lite_cfbi"}, {"frozen_blocks": 3}, {"optimizer": "sgd"}])
def test_a_checkpoint_of_another_recipe_is_refused(finished: Path, change: dict[str, Any]) -> None:
    with pytest.raises(WeightsError) as caught:
        Trainer(replace(RECIPE, **change), sample, finished, resume=True)
    assert next(iter(change)) in caught.value.message


def test_a_longer_run_may_go_on_from_a_checkpoint(finished: Path) -> None:
    longer = Trainer(replace(RECIPE, steps=8), sample, finished, resume=True)
    assert longer.run().step == 8


@pytest.mark.allow_logs
def test_a_clip_that_cannot_be_drawn_is_replaced_and_the_run_goes_on(tmp_path: Path) -> None:
    calls: list[int] = []

    def fragile(rng: np.random.Generator) -> TrainingClip:
        calls.append(1)
        if len(calls) == 3:
            raise DataError("a broken picture")
        return sample(rng)

    state = Trainer(RECIPE, fragile, tmp_path).run(until_step=2)
    assert state.step == 2
    assert len(calls) == 5


@pytest.mark.allow_logs
def test_clips_that_can_never_be_drawn_end_the_run_with_a_checkpoint(tmp_path: Path) -> None:
    drawn: list[int] = []

    def first_step_only(rng: np.random.Generator) -> TrainingClip:
        drawn.append(1)
        if len(drawn) > 2:
            raise ValueError("nothing left")
        return sample(rng)

    with pytest.raises(DataError, match="could not be drawn"):
        Trainer(RECIPE, first_step_only, tmp_path).run()
    assert load_run(tmp_path).step == 1


def test_a_run_without_dev_scores_leaves_its_averaged_weights(tmp_path: Path) -> None:
    state = Trainer(RECIPE, sample, tmp_path).run(until_step=2)
    model, raw = build_model(TINY), build_model(TINY)
    load_weights(model, tmp_path / "last.safetensors")
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(tensor, state.average[name], atol=1e-3, rtol=1e-3)
    load_weights(raw, tmp_path / FILE_NAME)  # a checkpoint as a weights file means its averaged weights
    same_state(dict(raw.state_dict()), state.average)


def test_a_run_may_start_from_weights(tmp_path: Path) -> None:
    first = Trainer(RECIPE, sample, tmp_path / "first").run(until_step=2)
    second = Trainer(RECIPE, sample, tmp_path / "second", initial=tmp_path / "first" / FILE_NAME)
    same_state(dict(second.model.state_dict()), first.average)
    assert second.state.step == 0
    second.run(until_step=1)
    assert load_run(tmp_path / "second").initial == FILE_NAME
    assert json.loads((tmp_path / "second" / "last.json").read_text())["provenance"]["initial"] == FILE_NAME
