r"""Trains on a pack, and leaves the checkpoint in pieces of at most 16 MB: for a machine with a GPU.

    python packaging/train_packed.py out/pack.tar --run runs/gpu --pieces out/pieces --minutes 8 \
        -- --init lite_cfbi --set steps=60000 --set crop=321 --set clips_per_step=8

Everything after ``--`` goes to ``cfbi train``. Started again it resumes; recipe changes may be given again.
It computes on "cuda" where there is one, with nearly as many processes for clips as there are cores. Back on
the other machine

    python packaging/train_packed.py --join out/pieces --run runs/from-gpu

makes a run of the pieces that ``cfbi train --resume`` goes on with, on a processor too.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch

from app.worker.cli import main as cfbi
from cfbi.data.pack import unpack
from cfbi.errors import CfbiError
from cfbi.training.checkpoint import FILE_NAME
from cfbi.training.pieces import join, split


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pack", nargs="?", type=Path, help="file of pack_training_data.py")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--pieces", type=Path, help="folder for the checkpoint's pieces")
    parser.add_argument("--minutes", type=float, default=8.0, help="of training (default: %(default)s)")
    parser.add_argument("--slim", action="store_true", help="round averages and moments: smaller, not exact")
    parser.add_argument("--workers", type=int, help="processes that draw clips (default: cores less two)")
    parser.add_argument("--join", type=Path, metavar="PIECES", help="make a run of pieces instead")
    words = sys.argv[1:] if arguments is None else arguments
    cut = words.index("--") if "--" in words else len(words)
    args = parser.parse_args(words[:cut])
    try:
        if args.join is not None:
            sys.stdout.write(f"{join(args.join, args.run)}\n")
            return 0
        if args.pack is None:
            parser.error("a pack to train on is needed")
        return _train(args, words[cut + 1 :])
    except CfbiError as error:
        sys.stderr.write(f"{error.message}\n  {error.hint}\n")
        return 1


def _train(args: argparse.Namespace, more: list[str]) -> int:
    davis, stills = unpack(args.pack, args.run / "data")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    workers = max(0, (os.cpu_count() or 1) - 2) if args.workers is None else args.workers
    words = ["train", "--out", str(args.run), "--minutes", str(args.minutes)]
    words += ["--device", device, "--workers", str(workers)]
    words += ["--davis", str(davis)] if davis else []
    words += ["--stills", str(stills)] if stills else []
    if (args.run / FILE_NAME).is_file():
        words.append("--resume")
        if "--init" in more:  # that was for the start
            place = more.index("--init")
            more = more[:place] + more[place + 2 :]
    code = cfbi([*words, *more])
    if args.pieces is not None and (args.run / FILE_NAME).is_file():
        pieces = split(args.run, args.pieces, slim=args.slim)
        sys.stdout.write(f"{len(pieces)} pieces in {args.pieces}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
