"""How much less a run costs that comes by frames again, and whether its results are the same to the last bit.

    python -m benchmarks.rerun --root DAVIS --sequence hockey --max-side 481

Milliseconds of processor time for a frame, medians, for 1, 2, 4 and 8 references: where nothing is known of
it; where it is known, but one reference is new, as after a correction; and where all is known, as on the
way back between two references.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import cfbi
from app.worker.network import load_network
from cfbi import FeatureCache, FrameResult
from cfbi.data.annotations import read_index_mask
from cfbi.data.reading import read_picture
from cfbi.model.network import Network

_PLENTY = 1 << 32
_FRAMES = 6


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--sequence", required=True)
    parser.add_argument("--max-side", type=int, default=481)
    parser.add_argument("--weights", default="lite_cfbi")
    args = parser.parse_args()
    network, _ = load_network(None, args.weights, "cpu")
    import torch

    torch.set_num_threads(1)
    pictures = sorted((args.root / "JPEGImages/480p" / args.sequence).glob("*.jpg"))
    masks = args.root / "Annotations/480p" / args.sequence
    frames = [read_picture(path) for path in pictures[1 : _FRAMES + 1]]
    for count in (1, 2, 4, 8):
        chosen = pictures[:: len(pictures) // count][:count]
        references = [
            (read_picture(path), np.minimum(read_index_mask(masks / f"{path.stem}.png"), 1))
            for path in chosen
        ]
        cache = FeatureCache(_PLENTY)
        fresh, wanted = _run(network, args.max_side, None, references, frames)
        former = references[:-1] or [(frames[-1], references[0][1])]
        _run(network, args.max_side, cache, former, frames)
        corrected, second = _run(network, args.max_side, cache, references, frames)
        known, third = _run(network, args.max_side, cache, references, frames)
        same = all(
            np.array_equal(found.probability, result.probability)
            for results in (second, third)
            for found, result in zip(results, wanted, strict=True)
        )
        _say(
            f"{count} references: {fresh:.0f} ms, one new {corrected:.0f} ms ({fresh / corrected:.2f} "
            f"times as fast), all known {known:.0f} ms ({fresh / known:.2f}), "
            f"results {'equal' if same else 'DIFFERENT'}"
        )
    return 0


def _run(
    network: Network,
    max_side: int,
    cache: FeatureCache | None,
    references: list[tuple[NDArray[np.uint8], NDArray[np.uint8]]],
    frames: list[NDArray[np.uint8]],
) -> tuple[float, list[FrameResult]]:
    session = cfbi.InferenceSession(network, max_side=max_side, cache=cache, close_up=False)
    for picture, mask in references:
        session.add_reference(picture, mask)
    session.set_previous(*references[0])
    spent, results = [], []
    for frame in frames:
        start = time.process_time()
        results.append(session.step(frame))
        spent.append(1000 * (time.process_time() - start))
    return statistics.median(spent), results


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
