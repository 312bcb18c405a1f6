"""Loads large libraries without long pauses of all threads. Free of Qt."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_loading(library: str) -> Iterator[None]:
    """Keep Python's collector of garbage from a library while it is loaded, and for good.

    With every quarter more objects the collector looks through all of them, and no thread runs meanwhile.
    Torch brings 140,000, which held the window up twice, for 59 and 91 ms, and for some 120 ms later on.
    They stay until the end, so there is nothing to find among them. Does nothing if the library is there
    already.

    Args:
        library: Name of the module.
    """
    if library in sys.modules:
        yield
        return
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if library in sys.modules:
            gc.freeze()
        if was_enabled:
            gc.enable()
