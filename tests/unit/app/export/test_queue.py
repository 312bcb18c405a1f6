from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ExportError
from app.export.options import Alpha, ExportOptions, Layout, Missing, Timing
from app.export.perform import ExportResult
from app.export.queue import ExportQueue, QueueState
from app.export.report import ExportProgress, ExportReport
from app.export.request import ExportRequest, preset_named
from tests.unit.app.export.conftest import document

NOW = datetime(2026, 1, 31, 12, 0, 0)


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def request(name: str = "a") -> ExportRequest:
    return ExportRequest(Path(f"{name}.mov"), "png", ExportOptions(), Path("out"), asked_at=NOW)


def queue_of(count: int, clock: Clock | None = None) -> tuple[ExportQueue, list[int]]:
    queue = ExportQueue(clock or Clock())
    return queue, [queue.add(request(str(number)), document()).entry_id for number in range(count)]


RESULT = ExportResult(Path("out"), ExportReport((), (), ()), ())


def test_requests_survive_json() -> None:
    options = ExportOptions(
        object_ids=(2, 1),
        layout=Layout.EACH,
        in_point=3,
        handles=8,
        timing=Timing.CONSTANT,
        rate=Fraction(24000, 1001),
        alpha=Alpha.PREMULT,
        missing=Missing.HOLD,
        background=Path("still.png"),
        start_timecode="01:00:00:00",
    )
    made = ExportRequest(Path("a b.mov"), "exr", options, Path("out"), ("nk", "jsx"), NOW)
    assert ExportRequest.from_json(made.to_json()) == made
    assert made.title == "a b.mov · OpenEXR, half float"
    assert made.replacing().options.overwrite
    for broken in ({}, {**made.to_json(), "asked_at": "yesterday"}, {**made.to_json(), "options": 3}):
        with pytest.raises(ExportError, match="saved export cannot be read"):
            ExportRequest.from_json(broken)
    with pytest.raises(ExportError) as caught:
        preset_named("prores")
    assert "prores4444" in caught.value.hint


def test_names_with_the_time_do_not_change_while_an_export_waits() -> None:
    wanted = ExportRequest(
        Path("shot.mov"), "prores4444", ExportOptions(template="{clip}_{date}_{time}"), Path("o"), (), NOW
    )
    assert wanted.plan(document()).outputs[0].path.name == "shot_20260131_120000.mov"


def test_they_run_in_order_and_say_how_long_they_take() -> None:
    clock = Clock()
    queue, (first, second) = queue_of(2, clock)
    entry = queue.next_waiting()
    assert entry is not None
    assert entry.entry_id == first
    clock.now = 100.0
    queue.started(first)
    assert queue.next_waiting() == queue.entry(second)
    clock.now = 110.0
    queue.progressed(first, ExportProgress("Anna", "write", 0, 200))
    entry = queue.entry(first)
    assert entry is not None
    assert entry.seconds_left is None
    queue.progressed(first, ExportProgress("Anna", "verify", 50, 200))
    entry = queue.entry(first)
    assert entry is not None
    assert (entry.doing, entry.done, entry.total, entry.seconds_left) == ("Checking Anna", 50, 200, 30.0)
    assert queue.open_count == 2
    queue.finished(first, RESULT)
    entry = queue.entry(first)
    assert entry is not None
    assert (entry.state, entry.snapshot, entry.seconds_left) == (QueueState.DONE, None, None)
    assert entry.result is RESULT
    assert queue.open_count == 1


def test_a_failed_export_waits_again_and_may_replace_what_it_began() -> None:
    queue, (first, second) = queue_of(2)
    queue.started(first)
    queue.failed(first, "The disk is full.", "Make room.")
    entry = queue.entry(first)
    assert entry is not None
    assert (entry.state, entry.message, entry.hint) == (QueueState.FAILED, "The disk is full.", "Make room.")
    assert queue.retry(first)
    entry = queue.entry(first)
    assert entry is not None
    assert (entry.state, entry.message, entry.request.options.overwrite) == (QueueState.WAITING, "", False)
    queue.started(first)
    queue.progressed(first, ExportProgress("Anna", "write", 1, 200))
    queue.stopped(first)
    assert queue.retry(first)
    entry = queue.entry(first)
    assert entry is not None
    assert entry.request.options.overwrite
    assert not queue.retry(second)  # it waits already


def test_what_runs_is_not_removed_and_all_can_be_moved() -> None:
    queue, (first, second, third) = queue_of(3)
    queue.started(first)
    assert not queue.remove(first)
    assert queue.move(third, -1)
    assert [entry.entry_id for entry in queue.entries] == [first, third, second]
    assert not queue.move(second, 1)
    assert queue.move(first, 1)
    assert not queue.move(99, 1)
    assert queue.remove(second)
    assert not queue.remove(second)
    queue.finished(first, RESULT)
    queue.clear_done()
    assert [entry.entry_id for entry in queue.entries] == [third]


def test_the_next_session_knows_what_was_not_finished() -> None:
    queue, (first, second, _) = queue_of(3)
    queue.started(first)
    queue.finished(first, RESULT)
    queue.started(second)
    later = ExportQueue(Clock())
    later.load_json([*queue.to_json(), {"clip": 3}, "nonsense"])
    later.load_json({"not": "a list"})
    assert [(entry.request, entry.state) for entry in later.entries] == [
        (request("1"), QueueState.UNFINISHED),
        (request("2"), QueueState.UNFINISHED),
    ]
    left = later.entries[0].entry_id
    assert later.next_waiting() is None
    assert not later.retry(left)
    snapshot = document()
    assert later.retry(left, snapshot)
    entry = later.next_waiting()
    assert entry is not None
    assert entry.snapshot is snapshot


@given(
    st.lists(
        st.tuples(st.integers(1, 4), st.sampled_from(["up", "down", "start", "stop", "retry", "remove"]))
    )
)
def test_no_entry_is_lost_or_doubled(steps: list[tuple[int, str]]) -> None:
    queue, ids = queue_of(4)
    left = set(ids)
    for entry_id, step in steps:
        if step == "up":
            queue.move(entry_id, -1)
        elif step == "down":
            queue.move(entry_id, 1)
        elif step == "start":
            queue.started(entry_id)
        elif step == "stop":
            queue.stopped(entry_id)
        elif step == "retry":
            queue.retry(entry_id)
        elif queue.remove(entry_id):
            left.discard(entry_id)
    found = [entry.entry_id for entry in queue.entries]
    assert len(found) == len(set(found))
    assert set(found) == left
