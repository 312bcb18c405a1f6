"""Comparisons of networks and recipes with parts left out, as in Tables 4 and 5 of the paper."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from cfbi.bar_chart import bar_chart
from cfbi.charts import Line, line_chart
from cfbi.errors import DataError
from cfbi.model.build import build_model
from cfbi.training.checkpoint import RunState
from cfbi.training.journal import FILE_NAME as LOG_NAME
from cfbi.training.recipe import Recipe
from cfbi.weights.saving import write_atomically


@dataclass(frozen=True)
class Row:
    """One line of a table.

    Attributes:
        key: Name on the command line and of the run's folder.
        title: What is left out.
        table: Number of the paper's table; 0 for the whole network.
        without: Parts of the network that are left out.
        changes: Fields of the recipe that change.
    """

    key: str
    title: str
    table: int
    without: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)

    def recipe(self, base: Recipe) -> Recipe:
        """The recipe of this line, for the network and the budget of another."""
        parts = [part for part in base.without.split(",") if part]
        parts += [part for part in self.without if part not in parts]
        return replace(base, without=",".join(parts), **self.changes)


_NO_SEQUENCE: dict[str, Any] = {"sequential_from": 1.0}
_PLAIN_CROP: dict[str, Any] = {"balanced_crop": False}

ROWS: tuple[Row, ...] = (
    Row("whole", "whole network", 0),
    Row("biases", "no biases", 4, ("biases",)),
    Row("attention_background", "no background in attention", 4, ("attention_background",)),
    Row("matching_background", "no background in matching", 4, ("matching_background",)),
    Row("background", "no background", 4, ("matching_background", "attention_background")),
    Row("multi_local", "one local window", 5, ("multi_local",)),
    Row("sequential", "no sequential training", 5, changes=_NO_SEQUENCE),
    Row("ensembler", "head of FEELVOS instead of the ensembler", 5, ("ensembler",)),
    Row("balanced_crop", "plain crop", 5, changes=_PLAIN_CROP),
    Row("attention", "no instance-level attention", 5, ("attention",)),
    Row(
        "feelvos",
        "none of these: FEELVOS",
        5,
        ("matching_background", "biases", "multi_local", "ensembler", "attention"),
        {**_NO_SEQUENCE, **_PLAIN_CROP},
    ),
)


def rows_named(keys: Sequence[str]) -> list[Row]:
    """Lines by their keys, in the order of the tables; all of them for none.

    Raises:
        DataError: Unknown key.
    """
    known = {row.key: row for row in ROWS}
    for key in keys:
        if key not in known:
            raise DataError(f"There is no comparison named {key!r}.", f"Known: {', '.join(known)}.")
    return [row for row in ROWS if not keys or row.key in keys]


@dataclass(frozen=True)
class RowResult:
    """What came of a line.

    Attributes:
        row: The line.
        steps: Steps of training.
        minutes: Time that they took, with the dev score.
        parameters: Numbers that the network learns.
        dev_j: Dev J, percent.
        dev_f: Dev F, percent.
        curve: Step and mean training J since the line before, percent.
    """

    row: Row
    steps: int
    minutes: float
    parameters: int
    dev_j: float
    dev_f: float
    curve: tuple[tuple[int, float], ...]

    @property
    def mean(self) -> float:
        """Dev J&F."""
        return (self.dev_j + self.dev_f) / 2

    @classmethod
    def of(cls, row: Row, state: RunState, folder: Path) -> "RowResult":
        """Of a finished run; its last dev score counts."""
        with torch.device("meta"):
            parameters = sum(p.numel() for p in build_model(state.recipe.network).parameters())
        score = state.history[-1]
        lines = [json.loads(text) for text in (folder / LOG_NAME).read_text("utf-8").splitlines()]
        curve = tuple((int(line["step"]), float(line["J"])) for line in lines if "J" in line)
        minutes = state.seconds / 60
        return cls(row, state.step, minutes, parameters, score["dev_J"], score["dev_F"], curve)


def table(results: Sequence[RowResult]) -> str:
    """The comparison in Markdown; differences are to the whole network, if it is among the results."""
    whole = next((result.mean for result in results if result.row.key == "whole"), None)
    lines = [
        "| table | left out | J | F | J&F | difference | parameters | steps | minutes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        behind = "" if whole is None or result.row.key == "whole" else f"{result.mean - whole:+.1f}"
        cells = [
            str(result.row.table or ""),
            result.row.title,
            f"{result.dev_j:.1f}",
            f"{result.dev_f:.1f}",
            f"{result.mean:.1f}",
            behind,
            f"{result.parameters / 1e6:.2f} M",
            str(result.steps),
            f"{result.minutes:.1f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write_results(results: Sequence[RowResult], base: Recipe, folder: Path) -> None:
    """Write ``ablation.md``, ``ablation.json``, ``ablation.svg`` and curves for each table."""
    content = {
        "recipe": {name: getattr(base, name) for name in base.__dataclass_fields__},
        "rows": [
            {
                "key": result.row.key,
                "table": result.row.table,
                "left_out": result.row.title,
                "dev_J": result.dev_j,
                "dev_F": result.dev_f,
                "dev_JF": result.mean,
                "parameters": result.parameters,
                "steps": result.steps,
                "minutes": round(result.minutes, 2),
                "curve": result.curve,
            }
            for result in results
        ],
    }
    bars = [(result.row.title, result.mean) for result in results]
    files = {
        "ablation.md": table(results),
        "ablation.json": json.dumps(content, indent=1) + "\n",
        "ablation.svg": bar_chart(bars, title="J&F on the dev sequences", label="J&F, percent"),
        "ablation-table4.svg": _curves(results, 4),
        "ablation-table5.svg": _curves(results, 5),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_atomically(folder / name, text.encode())


def _curves(results: Sequence[RowResult], number: int) -> str:
    """J of the clips that were trained on, for the lines of a table beside the whole network."""
    lines = [
        Line(result.row.title, [step for step, _ in result.curve], [j for _, j in result.curve])
        for result in results
        if result.row.table in (0, number)
    ]
    title = f"J while training, lines of table {number}"
    return line_chart(
        lines, title=title, x_label="step", y_label="J, percent", y_range=(0.0, 100.0), size=(720, 320)
    )
