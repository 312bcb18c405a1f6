"""Which network the next run uses: its weights and its device."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QWidget

from app.control.reporter import ErrorReporter
from app.i18n import tr
from app.settings import Settings
from app.views.file_filter import file_filter
from app.views.network_menu import NetworkMenu
from app.worker.engine import Engine
from app.worker.job import ErrorInfo, Outcome
from app.worker.job_runner import JobRunner
from app.worker.network_choice import ImportWeightsJob, ListNetworksJob, NetworkChoices

_FILES = "*.safetensors *.pth *.pt"


class NetworkController(QObject):
    """Fills the menu and tells the engine. The registry is read on a thread: asking it loads torch.

    Args:
        engine: Runs the network; what is chosen holds from its next session on.
        menu: Shows what there is.
        close_up: Turns close-ups on and off.
        settings: Remember the choice.
        reporter: Hears of errors.
        parent: The window.

    Signals:
        described: The engine's description for the status line.
        progressed: Text for the status line, empty at the end.
    """

    described = Signal(str)
    progressed = Signal(str)

    def __init__(
        self,
        engine: Engine,
        menu: NetworkMenu,
        close_up: QAction,
        settings: Settings,
        reporter: ErrorReporter,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._engine = engine
        self._menu = menu
        self._settings = settings
        self._reporter = reporter
        self._window = parent
        self._choices: NetworkChoices | None = None
        self.runner = JobRunner("weights", self)
        self.runner.received.connect(self._on_received)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        menu.aboutToShow.connect(self.refresh)
        menu.weights_chosen.connect(self.choose_weights)
        menu.device_chosen.connect(self.choose_device)
        close_up.setChecked(engine.settings.close_up is not False)
        close_up.toggled.connect(self.choose_close_up)
        self._show()

    @Slot()
    def refresh(self) -> None:
        """Look again what there is."""
        if not self.runner.is_running:
            self.runner.start(ListNetworksJob())

    @Slot(str)
    def choose_weights(self, name: str) -> None:
        """Use other weights, from the next run on."""
        self._settings.weights = name
        # the network follows from the weights
        self._engine.use(replace(self._engine.settings, weights=name, model=None))
        self._show()

    @Slot(str)
    def choose_device(self, name: str) -> None:
        """Compute elsewhere, from the next run on."""
        self._settings.device = name
        self._engine.use(replace(self._engine.settings, device=name))
        self._show()

    @Slot(bool)
    def choose_close_up(self, wanted: bool) -> None:
        """Look closely where the network is made for it, or never, from the next run on."""
        self._settings.close_up = wanted
        self._engine.use(replace(self._engine.settings, close_up=None if wanted else False))
        self._show()

    def ask_for_weights(self) -> None:
        """Let the user choose a file to bring in."""
        folder = str(self._settings.last_folder)
        kinds = file_filter(tr("Weights"), _FILES)
        path, _ = QFileDialog.getOpenFileName(self._window, tr("Import weights"), folder, kinds)
        if path:
            self.import_weights(Path(path))

    def import_weights(self, path: Path) -> None:
        """Check a file, register it, and use it."""
        if self.runner.is_running:
            self.runner.cancel()
        self.progressed.emit(tr("Importing {name}…", name=path.name))
        self.runner.start(ImportWeightsJob(path))

    def close(self) -> None:
        """End the thread."""
        self.runner.close()

    def _show(self) -> None:
        chosen = self._engine.settings
        found = self._choices
        names = () if found is None else found.weights
        weights = [(entry.name, f"{entry.name}  ({entry.model})") for entry in names]
        if chosen.weights not in {name for name, _ in weights}:
            weights.insert(0, (chosen.weights, Path(chosen.weights).name))
        devices = [chosen.device] if found is None else list(found.devices)
        if chosen.device not in devices:
            devices.append(chosen.device)
        note = tr("Looking for others…") if found is None else ""
        self._menu.show_choices(weights, devices, (chosen.weights, chosen.device), note)
        self.described.emit(self._engine.description)

    @Slot(int, object)
    def _on_received(self, run_id: int, content: object) -> None:
        if isinstance(content, NetworkChoices):
            self._choices = content
            if content.imported:
                self.choose_weights(content.imported)
            else:
                self._show()

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        self._reporter.show(error)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        self.progressed.emit("")
