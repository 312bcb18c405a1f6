"""Packs training data into one file of at most 55 MB, to be carried to a machine with a GPU.

    python packaging/pack_training_data.py --davis DAVIS --stills STILLS --out out/pack.tar

``packaging/train_packed.py`` trains on it. What did not fit is told.
"""

import argparse
import sys
from pathlib import Path

from cfbi.data.pack import PackPlan, pack
from cfbi.errors import CfbiError


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    plan = PackPlan()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--davis", type=Path, help="folder in the DAVIS layout")
    parser.add_argument("--stills", type=Path, help="folder of stills")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the tar to write")
    parser.add_argument("--limit-mb", type=float, default=plan.limit / 1e6, help="default: %(default)s")
    parser.add_argument("--short-side", type=int, default=plan.short_side, help="default: %(default)s")
    parser.add_argument("--still-side", type=int, default=plan.still_side, help="default: %(default)s")
    parser.add_argument(
        "--quality", type=int, default=plan.quality, help="of pictures (default: %(default)s)"
    )
    args = parser.parse_args(arguments)
    plan = PackPlan(
        limit=round(args.limit_mb * 1e6),
        short_side=args.short_side,
        still_side=args.still_side,
        quality=args.quality,
    )
    try:
        packed = pack(args.davis, args.stills, args.out, plan)
    except CfbiError as error:
        sys.stderr.write(f"{error.message}\n  {error.hint}\n")
        return 1
    sys.stdout.write(
        f"{args.out}: {packed.size / 1e6:.1f} MB, {packed.sequences} sequences, "
        f"{sum(packed.stills.values())} stills, {packed.left_out} left out\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
