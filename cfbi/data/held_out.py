"""Sequences on which results are compared, and which are therefore never trained on."""

from collections.abc import Iterable
from pathlib import Path

from cfbi.errors import DataError

_BENCHMARK_VAL = """
bike-packing blackswan bmx-trees breakdance camel car-roundabout car-shadow cows dance-twirl dog dogs-jump
drift-chicane drift-straight goat gold-fish horsejump-high india judo kite-surf lab-coat libby loading
mbike-trick motocross-jump paragliding-launch parkour pigs scooter-black shooting soapbox
"""
BENCHMARK_VAL = frozenset(_BENCHMARK_VAL.split())
"""Validation sequences of DAVIS 2016 and 2017."""


def refuse_held_out(names: Iterable[str], root: Path, own: Iterable[str] = ()) -> None:
    """Make sure that no validation sequence is among those to train on, whatever the layout of its folder.

    Args:
        names: Sequences, or sources of stills, to train on; upper and lower case do not matter.
        root: Their folder, for the message.
        own: What this folder's own validation list names.

    Raises:
        DataError: Some belong to the validation set.
    """
    held_out = BENCHMARK_VAL | {name.lower() for name in own}
    shared = sorted({name for name in names if name.lower().rpartition("/")[2] in held_out})
    if shared:
        shown = ", ".join(shared[:8]) + (f" and {len(shared) - 8} more" if len(shared) > 8 else "")
        raise DataError(
            f"{root}: {shown} would be trained on, but belongs to the validation set.",
            "Training on sequences that measure the result would make the scores worthless.",
        )
