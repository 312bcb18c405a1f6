"""The languages of the program: the menu, and what Qt itself says."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication, QMenu, QWidget

from app import i18n
from app.i18n import tr

_NAME = "qt texts"


class LanguageMenu(QMenu):
    """One entry for the system's language, then one for each that there is, in its own words.

    Args:
        languages: Code and name of each.
        current: The code that the user chose before; empty for the system's language.
        parent: The window.

    Signals:
        chosen: A code, empty for the system's language.
    """

    chosen = Signal(str)

    def __init__(self, languages: Mapping[str, str], current: str, parent: QWidget) -> None:
        super().__init__(tr("&Language"), parent)
        group = QActionGroup(self)
        for code, name in {"": tr("As the system"), **languages}.items():
            action = self.addAction(name)
            action.setData(code)
            action.setCheckable(True)
            action.setChecked(code == current)
            group.addAction(action)
            if not code:
                self.addSeparator()
        group.triggered.connect(self._on_triggered)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.chosen.emit(action.data())


def apply_language(application: QApplication, wanted: str) -> None:
    """Speak a language, Qt's own dialogs and number fields too. To be called before windows are made.

    Args:
        application: Gets Qt's texts.
        wanted: What the user chose; empty for the system's language.
    """
    system = QLocale.system()
    code = i18n.pick(wanted, system.uiLanguages())
    i18n.use(code)
    # who reads the language of his system also writes numbers as his system does
    locale = QLocale(code)
    QLocale.setDefault(system if system.language() == locale.language() else locale)
    for old in application.findChildren(QTranslator, _NAME):
        application.removeTranslator(old)
        old.deleteLater()
    translator = QTranslator(application)
    translator.setObjectName(_NAME)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if code != i18n.SOURCE_LANGUAGE and translator.load(QLocale(code), "qtbase", "_", folder):
        application.installTranslator(translator)
