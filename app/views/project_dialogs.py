"""Questions about projects."""

from __future__ import annotations

import enum
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from app.document.storage.clip_reference import ClipReference
from app.i18n import tr
from app.views.question import answer_to, confirm


class Answer(enum.Enum):
    """What becomes of changes that were not saved."""

    SAVE = "save"
    DISCARD = "discard"
    CANCEL = "cancel"


def ask_to_save(name: str, parent: QWidget, *, in_run: bool = False) -> Answer:
    """Ask what becomes of the changes, before something takes their place.

    Args:
        name: Of the project or the clip.
        parent: The window that asks.
        in_run: A run is under way, which would be stopped.
    """
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(tr("Unsaved changes"))
    box.setText(tr("Save the changes to {name}?", name=name))
    box.setInformativeText(tr("They are lost otherwise."))
    if in_run:
        box.setText(tr("A run is under way. Stop it and save the changes to {name}?", name=name))
        box.setInformativeText(
            tr(
                "The frames that it has finished are saved too, and the run can be resumed when the project "
                "is opened again. Without saving they are lost, and all other changes."
            )
        )
    save = box.addButton(tr("Save"), QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton(tr("Don't save"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(save)
    clicked = answer_to(box)
    return Answer.SAVE if clicked is save else Answer.DISCARD if clicked is discard else Answer.CANCEL


def may_stop_run(parent: QWidget) -> bool:
    """Ask whether a run may be stopped of which everything is saved so far."""
    return confirm(
        parent,
        tr("A run is under way"),
        tr("A run is under way. Stop it? Everything so far is saved."),
        tr("The run can be resumed when the project is opened again."),
        tr("Stop it"),
        tr("Let it run"),
    )


def find_clip(reference: ClipReference, folder: Path, parent: QWidget) -> Path | None:
    """Ask where a project's clip is. Returns None if the user gives up."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(tr("Clip not found"))
    box.setText(tr("Where is the clip {name}?", name=reference.name))
    box.setInformativeText(tr("It was {path}.", path=reference.absolute))
    is_folder = bool(reference.mark) and reference.size is None
    file_button = box.addButton(tr("Find video…"), QMessageBox.ButtonRole.AcceptRole)
    folder_button = box.addButton(tr("Find folder of pictures…"), QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(folder_button if is_folder else file_button)
    clicked = answer_to(box)
    name = ""
    if clicked is file_button:
        name, _ = QFileDialog.getOpenFileName(parent, tr("Find {name}", name=reference.name), str(folder))
    elif clicked is folder_button:
        name = QFileDialog.getExistingDirectory(parent, tr("Find {name}", name=reference.name), str(folder))
    return Path(name) if name else None


def may_use_other_clip(reference: ClipReference, clip: Path, parent: QWidget) -> bool:
    """Ask whether a clip of other content will do."""
    return confirm(
        parent,
        tr("Another clip"),
        tr("{name} is not the clip that the project was made with, or has changed since.", name=clip.name),
        f"{clip}\n\n" + tr("The masks may not match its pictures."),
        tr("Use it anyway"),
        tr("Find {name}…", name=reference.name),
    )
