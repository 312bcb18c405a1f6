r"""Puts the weights of a training run into ``resources/weights``, with the scores measured on them.

    cfbi evaluate davis2016 --root DAVIS --split val --weights RUN/best.safetensors --out OUT
    python packaging/ship_weights.py RUN/best.safetensors --name lite_cfbi --scores OUT/scores.json \
        --command "cfbi evaluate davis2016 --root DAVIS --split val --weights lite_cfbi --out OUT"

The description beside the weights keeps what the run wrote (recipe, seed, commit, data) and gains the scores;
the card NAME.md is written from it.
"""

import argparse
import json
import sys
from pathlib import Path

from cfbi.model.build import build_model
from cfbi.weights import info, load_weights, read_state, save_weights
from cfbi.weights.card import weight_card

LIMIT_BYTES = 15_000_000
FOLDER = Path(__file__).resolve().parents[1] / "resources" / "weights"


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("weights", type=Path, help="best.safetensors of a run, with its .json beside it")
    parser.add_argument("--name", required=True, help="name in the registry")
    parser.add_argument("--scores", type=Path, required=True, help="scores.json of `cfbi evaluate`")
    parser.add_argument("--command", required=True, help="the command that measured the scores")
    args = parser.parse_args()
    description = json.loads(args.weights.with_suffix(".json").read_text(encoding="utf-8"))
    scores = json.loads(args.scores.read_text(encoding="utf-8"))
    load_weights(build_model(description["model"]), args.weights)
    provenance = description["provenance"] | {
        "scores": scores["overall"],
        "scores_command": args.command,
        "data_licences": "see README.md in this folder",
    }
    target = FOLDER / f"{args.name}.safetensors"
    state = read_state(args.weights)
    size = sum(2 * tensor.numel() for tensor in state.values())
    if size > LIMIT_BYTES:
        sys.stderr.write(f"{args.weights} would have {size} bytes, more than {LIMIT_BYTES}: not shipped\n")
        return 1
    save_weights(
        state,
        target,
        model=description["model"],
        licence=description["licence"],
        provenance=provenance,
        half=True,
    )
    target.with_suffix(".md").write_text(weight_card(info(args.name)), encoding="utf-8")
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
