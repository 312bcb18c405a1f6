"""Messages above the canvas that do not stop the work."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.views import theme
from app.views.section import row_button

_ICONS = {"info": ("info", "accent"), "warning": ("warning", "warning"), "error": ("warning", "error")}


class Banner(QFrame):
    """One message with a hint and perhaps one action; a newer message replaces it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._callback: Callable[[], None] | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 9, 8, 9)
        row.setSpacing(10)
        self._icon = QLabel()
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(2)
        self._message = QLabel()
        self._message.setWordWrap(True)
        self._message.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._hint = QLabel()
        self._hint.setObjectName("muted")
        self._hint.setWordWrap(True)
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._message, self._hint):
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            texts.addWidget(label)
        row.addLayout(texts, 1)
        self.action_button = QPushButton()
        self.action_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.action_button.clicked.connect(self._on_action)
        row.addWidget(self.action_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.dismiss_button = row_button("Dismiss")
        self.dismiss_button.setIcon(theme.icon("remove", "muted"))
        self.dismiss_button.clicked.connect(self.dismiss)
        row.addWidget(self.dismiss_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    @property
    def message(self) -> str:
        """What it says; empty when it is hidden."""
        return self._message.text() if not self.isHidden() else ""

    @property
    def hint(self) -> str:
        """The second line."""
        return self._hint.text()

    def show_message(
        self,
        message: str,
        hint: str = "",
        *,
        level: str = "error",
        action: str = "",
        callback: Callable[[], None] | None = None,
    ) -> None:
        """Show a message.

        Args:
            message: What and where.
            hint: What to do.
            level: "info", "warning" or "error".
            action: Text of a button; none if empty.
            callback: What the button does.
        """
        name, tint = _ICONS[level]
        self._icon.setPixmap(theme.icon(name, tint).pixmap(QSize(18, 18)))
        self._message.setText(message)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.action_button.setText(action)
        self.action_button.setVisible(bool(action))
        self._callback = callback
        self.setProperty("level", level)
        self.style().unpolish(self)
        self.style().polish(self)
        self.show()

    def dismiss(self) -> None:
        """Hide it."""
        self._callback = None
        self.hide()

    def _on_action(self) -> None:
        callback, self._callback = self._callback, None
        self.hide()
        if callback is not None:
            callback()
