"""How much memory compressed data takes that several holders share. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.document.mask_store import StoredMask


def data_of(masks: Iterable[StoredMask | None]) -> Iterator[bytes]:
    """The compressed planes of masks; what masks share comes several times, as the same object."""
    for mask in masks:
        if mask is not None:
            yield mask.index
            for matte in mask.mattes.values():
                yield matte.coarse
                yield matte.rest


class Shares:
    """Counts what holders keep alive together: data that is the same object counts once.

    Args:
        elsewhere: Data that somebody else keeps anyway; it counts for nothing.
    """

    def __init__(self, elsewhere: Iterable[bytes] = ()) -> None:
        # the data themselves are kept as well: an id is of no use once its object is gone
        self._elsewhere = {id(data): data for data in elsewhere}
        self._holders: dict[int, tuple[bytes, int]] = {}
        self._nbytes = 0

    @property
    def nbytes(self) -> int:
        """Bytes that would be freed if all holders let go."""
        return self._nbytes

    def hold(self, data: Iterable[bytes]) -> None:
        """One more holder keeps these."""
        for key, item in {id(item): item for item in data}.items():
            if key in self._elsewhere:
                continue
            _, count = self._holders.get(key, (item, 0))
            self._holders[key] = item, count + 1
            if not count:
                self._nbytes += len(item)

    def release(self, data: Iterable[bytes]) -> None:
        """A holder lets go of these; give the same data as to ``hold``."""
        for key, item in {id(item): item for item in data}.items():
            if key in self._elsewhere:
                continue
            _, count = self._holders[key]
            if count > 1:
                self._holders[key] = item, count - 1
            else:
                del self._holders[key]
                self._nbytes -= len(item)


def nbytes_of(data: Iterable[bytes]) -> int:
    """Size of data in bytes; what comes several times counts once."""
    return sum(map(len, {id(item): item for item in data}.values()))
