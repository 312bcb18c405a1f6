"""Undo while a run goes on, which writes beneath what is done meanwhile."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.bulk import merged
from app.document.commands import BulkCommand, PropagateCommand
from app.document.document import Document
from app.document.locked import hold
from app.document.mask_store import StoredMask
from app.document.merging import merge_result
from app.document.operations import clear_frame
from app.document.references import without_object
from tests.unit.app.document.actions import actions, perform
from tests.unit.app.document.documents import both_propagated, new_document, paint, state, step_to


class LiveRun:
    """A run of object 1 that goes on while other things are done: it saw the masks of when it started."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.saw, self.regions = document.masks.entries(), dict(document.locked_regions)
        self.found: dict[int, StoredMask] = {}
        self.command = PropagateCommand(document, 1, document.references | {0}, "Propagate")
        document.undo_stack.push(self.command)

    def find(self, frame: int) -> None:
        document = self.document
        gone = not self.command.is_running or document.object(1) is None
        if frame in self.found or gone or frame in document.locked_frames:
            return
        base = self.saw.get(frame)
        if base is not None and base.tells_of(1):
            return
        probability = np.zeros((2, 12, 16), np.float32)
        probability[1, 2:6, 2:6] = 0.8
        entry = merge_result(base, (probability[1] > 0.5).astype(np.uint8), probability, (1,), {1})
        region, count = self.regions.get(frame), 0
        if region is not None:
            kept = hold(base, entry, region)
            assert kept.entry is not None
            entry, count = kept.entry, kept.pixel_count
        self.command.record(frame, entry, base, held=(region, count), written=frozenset({1}))
        self.found[frame] = entry

    def expected(self) -> object:
        return _pixels({**self.saw, **self.found})


def merge(document: Document, source: int, target: int) -> None:
    """Make an object part of another."""
    if source == target or document.object(source) is None or document.object(target) is None:
        return
    apply, entries = merged(source, target), document.masks.entries()
    masks = {index: apply(index, entry) for index, entry in entries.items()}
    objects = tuple(info for info in document.objects if info.object_id != source)
    references = without_object(document.reference_table, source)
    changed = {index: made for index, made in masks.items() if made is not entries[index]}
    document.undo_stack.push(BulkCommand(document, "Merge", changed, objects=objects, references=references))


frames = st.integers(0, 1)
boxes = st.sampled_from([(0, 0, 6, 5), (3, 3, 8, 9)])
strokes = st.tuples(st.just("paint"), frames, boxes, st.integers(1, 2))
live_actions = st.one_of(
    st.tuples(st.just("find"), frames),
    strokes,
    st.tuples(st.just("merge"), st.just(2), st.just(1)),
    st.tuples(st.just("remove"), st.just(2)),
    st.tuples(st.just("clear_frame"), frames),
    st.tuples(st.just("clear_object"), frames, st.integers(1, 2)),
    st.tuples(st.sampled_from(["undo", "redo"])),
    actions.filter(lambda action: action[0] != "propagate"),  # one run at a time
)
few_before = st.lists(strokes | st.tuples(st.just("both"), frames), min_size=1, max_size=2)


def pixels(document: Document) -> dict[int, object]:
    """What the masks show, however they came about."""
    return _pixels(document.masks.entries())


def _pixels(entries: Mapping[int, StoredMask]) -> dict[int, object]:
    return {
        index: (
            entry.index_mask().tobytes(),
            {key: entry.matte(key).tobytes() for key in entry.mattes},
        )
        for index, entry in entries.items()
    }


@settings(max_examples=400)
@given(few_before, st.lists(live_actions, min_size=1, max_size=12))
def test_undoing_down_to_a_run_leaves_what_it_found_and_undoing_it_what_was_there(before, meanwhile) -> None:
    document = new_document()
    stack = document.undo_stack
    perform(document, ("add",))
    for action in before:
        if action[0] == "both":
            document.put_mask(action[1], both_propagated())
        else:
            perform(document, action)
    stack.clear()
    beneath = state(document)
    run = LiveRun(document)
    place = stack.index()
    for action in meanwhile:
        if action[0] == "find":
            run.find(action[1])
        elif action[0] == "merge":
            merge(document, action[1], action[2])
        elif action[0] != "import" or document.object(1) is not None:  # object 1 may not come back anew
            perform(document, action)
    run.command.close()
    shown, index = pixels(document), stack.index()
    has_run = index >= place and stack.command(place - 1) is run.command
    for _ in range(2):  # undone down to the run, and the run alone done again
        if has_run and all(action[0] != "lock_pixels" for action in meanwhile):
            step_to(stack, place)
            assert pixels(document) == run.expected()
        step_to(stack, 0)
        assert state(document) == beneath
    step_to(stack, index)
    assert pixels(document) == shown
    while stack.canUndo():
        stack.undo()
    assert state(document) == beneath


def test_a_frame_that_was_cleared_stays_so_when_that_is_done_again() -> None:
    document = new_document()
    run = LiveRun(document)
    paint(document, 0, (0, 0, 6, 5), 1)
    run.find(0)  # waits: the frame is the user's
    clear_frame(document, 0)
    assert document.masks.frames() == []
    document.undo()
    document.undo()
    assert pixels(document) == run.expected()
    document.redo()
    document.redo()
    assert document.masks.frames() == []
    run.command.close()
    document.undo()
    document.undo()
    assert pixels(document) == run.expected()


def test_what_a_run_finds_while_clearing_is_undone_goes_when_that_is_done_again() -> None:
    document = new_document()
    perform(document, ("add",))
    document.put_mask(0, both_propagated())
    run = LiveRun(document)
    clear_frame(document, 0)
    document.undo()
    run.find(0)
    assert pixels(document) == run.expected()
    document.redo()
    assert document.masks.frames() == []
