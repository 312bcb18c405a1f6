"""Asks what to export, and where to; shows beforehand what would be written."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.document.snapshot import DocumentSnapshot
from app.export.choices import ExportChoices
from app.export.options import ExportOptions, Missing
from app.export.presets import ExportPreset
from app.export.request import ExportRequest
from app.i18n import tr, trn
from app.views.exporting.form import OptionsForm
from app.views.exporting.preset_list import PresetList
from app.views.exporting.preview import ExportPreview, PlannedExport
from app.views.question import confirm

_LIST_PX = (264, 400)
"""Least and most width of the list of presets."""


class ExportDialog(QDialog):
    """Presets on the left, their options on the right, what will be written below.

    Plans are not made here, for a long clip takes a while: whoever shows the dialog answers
    ``plan_wanted`` with ``show_plan`` or ``show_error``.

    Args:
        snapshot: What is exported.
        folder: Suggestion.
        choices: What was chosen before.
        parent: Window.

    Signals:
        plan_wanted: The choices changed (``ExportRequest``).
        queued: To be added to the queue; the dialog stays for another one (``ExportRequest``).
    """

    plan_wanted = Signal(object)
    queued = Signal(object)

    def __init__(
        self, snapshot: DocumentSnapshot, folder: Path, choices: ExportChoices, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._snapshot = snapshot
        self._request: ExportRequest | None = None
        self._planned: PlannedExport | None = None
        self._shown_preset = ""
        self.choices = choices
        self.setWindowTitle(tr("Export"))
        self.presets = PresetList()
        self.presets.setFixedWidth(self.presets.needed_width(_LIST_PX))
        self.title = QLabel()
        self.title.setObjectName("title")
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setObjectName("muted")
        self.form = OptionsForm(snapshot)
        self.preview = ExportPreview()
        self.run_note = _muted(
            tr(
                "A run is going on. What it has written since this dialog was opened is exported only "
                "once it has ended."
            )
        )
        self.run_note.setWordWrap(True)
        self.run_note.hide()
        self.added = QLabel()
        self.added.setObjectName("muted")
        self._lay_out(folder)
        self.presets.chosen.connect(self._on_preset)
        self.form.changed.connect(self._on_changed)
        self.folder_edit.textChanged.connect(self._on_changed)
        self.presets.choose(choices.preset)
        self.presets.setFocus()

    def _lay_out(self, folder: Path) -> None:
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.title)
        right.addWidget(self.about)
        scroll = QScrollArea()
        scroll.setWidget(self.form)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it scrolls to what is in it and has the focus
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        right.addWidget(scroll, 1)
        line = QHBoxLayout()
        line.addWidget(_muted(tr("Folder")))
        self.folder_edit = QLineEdit(str(folder))
        self.folder_edit.setAccessibleName(tr("Folder"))
        line.addWidget(self.folder_edit, 1)
        browse = QPushButton(tr("Browse…"))
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        line.addWidget(browse)
        right.addLayout(line)
        right.addWidget(self.preview)
        right.addWidget(self.run_note)
        upper = QHBoxLayout()
        upper.setSpacing(18)
        upper.addWidget(self.presets)
        upper.addLayout(right, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)  # whose sheet has no icons
        self.queue_button = buttons.addButton(tr("Add to queue"), QDialogButtonBox.ButtonRole.ActionRole)
        self.queue_button.setToolTip(tr("Add it and stay here, for another export"))
        self.export_button = buttons.addButton(tr("Export now"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.export_button.setObjectName("primary")
        self.export_button.setDefault(True)
        self.queue_button.clicked.connect(self._on_queue)
        buttons.accepted.connect(self._on_export)
        buttons.rejected.connect(self.reject)
        bottom = QHBoxLayout()
        bottom.addWidget(self.added, 1)
        bottom.addWidget(buttons)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(20, 18, 20, 16)
        whole.setSpacing(14)
        whole.addLayout(upper, 1)
        whole.addLayout(bottom)
        self.resize(920 + self.presets.width() - _LIST_PX[0], 720)

    @property
    def request(self) -> ExportRequest | None:
        """What was asked for; after the dialog was accepted."""
        return self._request

    def ask_again(self) -> None:
        """Want a plan of what is chosen now."""
        self._on_changed()

    def tell_of_run(self, *, is_going: bool) -> None:
        """Say that masks are still being written, or no longer."""
        self.run_note.setVisible(is_going)

    # ---- answers to plan_wanted ----

    def show_plan(self, request: ExportRequest, planned: PlannedExport) -> None:
        """The plan of a request; that of an older one is dropped."""
        if request is not self._request:
            return
        self._planned = planned
        plan = planned.plan
        self.form.set_missing(plan.missing)
        self.preview.show_plan(planned)
        self._enable(not plan.missing or plan.options.missing is not Missing.ERROR)

    def show_error(self, request: ExportRequest, message: str, hint: str) -> None:
        """Why a request cannot be planned."""
        if request is self._request:
            self.preview.show_error(message, hint)

    # ---- slots ----

    def _on_preset(self, preset: ExportPreset) -> None:
        self.title.setText(tr(preset.title))
        self.about.setText(tr(preset.description))
        last = self.choices.options.get(preset.name)
        if last is None:
            last = self._carried_over(preset)
        self.form.set_preset(preset, last, self.choices.round_trips.get(preset.name, ()))

    def _carried_over(self, preset: ExportPreset) -> ExportOptions:
        """For a preset that was never used: what was just chosen for another one, as far as it has it."""
        if self._request is None:
            return ExportOptions()
        now = self._request.options
        return ExportOptions(
            layout=now.layout if now.layout in preset.layouts else None,
            handles=now.handles,
            missing=now.missing,
            decontaminate=now.decontaminate,
            motion_blur=now.motion_blur,
            background=now.background,
            audio=now.audio,
        )

    def _on_changed(self) -> None:
        self._planned = None
        self._enable(False)
        folder = self.folder_edit.text().strip()
        try:
            options = self.form.options
        except ValueError as error:
            self._request = None
            self.preview.show_error(tr("The rate cannot be read."), str(error))
            return
        if not folder:
            self._request = None
            self.preview.show_error(tr("There is no folder to write to."), tr("Choose one."))
            return
        former = self._shown_preset
        self._shown_preset = self.presets.preset.name
        self._request = ExportRequest(
            self._snapshot.path,
            self.presets.preset.name,
            options,
            Path(os.path.abspath(Path(folder).expanduser())),
            self.form.round_trips.keys,
        )
        self.preview.show_busy(afresh=former != self._shown_preset)
        self.plan_wanted.emit(self._request)

    def _on_queue(self) -> None:
        request = self._confirmed()
        if request is not None:
            self.queued.emit(request)
            self.added.setText(tr("Added: {title}", title=request.title))

    def _on_export(self) -> None:
        request = self._confirmed()
        if request is not None:
            self._request = request
            self.accept()

    def _confirmed(self) -> ExportRequest | None:
        """The request, allowed to replace what is there if the user says so."""
        request, planned = self._request, self._planned
        if request is None or planned is None:
            return None
        if planned.existing:
            if not may_replace(self, planned.existing, len(planned.stale)):
                return None
            request = request.replacing()
        self.choices = self.choices.with_last(request.preset, request.options, request.round_trips)
        return request

    def _browse(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, tr("Export to folder"), self.folder_edit.text())
        if chosen:
            self.folder_edit.setText(chosen)

    def _enable(self, ready: bool) -> None:
        self.export_button.setEnabled(ready)
        self.queue_button.setEnabled(ready)


def may_replace(parent: QWidget, existing: tuple[Path, ...], stale: int = 0) -> bool:
    """Ask whether files that are there may be replaced.

    Args:
        parent: Of the question.
        existing: Files that would be written anew.
        stale: How many further pictures of an earlier export of that name would go.
    """
    text = trn(
        "{name} is already in {folder}.",
        "{count} files are already in {folder}.",
        len(existing),
        name=existing[0].name,
        folder=existing[0].parent,
    )
    consequence = tr("The export will replace what it writes anew; other files stay.")
    if stale:
        consequence = trn(
            "The export will replace what it writes anew, and remove {count} further picture of the earlier "
            "export of that name; other files stay.",
            "The export will replace what it writes anew, and remove {count} further pictures of the earlier "
            "export of that name; other files stay.",
            stale,
        )
    return confirm(parent, tr("Replace files"), text, consequence, tr("Replace"))


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    return label
