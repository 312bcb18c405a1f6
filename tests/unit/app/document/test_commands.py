from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.document.commands import (
    AddObjectCommand,
    ChangeObjectCommand,
    ChangeReferenceCommand,
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
from app.document.references import Reference, absent_from, frozen, taught_by, with_parts, without_object
from app.document.storage.work_json import work_to_json
from app.errors import UserError
from tests.unit.app.document.documents import both_propagated, paint, propagated, state


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


def test_a_dropped_reference_is_declined_until_its_frame_is_painted_or_set_again(document: Document) -> None:
    told: list[frozenset[int]] = []
    document.references_changed.connect(lambda: told.append(document.declined_references))
    paint(document, 4, (0, 0, 4, 4), 1)
    document.undo_stack.push(SetReferenceCommand(document, 4, True))
    document.undo_stack.push(SetReferenceCommand(document, 4, False))
    assert document.snapshot().declined_references == {4}
    paint(document, 4, (6, 0, 10, 4), 1)
    assert told == [frozenset(), frozenset({4}), frozenset()]  # once each, so that the journal has it
    document.undo()
    assert document.declined_references == {4}
    document.undo()
    assert document.declined_references == frozenset()
    document.redo()
    document.undo_stack.push(SetReferenceCommand(document, 4, True))
    assert document.declined_references == frozenset()
    document.undo()
    assert document.declined_references == {4}


def test_references_may_be_off_or_for_some_objects(document: Document) -> None:
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.put_mask(4, both_propagated())
    document.undo_stack.push(SetReferenceCommand(document, 4, True))
    assert document.reference_table[4] == Reference(4, confirmed=frozenset({1, 2}))
    changed = Reference(4, frozenset({2}), frozenset({1}), enabled=False)
    document.undo_stack.push(ChangeReferenceCommand(document, changed))
    assert document.references == frozenset()
    assert taught_by(document.reference_table[4], document.masks.entry(4)) == frozenset()
    document.undo_stack.push(SetReferenceCommand(document, 4, True))
    assert document.references == {4}
    assert document.reference_table[4] == Reference(4, frozenset({2}), frozenset({1}))
    assert taught_by(document.reference_table[4], document.masks.entry(4)) == {2}
    document.undo_stack.push(RemoveObjectCommand(document, 2))
    assert dict(document.reference_table) == {}  # it taught nothing else
    document.undo()
    assert document.references == {4}


def test_a_reference_teaches_what_the_user_drew_or_confirmed_there(document: Document) -> None:
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.put_mask(4, both_propagated())
    paint(document, 4, (0, 0, 3, 3), 1)
    entry = document.masks.entry(4)
    assert entry is not None
    assert entry.told_ids == {1}
    plain = Reference(4)
    assert taught_by(plain, entry) == {1}
    assert taught_by(replace(plain, confirmed=frozenset({2, 3})), entry) == {1, 2}
    assert taught_by(replace(plain, left_out=frozenset({1})), entry) == frozenset()
    assert plain.shows(2)
    # by hand the whole frame is confirmed; a stroke alone speaks for nothing else
    document.undo_stack.push(SetReferenceCommand(document, 4, True))
    assert taught_by(document.reference_table[4], entry) == {1, 2}


def test_what_was_confirmed_of_an_object_goes_with_it() -> None:
    table = frozen({3: Reference(3, frozenset({1, 2})), 5: Reference(5, left_out=frozenset({2}))})
    assert dict(without_object(table, 2)) == {3: Reference(3, frozenset({1})), 5: Reference(5)}
    assert without_object(table, 2, into=4)[3] == Reference(3, frozenset({1, 4}))
    assert with_parts(table, 3, 2, [7, 8])[3].confirmed == {1, 2, 7, 8}
    assert with_parts(table, 5, 2, [7]) == table


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


def test_a_cleared_object_is_said_not_to_be_there(document: Document) -> None:
    """A run would bring it back otherwise."""
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    paint(document, 3, (0, 0, 3, 3), 1)
    painted = document.masks.entry(3)
    assert painted is not None
    assert not painted.tells_of(2)
    with_second = painted.index_mask().copy()
    with_second[8:10, 8:10] = 2
    entry = replace(pack(with_second, MaskSource.USER), told_ids=painted.told_ids)
    document.put_mask(3, entry)
    assert clear_object(document, 3, 2)
    cleared = document.masks.entry(3)
    assert cleared is not None
    assert cleared.tells_of(1)
    assert cleared.tells_of(2)
    assert not cleared.tells_of(4)
    # it is a correction like any other: the object's masks around are older, those of others are not
    assert cleared.serial_of(2) > entry.serial
    assert cleared.serial_of(1) == entry.serial_of(1)


@pytest.mark.parametrize("source", MaskSource)
def test_the_only_object_of_a_frame_that_is_cleared_is_said_not_to_be_there(
    document: Document, source: MaskSource
) -> None:
    """Clearing the frame says nothing of it, so that a run fills it again."""
    if source is MaskSource.USER:
        paint(document, 3, (0, 0, 3, 3), 1)
    else:
        mask = np.zeros((12, 16), np.uint8)
        mask[:3, :3] = 1
        document.put_mask(3, pack(mask, source))
    document.undo_stack.push(SetReferenceCommand(document, 3, True))
    before = document.masks.entry(3)
    assert before is not None
    assert clear_object(document, 3, 1)
    cleared = document.masks.entry(3)
    assert cleared is not None
    assert cleared.source is MaskSource.USER
    assert cleared.object_ids == ()
    assert not cleared.index_mask().any()
    assert absent_from(cleared) == {1}
    assert not cleared.tells_of(2)  # an object that is added later was not looked at here
    assert cleared.serial_of(1) > before.serial
    assert document.references == {3}  # it teaches that
    assert not clear_object(document, 3, 1)
    document.undo()
    assert document.masks.entry(3) == before
    document.redo()
    assert document.masks.entry(3) == cleared


def test_what_the_user_said_of_others_outlives_an_object_that_goes(document: Document) -> None:
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    paint(document, 3, (0, 0, 3, 3), 1)
    paint(document, 3, (8, 8, 12, 12), 2)
    assert clear_object(document, 3, 1)
    document.undo_stack.push(SetReferenceCommand(document, 3, True))
    before = document.masks.entry(3)
    document.undo_stack.push(RemoveObjectCommand(document, 2))
    left = document.masks.entry(3)
    assert left is not None
    assert not left.index_mask().any()
    assert left.told_ids == {1}
    assert absent_from(left) == {1}
    assert document.references == {3}
    document.undo()
    assert document.masks.entry(3) == before
    document.redo()
    assert document.masks.entry(3) == left
    document.undo_stack.push(RemoveObjectCommand(document, 1))  # now it says nothing any more
    assert document.masks.entry(3) is None
    assert document.references == frozenset()
    document.undo()
    assert document.masks.entry(3) == left
    assert document.references == {3}


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


def test_the_work_without_masks_leaves_the_tables_of_frames_alone(document: Document) -> None:
    paint(document, 0, (0, 0, 4, 4), 1)
    document.undo_stack.push(SetReferenceCommand(document, 0, True))
    whole, outline = document.snapshot(), document.work_without_masks()
    assert sorted(whole.entries) == [0]
    assert dict(outline.entries) == {}
    assert outline.takes == ()
    assert work_to_json(outline) == work_to_json(whole)
