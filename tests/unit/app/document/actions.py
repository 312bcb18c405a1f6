"""Edits of a small document, drawn at random."""

from __future__ import annotations

import contextlib

import numpy as np
from hypothesis import strategies as st

from app.document.commands import (
    AddObjectCommand,
    ChangeObjectCommand,
    ChangeReferenceCommand,
    LockFramesCommand,
    LockRegionsCommand,
    PropagateCommand,
    RemoveObjectCommand,
    ReorderObjectsCommand,
    ReviewCommand,
    SetReferenceCommand,
)
from app.document.document import Document
from app.document.finish import MatteFinish
from app.document.locked import locked_region
from app.document.objects import new_object
from app.document.operations import clear_frame, clear_object, import_mask, set_in_point, set_out_point
from app.document.references import Reference
from app.errors import UserError
from tests.unit.app.document.documents import paint, propagated

frames = st.integers(0, 3)
few_ids = st.frozensets(st.integers(1, 3))
boxes = st.tuples(st.integers(0, 11), st.integers(0, 8), st.integers(1, 5), st.integers(1, 4)).map(
    lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])
)
actions = st.one_of(
    st.tuples(st.just("paint"), frames, boxes, st.integers(1, 3)),
    st.tuples(st.just("erase"), frames, boxes, st.integers(1, 3)),
    st.tuples(st.just("add")),
    st.tuples(st.just("remove"), st.integers(1, 3)),
    st.tuples(st.just("rename"), st.integers(1, 3), st.sampled_from("abc")),
    st.tuples(st.just("reference"), frames, st.booleans()),
    st.tuples(st.just("teach"), frames, few_ids, few_ids, st.booleans()),
    st.tuples(st.just("reorder"), st.permutations(range(6))),
    st.tuples(st.just("lock_object"), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("finish"), st.integers(1, 3), st.integers(-3, 3), st.integers(0, 2)),
    st.tuples(st.just("in"), st.none() | frames),
    st.tuples(st.just("out"), st.none() | frames),
    st.tuples(st.just("lock"), st.frozensets(frames, min_size=1), st.booleans()),
    st.tuples(st.just("lock_pixels"), st.frozensets(frames, min_size=1), st.none() | boxes),
    st.tuples(st.just("review"), st.frozensets(st.tuples(frames, st.integers(1, 3))), st.booleans()),
    st.tuples(st.just("propagate"), st.lists(st.integers(0, 5), max_size=4, unique=True)),
    st.tuples(st.just("clear_frame"), frames),
    st.tuples(st.just("clear_object"), frames, st.integers(1, 3)),
    st.tuples(st.just("import"), frames, st.integers(1, 4)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)


def perform(document: Document, action: tuple) -> None:
    """Do it, unless something locked stands against it."""
    with contextlib.suppress(UserError):
        _perform(document, action)


def _perform(document: Document, action: tuple) -> None:
    stack, kind = document.undo_stack, action[0]
    if kind in ("paint", "erase") and document.object(action[3]) is not None:
        paint(document, action[1], action[2], action[3], erase=kind == "erase")
    elif kind == "add":
        free = document.next_object_id()
        if free is not None:
            stack.push(AddObjectCommand(document, new_object(free)))
    elif kind == "remove" and document.object(action[1]) is not None:
        stack.push(RemoveObjectCommand(document, action[1]))
    elif kind == "rename" and document.object(action[1]) is not None:
        stack.push(ChangeObjectCommand(document, action[1], name=action[2]))
    elif kind == "reference":
        stack.push(SetReferenceCommand(document, action[1], action[2]))
    elif kind == "teach":
        stack.push(ChangeReferenceCommand(document, Reference(*action[1:])))
    elif kind == "reorder":
        order = [info.object_id for info in document.objects]
        stack.push(ReorderObjectsCommand(document, [order[i] for i in action[1] if i < len(order)]))
    elif kind == "lock_object" and document.object(action[1]) is not None:
        stack.push(ChangeObjectCommand(document, action[1], locked=action[2]))
    elif kind == "finish" and document.object(action[1]) is not None:
        finish = MatteFinish(grow_px=action[2])
        stack.push(ChangeObjectCommand(document, action[1], finish=finish, gesture=action[3]))
    elif kind == "in":
        set_in_point(document, action[1])
    elif kind == "out":
        set_out_point(document, action[1])
    elif kind == "lock":
        stack.push(LockFramesCommand(document, action[1], action[2]))
    elif kind == "lock_pixels":
        pixels = np.zeros((12, 16), bool)
        if action[2] is not None:
            left, top, right, bottom = action[2]
            pixels[top:bottom, left:right] = True
        table = dict.fromkeys(action[1], locked_region(pixels))
        stack.push(LockRegionsCommand(document, table, "Lock pixels"))
    elif kind == "review":
        stack.push(ReviewCommand(document, action[1], action[2]))
    elif kind == "propagate":
        command = PropagateCommand(document, 1, document.references | {0}, "Propagate")
        stack.push(command)
        for index in action[1]:
            command.record(index, propagated())
        command.close()
    elif kind == "clear_frame":
        clear_frame(document, action[1])
    elif kind == "clear_object":
        clear_object(document, action[1], action[2])
    elif kind == "import":
        mask = np.zeros((12, 16), np.uint8)
        mask[3:5, 3:9] = action[2]
        import_mask(document, action[1], mask, 10)
    elif kind == "undo":
        stack.undo()
    elif kind == "redo":
        stack.redo()
