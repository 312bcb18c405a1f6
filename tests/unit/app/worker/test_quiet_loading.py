from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from app.worker.engine import CfbiEngine, EngineSettings
from app.worker.quiet_loading import quiet_loading


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.fixture
def name(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    yield "a_large_library"
    sys.modules.pop("a_large_library", None)


def test_the_collector_waits_and_leaves_the_library_alone(name: str) -> None:
    with quiet_loading(name):
        assert not gc.isenabled()
        sys.modules[name] = ModuleType(name)
    assert gc.isenabled()
    assert gc.get_freeze_count() > 1000
    assert not any(thing is sys.modules[name].__dict__ for thing in gc.get_objects())


def test_a_library_that_is_there_changes_nothing(name: str) -> None:
    sys.modules[name] = ModuleType(name)
    with quiet_loading(name):
        assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_what_cannot_be_loaded_leaves_the_collector_as_it_was(name: str) -> None:
    with pytest.raises(ImportError), quiet_loading(name):
        raise ImportError
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_the_network_is_loaded_so(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    class Enough(Exception):
        pass

    def load(*_: object) -> None:
        seen.append(gc.isenabled())
        raise Enough

    monkeypatch.setattr("app.worker.network.load_network", load)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with pytest.raises(Enough):
        CfbiEngine(EngineSettings()).open_session()
    assert seen == [False]
    assert gc.isenabled()
