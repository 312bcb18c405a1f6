r"""Keeps the chart of dev J&F over training time in ``docs/pictures`` up to date.

    python packaging/dev_score.py "first=RUN" "wider head=OTHER_RUN"

reads the dev scores in RUN/log.jsonl, puts them into dev-score.json under the given names, and draws
dev-score.svg from all that is in there; runs that are not named stay. ``--drop NAME`` takes one out.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from cfbi.charts import Line, Mark, line_chart
from cfbi.weights.saving import write_atomically

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
GOAL = 90.0


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "runs", nargs="*", metavar="NAME=RUN", help="name in the chart, and folder of the run"
    )
    parser.add_argument("--drop", action="append", default=[], metavar="NAME", help="take a run out")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=argparse.SUPPRESS)
    args = parser.parse_args(arguments)
    store = args.folder / "dev-score.json"
    runs: dict[str, list[dict[str, float]]] = json.loads(store.read_text("utf-8")) if store.is_file() else {}
    for text in args.runs:
        name, _, folder = text.rpartition("=")
        path = Path(folder) / "log.jsonl"
        if not path.is_file():
            sys.stderr.write(f"{path} is not there\n")
            return 1
        scores = dev_scores(path)
        if not scores:
            sys.stderr.write(f"{path} has no dev score yet, left out\n")
            continue
        runs[name or Path(folder).name] = scores
    runs = {name: scores for name, scores in runs.items() if name not in args.drop}
    store.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(store, (json.dumps(runs, indent=1) + "\n").encode())
    write_atomically(store.with_suffix(".svg"), chart(runs).encode())
    return 0


def dev_scores(path: Path) -> list[dict[str, float]]:
    """Dev scores of a run's log, in percent, with the training time at which they were measured."""
    scores: list[dict[str, float]] = []
    minutes = 0.0
    for text in path.read_text("utf-8").splitlines():
        line: dict[str, Any] = json.loads(text)
        minutes = float(line.get("minutes", minutes))
        if "dev_JF" in line:
            scores.append(
                {
                    "step": int(line["step"]),
                    "minutes": round(minutes, 1),
                    "J": round(line["dev_J"], 2),
                    "F": round(line["dev_F"], 2),
                    "J&F": round(line["dev_JF"], 2),
                }
            )
    return scores


def chart(runs: dict[str, list[dict[str, float]]]) -> str:
    """The chart as SVG."""
    lines = [
        Line(
            name,
            [score["minutes"] / 60 for score in scores],
            [score["J&F"] for score in scores],
            points=True,
            note=f"{scores[-1]['J&F']:.1f}",
        )
        for name, scores in runs.items()
    ]
    longest = max((line.x[-1] for line in lines), default=1.0)
    return line_chart(
        lines,
        x_range=(0.0, longest),
        title="J&F on the dev sequences (481 px, or as named)",
        x_label="hours of training",
        y_label="J&F, percent",
        marks=[Mark("goal", GOAL)],
    )


if __name__ == "__main__":
    sys.exit(main())
