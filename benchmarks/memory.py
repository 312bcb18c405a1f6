"""Who holds memory: a row of MiB by holder, to be taken again and again while a program works.

What the holders do not explain is told by how the C library got it: pieces in use, pieces that lie free
between those, pieces mapped one by one. What no holder of ours explains and is in use belongs to Python's
objects, Qt, and whatever else there is.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20


@dataclass(frozen=True)
class Heap:
    """What the allocator of the C library says, in bytes. All zero where it is not glibc's.

    Attributes:
        used: Pieces in use in the arenas of all threads.
        free: Pieces of the arenas that are free; some of it may be with the system again.
        mapped: Large pieces in use that were mapped by themselves.
    """

    used: int = 0
    free: int = 0
    mapped: int = 0


class _MallInfo2(ctypes.Structure):
    _names = (
        "arena",
        "ordblks",
        "smblks",
        "hblks",
        "hblkhd",
        "usmblks",
        "fsmblks",
        "uordblks",
        "fordblks",
        "keepcost",
    )
    _fields_ = [(name, ctypes.c_size_t) for name in _names]


def heap() -> Heap:
    """Ask glibc (2.33 and later)."""
    if not sys.platform.startswith("linux"):
        return Heap()
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if ask is None:
        return Heap()
    ask.restype = _MallInfo2
    told = ask()
    return Heap(told.uordblks, told.fordblks, told.hblkhd)


def trim() -> float:
    """Have glibc give free pieces back. Returns how many seconds that took."""
    begun = time.perf_counter()
    if sys.platform.startswith("linux") and hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)
    return time.perf_counter() - begun


def resident() -> tuple[int, int]:
    """Memory of the process in bytes: all of it, and the part that are files.

    Where the system does not tell, the most it ever had, and 0.
    """
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
        size = os.sysconf("SC_PAGE_SIZE")
        return int(pages[1]) * size, int(pages[2]) * size
    except (OSError, ValueError):
        import resource

        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most * (1 if sys.platform == "darwin" else 1024), 0


class Account:
    """Rows of memory by holder.

    Args:
        holders: Callables that tell bytes, by what they are called.
        counters: Callables that count other things.
    """

    def __init__(
        self, holders: Mapping[str, Callable[[], int]], counters: Mapping[str, Callable[[], int]]
    ) -> None:
        self._holders, self._counters = dict(holders), dict(counters)
        self.columns = ("resident", "files", "used", "free", "mapped", *holders, *counters, "objects")
        self.rows: list[tuple[float, ...]] = []
        self.kinds: list[Counter[str]] = []

    def note(self, minutes: float) -> None:
        """Take a row. Looks at all objects of Python, which takes a moment."""
        all_of_it, files = resident()
        told = heap()
        held = [ask() for ask in self._holders.values()]
        self.kinds.append(Counter(type(thing).__qualname__ for thing in gc.get_objects()))
        sizes = (all_of_it, files, told.used, told.free, told.mapped, *held)
        counted = [count() for count in self._counters.values()]
        self.rows.append((minutes, *(size / MIB for size in sizes), *counted, self.kinds[-1].total()))

    def table(self) -> str:
        """The rows as a table of MiB and counts; below, how much each grew a minute in the second half."""
        names = ("minute", *self.columns)
        wide = [max(7, len(name)) for name in names]
        lines = ["  ".join(name.rjust(width) for name, width in zip(names, wide, strict=True))]
        for row in self.rows:
            cells = [f"{row[0]:.1f}", *(f"{value:.0f}" for value in row[1:])]
            lines.append("  ".join(cell.rjust(width) for cell, width in zip(cells, wide, strict=True)))
        # the last row is after trimming
        slopes = [slope(self.rows[len(self.rows) // 2 : -1], place) for place in range(1, len(names))]
        cells = ["a minute", *(f"{value:+.1f}" for value in slopes)]
        lines.append("  ".join(cell.rjust(width) for cell, width in zip(cells, wide, strict=True)))
        return "\n".join(lines)

    def grown(self, count: int) -> list[tuple[str, int, int]]:
        """Kinds of objects that became most more in the second half: name, then, now."""
        if len(self.kinds) < 2:
            return []
        then, now = self.kinds[len(self.kinds) // 2], self.kinds[-1]
        return [(kind, then[kind], now[kind]) for kind, _ in (now - then).most_common(count)]


def slope(rows: Sequence[Sequence[float]], place: int) -> float:
    """How much a column grows a minute, by least squares; 0 for fewer than two rows."""
    if len(rows) < 2:
        return 0.0
    mean_x = sum(row[0] for row in rows) / len(rows)
    mean_y = sum(row[place] for row in rows) / len(rows)
    spread = sum((row[0] - mean_x) ** 2 for row in rows)
    return sum((row[0] - mean_x) * (row[place] - mean_y) for row in rows) / spread if spread else 0.0
