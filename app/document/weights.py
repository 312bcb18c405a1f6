"""What the steps of a history keep alive, counted as they come and go. Free of Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from operator import is_

from app.document.shared_data import Counting, Kept, Shares, data_of

_PIECE = 400
"""Masks that are looked at in a piece; some have a dozen planes."""

KeptAt = Callable[[int], Iterable[Kept | None]]
Elsewhere = Callable[[], Iterable[Kept]]


class Weights:
    """Steps by their place in the stack; what several of them share, or somebody else keeps, is known.

    A history of a long session has some 10,000 steps, and one more is pushed in the window's thread. So only
    those steps are looked at that were changed since they were counted.

    Args:
        kept_at: The masks that the step at a place keeps alive now.
        elsewhere: What stays if the history goes.
    """

    def __init__(self, kept_at: KeptAt, elsewhere: Elsewhere) -> None:
        self._kept_at, self._ask_elsewhere = kept_at, elsewhere
        self._shares = Shares()
        self._held: list[list[Kept]] = []
        self._changed: dict[int, None] = {}  # places, in the order in which they were changed
        self._elsewhere: dict[int, Kept] = {}

    @property
    def nbytes(self) -> int:
        """Bytes that would be freed without the history, as far as it was counted."""
        return self._shares.nbytes

    def cut(self, count: int) -> None:
        """Only so many places are left."""
        for held in self._held[count:]:
            self._shares.release(data_of(held))
        del self._held[count:]
        self._changed = {place: None for place in self._changed if place < count}

    def add(self) -> None:
        """There is one more place."""
        self._changed[len(self._held)] = None
        self._held.append([])

    def note_changed(self, places: Iterable[int]) -> None:
        """Steps may keep other masks now."""
        self._changed.update(dict.fromkeys(place for place in places if 0 <= place < len(self._held)))

    def clear(self) -> None:
        """Nothing is left."""
        self._shares, self._elsewhere = Shares(), {}
        self._held.clear()
        self._changed.clear()

    def counting(self) -> Counting:
        """Look at all that was changed, in pieces, and tell ``nbytes``. Steps may come and go meanwhile."""
        while self._changed:
            place = next(iter(self._changed))
            is_whole = self._look_at(place)
            if is_whole:
                self._changed.pop(place, None)
            yield
        yield from self._look_elsewhere()
        return self.nbytes

    def _look_at(self, place: int) -> bool:
        """Count some more masks of a place; returns whether these are all."""
        held = self._held[place]
        now = [kept for kept in self._kept_at(place) if kept is not None]
        if len(held) > len(now) or not all(map(is_, held, now)):
            self._shares.release(data_of(held))
            held.clear()
        more = now[len(held) : len(held) + _PIECE]
        self._shares.hold(data_of(more))
        held += more
        return len(held) == len(now)

    def _look_elsewhere(self) -> Counting:
        kept = list(self._ask_elsewhere())
        now, known = dict(zip(map(id, kept), kept, strict=True)), self._elsewhere
        gone, fresh = iter(known.keys() - now.keys()), iter(now.keys() - known.keys())
        while keys := list(islice(gone, _PIECE)):
            self._shares.drop_elsewhere(data_of([known.pop(key) for key in keys]))
            yield
        while keys := list(islice(fresh, _PIECE)):
            known.update({key: now[key] for key in keys})
            self._shares.keep_elsewhere(data_of([now[key] for key in keys]))
            yield
        return self.nbytes
