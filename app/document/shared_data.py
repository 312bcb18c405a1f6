"""How much memory compressed data takes that several holders share. Free of Qt.

A long clip has some 100,000 pieces of data, and they are counted in the window's thread. So nothing here goes
through them in Python one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter

from app.document.mask_store import StoredMask

_planes = attrgetter("planes")


def data_of(masks: Iterable[StoredMask | None]) -> Iterator[bytes]:
    """The compressed planes of masks; what masks share comes several times, as the same object."""
    return chain.from_iterable(map(_planes, filter(None, masks)))


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


def nbytes_of(data: Iterable[bytes]) -> int:
    """Size of data in bytes; what comes several times counts once."""
    return sum(map(len, _by_id(data).values()))


def _by_id(data: Iterable[bytes]) -> dict[int, bytes]:
    items = list(data)
    return dict(zip(map(id, items), items, strict=True))
