from __future__ import annotations

import pytest

from app.document.document import Document
from tests.unit.app.document.documents import new_document


@pytest.fixture
def document() -> Document:
    return new_document()
