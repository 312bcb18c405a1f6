from __future__ import annotations

import gc
import sys
import weakref
from collections.abc import Iterator
from types import ModuleType

import pytest

from app.worker.engine import CfbiEngine, EngineSettings
from app.worker.quiet_loading import leave_alone, quiet_loading


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
    before = gc.get_threshold()
    with quiet_loading(name):
        assert gc.isenabled()
        assert gc.get_threshold()[:2] == before[:2]
        assert gc.get_threshold()[2] > 10**9
        sys.modules[name] = ModuleType(name)
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() > 1000
    assert not any(thing is sys.modules[name].__dict__ for thing in gc.get_objects())


def test_full_rounds_wait_and_garbage_of_loading_goes(name: str) -> None:
    class Round:
        pass

    full: list[dict[str, int]] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            full.append(info)

    gc.collect()
    gc.callbacks.append(note)
    try:
        with quiet_loading(name):
            circles = []
            for _ in range(1000):
                circle = Round()
                circle.itself = circle  # type: ignore[attr-defined]
                circles.append(weakref.ref(circle))
            del circle
            kept = [[index] for index in range(200_000)]
            sys.modules[name] = ModuleType(name)
    finally:
        gc.callbacks.remove(note)
    assert len(kept) == 200_000
    assert full == []
    assert [circle for circle in circles if circle() is not None] == []


def test_a_library_that_is_there_changes_nothing(name: str) -> None:
    sys.modules[name] = ModuleType(name)
    before = gc.get_threshold()
    with quiet_loading(name):
        assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_what_cannot_be_loaded_leaves_the_collector_as_it_was(name: str) -> None:
    before = gc.get_threshold()
    with pytest.raises(ImportError), quiet_loading(name):
        raise ImportError
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_the_network_is_loaded_so(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    class Enough(Exception):
        pass

    def load(*_: object) -> None:
        seen.append(gc.get_threshold()[2] > 10**9)
        raise Enough

    monkeypatch.setattr("app.worker.network.load_network", load)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with pytest.raises(Enough):
        CfbiEngine(EngineSettings()).open_session()
    assert seen == [True]
    assert gc.get_threshold()[2] < 10**9


def test_what_is_there_at_the_start_is_left_alone_and_garbage_goes() -> None:
    class Thing:
        pass

    kept, circle = Thing(), Thing()
    circle.itself = circle  # type: ignore[attr-defined]
    gone = weakref.ref(circle)
    del circle
    leave_alone()
    assert gone() is None
    assert not any(thing is kept for thing in gc.get_objects())
