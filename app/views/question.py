"""Questions that are answered with a button."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QMessageBox, QWidget

from app.i18n import tr


def answer_to(box: QMessageBox) -> QAbstractButton:
    """Ask, and wait for a button to be pressed; the box is gone then."""
    for button in box.buttons():
        button.ensurePolished()  # sets the least width that the style sheet gives to all, whatever they say
        button.setMinimumWidth(button.sizeHint().width())
    box.exec()
    box.deleteLater()
    return box.clickedButton()


def confirm(parent: QWidget, title: str, text: str, details: str, yes: str, no: str = "") -> bool:
    """Ask before something is done that cannot be taken back; Enter and Escape mean no.

    Args:
        parent: The window that asks.
        title: Of the box.
        text: The question, or what is the case.
        details: What follows.
        yes: Label of the button that does it.
        no: Label of the other one; Cancel if empty.

    Returns:
        Whether it was granted.
    """
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(title)
    box.setText(text)
    box.setInformativeText(details)
    granting = box.addButton(yes, QMessageBox.ButtonRole.DestructiveRole)
    refusing = box.addButton(no or tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(refusing)
    return answer_to(box) is granting
