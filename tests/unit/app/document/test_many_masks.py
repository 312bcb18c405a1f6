"""Masks of many frames that change in one go."""

from __future__ import annotations

import numpy as np
import pytest

from app.document.commands import AddObjectCommand, PropagateCommand, RemoveObjectCommand
from app.document.document import Document
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.views.timeline.lanes import Kind
from app.views.timeline.model import TimelineModel
from tests.unit.app.document.documents import paint, propagated


class Heard:
    """What a document told of masks."""

    def __init__(self, document: Document) -> None:
        self.single: list[int] = []
        self.many: list[frozenset[int]] = []
        document.mask_changed.connect(lambda frame, rect: self.single.append(frame))
        document.masks_changed.connect(self.many.append)


def run_over(document: Document, frames: range) -> PropagateCommand:
    command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
    document.undo_stack.push(command)
    for index in frames:
        command.record(index, propagated())
    command.close()
    return command


def test_a_run_that_is_undone_tells_of_all_its_frames_at_once(document: Document) -> None:
    run_over(document, range(1, 6))
    heard = Heard(document)
    document.undo()
    assert document.masks.frames() == []
    document.redo()
    assert document.masks.frames() == [1, 2, 3, 4, 5]
    assert heard.many == [frozenset(range(1, 6))] * 2
    assert heard.single == []


def test_an_object_that_goes_tells_of_all_its_frames_at_once(document: Document) -> None:
    run_over(document, range(1, 6))
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.put_mask(7, propagated(2))
    heard = Heard(document)
    document.undo_stack.push(RemoveObjectCommand(document, 1))
    assert document.masks.frames() == [7]
    document.undo()
    document.redo()
    assert heard.many == [frozenset(range(1, 6))] * 3
    assert heard.single == []


def test_a_removal_that_is_done_again_makes_no_new_masks(document: Document) -> None:
    both = np.zeros((12, 16), np.uint8)
    both[2:4, 2:4], both[6:8, 6:8] = 1, 2
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.put_mask(3, pack(both, MaskSource.PROPAGATED))
    document.undo_stack.push(RemoveObjectCommand(document, 2))
    first = document.masks.entry(3)
    document.undo()
    document.redo()
    assert document.masks.entry(3) is first
    document.undo()
    document.put_mask(3, pack(both, MaskSource.USER))
    document.redo()
    left = document.masks.entry(3)
    assert left is not None
    assert left.source is MaskSource.USER


def test_masks_of_a_wrong_size_change_nothing(document: Document) -> None:
    good, wrong = propagated(), pack(np.ones((3, 3), np.uint8), MaskSource.USER)
    with pytest.raises(ValueError, match=r"mask of \(3, 3\) in a store of \(12, 16\)"):
        document.put_masks({1: good, 2: wrong})
    assert document.masks.frames() == []


def test_a_stroke_on_one_of_the_frames_is_dropped_and_a_preview_starts_afresh(document: Document) -> None:
    document.set_current_frame(2)
    document.begin_edit()
    document.put_masks({1: propagated(), 3: propagated()})
    assert document.edit is not None
    document.put_masks({2: propagated()})
    assert document.edit is None
    preview = document.begin_edit(follows=True)
    preview.paint(np.ones((2, 2), np.bool_), (0, 0, 2, 2), 1)
    restarts: list[None] = []
    document.edit_restarted.connect(lambda: restarts.append(None))
    document.put_masks({1: None, 2: None})
    assert document.edit is preview
    assert not preview.mask.any()
    assert restarts == [None]


def test_frames_that_a_run_writes_while_a_stroke_is_in_hand_are_on_the_timeline(document: Document) -> None:
    model = TimelineModel(document)
    document.set_current_frame(0)
    document.begin_edit()
    document.put_mask(4, propagated())
    document.put_masks({5: propagated(), 6: propagated()})
    assert np.flatnonzero(model.lanes[1].kinds).tolist() == [4, 5, 6]
    document.put_masks({5: None})
    assert np.flatnonzero(model.lanes[1].kinds).tolist() == [4, 6]
    document.cancel_edit()
    paint(document, 5, (0, 0, 4, 4), 1)
    assert model.lanes[1].kinds[4:7].tolist() == [Kind.PROPAGATED, Kind.EDITED, Kind.PROPAGATED]
