"""Habits of the whole suite: no screen, no real home, no unnoticed warning, no thread left behind."""

from __future__ import annotations

import gc
import logging
import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

REPO = Path(__file__).resolve().parents[1]

# The autouse fixtures below are function scoped on purpose: they hold for the whole test, not per example.
settings.register_profile(
    "cfbi",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("cfbi")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--headed", action="store_true", help="show the windows instead of running offscreen")


def pytest_configure(config: pytest.Config) -> None:
    if not config.getoption("--headed"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["CFBI_LANGUAGE"] = "en"  # whatever the system's is
    # torch's threads spin while they wait, which on shared cores makes the suite several times slower
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if {"qapp", "qtbot"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.gui)


@pytest.fixture(scope="session")
def repo_dir() -> Path:
    """The root of the repository."""
    return REPO


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real clips, training data and golden outputs; the test is skipped where it is absent."""
    folder = Path(os.environ.get("CFBI_SHARED", REPO.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs the shared data folder, not found at {folder} (set CFBI_SHARED)")
    return folder.resolve()


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, configuration, cache and settings store of the test's own."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in (
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "APPDATA",
        "LOCALAPPDATA",
    ):
        folder = home / name.lower()
        folder.mkdir()
        monkeypatch.setenv(name, str(folder))
    core = sys.modules.get("PySide6.QtCore")
    if core is not None:
        # QSettings reads the environment once per process, so it has to be told about every new home
        for kind in (core.QSettings.Format.NativeFormat, core.QSettings.Format.IniFormat):
            core.QSettings.setPath(kind, core.QSettings.Scope.UserScope, str(home / "settings"))
    return home


@pytest.fixture(autouse=True)
def fixed_seeds() -> None:
    """The same random numbers for every test, whatever ran before it."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - for code that still uses the old generator
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.manual_seed(0)
        beside = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
        torch.set_num_threads(max(1, min(2, (os.cpu_count() or 1) // beside)))


@pytest.fixture(autouse=True, scope="module")
def earlier_things_are_out_of_sight() -> None:
    """What is there before a module's tests stays out of the searches for garbage and for leaks.

    A search goes through all that Python knows of, torch and Qt included, twice in each test of the window.
    """
    gc.collect()
    gc.freeze()


class _LoudRecords(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")


@pytest.fixture(autouse=True)
def no_loud_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    """A record of level WARNING or above fails the test, unless it is marked `allow_logs`."""
    handler = _LoudRecords()
    root = logging.getLogger()
    root.addHandler(handler)
    yield
    root.removeHandler(handler)
    if handler.lines and request.node.get_closest_marker("allow_logs") is None:
        pytest.fail("the log has warnings:\n" + "\n".join(handler.lines), pytrace=False)


@pytest.fixture(autouse=True)
def no_leaked_threads() -> Iterator[None]:
    """A Python thread that the test started must have ended with it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    for thread in _new_threads(before):
        thread.join(max(0.0, deadline - time.monotonic()))
    left = _new_threads(before)
    if left:
        pytest.fail(f"threads left running: {[thread.name for thread in left]}", pytrace=False)


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    # a _DummyThread only says that Python code once ran in a Qt thread; QThreads are looked at below
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before and not isinstance(thread, threading._DummyThread) and thread.is_alive()
    ]


@pytest.fixture(autouse=True)
def no_leaked_qt_objects(request: pytest.FixtureRequest) -> Iterator[None]:
    """A QThread or QTimer that the test started must have stopped with it."""
    if request.node.get_closest_marker("gui") is None:
        yield
        return
    before = {id(thing) for thing in _running_qt_objects()}
    yield
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = [thing for thing in _running_qt_objects() if id(thing) not in before]
    if left:
        pytest.fail(f"Qt threads or timers left running: {left}", pytrace=False)


def _running_qt_objects() -> list[Any]:
    import shiboken6
    from PySide6.QtCore import QThread, QTimer

    found: list[Any] = []
    for thing in gc.get_objects():
        # type(), not isinstance(): the latter would wake lazy proxies of other libraries
        if issubclass(type(thing), QThread) and shiboken6.isValid(thing) and thing.isRunning():
            if thing is not QThread.currentThread():
                found.append(thing)
        elif issubclass(type(thing), QTimer) and shiboken6.isValid(thing) and thing.isActive():
            found.append(thing)
    return found
