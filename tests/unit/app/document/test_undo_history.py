from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.document.commands import ChangeObjectCommand, PropagateCommand, RemoveObjectCommand
from app.document.document import Document
from app.document.operations import import_mask
from tests.unit.app.document.actions import actions, perform
from tests.unit.app.document.documents import new_document, paint, propagated, state, step_to

# ---- any sequence of edits: undo all = start, redo all = end ----


@given(
    st.lists(actions, max_size=5).map(lambda few: [("add",), ("add",), *few]) | st.lists(actions, max_size=14)
)
def test_undo_all_is_the_start_and_redo_all_is_the_end(sequence) -> None:
    document = new_document()
    start = state(document)
    for action in sequence:
        perform(document, action)
    end, stack = state(document), document.undo_stack
    index = stack.index()
    step_to(stack, 0)
    assert state(document) == start
    step_to(stack, index)
    assert state(document) == end
    while stack.canUndo():
        stack.undo()
    assert state(document) == start


# ---- what the history may weigh ----


def test_masks_of_old_runs_are_given_up_beyond_a_budget(document: Document) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    runs = []
    for number in range(3):
        command = PropagateCommand(document, number, frozenset({0}), "Propagate")
        document.undo_stack.push(command)
        for index in range(1, 5):
            command.record(index, propagated())
        command.close()
        runs.append(command)
    document.undo_stack.budget_bytes = runs[2].most_bytes + runs[1].most_bytes
    document.undo_stack.measure(runs[2])
    assert [run.is_forgotten for run in runs] == [True, False, False]
    document.undo()
    document.undo()
    assert not document.can_undo
    left = state(document)
    document.undo()
    assert state(document) == left
    document.redo()
    assert document.undo_stack.index() == 3


def test_history_is_unlimited_within_its_budget(document: Document) -> None:
    for number in range(2000):
        document.undo_stack.push(ChangeObjectCommand(document, 1, name=str(number)))
    while document.can_undo:
        document.undo()
    assert document.objects[0].name == "Object 1"


def test_strokes_imports_and_removals_count_as_well(document: Document) -> None:
    rng = np.random.default_rng(0)
    stack = document.undo_stack

    def noise(frame: int) -> None:
        import_mask(document, frame, rng.integers(0, 3, (12, 16), np.uint8), 10)

    noise(0)
    noise(0)
    before = stack.nbytes
    noise(0)
    one = stack.nbytes - before  # a step, and the mask that only the history has now
    stack.budget_bytes = round(one * 4.5)
    for _ in range(8):
        noise(0)
    assert stack.nbytes <= stack.budget_bytes
    steps = 0
    while document.can_undo:
        document.undo()
        steps += 1
    assert steps == 4
    assert document.masks.frames() == [0]
    noise(1)  # a new branch after undoing: what was redone is gone, what is kept is known
    assert stack.nbytes <= 2 * one
    stack.push(RemoveObjectCommand(document, 2))
    stack.budget_bytes = 1
    stack.push(ChangeObjectCommand(document, 1, name="x"))
    document.undo()
    assert not document.can_undo  # the newest step is always kept, and no other here
