"""Keeps the collector of garbage from long pauses of all threads. Free of Qt."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NEVER = 2**31 - 1


@contextmanager
def quiet_loading(library: str) -> Iterator[None]:
    """Keep Python's collector of garbage from going through all objects while a library is loaded, and later.

    With every quarter more objects the collector looks through all of them, and no thread runs meanwhile.
    Torch brings 140,000, which held the window up twice, for 59 and 91 ms, and for some 120 ms later on.
    They stay until the end, so there is nothing to find among them.

    The collector itself goes on: loading leaves circles of garbage behind, which would be kept for good. Only
    its full rounds wait. What else is alive is left alone from then on as well; that may be, since what a
    window gives up (clips, masks, dialogs) is freed by counting references, without the collector.

    Does nothing if the library is there already.

    Args:
        library: Name of the module.
    """
    if library in sys.modules:
        yield
        return
    young, middle, old = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    try:
        yield
    finally:
        if library in sys.modules:
            gc.collect(1)  # what was made last
            gc.freeze()
        gc.set_threshold(young, middle, old)


def leave_alone() -> None:
    """Take the garbage away, and keep the collector from what is there now: the program itself.

    Call it when the program has started and nothing is open. Full rounds came when masks of a whole clip
    changed, and took 48 to 72 ms.
    """
    gc.collect()
    gc.freeze()
