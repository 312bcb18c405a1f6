"""Asks what to export, and where to."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.export.folder import exported_files


class ExportDialog(QDialog):
    """Folder, kinds of files, and what to do with frames that have no mask.

    Args:
        folder: Suggestion.
        frame_count: Frames of the clip.
        masked_count: Frames with a mask.
        stem: Of the clip, with which its files begin.
        parent: Window.
    """

    def __init__(
        self, folder: Path, frame_count: int, masked_count: int, stem: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._stem = stem
        self.setWindowTitle("Export mattes")
        self.setMinimumWidth(560)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(_heading("Folder"))
        line = QHBoxLayout()
        self.folder_edit = QLineEdit(str(folder))
        self.folder_edit.setObjectName("folder")
        self.folder_edit.setAccessibleName("Folder")
        line.addWidget(self.folder_edit, 1)
        browse = QPushButton("Browse…")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        line.addWidget(browse)
        layout.addLayout(line)
        layout.addSpacing(6)
        layout.addWidget(_heading("Files"))
        self.index_box = QCheckBox("Index masks: one palette PNG per frame, pixels are object numbers")
        self.mattes_box = QCheckBox("Mattes: one 8-bit grey PNG per frame and object, with soft edges")
        for box in (self.index_box, self.mattes_box):
            box.setChecked(True)
            box.toggled.connect(self._check)
            layout.addWidget(box)
        self.skip_button = QRadioButton("Leave these frames out")
        self.fill_button = QRadioButton("Write them as black (no object)")
        self.skip_button.setChecked(True)
        missing = frame_count - masked_count
        if missing:
            layout.addSpacing(6)
            layout.addWidget(_heading(f"{missing} of {frame_count} frames have no mask"))
            layout.addWidget(self.skip_button)
            layout.addWidget(self.fill_button)
        layout.addSpacing(8)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.export_button = buttons.addButton("Export", QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setDefault(True)
        buttons.accepted.connect(self._on_export)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.folder_edit.textChanged.connect(self._check)
        self._check()

    @property
    def folder(self) -> Path:
        """Where to write."""
        return Path(self.folder_edit.text().strip()).expanduser()

    @property
    def fill_missing(self) -> bool:
        """Whether frames without a mask are written as black."""
        return self.fill_button.isChecked()

    def _on_export(self) -> None:
        count = len(exported_files(self.folder, self._stem))
        if not count or self._may_replace(count):
            self.accept()

    def _may_replace(self, count: int) -> bool:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Replace the earlier export")
        box.setText(f"{self.folder} holds an earlier export of {self._stem}: {count} files.")
        box.setInformativeText("They will be replaced; those that this export does not write are removed.")
        replace = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(cancel)
        box.exec()
        answer = box.clickedButton() is replace
        box.deleteLater()
        return answer

    def _check(self) -> None:
        chosen = self.index_box.isChecked() or self.mattes_box.isChecked()
        self.export_button.setEnabled(chosen and bool(self.folder_edit.text().strip()))

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Export to folder", str(self.folder))
        if chosen:
            self.folder_edit.setText(chosen)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("heading")
    return label
