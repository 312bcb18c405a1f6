"""Questions about projects."""

from __future__ import annotations

import enum
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.document.storage.clip_reference import ClipReference
from app.views.question import confirm


class Answer(enum.Enum):
    """What becomes of changes that were not saved."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


def ask_to_save(name: str, parent: QWidget) -> Answer:
    """Ask what becomes of the changes, before something takes their place."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Unsaved changes")
    box.setText(f"Save the changes to {name}?")
    box.setInformativeText("They are lost otherwise.")
    save = box.addButton("Save", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Don't save", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(save)
    box.exec()
    clicked = box.clickedButton()
    answer = Answer.SAVE if clicked is save else Answer.DISCARD if clicked is discard else Answer.CANCEL
    box.deleteLater()
    return answer


def find_clip(reference: ClipReference, folder: Path, parent: QWidget) -> Path | None:
    """Ask where a project's clip is. Returns None if the user gives up."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Clip not found")
    box.setText(f"Where is the clip {reference.name}?")
    box.setInformativeText(f"It was {reference.absolute}.")
    is_folder = bool(reference.mark) and reference.size is None
    file_button = box.addButton("Find video…", QMessageBox.ButtonRole.AcceptRole)
    folder_button = box.addButton("Find folder of pictures…", QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(folder_button if is_folder else file_button)
    box.exec()
    clicked = box.clickedButton()
    box.deleteLater()
    name = ""
    if clicked is file_button:
        name, _ = QFileDialog.getOpenFileName(parent, f"Find {reference.name}", str(folder))
    elif clicked is folder_button:
        name = QFileDialog.getExistingDirectory(parent, f"Find {reference.name}", str(folder))
    return Path(name) if name else None


def may_use_other_clip(reference: ClipReference, clip: Path, parent: QWidget) -> bool:
    """Ask whether a clip of other content will do."""
    return confirm(
        parent,
        "Another clip",
        f"{clip.name} is not the clip that the project was made with, or has changed since.",
        f"{clip}\n\nThe masks may not match its pictures.",
        "Use it anyway",
        f"Find {reference.name}…",
    )
