"""Commands that were done, and those that were undone; as Qt's undo stack does it, but in Python."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QObject, Signal


class Command:
    """One change, or several done as one. Names and meaning as in Qt's ``QUndoCommand``.

    Args:
        text: What the Edit menu calls it.
    """

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._is_obsolete = False

    def text(self) -> str:
        """What the Edit menu calls it."""
        return self._text

    def redo(self) -> None:
        """Do it, for the first time or again."""

    def undo(self) -> None:
        """Take it back."""

    def id(self) -> int:
        """Commands with the same number other than -1 may become one."""
        return -1

    def mergeWith(self, other: Command) -> bool:
        """Take in a command with the same number that was done right after it; returns whether it did."""
        return False

    def isObsolete(self) -> bool:
        """Whether it changes nothing any more, so that the stack drops it."""
        return self._is_obsolete

    def setObsolete(self, obsolete: bool) -> None:
        """Set whether the stack may drop it."""
        self._is_obsolete = obsolete

    def parts(self) -> Sequence[Command]:
        """What a macro is made of; nothing in other commands."""
        return ()


class Macro(Command):
    """Several commands that are done and undone as one."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.children: list[Command] = []

    def redo(self) -> None:
        """Do all of them, the first one first."""
        for command in self.children:
            command.redo()

    def undo(self) -> None:
        """Take all of them back, the last one first."""
        for command in reversed(self.children):
            command.undo()

    def parts(self) -> Sequence[Command]:
        """All of them."""
        return self.children


class UndoStack(QObject):
    """What can be undone and done again. Names and meaning as in Qt's ``QUndoStack``.

    That one deletes its commands, and PySide (6.11) gives a command that Python's collector of garbage comes
    to before the stack back to Python, which deletes it as well: a segmentation fault. See
    docs/adr/0016-an-undo-stack-in-python.md.

    A command that raises is on the stack, or off it, all the same: what it did so far can be taken back.

    Args:
        parent: Owner.

    Signals:
        indexChanged: A command was done or undone (how many are done).
        cleanChanged: The state that was saved was left, or come back to (whether it is that one).
    """

    indexChanged = Signal(int)
    cleanChanged = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._commands: list[Command] = []
        self._open_macros: list[Macro] = []
        self._index = 0
        self._clean_index = 0

    # ---- reading ----

    def count(self) -> int:
        """How many commands there are, done and undone; a macro is one."""
        return len(self._commands)

    def index(self) -> int:
        """How many of them are done."""
        return self._index

    def command(self, place: int) -> Command | None:
        """The command at a place, the oldest at 0; None where there is none."""
        return self._commands[place] if 0 <= place < len(self._commands) else None

    def all_of(self, place: int) -> Iterator[Command]:
        """The command at a place, or the macro and all that it is made of; nothing where there is none."""
        command = self.command(place)
        waiting = [] if command is None else [command]
        while waiting:
            command = waiting.pop()
            yield command
            waiting += reversed(command.parts())

    @property
    def in_macro(self) -> bool:
        """Whether a macro was begun and not ended."""
        return bool(self._open_macros)

    def canUndo(self) -> bool:
        """Whether there is a command to undo; there is none while a macro is being made."""
        return not self.in_macro and self._index > 0

    def canRedo(self) -> bool:
        """Whether there is a command to do again; there is none while a macro is being made."""
        return not self.in_macro and self._index < len(self._commands)

    def undoText(self) -> str:
        """What would be undone; empty if nothing can be."""
        return self._commands[self._index - 1].text() if self.canUndo() else ""

    def redoText(self) -> str:
        """What would be done again; empty if nothing can be."""
        return self._commands[self._index].text() if self.canRedo() else ""

    def isClean(self) -> bool:
        """Whether this is the state that was saved."""
        return not self.in_macro and self._clean_index == self._index

    def cleanIndex(self) -> int:
        """How many commands were done in the state that was saved; -1 if it cannot be come back to."""
        return self._clean_index

    # ---- changing ----

    def push(self, command: Command) -> None:
        """Do a command and put it on top. Those that were undone are gone."""
        try:
            command.redo()
        finally:
            self._add(command)

    def _add(self, command: Command) -> None:
        if self.in_macro:
            beneath = self._open_macros[-1].children
            may_merge = bool(beneath)
        else:
            self._drop_undone()
            beneath = self._commands
            may_merge = bool(beneath) and self._index != self._clean_index
        last = beneath[-1] if may_merge else None
        if last is not None and last.id() != -1 and last.id() == command.id() and last.mergeWith(command):
            if last.isObsolete():
                beneath.pop()
            if not self.in_macro:
                self._move_to(len(beneath), always_tell=True)
        elif not command.isObsolete():
            beneath.append(command)
            if not self.in_macro:
                self._move_to(len(beneath))

    def undo(self) -> None:
        """Take the newest command that is done back, if there is one."""
        if self.canUndo():
            place = self._index - 1
            try:
                self._commands[place].undo()
            finally:
                self._drop_obsolete(place)
                self._move_to(place)

    def redo(self) -> None:
        """Do the oldest command that is undone again, if there is one."""
        if self.canRedo():
            place = self._index
            try:
                self._commands[place].redo()
            finally:
                self._move_to(place + (not self._drop_obsolete(place)))

    def _drop_obsolete(self, place: int) -> bool:
        if not self._commands[place].isObsolete():
            return False
        del self._commands[place]
        if self._clean_index > place:
            self.resetClean()
        return True

    def beginMacro(self, text: str) -> None:
        """What is pushed until ``endMacro`` is one command. Macros may be nested."""
        macro = Macro(text)
        if self.in_macro:
            self._open_macros[-1].children.append(macro)
        else:
            self._drop_undone()
            self._commands.append(macro)
        self._open_macros.append(macro)

    def endMacro(self) -> None:
        """The macro that was begun last is complete.

        Raises:
            RuntimeError: None was begun.
        """
        if not self.in_macro:
            raise RuntimeError("no macro was begun")
        self._open_macros.pop()
        if not self._open_macros:
            self._move_to(self._index + 1)

    def clear(self) -> None:
        """Drop all commands, without undoing them; that is the clean state."""
        if self._commands:
            was_clean = self.isClean()
            self._open_macros.clear()
            self._commands.clear()
            self._index = self._clean_index = 0
            self.indexChanged.emit(0)
            if not was_clean:
                self.cleanChanged.emit(True)

    def setClean(self) -> None:
        """The state as it is now is the one that was saved.

        Raises:
            RuntimeError: A macro is being made.
        """
        if self.in_macro:
            raise RuntimeError("a macro is being made")
        was_clean = self.isClean()
        self._clean_index = self._index
        if not was_clean:
            self.cleanChanged.emit(True)

    def resetClean(self) -> None:
        """No state that can be come back to is the one that was saved."""
        was_clean = self.isClean()
        self._clean_index = -1
        if was_clean:
            self.cleanChanged.emit(False)

    def _drop_undone(self) -> None:
        del self._commands[self._index :]
        if self._clean_index > self._index:
            self._clean_index = -1

    def _move_to(self, index: int, *, always_tell: bool = False) -> None:
        was_clean = self._index == self._clean_index
        if index != self._index or always_tell:
            self._index = index
            self.indexChanged.emit(index)
        is_clean = self._index == self._clean_index
        if is_clean != was_clean:
            self.cleanChanged.emit(is_clean)
