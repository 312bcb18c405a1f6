"""Searches: equal processor time, scores on the way, going on after a kill, and what is written."""

from __future__ import annotations

import csv
import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.worker.cli import main
from cfbi.config import MODELS
from cfbi.training.learner import Learner
from cfbi.training.recipes import RECIPES
from tests.unit.app.worker.cli.test_ablate import RECIPE as TINY_RECIPE
from tests.unit.cfbi.data.writing import write_lists, write_sequence
from tests.unit.cfbi.tiny import TINY

STEP_SECONDS = {33: 1.0, 49: 2.5}
"""Processor time that a step of each crop takes in these tests."""


class Clock:
    """Processor time that passes only in steps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.steps = 0
        self.dies_at = -1

    def __call__(self) -> float:
        return self.now


class Killed(BaseException):
    """What a kill looks like from inside."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock, step = Clock(), Learner.step

    def timed(self: Learner, number: int, clips: Any) -> tuple[float, float]:
        if clock.steps == clock.dies_at:
            clock.dies_at = -1
            raise Killed
        clock.steps += 1
        clock.now += STEP_SECONDS[clips[0].frames.shape[1]]
        return step(self, number, clips)

    monkeypatch.setattr(time, "process_time", clock)
    monkeypatch.setattr(Learner, "step", timed)
    return clock


@pytest.fixture
def davis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(MODELS, TINY.name, TINY)
    monkeypatch.setitem(RECIPES, "tiny", replace(TINY_RECIPE, steps=7, length=3))
    root = tmp_path / "davis"
    for name in ("one", "dev"):
        write_sequence(root, name, frames=9)
    write_lists(root, ["one"], ["dev"])
    (root / "ImageSets" / "2016").mkdir()
    (root / "ImageSets" / "2016" / "val.txt").write_text("dev\n")
    return root


def words(davis: Path, *more: str) -> list[str]:
    fixed = ["--recipe", "tiny", "--davis", str(davis), "--out", str(davis.parent / "out")]
    small = ["--dev-side", "65", "--dev-every", "2", "--minutes", "0.1", "--scores", "1"]
    return ["search", *fixed, *small, *more]


def rows(davis: Path) -> dict[str, dict[str, Any]]:
    content = json.loads((davis.parent / "out" / "search.json").read_text())
    return {row["key"]: row for row in content["variants"]}


def test_all_variants_get_the_same_processor_time(
    davis: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--variant", "large: crop=49 learning_rate=1e-3", "--seeds", "1", "--scores", "2"]
    assert main(words(davis, *more)) == 0
    found = rows(davis)
    assert list(found) == ["base-1", "large"]
    assert [row["steps"] for row in found.values()] == [6, 3]
    assert [row["processor_minutes"] for row in found.values()] == [0.1, 0.125]  # whole steps
    assert [[point[0] for point in row["curve"]] for row in found.values()] == [[0.05, 0.1], [0.083, 0.125]]
    out = davis.parent / "out"
    said = capsys.readouterr().out
    assert said == (out / "search.md").read_text()
    head, _, *lines = said.splitlines()
    assert head.startswith(
        "| variant | changes | steps | s a step | J&F at 50 % | J | F | J&F | same seed | difference |"
    )
    assert lines[1].startswith("| large | crop=49 learning_rate=1e-3 | 3 | 2.50 |")
    with (out / "search.csv").open() as stream:
        written = list(csv.DictReader(stream))
    assert [row["variant"] for row in written] == ["base-1"] * 2 + ["large"] * 2
    assert float(written[1]["JF"]) == pytest.approx(found["base-1"]["dev_JF"], abs=1e-3)
    assert "large" in (out / "search-1.svg").read_text()
    assert "large" in (out / "search.svg").read_text()
    assert not list(out.glob("*/checkpoint.pt"))


def test_the_schedule_ends_with_the_budget(davis: Path, clock: Clock) -> None:
    assert main(words(davis, "--seeds", "1")) == 0
    lines = (davis.parent / "out" / "base-1" / "log.jsonl").read_text().splitlines()
    planned = [json.loads(line)["changed"]["steps"] for line in lines if "changed" in json.loads(line)]
    assert planned == [[1_000_000, 6]]  # known after the first step, and never wrong here


def test_a_killed_search_goes_on_and_takes_more_variants(davis: Path, clock: Clock) -> None:
    clock.dies_at = 8
    with pytest.raises(Killed):
        main(words(davis, "--seeds", "2"))
    assert main(words(davis, "--seeds", "2")) == 0
    unbroken = rows(davis)["base-1"]["dev_JF"]
    assert [row["steps"] for row in rows(davis).values()] == [6, 6]
    trained = clock.steps
    assert trained in (12, 13)  # the step since the last checkpoint, at most, was made twice
    assert main(words(davis, "--seeds", "0", "--variant", "large: crop=49")) == 0
    assert list(rows(davis)) == ["base-1", "base-2", "large"]
    assert rows(davis)["base-1"]["dev_JF"] == unbroken
    assert clock.steps == trained + 3


def test_a_stop_is_no_outcome(davis: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    step = Learner.step

    def stopping(self: Learner, number: int, clips: Any) -> tuple[float, float]:
        os.kill(os.getpid(), 15)
        return step(self, number, clips)

    with monkeypatch.context() as patch:
        patch.setattr(Learner, "step", stopping)
        assert main(words(davis, "--seeds", "1")) == 130
    assert not (davis.parent / "out" / "search.md").exists()
    assert main(words(davis, "--seeds", "1")) == 0
    assert rows(davis)["base-1"]["steps"] == 6


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--variant", "crop=49"], "'crop=49' is no variant."),
        (["--variant", "a/b: crop=49"], "'a/b: crop=49' is no variant."),
        (["--variant", "a: crop=49", "--variant", "a: crop=65"], "There are two variants named 'a'."),
        (["--variant", "a: crops=49"], "The recipe has no 'crops'."),
        (
            ["--variant", "a: teacher=nobody"],
            "The teacher cannot be used. There are no weights named 'nobody'.",
        ),
        (["--seeds", "0"], "There is nothing to try."),
        (["--minutes", "0"], "--minutes, --scores and --dev-every must be more than 0."),
    ],
)
def test_wrong_wishes_are_named_before_anything_is_trained(
    davis: Path, clock: Clock, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    assert main(words(davis, *more)) == 1
    assert message in capsys.readouterr().err
    assert clock.steps == 0


def test_a_folder_holds_one_search(davis: Path, clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words(davis, "--seeds", "1")) == 0
    assert main(words(davis, "--seeds", "1", "--set", "crop=49", "--dev-frames", "3")) == 1
    assert "holds a search with another crop, dev." in capsys.readouterr().err
    assert main(words(davis, "--seeds", "0", "--variant", "base-1: seed=9")) == 1
    assert "holds a variant with other changes: seed=1." in capsys.readouterr().err


@pytest.mark.parametrize(
    "damage", ["", '{"recipe": {"na', "[]", "{}", '{"recipe": 3}', '{"recipe": {}}', "\x00"]
)
def test_damaged_notes_of_a_search_are_named(
    davis: Path, clock: Clock, capsys: pytest.CaptureFixture[str], damage: str
) -> None:
    assert main(words(davis, "--seeds", "1")) == 0
    out = davis.parent / "out"
    setup, outcome = out / "setup.json", out / "base-1" / "outcome.json"
    whole = outcome.read_text()
    outcome.write_text(damage)
    assert main(words(davis, "--seeds", "1")) == 1
    said = capsys.readouterr().err
    assert f"{outcome} cannot be read: " in said
    assert f"Delete {outcome.parent}: the variant is then trained anew." in said
    outcome.write_text(whole)
    before = rows(davis)["base-1"]["dev_JF"]
    setup.write_text(damage)
    assert main(words(davis, "--seeds", "1")) == 1
    said = capsys.readouterr().err
    assert f"{setup} cannot be read: " in said
    assert "If the arguments are the same as before, delete it; otherwise give another --out." in said
    setup.unlink()
    assert main(words(davis, "--seeds", "1")) == 0
    assert (rows(davis)["base-1"]["dev_JF"], clock.steps) == (before, 6)


def test_a_setting_that_this_version_does_not_know_is_another_search(
    davis: Path, clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(davis, "--seeds", "1")) == 0
    setup = davis.parent / "out" / "setup.json"
    setup.write_text(json.dumps(json.loads(setup.read_text()) | {"phase of the moon": "full"}))
    assert main(words(davis, "--seeds", "1")) == 1
    assert "holds a search with another phase of the moon." in capsys.readouterr().err
