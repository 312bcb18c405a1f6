"""How much memory compressed data takes that several holders share. Free of Qt.

A long clip has some 100,000 pieces of data, and they are counted in the window's thread. So nothing here goes
through them in Python one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from itertools import chain, islice
from operator import attrgetter
from typing import Protocol

Counting = Generator[None, None, int]
"""Counts bytes in pieces, each of which takes about a millisecond, and returns their number."""

_PIECE = 4000
_planes, _nbytes = attrgetter("planes"), attrgetter("nbytes")


class Kept(Protocol):
    """Masks or locked pixels: something with compressed data."""

    @property
    def planes(self) -> tuple[bytes, ...]:
        """All of the data."""

    @property
    def nbytes(self) -> int:
        """Their size."""


def data_of(kept: Iterable[Kept | None]) -> Iterator[bytes]:
    """The compressed planes of masks; what masks share comes several times, as the same object."""
    return chain.from_iterable(map(_planes, filter(None, kept)))


def at_most(kept: Iterable[Kept | None]) -> int:
    """Size of the data of masks in bytes, at a glance; what masks share counts several times."""
    return sum(map(_nbytes, filter(None, kept)))


class Shares:
    """Counts what holders keep alive together: data that is the same object counts once.

    Args:
        elsewhere: Data that somebody else keeps anyway; it counts for nothing.
    """

    def __init__(self, elsewhere: Iterable[bytes] = ()) -> None:
        # the data themselves are kept as well: an id is of no use once its object is gone
        self._elsewhere = _by_id(elsewhere)
        self._data: dict[int, bytes] = {}
        self._holders: Counter[int] = Counter()
        self._nbytes = 0

    @property
    def nbytes(self) -> int:
        """Bytes that would be freed if all holders let go."""
        return self._nbytes

    def hold(self, data: Iterable[bytes]) -> None:
        """One more holder keeps these."""
        items = _by_id(data)
        held = items.keys() - self._elsewhere.keys()
        self._nbytes += sum([len(items[key]) for key in held - self._data.keys()])
        self._data.update(items)
        self._holders.update(held)

    def release(self, data: Iterable[bytes]) -> None:
        """A holder lets go of these; give the same data as to ``hold``."""
        held = _by_id(data).keys() - self._elsewhere.keys()
        self._holders.subtract(held)
        for key in held:
            if not self._holders[key]:
                self._nbytes -= len(self._data.pop(key))


def counting(data: Iterable[bytes], elsewhere: Iterable[bytes] = ()) -> Counting:
    """Count data that are not elsewhere; what comes several times counts once.

    Neither of the two may change meanwhile.
    """
    known: dict[int, bytes] = {}
    for items in _pieces(elsewhere):
        known.update(items)
        yield
    total = 0
    for items in _pieces(data):
        total += sum([len(items[key]) for key in items.keys() - known.keys()])
        known.update(items)
        yield
    return total


def counted(task: Counting) -> int:
    """Count to the end."""
    while True:
        try:
            next(task)
        except StopIteration as end:
            return int(end.value)


def _pieces(data: Iterable[bytes]) -> Iterator[dict[int, bytes]]:
    left = iter(data)
    while items := _by_id(islice(left, _PIECE)):
        yield items


def _by_id(data: Iterable[bytes]) -> dict[int, bytes]:
    items = list(data)
    return dict(zip(map(id, items), items, strict=True))
