"""The menu of projects that were open lately."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.i18n import tr
from app.settings import Settings


class RecentMenu(QMenu):
    """Open recent: made anew whenever it is shown.

    Args:
        settings: Knows the projects.
        open_project: Opens one.
        parent: Owner.
    """

    def __init__(self, settings: Settings, open_project: Callable[[Path], None], parent: QWidget) -> None:
        super().__init__(tr("Open recent"), parent)
        self._settings = settings
        self._open_project = open_project
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)

    @Slot()
    def fill(self) -> None:
        """List the projects, the latest first."""
        self.clear()
        for path in self._settings.recent_projects:
            action = self.addAction(path.stem.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(partial(self._open, path))
        if self.isEmpty():
            self.addAction(tr("No project yet")).setEnabled(False)
            return
        self.addSeparator()
        self.addAction(tr("Clear the list")).triggered.connect(self._settings.clear_recent_projects)

    def _open(self, path: Path, checked: bool = False) -> None:
        self._open_project(path)
