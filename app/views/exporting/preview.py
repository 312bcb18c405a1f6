"""What an export would write, before it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.export.planned import ExportPlan
from app.export.presets import Kind
from app.i18n import shown, tr, trn
from app.views import theme
from app.views.announce import announce

_LINES = 6
_OUTDATED_MS = 200


@dataclass(frozen=True)
class PlannedExport:
    """A plan and what the disk says about it.

    Attributes:
        plan: The plan.
        round_trips: Round-trip files to be.
        existing: Files to be that are there already.
        stale: Pictures of an earlier export that go when files are replaced.
    """

    plan: ExportPlan
    round_trips: tuple[Path, ...]
    existing: tuple[Path, ...]
    stale: tuple[Path, ...] = ()


class ExportPreview(QWidget):
    """A summary, the names of the files, and what the user should know.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.summary = QLabel()
        self.summary.setWordWrap(True)
        column.addWidget(self.summary)
        self.files = QPlainTextEdit()
        self.files.setReadOnly(True)
        self.files.setAccessibleName(tr("Files to be written"))
        self.files.setTabChangesFocus(True)
        self.files.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.files.setFixedHeight(self.files.fontMetrics().lineSpacing() * _LINES + 14)
        column.addWidget(self.files)
        self._is_read = False
        self._box = QFrame()
        self._box.setObjectName("banner")
        row = QHBoxLayout(self._box)
        row.setContentsMargins(10, 7, 10, 7)
        self._icon = QLabel()
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self.note, 1)
        column.addWidget(self._box)
        self._box.hide()
        self._outdated = QTimer(self)
        self._outdated.setSingleShot(True)
        self._outdated.setInterval(_OUTDATED_MS)
        self._outdated.timeout.connect(self._clear)

    def show_plan(self, planned: PlannedExport) -> None:
        """Say what would be written."""
        self._outdated.stop()
        plan = planned.plan
        count = len(plan.frames)
        rate = tr("{rate:g} fps", rate=round(float(plan.rate), 3))
        if plan.variable:
            rate = tr("{rate} (varying)", rate=rate)
        frames = trn(
            "{count} frame, {seconds:.2f} s at {rate}",
            "{count} frames, {seconds:.2f} s at {rate}",
            count,
            seconds=float(plan.end_time),
            rate=rate,
        )
        parts = [f"{plan.size[0]} × {plan.size[1]} px", frames] if count else [tr("no frames")]
        self.summary.setText(" · ".join(parts))
        self.files.setPlainText("\n".join(_names(planned)))
        self._say([shown(warning) for warning in plan.warnings], "warning")

    def show_error(self, message: str, hint: str) -> None:
        """Say why nothing can be written so."""
        self._outdated.stop()
        self.summary.setText(tr("Nothing can be exported like this."))
        self.files.setPlainText("")
        self._say([message, hint] if hint else [message], "error")

    def show_busy(self, *, afresh: bool) -> None:
        """A new plan is being made.

        Args:
            afresh: What is shown is of another kind of export: it goes at once, and else if the plan takes
                its time, so that typing makes nothing flash.
        """
        self.summary.setText(tr("Looking…"))
        if afresh:
            self._clear()
        else:
            self._outdated.start()

    @Slot()
    def _clear(self) -> None:
        self._outdated.stop()
        self.files.setPlainText("")
        self._box.hide()

    def _say(self, lines: Sequence[str], level: str) -> None:
        text = "\n".join(lines)
        if self._is_read and text != self.note.text():
            announce(self, text, urgent=level == "error")
        self._is_read = True
        self._box.setVisible(bool(lines))
        self.note.setText(text)
        self._icon.setPixmap(theme.icon("warning", level).pixmap(QSize(16, 16)))
        self._box.setProperty("level", level)
        self._box.style().unpolish(self._box)
        self._box.style().polish(self._box)


def _names(planned: PlannedExport) -> list[str]:
    plan = planned.plan
    lines: list[str] = []
    for output in plan.outputs:
        names = [_relative(path, plan.target) for path in output.files]
        if plan.preset.kind is Kind.MOVIE or len(names) < 3:
            lines += names
        else:
            lines += [names[0], "   " + trn("… {count} more", "… {count} more", len(names) - 2), names[-1]]
        lines.append(_relative(output.report, plan.target))
    return lines + [_relative(path, plan.target) for path in planned.round_trips]


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
