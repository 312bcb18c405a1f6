"""The menu of weights and devices."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.i18n import mark, tr

_DEVICES = {
    "auto": mark("Fastest there is"),
    "cpu": mark("Processor (cpu)"),
    "cuda": mark("NVIDIA GPU (cuda)"),
    "mps": mark("Apple GPU (mps)"),
}


class NetworkMenu(QMenu):
    """Weights, then devices; what is in use is ticked.

    Args:
        actions: Commands that follow, the last one apart.
        parent: The window.

    Signals:
        weights_chosen: A name of the registry.
        device_chosen: A name of torch.
    """

    weights_chosen = Signal(str)
    device_chosen = Signal(str)

    def __init__(self, actions: Sequence[QAction], parent: QWidget) -> None:
        super().__init__(tr("&Network"), parent)
        self.weights_menu = QMenu(tr("&Weights"), self)
        self.device_menu = QMenu(tr("&Device"), self)
        self.addMenu(self.weights_menu)
        self.addMenu(self.device_menu)
        self.addActions(actions[:-1])
        self.addSeparator()
        self.addAction(actions[-1])
        self._groups = [QActionGroup(self), QActionGroup(self)]
        self._shown: dict[QMenu, object] = {}
        self._groups[0].triggered.connect(self._on_weights)
        self._groups[1].triggered.connect(self._on_device)

    def show_choices(
        self, weights: Sequence[tuple[str, str]], devices: Sequence[str], chosen: tuple[str, str], note: str
    ) -> None:
        """Fill the menu.

        Args:
            weights: Name and text of each.
            devices: Names of torch.
            chosen: Weights and device in use.
            note: A last line that cannot be chosen; empty for none.
        """
        texts = [(name, tr(_DEVICES.get(name, name))) for name in devices]
        for menu, group, entries, current in (
            (self.weights_menu, self._groups[0], weights, chosen[0]),
            (self.device_menu, self._groups[1], texts, chosen[1]),
        ):
            content = (list(entries), current, note)
            if self._shown.get(menu) == content:
                continue  # an open menu that is filled anew would lose the pointer
            self._shown[menu] = content
            for action in group.actions():
                group.removeAction(action)
            menu.clear()
            for name, text in entries:
                action = menu.addAction(text.replace("&", "&&"))
                action.setData(name)
                action.setCheckable(True)
                action.setChecked(name == current)
                group.addAction(action)
            if note:
                menu.addAction(note).setEnabled(False)

    @Slot(QAction)
    def _on_weights(self, action: QAction) -> None:
        self.weights_chosen.emit(action.data())

    @Slot(QAction)
    def _on_device(self, action: QAction) -> None:
        self.device_chosen.emit(action.data())
