"""Comparisons: equal budgets, a table, and going on after a stop."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from app.worker.cli import main
from cfbi.ablations import PARTS
from cfbi.config import MODELS
from cfbi.training.ablation import ROWS, rows_named
from cfbi.training.recipe import Recipe
from cfbi.training.recipes import RECIPES
from tests.unit.cfbi.data.writing import write_sequence
from tests.unit.cfbi.tiny import TINY

RECIPE = replace(
    RECIPES["ablation_cpu"],
    name="tiny",
    model=TINY.name,
    steps=2,
    crop=33,
    length=4,
    frozen_blocks=14,
    precision="float32",
    warmup_steps=1,
)


@pytest.fixture
def davis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(MODELS, TINY.name, TINY)
    monkeypatch.setitem(RECIPES, "tiny", RECIPE)
    root = tmp_path / "davis"
    for name in ("one", "dev"):
        write_sequence(root, name, frames=6)
    for split, name in (("train", "one"), ("val", "dev")):
        path = root / "ImageSets" / "2016" / f"{split}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\n")
    return root


def words(davis: Path, *more: str) -> list[str]:
    out = str(davis.parent / "out")
    small = ["--dev-side", "65", "--dev-frames", "4", "--threads", "1"]
    return ["ablate", "--recipe", "tiny", "--davis", str(davis), "--out", out, *small, *more]


def test_a_comparison_is_trained_scored_and_written(davis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(davis, "--rows", "feelvos,whole")) == 0
    out = davis.parent / "out"
    said = capsys.readouterr().out
    assert said == (out / "ablation.md").read_text()
    lines = said.splitlines()
    assert lines[0].startswith("| table | left out | J | F | J&F | difference |")
    assert [line.split(" | ")[1] for line in lines[2:]] == ["whole network", "none of these: FEELVOS"]
    content = json.loads((out / "ablation.json").read_text())
    whole, feelvos = content["rows"]
    assert (whole["key"], whole["steps"], feelvos["steps"]) == ("whole", 2, 2)
    assert whole["dev_JF"] == pytest.approx((whole["dev_J"] + whole["dev_F"]) / 2)
    assert feelvos["parameters"] < whole["parameters"]
    assert [step for step, _ in whole["curve"]] == [1, 2]
    assert f"{feelvos['dev_JF'] - whole['dev_JF']:+.1f}" in lines[3]
    for name in ("ablation.svg", "ablation-table5.svg"):
        assert "none of these: FEELVOS" in (out / name).read_text()
    assert "FEELVOS" not in (out / "ablation-table4.svg").read_text()
    # done already: nothing is trained again, and other numbers would make the budgets unequal
    before = (out / "whole" / "checkpoint.pt").read_bytes()
    assert main(words(davis, "--rows", "whole")) == 0
    assert json.loads((out / "ablation.json").read_text())["rows"][0]["dev_JF"] == whole["dev_JF"]
    assert len(before) > 0
    assert main(words(davis, "--rows", "whole", "--set", "steps=3")) == 1
    assert "holds a run with other numbers: steps." in capsys.readouterr().err


def test_a_stop_is_no_result_and_the_same_command_goes_on(
    davis: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cfbi.training.learner import Learner

    step = Learner.step

    def stopping(self: Learner, number: int, clips: list[object]) -> tuple[float, float]:
        os.kill(os.getpid(), signal.SIGTERM)
        return step(self, number, clips)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "step", stopping)
        assert main(words(davis, "--rows", "whole")) == 130
    assert not (davis.parent / "out" / "ablation.md").exists()
    assert main(words(davis, "--rows", "whole")) == 0
    assert (davis.parent / "out" / "ablation.md").exists()


def test_wrong_wishes_are_named(davis: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(davis, "--rows", "whole,head")) == 1
    assert "There is no comparison named 'head'." in capsys.readouterr().err
    assert main(["ablate", "--out", str(davis / "x")]) == 1
    assert "Nothing tells how good the networks are." in capsys.readouterr().err


def test_every_part_has_its_line_and_feelvos_has_none_of_them() -> None:
    whole, *others = ROWS
    base = Recipe("t", "lite_cfbi", 5, sequential_from=0.5)
    assert whole.recipe(base) == base
    assert {part for row in ROWS for part in row.without} == set(PARTS)
    recipes = [row.recipe(base) for row in others]
    assert len(set(recipes)) == len(recipes)
    feelvos = recipes[-1].network
    assert feelvos.attention == "none"
    assert feelvos.ensembler.kind == "separable"
    assert feelvos.matching.windows == (12,)
    assert not feelvos.matching.background
    assert not feelvos.matching.biases
    assert recipes[-1].sequential_from == 1.0
    assert not recipes[-1].balanced_crop
    assert rows_named([]) == list(ROWS)
    assert replace(base, without="biases") == ROWS[1].recipe(replace(base, without="biases"))
