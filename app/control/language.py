"""Remembers the language that the user chooses."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app import i18n
from app.control.reporter import ErrorReporter
from app.i18n import tr
from app.settings import Settings
from app.views.language import LanguageMenu


class LanguageController(QObject):
    """The menu of languages. A choice holds from the next start on: the window is not made anew.

    Args:
        menu: Where the user chooses.
        settings: Where the choice is kept.
        reporter: Tells the user when it holds.
        parent: Owner.
    """

    def __init__(
        self, menu: LanguageMenu, settings: Settings, reporter: ErrorReporter, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._reporter = reporter
        menu.chosen.connect(self._on_chosen)

    @Slot(str)
    def _on_chosen(self, code: str) -> None:
        self._settings.language = code
        self._settings.save()
        name = i18n.languages().get(code)
        if name is None:
            self._reporter.inform(tr("The studio will speak the system's language when it starts again."))
        else:
            self._reporter.inform(tr("The studio will speak {name} when it starts again.", name=name))
