"""Messages above the canvas that do not stop the work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import tr
from app.views import theme
from app.views.announce import announce
from app.views.section import row_button

_ICONS = {"info": ("info", "accent"), "warning": ("warning", "warning"), "error": ("warning", "error")}


@dataclass(frozen=True)
class _Message:
    text: str
    hint: str
    level: str
    action: str
    callback: Callable[[], None] | None
    second: str
    second_callback: Callable[[], None] | None
    stays: bool
    refuses: bool


class Banner(QFrame):
    """One message with a hint and perhaps an action or two.

    A newer message replaces it; one that stays comes back when the newer one is dismissed, and waits behind
    an error.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("banner")
        self._shown: _Message | None = None
        self._waiting: _Message | None = None
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
        self.second_button = QPushButton()
        self.second_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.second_button.clicked.connect(self._on_second)
        row.addWidget(self.second_button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.dismiss_button = row_button(tr("Dismiss"))
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
        second: str = "",
        second_callback: Callable[[], None] | None = None,
        stays: bool = False,
        refuses: bool = False,
    ) -> None:
        """Show a message.

        Args:
            message: What and where.
            hint: What to do.
            level: "info", "warning" or "error".
            action: Text of a button; none if empty.
            callback: What the button does.
            second: Text of another button; none if empty.
            second_callback: What that does.
            stays: Only the user ends it: it comes back after a newer message.
            refuses: It says why a command could not be done as the work stands: a change of the work ends it.
        """
        new = _Message(message, hint, level, action, callback, second, second_callback, stays, refuses)
        shown = self._shown
        if stays and shown is not None and shown.level == "error" and not shown.stays:
            self._waiting = new  # it has time, the error has not been read yet
            return
        if shown is not None and shown.stays:
            self._waiting = None if stays else shown
        self._show(new)

    def _show(self, message: _Message) -> None:
        self._shown = message
        name, tint = _ICONS[message.level]
        self._icon.setPixmap(theme.icon(name, tint).pixmap(QSize(18, 18)))
        self._message.setText(message.text)
        self._hint.setText(message.hint)
        self._hint.setVisible(bool(message.hint))
        self.action_button.setText(message.action)
        self.action_button.setVisible(bool(message.action))
        self.second_button.setText(message.second)
        self.second_button.setVisible(bool(message.second))
        self.setProperty("level", message.level)
        self.style().unpolish(self)
        self.style().polish(self)
        self.setAccessibleName(message.text)
        self.setAccessibleDescription(message.hint)
        self.show()
        words = [message.text, message.hint, message.action, message.second]
        announce(self, " ".join(word for word in words if word), urgent=message.level != "info")

    def dismiss(self) -> None:
        """Hide it, and show what waits behind it."""
        self._shown = None
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            self.hide()
        else:
            self._show(waiting)

    def dismiss_passing(self) -> None:
        """Hide it unless it asks something: the user has gone on to other things."""
        if self._shown is not None and not self._shown.action:
            self.dismiss()

    def dismiss_refusal(self) -> None:
        """Hide it if it says what could not be done: the work has changed, it need not be true any more."""
        if self._shown is not None and self._shown.refuses:
            self.dismiss()

    def _on_action(self) -> None:
        shown = self._shown
        self.dismiss()
        if shown is not None and shown.callback is not None:
            shown.callback()

    def _on_second(self) -> None:
        shown = self._shown
        self.dismiss()
        if shown is not None and shown.second_callback is not None:
            shown.second_callback()
