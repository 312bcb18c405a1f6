"""The undo stack does what Qt's does; what Qt's does is asked of Qt's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.document.undo_stack import Command, UndoStack


class _Noting:
    """A command, to be mixed with Qt's or ours: notes what is asked of it."""

    def __init__(self, name: str, number: int, log: list[tuple], wish: str) -> None:
        super().__init__(name)
        self.number, self.log, self.wish = number, log, wish

    def redo(self) -> None:
        self.log.append(("redo", self.text()))
        self._obey("redo")

    def undo(self) -> None:
        self.log.append(("undo", self.text()))
        self._obey("undo")

    def id(self) -> int:
        return self.number

    def mergeWith(self, other: Any) -> bool:
        self.log.append(("merge", self.text()))
        self._obey("merge")
        return bool(self.wish != "alone")

    def _obey(self, done: str) -> None:
        if self.wish == done:
            self.setObsolete(True)


class _Ours(_Noting, Command):
    pass


class _Qts(_Noting, QUndoCommand):
    pass


class _Side:
    def __init__(self, stack: Any, command: type) -> None:
        log: list[tuple] = []
        self.stack, self.command, self.log = stack, command, log
        stack.indexChanged.connect(lambda index: log.append(("index", index)))
        stack.cleanChanged.connect(lambda clean: log.append(("clean", clean)))
        self.depth = 0

    def do(self, name: str, turn: int, number: int, wish: str) -> None:
        if name == "push":
            self.stack.push(self.command(f"command {turn}", number, self.log, wish))
        elif name == "beginMacro":
            self.stack.beginMacro(f"macro {turn}")
            self.depth += 1
        elif name == "endMacro" and self.depth:
            self.stack.endMacro()
            self.depth -= 1
        elif name == "clear":
            self.stack.clear()
            self.depth = 0
        elif name == "resetClean" or (name in ("undo", "redo", "setClean") and not self.depth):
            getattr(self.stack, name)()

    def state(self) -> tuple:
        stack = self.stack
        told = [stack.command(place) for place in range(-1, stack.count() + 1)]
        return (
            stack.count(),
            stack.index(),
            stack.cleanIndex(),
            stack.isClean(),
            stack.canUndo(),
            stack.canRedo(),
            stack.undoText(),
            stack.redoText(),
            [None if command is None else command.text() for command in told],
            list(self.log),
        )


_NAMES = ["push"] * 3 + ["undo"] * 2 + ["redo", "beginMacro", "endMacro", "setClean", "resetClean", "clear"]
moves = st.lists(
    st.tuples(
        st.sampled_from(_NAMES),
        st.sampled_from([-1, 1, 1, 2]),
        st.sampled_from(["", "", "", "alone", "redo", "undo", "merge"]),
    ),
    max_size=25,
)


@given(moves)
def test_it_does_what_qts_does(todo: list[tuple[str, int, str]]) -> None:
    ours, qts = _Side(UndoStack(), _Ours), _Side(QUndoStack(), _Qts)
    try:
        for turn, (name, number, wish) in enumerate(todo):
            ours.do(name, turn, number, wish)
            qts.do(name, turn, number, wish)
            assert ours.state() == qts.state()
    finally:
        qts.stack.clear()  # should it fail: what is in a traceback may be deleted twice


class _Failing(Command):
    def __init__(self, what: str) -> None:
        super().__init__("Fail")
        self.what = what

    def redo(self) -> None:
        if self.what == "redo":
            raise ValueError("failed")

    def undo(self) -> None:
        if self.what == "undo":
            raise ValueError("failed")


def test_a_command_that_raises_can_be_taken_back() -> None:
    stack = UndoStack()
    with pytest.raises(ValueError, match="failed"):
        stack.push(_Failing("redo"))
    assert (stack.count(), stack.index()) == (1, 1)
    stack.undo()
    assert (stack.count(), stack.index()) == (1, 0)
    with pytest.raises(ValueError, match="failed"):
        stack.redo()
    assert (stack.count(), stack.index()) == (1, 1)


def test_a_command_that_raises_when_it_is_undone_is_undone() -> None:
    stack = UndoStack()
    stack.push(_Failing("undo"))
    with pytest.raises(ValueError, match="failed"):
        stack.undo()
    assert (stack.count(), stack.index()) == (1, 0)


def test_macros_are_told_apart() -> None:
    stack = UndoStack()
    with pytest.raises(RuntimeError, match="no macro"):
        stack.endMacro()
    stack.beginMacro("Outer")
    with pytest.raises(RuntimeError, match="being made"):
        stack.setClean()
    stack.push(Command("a"))
    stack.beginMacro("Inner")
    stack.push(Command("b"))
    stack.endMacro()
    stack.push(Command("c"))
    stack.endMacro()
    assert [command.text() for command in stack.all_of(0)] == ["Outer", "a", "Inner", "b", "c"]
    assert list(stack.all_of(1)) == []
