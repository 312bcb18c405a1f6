"""Documents, histories and steps that nobody holds any more, and Python's collector of garbage."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.commands import ChangeObjectCommand, LockFramesCommand
from app.document.operations import clear_frame
from tests.unit.app.document.actions import actions, perform
from tests.unit.app.document.documents import new_document, paint
from tests.unit.app.document.test_undo_beside_run import LiveRun

# An error that holds a document and some of its steps in circles, as one with a traceback may. The collector
# comes first to what something else held when it looked before, and clears that first.
_HELD_BY_AN_ERROR = """
import gc

from app.document.commands import LockFramesCommand
from app.document.operations import clear_frame
from tests.unit.app.document.documents import new_document, paint

for ends_macro in (True, False):
    document = new_document()
    steps = [LockFramesCommand(document, frozenset({place}), True) for place in range(3)]
    for step in steps:
        document.undo_stack.push(step)
    paint(document, 3, (1, 1, 4, 4), 1)
    clear_frame(document, 3)
    document.undo_stack.beginMacro("Macro")
    steps.append(LockFramesCommand(document, frozenset({0}), False))
    document.undo_stack.push(steps[-1])
    if ends_macro:
        document.undo_stack.endMacro()
    error = ValueError()
    error.held = [steps, document]
    for step in steps:
        step.because = error
    held = [HELD]
    del document, steps, step, error
    gc.collect()
    del held
    gc.collect()
print("collected")
"""


@pytest.mark.parametrize("held", ["steps[0]", "steps[-1]", "*steps, document"])
def test_a_step_is_not_deleted_twice(repo_dir: Path, held: str) -> None:
    """Qt's stack did that with a step that the collector came to first."""
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-c", _HELD_BY_AN_ERROR.replace("HELD", held)],
        capture_output=True,
        text=True,
        check=False,
        cwd=repo_dir,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "collected\n", "")


@given(st.lists(actions, max_size=12))
@settings(max_examples=30)
def test_a_document_goes_without_the_collector(todo: list[tuple]) -> None:
    gc.disable()
    try:
        document = new_document()
        for action in todo:
            perform(document, action)
        watches = [weakref.ref(thing) for thing in (document, document.undo_stack)]
        watches += [weakref.ref(step) for step in document.undo_stack.steps()]
        del document
        assert [watch() for watch in watches] == [None] * len(watches)
    finally:
        gc.enable()


def test_a_step_that_was_pushed_over_goes_without_the_collector() -> None:
    gc.disable()
    try:
        document = new_document()
        paint(document, 0, (1, 1, 4, 4), 1)
        clear_frame(document, 0)
        run = LiveRun(document)
        run.find(2)
        watches = [weakref.ref(step) for step in document.undo_stack.steps()]
        assert len(watches) > 2
        del run
        while document.undo_stack.canUndo():
            document.undo()
        assert all(watch() is not None for watch in watches)
        document.undo_stack.push(LockFramesCommand(document, frozenset({1}), True))
        assert [watch() for watch in watches] == [None] * len(watches)
        newest = weakref.ref(document.undo_stack.command(0))
        document.undo_stack.clear()
        assert newest() is None
    finally:
        gc.enable()


def test_a_step_outlives_no_document() -> None:
    document = new_document()
    step = LockFramesCommand(document, frozenset({1}), True)
    document.undo_stack.push(step)
    del document
    with pytest.raises(ReferenceError, match="document is gone"):
        step.undo()


def test_what_was_merged_into_the_step_before_it_is_let_go() -> None:
    gc.disable()
    try:
        document = new_document()
        for name in ("a", "b"):
            step = ChangeObjectCommand(document, 1, name=name, gesture=5)
            document.undo_stack.push(step)
        assert document.undo_stack.count() == 1
        watch = weakref.ref(step)
        del step
        assert watch() is None
    finally:
        gc.enable()
