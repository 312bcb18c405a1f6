"""Results of finishing that come when they are not wanted any more."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.control.finishing import FinishController
from app.control.reporter import ErrorReporter
from app.document.bulk import merged
from app.document.commands import AddObjectCommand, BulkCommand, ChangeObjectCommand
from app.document.document import Document
from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.views.banner import Banner
from app.worker.finish_worker import Finished, FinishWish
from tests.unit.app.document.documents import new_document

GROWN = MatteFinish(grow_px=2)


class Late:
    """Gathers wishes in place of the thread, and answers when it is told to."""

    def __init__(self, controller: FinishController, monkeypatch: pytest.MonkeyPatch) -> None:
        self.controller = controller
        self.wishes: list[FinishWish] = []
        monkeypatch.setattr(controller.lane, "request", self.wishes.append)

    def answer(self, wish: FinishWish) -> None:
        mattes = {key: np.full((12, 16), 77, np.uint8) for key in wish.finishes}
        self.controller.lane.finished.emit(Finished(wish, mattes))


@pytest.fixture
def document() -> Document:
    document = new_document()
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    mask = np.zeros((12, 16), np.uint8)
    mask[2:6, 2:6], mask[2:6, 8:12] = 1, 2
    document.put_mask(0, pack(mask, MaskSource.PROPAGATED))
    for key in (1, 2):
        document.undo_stack.push(ChangeObjectCommand(document, key, finish=GROWN))
    return document


@pytest.fixture
def controller(document: Document, qapp: object) -> object:
    controller = FinishController(document, lambda frame: None, ErrorReporter(Banner()))
    yield controller
    controller.close()


def test_a_result_for_a_finish_that_is_gone_is_dropped(
    document: Document, controller: FinishController, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Late(controller, monkeypatch)
    controller.refresh()
    late.answer(late.wishes[0])
    assert sorted(controller.mattes(0)) == [1, 2]
    document.undo()  # object 2 is plain again
    late.answer(late.wishes[0])
    assert sorted(controller.mattes(0)) == [1]
    document.undo()
    late.answer(late.wishes[-1])
    assert controller.mattes(0) == {}


def test_finished_mattes_of_before_a_merge_are_not_shown_after_it(
    document: Document, controller: FinishController, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Late(controller, monkeypatch)
    controller.refresh()
    late.answer(late.wishes[0])
    entry = document.masks.entry(0)
    assert entry is not None
    made = merged(2, 1)(0, entry)
    assert made is not None
    assert made.serial == entry.serial
    objects = tuple(replace(info) for info in document.objects if info.object_id == 1)
    document.undo_stack.push(BulkCommand(document, "Merge", {0: made}, objects=objects))
    assert controller.mattes(0) == {}
    late.answer(late.wishes[0])
    assert controller.mattes(0) == {}
    late.answer(late.wishes[-1])
    assert sorted(controller.mattes(0)) == [1]
