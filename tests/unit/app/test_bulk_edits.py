"""Changes of many frames beside the window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from app.control.bulk import BulkEdits
from app.control.reporter import ErrorReporter
from app.document.document import Document
from app.document.mask_store import StoredMask
from app.views.banner import Banner
from app.worker.bulk_worker import BulkResult
from app.worker.job import Outcome
from tests.unit.app.document.documents import INFO, new_document, propagated


@pytest.fixture
def document() -> Document:
    document = new_document()
    document.put_mask(0, propagated())
    return document


@pytest.fixture
def bulk(document: Document, qapp: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[BulkEdits]:
    bulk = BulkEdits(document, ErrorReporter(Banner()))
    monkeypatch.setattr(bulk.runner, "start", lambda job: 1)
    yield bulk
    bulk.close()


def test_what_was_worked_out_of_a_clip_is_not_put_into_the_next_one(
    bulk: BulkEdits, document: Document
) -> None:
    pushed: list[Mapping[int, StoredMask | None]] = []
    bulk.start("Clearing", lambda index, entry: None, pushed.append)
    source = document.masks.entries()
    bulk.runner.received.emit(1, BulkResult(source, dict.fromkeys(source)))
    document.open_clip(Path("other"), INFO)  # between the result and the end of the job
    bulk.runner.finished.emit(1, Outcome.DONE)
    assert pushed == []
    assert not bulk.is_busy
