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
        self._data: dict[int, bytes] = {}
        self._holders: Counter[int] = Counter()
        self._elsewhere: dict[int, bytes] = {}
        self._others: Counter[int] = Counter()
        self._nbytes = 0
        self.keep_elsewhere(elsewhere)

    @property
    def nbytes(self) -> int:
        """Bytes that would be freed if all holders let go."""
        return self._nbytes

    def hold(self, data: Iterable[bytes]) -> None:
        """One more holder keeps these."""
        self._nbytes += _bytes_in(_more(data, self._data, self._holders), self._elsewhere)

    def release(self, data: Iterable[bytes]) -> None:
        """A holder lets go of these; give the same data as to ``hold``."""
        self._nbytes -= _bytes_in(_less(data, self._data, self._holders), self._elsewhere)

    def keep_elsewhere(self, data: Iterable[bytes]) -> None:
        """Somebody else keeps these from now on."""
        fresh = _more(data, self._elsewhere, self._others)
        self._nbytes -= sum([len(fresh[key]) for key in fresh.keys() & self._data.keys()])

    def drop_elsewhere(self, data: Iterable[bytes]) -> None:
        """Somebody else lets go of these; give the same data as to ``keep_elsewhere``."""
        gone = _less(data, self._elsewhere, self._others)
        self._nbytes += sum([len(gone[key]) for key in gone.keys() & self._data.keys()])


def _more(data: Iterable[bytes], table: dict[int, bytes], counts: Counter[int]) -> dict[int, bytes]:
    """Count data that come; returns those that were not there, by id."""
    items = list(data)
    by_id = dict(zip(map(id, items), items, strict=True))
    fresh = {key: by_id[key] for key in by_id.keys() - table.keys()}
    table.update(fresh)
    counts.update(map(id, items))
    return fresh


def _less(data: Iterable[bytes], table: dict[int, bytes], counts: Counter[int]) -> dict[int, bytes]:
    """Count data that go; returns those that are there no more, by id."""
    items = list(data)
    counts.subtract(map(id, items))
    gone = {key: table.pop(key) for key in set(map(id, items)) if not counts[key]}
    for key in gone:
        del counts[key]
    return gone


def _bytes_in(items: dict[int, bytes], besides: dict[int, bytes]) -> int:
    return sum([len(items[key]) for key in items.keys() - besides.keys()])


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
