"""Tables and curves of a search."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cfbi.bar_chart import bar_chart
from cfbi.charts import Line, line_chart
from cfbi.training.search import Outcome
from cfbi.weights.saving import write_atomically

_LINES_A_CHART = 7  # as many as there are colours


def noise(outcomes: Sequence[Outcome]) -> float | None:
    """How far apart the J&F of runs are that differ only in their seed, percent; None with fewer than two."""
    means = [outcome.mean for outcome in outcomes if outcome.variant.is_base]
    return max(means) - min(means) if len(means) > 1 else None


def verdict(outcome: Outcome, outcomes: Sequence[Outcome]) -> str:
    """Whether it is "better" or "worse" than the unchanged recipe, or a "tie"; empty if that is not known."""
    apart = noise(outcomes)
    if apart is None or outcome.variant.is_base:
        return ""
    ahead = outcome.mean - _base(outcomes)
    return "tie" if abs(ahead) <= apart else "better" if ahead > 0 else "worse"


def table(outcomes: Sequence[Outcome]) -> str:
    """The search in Markdown: the recipe itself, then its variants, the best first.

    "difference" is to the mean of the recipe's runs; "same seed" is to the one that drew the same clips.
    """
    scores = max((len(outcome.points) for outcome in outcomes), default=0)
    shares = [f"J&F at {round(100 * number / scores)} %" for number in range(1, scores)]
    has_base = any(outcome.variant.is_base for outcome in outcomes)
    head = [
        "variant",
        "changes",
        "steps",
        "s a step",
        *shares,
        "J",
        "F",
        "J&F",
        "same seed",
        "difference",
        "",
    ]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for outcome in _ranked(outcomes):
        *earlier, last = outcome.points
        ahead = "" if outcome.variant.is_base or not has_base else f"{outcome.mean - _base(outcomes):+.1f}"
        cells = [
            outcome.variant.key,
            " ".join(outcome.variant.assignments),
            str(outcome.steps),
            f"{60 * outcome.minutes / outcome.steps:.2f}",
            *(f"{point.mean:.1f}" for point in earlier),
            f"{last.dev_j:.1f}",
            f"{last.dev_f:.1f}",
            f"{last.mean:.1f}",
            "" if (twin := _twin(outcome, outcomes)) is None else f"{outcome.mean - twin.mean:+.1f}",
            ahead,
            verdict(outcome, outcomes),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write_search(outcomes: Sequence[Outcome], setup: Mapping[str, Any], folder: Path) -> None:
    """Write ``search.md``, ``search.csv``, ``search.json``, bars and curves.

    Args:
        outcomes: Of one search.
        setup: What all runs have in common.
        folder: Receives ``search-N.svg``, up to seven curves a chart, the unchanged recipe in each, and the
            others.
    """
    content = {
        "setup": setup,
        "noise": noise(outcomes),
        "variants": [
            {
                "key": outcome.variant.key,
                "changes": list(outcome.variant.assignments),
                "steps": outcome.steps,
                "processor_minutes": round(outcome.minutes, 3),
                "dev_JF": outcome.mean,
                "verdict": verdict(outcome, outcomes),
                "curve": [[round(p.minutes, 3), p.dev_j, p.dev_f] for p in outcome.points],
            }
            for outcome in _ranked(outcomes)
        ],
    }
    bars = [(outcome.variant.key, outcome.mean) for outcome in _ranked(outcomes)]
    files = {
        "search.md": table(outcomes),
        "search.csv": _csv(outcomes),
        "search.json": json.dumps(content, indent=1) + "\n",
        "search.svg": bar_chart(bars, title="J&F after equal processor time", label="J&F, percent"),
    }
    for number, chart in enumerate(_charts(outcomes), start=1):
        files[f"search-{number}.svg"] = chart
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        write_atomically(folder / name, text.encode())


def _ranked(outcomes: Sequence[Outcome]) -> list[Outcome]:
    base = [outcome for outcome in outcomes if outcome.variant.is_base]
    others = [outcome for outcome in outcomes if not outcome.variant.is_base]
    return [*base, *sorted(others, key=lambda outcome: -outcome.mean)]


def _base(outcomes: Sequence[Outcome]) -> float:
    means = [outcome.mean for outcome in outcomes if outcome.variant.is_base]
    return sum(means) / len(means)


def _twin(outcome: Outcome, outcomes: Sequence[Outcome]) -> Outcome | None:
    """The unchanged recipe with a variant's seed; variants that name none have the recipe's, the lowest."""
    seeds = {
        base.variant.seed: base for base in outcomes if base.variant.is_base and base.variant.seed is not None
    }
    if outcome.variant.is_base or not seeds:
        return None
    seed = outcome.variant.seed
    return seeds.get(min(seeds) if seed is None else seed)


def _csv(outcomes: Sequence[Outcome]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["variant", "changes", "processor_minutes", "J", "F", "JF"])
    for outcome in outcomes:
        for point in outcome.points:
            numbers = (point.minutes, point.dev_j, point.dev_f, point.mean)
            changes = " ".join(outcome.variant.assignments)
            writer.writerow([outcome.variant.key, changes, *(f"{number:.3f}" for number in numbers)])
    return text.getvalue()


def _charts(outcomes: Sequence[Outcome]) -> list[str]:
    base = [outcome for outcome in outcomes if outcome.variant.is_base]
    others = [outcome for outcome in _ranked(outcomes) if not outcome.variant.is_base]
    room = max(1, _LINES_A_CHART - len(base))
    groups = [others[start : start + room] for start in range(0, len(others), room)] or [[]]
    highest = max((point.mean for outcome in outcomes for point in outcome.points), default=100.0)
    lowest = min((point.mean for outcome in outcomes for point in outcome.points), default=0.0)
    longest = max((outcome.minutes for outcome in outcomes), default=1.0)
    margin = max(1.0, 0.05 * (highest - lowest))
    return [
        line_chart(
            [
                Line(
                    outcome.variant.key,
                    [point.minutes for point in outcome.points],
                    [point.mean for point in outcome.points],
                    points=True,
                )
                for outcome in [*base, *group]
            ],
            title="J&F on the dev sequences",
            x_label="processor minutes of training",
            y_label="J&F, percent",
            x_range=(0.0, longest),
            y_range=(lowest - margin, highest + margin),
            size=(720, 320),
        )
        for group in groups
    ]
