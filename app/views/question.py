"""Questions that are answered with yes or no."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox, QWidget

from app.i18n import tr


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
    box.exec()
    answer = box.clickedButton() is granting
    box.deleteLater()
    return answer
