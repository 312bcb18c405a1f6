"""Networks and files of weights for tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from cfbi.config import MODELS
from tests.unit.cfbi.tiny import TINY, filled_tiny
from tests.unit.cfbi.weights.small import Small, written


@pytest.fixture
def model() -> Small:
    return Small()


@pytest.fixture
def tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the registry recognise the tiny network, whose files are quickly written."""
    monkeypatch.setitem(MODELS, TINY.name, TINY)


@pytest.fixture
def tiny_file(tmp_path: Path, tiny_is_known: None) -> Path:
    return written({"state_dict": filled_tiny().state_dict()}, tmp_path / "mine.pth")
