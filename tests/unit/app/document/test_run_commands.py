from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.document.bulk import merged
from app.document.commands import (
    AddObjectCommand,
    BulkCommand,
    LockFramesCommand,
    LockRegionsCommand,
    PaintCommand,
    PropagateCommand,
    RemoveObjectCommand,
)
from app.document.document import Document
from app.document.locked import locked_region
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.objects import new_object
from app.document.operations import clear_frame, clear_object
from tests.unit.app.document.documents import paint, propagated, state, step_to


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


def two_objects(first: int, second: int, moved: int = 0) -> StoredMask:
    mask = np.zeros((12, 16), np.uint8)
    mask[2:6, 2 + moved : 6 + moved] = first
    mask[8:11, 8:12] = second
    mattes = {key: np.where(mask == key, 200, 0).astype(np.uint8) for key in (first, second)}
    return pack(mask, MaskSource.PROPAGATED, mattes)


def run_over_two_objects(document: Document) -> tuple[StoredMask, PropagateCommand]:
    """Masks of the objects 1 and 2 on frame 3, and a run that has just begun."""
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    base = two_objects(1, 2)
    document.put_mask(3, base)
    command = PropagateCommand(document, 1, frozenset(), "Propagate")
    document.undo_stack.push(command)
    return base, command


def test_what_the_user_did_to_other_objects_during_a_run_stays(document: Document) -> None:
    """The run has seen a frame before another object on it was merged: it must not bring that one back."""
    base, command = run_over_two_objects(document)
    document.undo_stack.push(AddObjectCommand(document, new_object(3)))
    document.undo_stack.push(BulkCommand(document, "Merge", {3: merged(2, 3)(3, base)}))
    assert command.record(3, two_objects(1, 2, moved=1), base, written=frozenset({1}))
    after = document.masks.entry(3)
    assert after is not None
    assert after.object_ids == (1, 3)
    np.testing.assert_array_equal(after.index_mask(), two_objects(1, 3, moved=1).index_mask())
    np.testing.assert_array_equal(after.matte(3), two_objects(1, 3).matte(3))
    np.testing.assert_array_equal(after.matte(1), two_objects(1, 3, moved=1).matte(1))


def test_a_frame_that_was_cleared_during_a_run_gets_only_what_the_run_propagates(document: Document) -> None:
    base, command = run_over_two_objects(document)
    assert clear_frame(document, 3)
    assert command.record(3, two_objects(1, 2, moved=1), base, written=frozenset({1}))
    after = document.masks.entry(3)
    assert after is not None
    assert after.object_ids == (1,)


def test_a_result_that_waits_respects_what_was_done_to_other_objects(document: Document) -> None:
    base, command = run_over_two_objects(document)
    document.undo_stack.push(AddObjectCommand(document, new_object(3)))
    document.undo_stack.push(BulkCommand(document, "Merge", {3: merged(2, 3)(3, base)}))
    paint(document, 3, (14, 0, 16, 2), 1)
    assert not command.record(3, two_objects(1, 2, moved=1), base, written=frozenset({1}))
    document.undo()
    after = document.masks.entry(3)
    assert after is not None
    np.testing.assert_array_equal(after.index_mask(), two_objects(1, 3, moved=1).index_mask())


def test_undoing_a_carried_stroke_shows_the_networks_mask_on_all_its_frames(document: Document) -> None:
    document.put_mask(4, propagated())
    paint(document, 4, (8, 8, 10, 10), 1)
    stroke = document.undo_stack.command(document.undo_stack.index() - 1)
    assert isinstance(stroke, PaintCommand)
    document.undo_stack.undo()
    run = PropagateCommand(document, 1, frozenset(), "Propagate")
    document.undo_stack.push(run)
    paint(document, 4, (8, 8, 10, 10), 1)
    stroke = document.undo_stack.command(document.undo_stack.index() - 1)
    assert isinstance(stroke, PaintCommand)
    painted = replace(two_objects(1, 2), source=MaskSource.USER)
    assert stroke.extend({5: painted})
    assert not run.record(5, propagated())
    document.undo()
    assert document.masks.entry(5) == propagated()
    document.redo()
    assert document.masks.entry(5) == painted
    document.undo()
    assert document.masks.entry(5) == propagated()


def test_undoing_a_change_of_many_frames_shows_what_a_run_found_meanwhile(document: Document) -> None:
    run = PropagateCommand(document, 1, frozenset(), "Propagate")
    document.undo_stack.push(run)
    painted = replace(two_objects(1, 2), source=MaskSource.USER)
    document.undo_stack.push(BulkCommand(document, "Carried on", {5: painted}))
    assert not run.record(5, propagated())
    document.undo()
    assert document.masks.entry(5) == propagated()


@pytest.mark.parametrize("kind", ["remove", "merge", "clear", "clear object"])
def test_undoing_what_was_done_during_a_run_keeps_what_the_run_found(document: Document, kind: str) -> None:
    """And undoing the run after that brings back what was there before it, other objects included."""
    for object_id in (2, 3):
        document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
    base = two_objects(1, 2)
    document.put_mask(3, base)
    run = PropagateCommand(document, 1, frozenset(), "Propagate")
    document.undo_stack.push(run)
    if kind == "remove":
        document.undo_stack.push(RemoveObjectCommand(document, 2))
    elif kind == "merge":
        document.undo_stack.push(BulkCommand(document, "Merge", {3: merged(2, 3)(3, base)}))
    elif kind == "clear":
        assert clear_frame(document, 3)
    else:
        assert clear_object(document, 3, 2)
    run.record(3, two_objects(1, 2, moved=1), base, written=frozenset({1}))
    after = document.masks.index_mask(3)
    expected = two_objects(1, 2, moved=1).index_mask()
    if kind != "clear object":  # that makes the frame the user's: then the result waits
        assert np.array_equal(after == 1, expected == 1)
    run.is_running = False
    document.undo()
    np.testing.assert_array_equal(document.masks.index_mask(3), expected)
    document.redo()
    np.testing.assert_array_equal(document.masks.index_mask(3), after)
    document.undo()
    np.testing.assert_array_equal(document.masks.index_mask(3), expected)
    document.undo()
    assert document.masks.entry(3) == base


def of_the_user(**objects: tuple[int, int]) -> StoredMask:
    """The user's own mask of some objects, which stand in some columns."""
    mask = np.zeros((12, 16), np.uint8)
    for name, (left, right) in objects.items():
        mask[:, left:right] = int(name[-1])
    return replace(pack(mask, MaskSource.USER), told_ids=frozenset(int(name[-1]) for name in objects))


@pytest.mark.parametrize("kind", ["paint", "remove", "clear"])
def test_what_a_run_adds_to_a_users_frame_is_there_when_what_was_done_meanwhile_is_undone(
    document: Document, kind: str
) -> None:
    """The user painted one object there before the run; the run finds another."""
    for object_id in (2, 3):
        document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
    base = of_the_user(o2=(8, 12))
    document.put_mask(3, base)
    run = PropagateCommand(document, 1, frozenset(), "Propagate")
    document.undo_stack.push(run)
    if kind == "paint":
        paint(document, 3, (13, 0, 16, 4), 3)
    elif kind == "remove":
        document.undo_stack.push(RemoveObjectCommand(document, 2))
    else:
        assert clear_frame(document, 3)
    found = replace(of_the_user(o1=(0, 4), o2=(8, 12)), told_ids=frozenset({2}))
    run.record(3, found, base, written=frozenset({1}))
    run.close()
    document.undo()
    np.testing.assert_array_equal(document.masks.index_mask(3), found.index_mask())
    document.undo()
    assert document.masks.entry(3) == base


def test_doing_a_run_again_brings_all_that_it_carried_along_and_leaves_locked_pixels(
    document: Document,
) -> None:
    """An object was removed, and pixels were locked, before the run came by."""
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    base = two_objects(1, 2)
    document.put_mask(3, base)
    start = document.undo_stack.index()
    run = PropagateCommand(document, 1, frozenset(), "Propagate")
    document.undo_stack.push(run)
    document.undo_stack.push(RemoveObjectCommand(document, 2))
    where = base.index_mask() == 1
    document.undo_stack.push(LockRegionsCommand(document, {3: locked_region(where)}, "Lock pixels"))
    run.record(3, two_objects(1, 2, moved=1), base, written=frozenset({1}))
    run.close()
    shown = document.masks.index_mask(3).copy()
    assert (shown[where] == 1).all()
    step_to(document.undo_stack, start)
    document.redo()
    assert set(np.unique(document.masks.index_mask(3))) == {0, 1, 2}
    step_to(document.undo_stack, start + 3)
    np.testing.assert_array_equal(document.masks.index_mask(3), shown)
