"""The menu of weights and devices."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.errors import CheckpointError
from app.main_window import MainWindow
from app.settings import Settings
from app.worker.engine import CfbiEngine, EngineSettings
from app.worker.job import JobContext
from app.worker.network_choice import NetworkChoices, WeightsChoice
from tests.fakes import FakeEngine

REGISTERED = (WeightsChoice("lite_cfbi", "lite_cfbi", True), WeightsChoice("hands", "mobilenet_cfbi", False))


class ListJob:
    """In the place of the registry and of torch."""

    def run(self, context: JobContext) -> None:
        context.emit(NetworkChoices(REGISTERED, ("auto", "cpu", "cuda")))


class ImportJob:
    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, context: JobContext) -> None:
        if self._path.name == "bad.pth":
            raise CheckpointError("bad.pth fits none of the networks of this program.", "Get another.")
        more = WeightsChoice(self._path.stem, "resnet101_cfbi", False)
        context.emit(NetworkChoices((*REGISTERED, more), ("auto", "cpu"), self._path.stem))


@pytest.fixture(autouse=True)
def quick_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.control.network.ListNetworksJob", ListJob)
    monkeypatch.setattr("app.control.network.ImportWeightsJob", ImportJob)


def texts(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


def ticked(menu: QMenu) -> list[str]:
    return [action.data() for action in menu.actions() if action.isChecked()]


def entry(menu: QMenu, name: str) -> QAction:
    return next(action for action in menu.actions() if action.data() == name)


def open_menu(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.network.runner.finished, timeout=10000):
        window.network_menu.aboutToShow.emit()


def test_weights_and_device_of_the_next_run_are_chosen(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    weights, devices = window.network_menu.weights_menu, window.network_menu.device_menu
    assert texts(weights) == ["fake", "Looking for others…"]

    open_menu(qtbot, window)

    assert texts(weights) == ["fake", "lite_cfbi  (lite_cfbi)", "hands  (mobilenet_cfbi)"]
    assert texts(devices) == ["Fastest there is", "Processor (cpu)", "NVIDIA GPU (cuda)"]
    assert (ticked(weights), ticked(devices)) == (["fake"], ["auto"])
    entry(weights, "hands").trigger()
    entry(devices, "cpu").trigger()
    assert engine.settings == EngineSettings(weights="hands", device="cpu")
    assert (ticked(weights), ticked(devices)) == (["hands"], ["cpu"])
    assert texts(weights) == ["lite_cfbi  (lite_cfbi)", "hands  (mobilenet_cfbi)"]
    settings = Settings()
    assert (settings.weights, settings.device) == ("hands", "cpu")


def test_imported_weights_are_used_at_once(qtbot: QtBot, window: MainWindow, engine: FakeEngine) -> None:
    with qtbot.waitSignal(window.network.runner.finished, timeout=10000):
        window.network.import_weights(Path("resnet101_cfbi.pth"))

    assert engine.settings.weights == "resnet101_cfbi"
    assert ticked(window.network_menu.weights_menu) == ["resnet101_cfbi"]
    assert window.status_text.text() == ""


def test_a_file_that_cannot_be_imported_is_a_message(
    qtbot: QtBot, window: MainWindow, engine: FakeEngine
) -> None:
    with qtbot.waitSignal(window.network.runner.finished, timeout=10000):
        window.network.import_weights(Path("bad.pth"))

    assert "fits none of the networks" in window.banner.message
    assert engine.settings.weights == "fake"


def test_the_menu_stands_before_help(window: MainWindow) -> None:
    titles = [action.text() for action in window.menuBar().actions()]
    assert titles[-2:] == ["&Network", "&Help"]
    assert texts(window.network_menu) == [
        "&Weights",
        "&Device",
        "Look closely at small objects",
        "",
        "Import weights…",
    ]


def test_close_ups_are_turned_off_and_on(window: MainWindow, engine: FakeEngine) -> None:
    action = window.actions_table["close_up"]
    assert action.isChecked()
    assert engine.settings.close_up is None
    action.trigger()
    assert engine.settings.close_up is False
    assert not Settings().close_up
    action.trigger()
    assert engine.settings.close_up is None
    assert Settings().close_up


def test_the_engine_loads_again_only_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    class Network:
        class config:
            name = "some"

    def load(model: str | None, weights: str, device: str) -> tuple[Network, str]:
        loaded.append(f"{weights} on {device}")
        return Network(), "cpu"

    monkeypatch.setattr("app.worker.network.load_network", load)
    monkeypatch.setattr("cfbi.InferenceSession", lambda model, **options: object())
    engine = CfbiEngine(EngineSettings())
    assert engine.description == "lite_cfbi · not loaded yet"
    engine.open_session()
    engine.open_session()
    assert engine.description == "cpu · lite_cfbi"
    engine.use(EngineSettings(weights="hands"))
    assert engine.description == "hands · not loaded yet"
    engine.open_session()
    assert loaded == ["lite_cfbi on auto", "hands on auto"]
    assert engine.description == "cpu · hands"
