"""What a search says: noise, verdicts, table and curves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cfbi.training.search import Budget, Outcome, Point, Variant, planned_steps
from cfbi.training.search_report import noise, table, verdict, write_search


def outcome(key: str, *means: float, changes: tuple[str, ...] = ("crop=161",)) -> Outcome:
    points = [Point(float(number), mean + 1, mean - 1) for number, mean in enumerate(means, start=1)]
    return Outcome(Variant(key, changes), 120, tuple(points))


FOUND = [
    outcome("worse", 30.0, 38.9),
    outcome("base-1", 40.0, 50.0, changes=("seed=1",)),
    outcome("better", 50.0, 61.0),
    outcome("base-2", 42.0, 60.0, changes=("seed=2",)),
    outcome("tie", 50.0, 64.9),
]


def test_differences_within_the_noise_are_ties() -> None:
    assert noise(FOUND) == 10.0
    assert [verdict(found, FOUND) for found in FOUND] == ["worse", "", "tie", "", "tie"]
    assert verdict(outcome("x", 65.1), FOUND) == "better"
    assert noise(FOUND[:2]) is None
    assert verdict(FOUND[0], FOUND[:2]) == ""


def test_the_table_has_the_recipe_first_and_then_the_best() -> None:
    lines = table(FOUND).splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        "| base-1",
        "| base-2",
        "| tie",
        "| better",
        "| worse",
    ]
    assert lines[4] == "| tie | crop=161 | 120 | 1.00 | 50.0 | 65.9 | 63.9 | 64.9 | +14.9 | +9.9 | tie |"
    assert lines[2] == "| base-1 | seed=1 | 120 | 1.00 | 40.0 | 51.0 | 49.0 | 50.0 |  |  |  |"


def test_a_variant_is_held_against_the_recipe_of_its_own_seed() -> None:
    seeded = [
        outcome("b", 50.0, 62.0, changes=("crop=161", "seed=2")),
        outcome("c", 50.0, 9.0, changes=("seed=9", "crop=49")),
    ]
    rows = [line.split(" | ") for line in table([*FOUND, *seeded]).splitlines()[2:]]
    same_seed = {row[0]: row[8] for row in rows}
    assert same_seed["| tie"] == "+14.9"  # the recipe's own seed: the lowest
    assert same_seed["| b"] == "+2.0"
    assert same_seed["| c"] == ""  # nothing of this seed to compare with
    assert table([FOUND[0]]).splitlines()[2].endswith("| 38.9 |  |  |  |")


def test_curves_beside_the_recipe_are_told_apart(tmp_path: Path) -> None:
    many = [outcome(f"v{number}", 30.0, 40.0 + number) for number in range(7)]
    write_search([*FOUND[1::2], *many], {"threads": 1}, tmp_path)
    charts = [(tmp_path / f"search-{number}.svg").read_text() for number in (1, 2)]
    assert all("base-1" in chart and "base-2" in chart for chart in charts)
    assert ["v6" in chart for chart in charts] == [True, False]
    assert ["v0" in chart for chart in charts] == [False, True]
    assert not (tmp_path / "search-3.svg").exists()
    content = json.loads((tmp_path / "search.json").read_text())
    assert (content["noise"], content["setup"]) == (10.0, {"threads": 1})
    assert content["variants"][2]["curve"] == [[1.0, 31.0, 29.0], [2.0, 47.0, 45.0]]


def test_outcomes_are_read_as_they_were_written(tmp_path: Path) -> None:
    FOUND[0].write(tmp_path)
    assert Outcome.read(tmp_path) == FOUND[0]


def test_steps_are_planned_for_what_is_left() -> None:
    assert planned_steps(10, 30.0, 300.0, 3.0) == 100
    assert planned_steps(10, 299.0, 300.0, 3.0) == 11
    assert planned_steps(10, 320.0, 300.0, 3.0) == 11


def test_marks_of_a_budget() -> None:
    assert Budget(100.0, 2).marks() == [
        (4.0, False),
        (25.0, False),
        (50.0, True),
        (75.0, False),
        (100.0, True),
    ]
    assert Budget(60.0, 1).marks()[-1] == (60.0, True)
    assert Variant.parsed(" a.b-1 :  crop=49   seed=2 ") == Variant("a.b-1", ("crop=49", "seed=2"))
    assert not Variant("x", ("crop=49", "seed=2")).is_base
    assert Variant("x").is_base
    assert pytest.approx(50.0) == outcome("x", 50.0).mean
