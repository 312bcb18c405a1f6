"""What a reference is to say of the objects that were not corrected on it.

    cfbi data composite DAVIS --split val --out COMPOSITES
    python -m benchmarks.one_corrected --root COMPOSITES --max-side 481

Every sequence is propagated from its first mask. Then, for one object after the other, its mask on the
middle frame is painted right, the others stay as the network found them there, and the frames after it are
propagated anew. The corrected frame is taught in three ways: the others as they were found ("found"), their
pixels as void ("void"), everything but the corrected object as void ("alone"). Each is run with the others'
masks kept as they were ("kept"), as the studio does, and with all objects made anew ("anew"). Printed is the
mean J&F after the corrected frame, in percent, of the corrected object and of the others: a line for each
object that was corrected, and the means over these.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cfbi
from app.document.merging import laid_over
from app.worker.network import load_network
from cfbi import FeatureCache
from cfbi.data.annotations import read_index_mask
from cfbi.data.reading import read_picture
from cfbi.evaluation.metrics import boundary_f, jaccard
from cfbi.model.network import Network

Mask = NDArray[np.uint8]
_VOID = 255
_PLENTY = 1 << 30
_WAYS = ("found", "void", "alone")


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--sequence", action="append", help="only this one; may be given again")
    parser.add_argument("--max-side", type=int, default=481)
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--weights", default="lite_cfbi")
    args = parser.parse_args()
    network, _ = load_network(None, args.weights, "cpu")
    scores: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for folder in sorted((args.root / "JPEGImages/480p").iterdir()):
        if args.sequence is None or folder.name in args.sequence:
            pictures = sorted(folder.glob("*.jpg"))[: args.frames]
            masks = args.root / "Annotations/480p" / folder.name
            truth = [read_index_mask(masks / f"{path.stem}.png") for path in pictures]
            found = _Sequence(network, args.max_side, [read_picture(path) for path in pictures], truth)
            for key, values in found.measure(folder.name).items():
                scores[key] += values
    for (ways, whose, what), values in sorted(scores.items()):
        _say(f"{ways:12} {whose:10} {what}: {100 * np.mean(values):.2f} ({len(values)} tracks)")
    return 0


class _Sequence:
    def __init__(self, network: Network, max_side: int, frames: list[Mask], truth: list[Mask]) -> None:
        self._network = network
        self._max_side = max_side
        self._frames = frames
        self._truth = truth
        self._cache = FeatureCache(_PLENTY)
        self._ids = [value for value in np.unique(truth[0]).tolist() if value not in (0, _VOID)]

    def measure(self, name: str) -> dict[tuple[str, str, str], list[float]]:
        """Per way and mode, whose and what (J&F): one value for each track."""
        middle, scores = len(self._frames) // 2, defaultdict(list)
        session = self._session()
        base = [self._truth[0], *(session.step(frame).index_mask for frame in self._frames[1:])]
        after = range(middle + 1, len(self._frames))
        for key in self._ids:
            if not (self._truth[middle] == key).any():
                continue
            corrected = laid_over(base[middle], self._truth[middle], {key})
            others = [other for other in self._ids if other != key]
            before = self._score(base, after, key), [self._score(base, after, other) for other in others]
            _note(scores, "before", before)
            line = [f"{name} {key}: before {100 * before[0]:.2f}"]
            for way in _WAYS:
                for kept in (True, False):
                    made = self._rerun(corrected, key, way, base if kept else None, middle)
                    result = self._score(made, after, key), [self._score(made, after, o) for o in others]
                    mode = f"{way}, {'kept' if kept else 'anew'}"
                    _note(scores, mode, result)
                    line.append(f"{mode} {100 * result[0]:.2f} / {100 * np.mean(result[1]):.2f}")
            _say("; ".join(line))
        return scores

    def _session(self) -> cfbi.InferenceSession:
        session = cfbi.InferenceSession(self._network, max_side=self._max_side, cache=self._cache)
        session.add_reference(self._frames[0], self._truth[0])
        return session

    def _rerun(self, corrected: Mask, key: int, way: str, base: list[Mask] | None, middle: int) -> list[Mask]:
        table = np.arange(256, dtype=np.uint8)
        if way != "found":
            table[[other for other in self._ids if other != key]] = _VOID
        if way == "alone":
            table[0] = _VOID
        session = self._session()
        session.add_reference(self._frames[middle], table[corrected])
        session.set_previous(self._frames[middle], corrected)
        made = [corrected] * (middle + 1)
        for index in range(middle + 1, len(self._frames)):
            mask = session.step(self._frames[index]).index_mask
            if base is not None:
                mask = laid_over(mask, base[index], set(self._ids) - {key})
                session.set_previous(self._frames[index], mask)
            made.append(mask)
        return made

    def _score(self, masks: list[Mask], frames: Iterable[int], key: int) -> float:
        found = [
            (
                jaccard(masks[i] == key, self._truth[i] == key)
                + boundary_f(masks[i] == key, self._truth[i] == key)
            )
            / 2
            for i in frames
        ]
        return float(np.nanmean(found))


def _note(
    scores: dict[tuple[str, str, str], list[float]], mode: str, result: tuple[float, list[float]]
) -> None:
    scores[mode, "corrected", "J&F"].append(result[0])
    scores[mode, "others", "J&F"].append(float(np.mean(result[1])))


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
