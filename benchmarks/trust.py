"""How well trust ranks frames by their true J, and the fit of its weights.

    python -m benchmarks.trust collect --root DAVIS --out facts.json lucia mallard-water hockey car-turn
    python -m benchmarks.trust fit facts.json

``collect`` propagates the first mask of each sequence with the network, and writes what a run knows of each
frame and object next to its true J. ``fit`` fits the weights with the signs that they must have, and prints
Spearman's rank correlation with J per sequence: for confidence alone, for the weights in the program, and for
weights that were fitted without the sequence. Never give it sequences that results are reported on.
"""

from __future__ import annotations

import argparse
import json
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.document import facts, trust
from app.document.facts import FrameFacts
from app.worker.engine import CfbiEngine, EngineSettings
from cfbi.evaluation.metrics import jaccard

Array = NDArray[np.float64]


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = parser.add_subparsers(dest="part", required=True)
    collect = parts.add_parser("collect")
    collect.add_argument("sequences", nargs="+")
    collect.add_argument("--root", type=Path, required=True)
    collect.add_argument("--out", type=Path, required=True)
    collect.add_argument("--max-side", type=int, default=353)
    collect.add_argument("--frames", type=int, default=1000, help="most frames of a sequence")
    fit = parts.add_parser("fit")
    fit.add_argument("facts", type=Path)
    args = parser.parse_args()
    if args.part == "fit":
        _report(json.loads(args.facts.read_text()))
        return 0
    engine = CfbiEngine(EngineSettings(max_side=args.max_side, close_up=False))
    found: dict[str, list[list[float]]] = {}
    for name in args.sequences:
        found[name] = _sequence(args.root, name, args.frames, engine)
        args.out.write_text(json.dumps(found))
        _say(f"{name}: {len(found[name])} masks, mean J {np.mean([row[-1] for row in found[name]]):.3f}")
    return 0


def _sequence(root: Path, name: str, most: int, engine: CfbiEngine) -> list[list[float]]:
    """Rows of features and, last, true J; a lost object is left out, its trust needs no fit."""
    pictures = sorted((root / "JPEGImages/480p" / name).glob("*.jpg"))[:most]
    truths = [root / "Annotations/480p" / name / f"{path.stem}.png" for path in pictures]
    session = engine.open_session()
    mask = _mask(truths[0])
    ids = tuple(value for value in np.unique(mask).tolist() if value not in (0, 255))
    session.add_reference(_picture(pictures[0]), mask)
    rows: list[dict[int, tuple[FrameFacts, float]]] = []
    for picture, truth in zip(pictures[1:], truths[1:], strict=True):
        result, true = session.step(_picture(picture)), _mask(truth)
        known = facts.measure(result.index_mask, result.probability, tuple(result.object_ids))
        rows.append({})
        for key in ids:
            j = jaccard(result.index_mask == key, true == key, void=true == 255)
            rows[-1][key] = known.get(key, FrameFacts(0)), j
    table = []
    for before, now, after in zip([None, *rows[:-1]], rows, [*rows[1:], None], strict=True):
        for key, (fact, j) in now.items():
            leap = facts.jumps(before and before[key][0], fact, after and after[key][0])
            if fact.area:
                table.append([*trust.features(fact, leap), j])
    return table


def _report(found: dict[str, list[list[float]]]) -> None:
    tables = {name: np.array(rows) for name, rows in found.items()}
    own = np.array([trust.BIAS, *trust.WEIGHTS])
    _say(
        f"{'sequence':16}{'masks':>6}{'mean J':>8}{'confidence':>12}{'trust':>8}{'left out':>10}{'error':>7}"
    )
    held: list[Array] = []
    for name, table in tables.items():
        others = np.concatenate([other for key, other in tables.items() if key != name])
        without = predict(fitted(others), table)
        held.append(without)
        j = table[:, -1]
        numbers = (spearman(table[:, 0], j), spearman(predict(own, table), j), spearman(without, j))
        _say(
            f"{name:16}{len(table):6}{j.mean():8.3f}{numbers[0]:12.3f}{numbers[1]:8.3f}{numbers[2]:10.3f}"
            f"{np.abs(without - j).mean():7.3f}"
        )
    whole = np.concatenate(list(tables.values()))
    j = whole[:, -1]
    left_out = np.concatenate(held)
    _say(
        f"{'all':16}{len(whole):6}{j.mean():8.3f}{spearman(whole[:, 0], j):12.3f}"
        f"{spearman(predict(own, whole), j):8.3f}{spearman(left_out, j):10.3f}"
        f"{np.abs(left_out - j).mean():7.3f}"
    )
    weights = fitted(whole)
    _say(f"fitted to all: bias {weights[0]:.2f}, weights {[round(float(value), 2) for value in weights[1:]]}")


def fitted(table: Array) -> Array:
    """Bias and weights of a logistic model of J with the signs that they must have, by projected descent."""
    signs = np.sign([0.0, *trust.WEIGHTS])
    inputs, j = _inputs(table), table[:, -1]
    spread = np.maximum(inputs.std(axis=0), 1e-3)
    spread[0] = 1
    middle = inputs.mean(axis=0)
    middle[0] = 0
    scaled = (inputs - middle) / spread
    weights = np.zeros(scaled.shape[1])
    for _ in range(6000):
        guess = 1 / (1 + np.exp(-scaled @ weights))
        weights -= 0.5 * (scaled.T @ (guess - j) / len(j) + 1e-3 * np.append(0, weights[1:]))
        weights = np.where(signs * weights < 0, 0, weights)
    plain: Array = weights / spread
    plain[0] -= float(plain[1:] @ middle[1:])
    return plain


def predict(weights: Array, table: Array) -> Array:
    """Trust of every row."""
    found: Array = 1 / (1 + np.exp(-_inputs(table) @ weights))
    return found


def spearman(first: Array, second: Array) -> float:
    """Rank correlation; equal values share their mean rank."""
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: Array) -> Array:
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    edges = [0, *(np.flatnonzero(np.diff(values[order])) + 1).tolist(), len(values)]
    for start, stop in pairwise(edges):
        ranks[order[start:stop]] = (start + stop - 1) / 2
    return ranks


def _inputs(table: Array) -> Array:
    return np.concatenate([np.ones((len(table), 1)), table[:, :-1]], axis=1)


def _picture(path: Path) -> NDArray[np.uint8]:
    return np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])


def _mask(path: Path) -> NDArray[np.uint8]:
    return np.array(Image.open(path))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
