"""Which panels of the side bar are folded: as they were when the program ended."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Slot

from app.settings import Settings
from app.views.section import Section


class Folding(QObject):
    """Folds panels as they were, and remembers what the user folds.

    Args:
        panels: By the name under which their state is kept.
        settings: Where it is kept.
        parent: Owner.
    """

    def __init__(
        self, panels: Mapping[str, Section], settings: Settings, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._panels, self._settings = dict(panels), settings
        folded = settings.folded_panels
        for name, panel in self._panels.items():
            panel.set_unfolded(name not in folded)
            panel.folded.connect(self._keep)

    @Slot()
    def _keep(self) -> None:
        known = frozenset(name for name, panel in self._panels.items() if not panel.is_unfolded)
        self._settings.folded_panels = known
