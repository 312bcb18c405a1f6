"""The name template of the files, with the tokens at hand."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLineEdit, QMenu, QToolButton, QWidget

from app.export.names import TOKENS
from app.i18n import tr
from app.views.exporting.field import Field


class NamesField(Field):
    """A line to type in, and a menu that inserts tokens.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = self._row()
        self.edit = QLineEdit()
        self.edit.setAccessibleName(tr("Name of the files"))
        self.edit.textChanged.connect(self._on_changed)
        row.addWidget(self.edit, 1)
        self.tokens_button = QToolButton()
        self.tokens_button.setText(tr("Insert…"))
        self.tokens_button.setObjectName("direction")
        self.tokens_button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        self.tokens_button.setToolTip(tr("What a name can be made of"))
        self.tokens_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.tokens_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self.tokens_button)
        for token, meaning in TOKENS.items():
            action = QAction(f"{{{token}}}   {tr(meaning)}", menu)
            action.setData(f"{{{token}}}")
            menu.addAction(action)
        menu.triggered.connect(self._on_token)
        self.tokens_button.setMenu(menu)
        row.addWidget(self.tokens_button)

    def set_default(self, template: str) -> None:
        """What an empty line stands for."""
        self.edit.setPlaceholderText(template)

    @property
    def template(self) -> str | None:
        """The template; None for the preset's own."""
        return self.edit.text().strip() or None

    def set_template(self, template: str | None) -> None:
        """Put a remembered template there."""
        self.edit.setText(template or "")

    def _on_token(self, action: QAction) -> None:
        if not self.edit.text():
            self.edit.setText(self.edit.placeholderText())
        self.edit.insert(str(action.data()))
        self.edit.setFocus()

    def _on_changed(self) -> None:
        self.changed.emit()
