from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.commands import (
    AddObjectCommand,
    ChangeObjectCommand,
    ChangeReferenceCommand,
    LockFramesCommand,
    PaintCommand,
    PropagateCommand,
    RemoveObjectCommand,
    ReorderObjectsCommand,
    ReviewCommand,
    SetReferenceCommand,
)
from app.document.document import Document
from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.document.operations import clear_frame, clear_object, import_mask, set_in_point, set_out_point
from app.document.references import Reference
from app.errors import UserError
from app.media import VideoInfo

INFO = VideoInfo(16, 12, 20, Fraction(25), "clip")


def new_document() -> Document:
    document = Document()
    document.open_clip(Path("clip"), INFO)
    return document


@pytest.fixture
def document() -> Document:
    return new_document()


def paint(
    document: Document, frame: int, box: tuple[int, int, int, int], object_id: int, erase: bool = False
) -> None:
    document.set_current_frame(frame)
    edit = document.begin_edit()
    coverage = np.ones((box[3] - box[1], box[2] - box[0]), bool)
    edit.paint(coverage, box, object_id, erase=erase)
    document.edit_changed(box)
    patch = document.finish_edit()
    if patch is not None:
        document.undo_stack.push(PaintCommand(document, patch, "Paint"))


def propagated(object_id: int = 1) -> object:
    mask = np.zeros((12, 16), np.uint8)
    mask[2:6, 2:6] = object_id
    return pack(mask, MaskSource.PROPAGATED, {object_id: np.where(mask > 0, 200, 0).astype(np.uint8)})


def state(document: Document) -> object:
    return (
        document.objects,
        document.masks.entries(),
        dict(document.reference_table),
        (document.in_point, document.out_point),
        document.locked_frames,
        document.reviewed,
    )


# ---- any sequence of edits: undo all = start, redo all = end ----

frames = st.integers(0, 3)
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
    st.tuples(st.just("teach"), frames, st.none() | st.frozensets(st.integers(1, 3)), st.booleans()),
    st.tuples(st.just("reorder"), st.permutations(range(6))),
    st.tuples(st.just("lock_object"), st.integers(1, 3), st.booleans()),
    st.tuples(st.just("finish"), st.integers(1, 3), st.integers(-3, 3), st.integers(0, 2)),
    st.tuples(st.just("in"), st.none() | frames),
    st.tuples(st.just("out"), st.none() | frames),
    st.tuples(st.just("lock"), st.frozensets(frames, min_size=1), st.booleans()),
    st.tuples(st.just("review"), st.frozensets(st.tuples(frames, st.integers(1, 3))), st.booleans()),
    st.tuples(st.just("propagate"), st.lists(st.integers(0, 5), max_size=4, unique=True)),
    st.tuples(st.just("clear_frame"), frames),
    st.tuples(st.just("clear_object"), frames, st.integers(1, 3)),
    st.tuples(st.just("import"), frames, st.integers(1, 4)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)


def perform(document: Document, action: tuple) -> None:
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
    stack.setIndex(0)
    assert state(document) == start
    stack.setIndex(index)
    assert state(document) == end
    while stack.canUndo():
        stack.undo()
    assert state(document) == start


# ---- single commands ----


def test_one_stroke_is_one_step_and_its_first_redo_does_nothing(document: Document) -> None:
    changes: list[int] = []
    paint(document, 4, (2, 3, 6, 7), 1)
    document.mask_changed.connect(lambda frame, rect: changes.append(frame))
    assert document.undo_stack.count() == 1
    assert document.masks.source(4) is MaskSource.USER
    document.undo_stack.undo()
    assert 4 not in document.masks
    document.undo_stack.redo()
    assert document.masks.index_mask(4).sum() == 16
    assert changes == [4, 4]


def test_a_stroke_that_touches_nothing_is_no_step(document: Document) -> None:
    paint(document, 4, (2, 3, 6, 7), 1, erase=True)
    assert document.undo_stack.count() == 0
    assert 4 not in document.masks


def test_the_eraser_leaves_other_objects_alone(document: Document) -> None:
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    paint(document, 0, (0, 0, 8, 4), 1)
    paint(document, 0, (4, 0, 12, 4), 2)
    paint(document, 0, (0, 0, 16, 12), 1, erase=True)
    mask = document.masks.index_mask(0)
    assert (mask == 1).sum() == 0
    assert (mask == 2).sum() == 32


def test_painting_a_propagated_frame_makes_it_the_users(document: Document) -> None:
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    assert command.record(3, propagated())
    command.close()
    paint(document, 3, (2, 2, 4, 4), 1)
    assert document.masks.source(3) is MaskSource.USER
    assert document.masks.matte(3, 1)[3, 3] == 255
    assert document.masks.matte(3, 1)[5, 5] == 200
    document.undo_stack.undo()
    assert document.masks.source(3) is MaskSource.PROPAGATED


def test_a_run_does_not_overwrite_the_users_frames(document: Document) -> None:
    paint(document, 2, (0, 0, 3, 3), 1)
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    assert not command.record(2, propagated())
    assert command.record(3, propagated())
    assert document.masks.source(2) is MaskSource.USER
    assert command.frames == [3]


def test_a_run_is_one_step_and_brings_its_references(document: Document) -> None:
    paint(document, 0, (0, 0, 3, 3), 1)
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    for index in (1, 2, 3):
        command.record(index, propagated())
    command.close()
    assert document.references == {0}
    document.undo_stack.undo()
    assert document.masks.frames() == [0]
    assert document.references == frozenset()
    document.undo_stack.redo()
    assert document.masks.frames() == [0, 1, 2, 3]


def test_a_run_that_wrote_nothing_leaves_no_step(document: Document) -> None:
    paint(document, 0, (0, 0, 3, 3), 1)
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    command.close()
    assert document.undo_stack.count() == 1
    assert document.references == frozenset()


def test_strokes_during_a_run_are_undone_before_it(document: Document) -> None:
    undone: list[int] = []
    document.run_undone.connect(undone.append)
    command = PropagateCommand(document, 7, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    command.record(1, propagated())
    paint(document, 1, (8, 8, 10, 10), 1)
    command.record(2, propagated())
    document.undo_stack.undo()
    assert document.masks.source(1) is MaskSource.PROPAGATED
    assert 2 in document.masks
    assert undone == []
    document.undo_stack.undo()
    assert document.masks.frames() == []
    assert undone == [7]
    assert not command.record(3, propagated())
    assert document.masks.frames() == []


def test_removing_an_object_takes_its_pixels_and_gives_them_back(document: Document) -> None:
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    paint(document, 0, (0, 0, 4, 4), 1)
    paint(document, 0, (6, 0, 10, 4), 2)
    paint(document, 1, (0, 0, 4, 4), 2)
    document.undo_stack.push(SetReferenceCommand(document, 1, True))
    before = state(document)
    document.undo_stack.push(RemoveObjectCommand(document, 2))
    assert [info.object_id for info in document.objects] == [1]
    assert document.masks.frames() == [0]
    assert document.references == frozenset()
    assert document.current_object_id == 1
    document.undo_stack.undo()
    assert state(document) == before


def test_new_ids_are_not_those_of_removed_objects_while_there_are_others(document: Document) -> None:
    assert document.next_object_id() == 2
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.undo_stack.push(RemoveObjectCommand(document, 1))
    assert document.next_object_id() == 3
    assert document.snapshot().retired_ids == {1}
    every = tuple(new_object(object_id) for object_id in range(2, 255))
    document.put_objects(every)
    assert document.next_object_id() == 1
    document.put_objects((*every, new_object(1)))
    assert document.next_object_id() is None


def test_the_order_of_objects_is_the_stack(document: Document) -> None:
    for object_id in (2, 3):
        document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
    document.undo_stack.push(ReorderObjectsCommand(document, (3, 1, 2)))
    document.undo_stack.push(RemoveObjectCommand(document, 1))
    assert [info.object_id for info in document.objects] == [3, 2]
    document.undo()
    assert [info.object_id for info in document.objects] == [3, 1, 2]
    document.undo()
    assert [info.object_id for info in document.objects] == [1, 2, 3]


def test_changes_of_one_gesture_are_one_step(document: Document) -> None:
    start = state(document)
    for grow, gesture in ((1, 7), (2, 7), (3, 8), (4, 0), (5, 0)):
        change = ChangeObjectCommand(document, 1, finish=MatteFinish(grow_px=grow), gesture=gesture)
        document.undo_stack.push(change)
    assert document.undo_stack.count() == 4
    seen = []
    for _ in range(4):
        document.undo()
        seen.append(document.objects[0].finish.grow_px)
    assert seen == [4, 3, 2, 0]
    assert state(document) == start


def test_references_may_be_off_or_for_some_objects(document: Document) -> None:
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.undo_stack.push(SetReferenceCommand(document, 4, True))
    document.undo_stack.push(ChangeReferenceCommand(document, Reference(4, frozenset({2}), enabled=False)))
    assert document.references == frozenset()
    assert not document.reference_table[4].teaches(2)
    document.undo_stack.push(SetReferenceCommand(document, 4, True))
    assert document.references == {4}
    assert document.reference_table[4] == Reference(4, frozenset({2}))
    assert document.reference_table[4].teaches(2)
    assert not document.reference_table[4].teaches(1)
    document.undo_stack.push(RemoveObjectCommand(document, 2))
    assert dict(document.reference_table) == {}
    document.undo()
    assert document.references == {4}


def test_removing_an_object_takes_its_marks(document: Document) -> None:
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.undo_stack.push(ReviewCommand(document, [(0, 1), (0, 2), (3, 2)], True))
    document.undo_stack.push(RemoveObjectCommand(document, 2))
    assert document.reviewed == {(0, 1)}
    document.undo()
    assert document.reviewed == {(0, 1), (0, 2), (3, 2)}
    document.undo_stack.push(ReviewCommand(document, [(0, 2)], False))
    assert document.reviewed == {(0, 1), (3, 2)}


def test_in_and_out_stay_in_order(document: Document) -> None:
    assert document.frame_range == range(20)
    set_in_point(document, 5)
    set_out_point(document, 9)
    assert document.frame_range == range(5, 10)
    set_in_point(document, 12)
    assert (document.in_point, document.out_point) == (12, None)
    set_out_point(document, 3)
    assert (document.in_point, document.out_point) == (None, 3)
    set_out_point(document, 3)
    assert document.undo_stack.count() == 4
    document.undo()
    document.undo()
    assert (document.in_point, document.out_point) == (5, 9)


def test_a_run_leaves_locked_frames_alone_for_good(document: Document) -> None:
    paint(document, 0, (0, 0, 3, 3), 1)
    document.undo_stack.push(LockFramesCommand(document, [2, 3], True))
    run = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(run)
    assert not run.record(2, propagated())
    assert run.record(4, propagated())
    run.close()
    document.undo_stack.push(LockFramesCommand(document, [2], False))
    assert document.locked_frames == {3}
    assert document.masks.frames() == [0, 4]
    paint(document, 2, (0, 0, 3, 3), 1)
    document.undo()
    assert 2 not in document.masks


def test_hiding_is_not_undoable_and_survives_a_rename(document: Document) -> None:
    document.undo_stack.push(ChangeObjectCommand(document, 1, name="Dog"))
    document.set_visible(1, False)
    document.undo_stack.undo()
    info = document.object(1)
    assert info is not None
    assert (info.name, info.visible) == ("Object 1", False)


def test_import_adds_missing_objects_in_one_step(document: Document) -> None:
    mask = np.zeros((12, 16), np.uint8)
    mask[0, :4] = 3
    mask[1, :2] = 255
    import_mask(document, 6, mask, 10)
    assert [info.object_id for info in document.objects] == [1, 3]
    assert document.masks.index_mask(6).sum() == 12
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert [info.object_id for info in document.objects] == [1]
    assert document.masks.frames() == []


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.ones((5, 5), np.uint8), "5x5, but the clip is 16x12"),
        (np.zeros((12, 16), np.uint8), "no object"),
        (np.full((12, 16), 11, np.uint8), "object id 11"),
    ],
)
def test_bad_masks_are_refused_and_nothing_changes(document: Document, mask: np.ndarray, words: str) -> None:
    before = state(document)
    with pytest.raises(UserError, match=words) as caught:
        import_mask(document, 0, mask, 10)
    assert caught.value.hint
    assert state(document) == before
    assert document.undo_stack.count() == 0


def test_clearing(document: Document) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    document.undo_stack.push(SetReferenceCommand(document, 0, True))
    assert clear_frame(document, 0)
    assert document.masks.frames() == []
    assert document.references == frozenset()
    document.undo_stack.undo()
    assert document.references == {0}
    assert clear_object(document, 0, 1)
    assert not clear_object(document, 0, 1)
    assert not clear_frame(document, 9)


def test_moving_away_drops_the_stroke_in_hand(document: Document) -> None:
    edit = document.begin_edit()
    edit.paint(np.ones((2, 2), bool), (0, 0, 2, 2), 1)
    assert document.shown_mask(0).sum() == 4
    document.set_current_frame(1)
    assert document.edit is None
    assert document.shown_mask(0).sum() == 0
    assert document.finish_edit() is None


def test_dirty_follows_the_undo_stack(document: Document) -> None:
    seen: list[bool] = []
    document.dirty_changed.connect(seen.append)
    paint(document, 0, (0, 0, 4, 4), 1)
    document.undo_stack.setClean()
    document.undo_stack.undo()
    document.undo_stack.redo()
    assert seen == [True, False, True, False]


def test_a_run_that_grows_after_an_export_makes_the_document_dirty_again(document: Document) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    command.record(1, propagated())
    document.undo_stack.setClean()
    paint(document, 5, (0, 0, 4, 4), 1)
    command.record(2, propagated())
    document.undo_stack.undo()
    assert document.is_dirty
    command.is_running = False


def test_a_run_that_grows_leaves_an_earlier_export_as_it_was(document: Document) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    document.undo_stack.setClean()
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    command.record(1, propagated())
    assert document.is_dirty
    document.undo_stack.undo()
    assert not document.is_dirty


def test_a_removed_object_does_not_come_back_with_the_frames_of_a_run(document: Document) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    mask = np.zeros((12, 16), np.uint8)
    mask[:4], mask[6:] = 1, 2
    entry = pack(mask, MaskSource.PROPAGATED, {1: mask, 2: mask})
    assert command.record(1, entry)
    document.undo_stack.push(RemoveObjectCommand(document, 2))
    assert command.record(2, entry)
    for index in (1, 2):
        kept = document.masks.entry(index)
        assert kept is not None
        assert kept.object_ids == (1,)
        assert set(kept.mattes) == {1}
        assert set(np.unique(document.masks.index_mask(index)).tolist()) == {0, 1}
        assert not document.masks.matte(index, 2).any()
    command.is_running = False
    document.undo()
    assert set(np.unique(document.masks.index_mask(1)).tolist()) == {0, 1, 2}


def test_undo_and_new_objects_drop_the_stroke_in_hand(document: Document) -> None:
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    for step in (document.undo, document.redo, document.undo):
        edit = document.begin_edit()
        edit.paint(np.ones((2, 2), bool), (0, 0, 2, 2), document.current_object_id)
        step()
        assert document.edit is None
        assert document.masks.frames() == []
    document.begin_edit().paint(np.ones((2, 2), bool), (0, 0, 2, 2), 1)
    document.put_objects((new_object(3),))
    assert document.edit is None


def test_undoing_a_stroke_goes_to_its_frame(document: Document) -> None:
    paint(document, 3, (0, 0, 4, 4), 1)
    document.set_current_frame(9)
    document.undo()
    assert document.current_frame == 3
    document.set_current_frame(9)
    document.redo()
    assert document.current_frame == 3


def test_an_imported_mask_does_not_move_the_view(document: Document) -> None:
    import_mask(document, 7, np.ones((12, 16), np.uint8), 10)
    assert document.current_frame == 0


def test_undoing_a_stroke_over_a_frame_that_the_run_reached_shows_the_networks_mask(
    document: Document,
) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    before = state(document)
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    paint(document, 8, (0, 0, 3, 3), 1)
    paint(document, 8, (5, 5, 9, 9), 1)
    entry = propagated()
    assert not command.record(8, entry)
    command.close()
    after = state(document)
    document.undo()
    assert document.masks.source(8) is MaskSource.USER
    document.undo()
    assert document.masks.entry(8) is entry
    document.undo()
    assert state(document) == before
    for _ in range(3):
        document.redo()
    assert state(document) == after
    document.undo()
    document.undo()
    assert document.masks.entry(8) is entry


def test_results_of_an_undone_run_stay_away(document: Document) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    paint(document, 8, (0, 0, 3, 3), 1)
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    command.record(8, propagated())
    command.record(1, propagated())
    command.is_running = False
    document.undo()
    document.undo()
    assert document.masks.frames() == [0]


@pytest.mark.parametrize("end", ["cancel", "nothing painted"])
def test_a_result_that_came_during_a_stroke_is_shown_when_the_stroke_is_dropped(
    document: Document, end: str
) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    document.set_current_frame(8)
    document.begin_edit()
    entry = propagated()
    assert not command.record(8, entry)
    if end == "cancel":
        document.cancel_edit()
    else:
        assert document.finish_edit() is None
    assert document.masks.entry(8) is entry
    command.is_running = False
    document.undo()
    assert document.masks.frames() == [0]


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
    document.undo_stack.budget_bytes = runs[2].nbytes + runs[1].nbytes
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
    one = stack.nbytes / 2
    stack.budget_bytes = round(one * 4)
    for _ in range(8):
        noise(0)
    assert stack.nbytes <= stack.budget_bytes
    steps = 0
    while document.can_undo:
        document.undo()
        steps += 1
    assert 3 <= steps <= 4
    assert document.masks.frames() == [0]
    noise(1)  # a new branch after undoing: what was redone is gone, what is kept is known
    assert stack.nbytes <= 2 * one
    stack.push(RemoveObjectCommand(document, 2))
    stack.budget_bytes = 1
    stack.push(ChangeObjectCommand(document, 1, name="x"))
    document.undo()
    assert not document.can_undo  # the newest step is always kept, and no other here
