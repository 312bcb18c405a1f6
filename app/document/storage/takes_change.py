"""What happened to takes, as journals hold it. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.document.takes import Take, TakeRecord


@dataclass(frozen=True)
class TakesChange:
    """What happened to takes.

    Attributes:
        order: Ids of those that are in effect, the oldest first.
        records: Those of them that changed, with the frames that did.
    """

    order: tuple[int, ...]
    records: tuple[TakeRecord, ...] = ()


def joined(former: TakesChange | None, change: TakesChange) -> TakesChange:
    """Two changes as one."""
    known = {} if former is None else {record.take_id: record for record in former.records}
    for record in change.records:
        known[record.take_id] = _on_top(known.get(record.take_id), record)
    return TakesChange(change.order, tuple(known[key] for key in change.order if key in known))


def takes_onto(base: Iterable[TakeRecord], change: TakesChange) -> tuple[TakeRecord, ...]:
    """The takes of a project after a change; those of which nobody knows anything are left out."""
    known = {record.take_id: record for record in base}
    for record in change.records:
        known[record.take_id] = _on_top(known.get(record.take_id), record)
    return tuple(known[key] for key in change.order if key in known)


def _on_top(former: TakeRecord | None, record: TakeRecord) -> TakeRecord:
    return record if former is None else replace(record, frames={**former.frames, **record.frames})


@dataclass(frozen=True)
class _Told:
    """How much of a take was told."""

    take: Take
    write_count: int
    settled: frozenset[int]

    @classmethod
    def all_of(cls, take: Take) -> _Told:
        return cls(take, take.write_count, take.settled)


class ToldTakes:
    """What a journal knows of takes, to tell it what is new.

    Args:
        takes: Those that it knows, or that the project has which it goes on from.
    """

    def __init__(self, takes: Iterable[Take] = ()) -> None:
        self._told = {take.take_id: _Told.all_of(take) for take in takes}

    def news(self, takes: Iterable[Take]) -> TakesChange:
        """What changed since it was asked last. It takes time for that alone, not for all that takes hold."""
        now: dict[int, _Told] = {}
        changed = []
        for take in takes:
            told = now[take.take_id] = _Told.all_of(take)
            former = self._told.get(take.take_id)
            if former is None or former.take is not take:
                changed.append(take.written_since(0))
            elif former != told:
                changed.append(take.written_since(former.write_count))
        self._told = now
        return TakesChange(tuple(now), tuple(changed))
