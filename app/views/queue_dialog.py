"""The exports that run, wait and are done; the window can be worked with meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.export.queue import QueueEntry, QueueState
from app.i18n import tr, trc
from app.views.exporting.queue_text import details_text, state_text, time_text
from app.views.progress_bar import ProgressBar

_ID = Qt.ItemDataRole.UserRole
_TITLE, _BAR, _STATE, _LEFT = range(4)


class QueueDialog(QDialog):
    """A list, buttons for the selected export, and its report.

    Signals:
        stop_wanted: End it, or take it out of the line (entry id).
        retry_wanted: Run it again (entry id).
        remove_wanted: Take it from the list (entry id).
        move_wanted: Earlier or later (entry id, -1 or 1).
        folder_wanted: Show its files (entry id).
        clear_wanted: Take all that is done from the list.
        pause_wanted: Start nothing new, or go on (bool).
    """

    stop_wanted = Signal(int)
    retry_wanted = Signal(int)
    remove_wanted = Signal(int)
    move_wanted = Signal(int, int)
    folder_wanted = Signal(int)
    clear_wanted = Signal()
    pause_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export queue"))
        self._entries: dict[int, QueueEntry] = {}
        self.list = QTreeWidget()
        self.list.setAccessibleName(tr("Exports"))
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHeaderLabels(
            [trc("one of several", "Export"), tr("Progress"), tr("State"), tr("Time left")]
        )
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(_TITLE, QHeaderView.ResizeMode.Stretch)
        for column, width in ((_BAR, 110), (_STATE, 190), (_LEFT, 64)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            self.list.setColumnWidth(column, width)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemDoubleClicked.connect(self._on_folder)
        self.details = QPlainTextEdit()
        self.details.setReadOnly(True)
        self.details.setTabChangesFocus(True)
        self.details.setAccessibleName(tr("Report of the selected export"))
        self.empty = QLabel(tr("Exports that you start or queue show here (File > Export)."))
        self.empty.setObjectName("muted")
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        for name, text, slot in (
            ("stop", tr("Stop"), self._on_stop),
            ("retry", tr("Retry"), self._on_retry),
            ("up", tr("Move up"), self._on_up),
            ("down", tr("Move down"), self._on_down),
            ("remove", tr("Remove"), self._on_remove),
            ("folder", tr("Open folder"), self._on_folder),
        ):
            row.addWidget(self._button(name, text))
            self.buttons[name].clicked.connect(slot)
        row.addStretch(1)
        bottom = QHBoxLayout()
        bottom.addWidget(self._button("pause", tr("Pause the queue")))
        self.buttons["pause"].setCheckable(True)
        self.buttons["pause"].setToolTip(tr("What is being written is finished; nothing else is begun"))
        self.buttons["pause"].toggled.connect(self.pause_wanted)
        bottom.addWidget(self._button("clear", tr("Clear finished")))
        self.buttons["clear"].clicked.connect(self.clear_wanted)
        bottom.addStretch(1)
        bottom.addWidget(self._button("close", tr("Close")))
        self.buttons["close"].clicked.connect(self.close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(18, 16, 18, 14)
        whole.setSpacing(10)
        whole.addWidget(self.empty)
        whole.addWidget(self.list, 3)
        whole.addLayout(row)
        whole.addWidget(self.details, 2)
        whole.addLayout(bottom)
        self.resize(760, 560)
        self.set_entries(())

    @property
    def selected(self) -> QueueEntry | None:
        """The selected export."""
        item = self.list.currentItem()
        return None if item is None else self._entries.get(int(item.data(_TITLE, _ID)))

    def select(self, entry_id: int) -> None:
        """Select an export."""
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(_TITLE, _ID) == entry_id:
                self.list.setCurrentItem(item)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt override
        # not before: the style sheet tells how much room a heading needs
        header = self.list.header()
        for column in (_BAR, _STATE, _LEFT):
            self.list.setColumnWidth(column, max(header.sectionSize(column), header.sectionSizeHint(column)))
        super().showEvent(event)

    def set_paused(self, paused: bool) -> None:
        """Press or release the button that pauses; ``pause_wanted`` follows."""
        self.buttons["pause"].setChecked(paused)

    def set_entries(self, entries: Sequence[QueueEntry]) -> None:
        """Show these, in this order; the selection stays."""
        selected = self.selected
        same = [entry.entry_id for entry in entries] == list(self._entries)
        self._entries = {entry.entry_id: entry for entry in entries}
        if not same:
            self.list.clear()
            for entry in entries:
                item = QTreeWidgetItem([entry.request.title, "", "", ""])
                item.setData(_TITLE, _ID, entry.entry_id)
                item.setToolTip(_TITLE, str(entry.request.target))
                self.list.addTopLevelItem(item)
                bar = ProgressBar(tr("Progress of {title}", title=entry.request.title))
                self.list.setItemWidget(item, _BAR, _centred(bar))
            if selected is not None:
                self.select(selected.entry_id)
            if self.list.currentItem() is None and entries:
                self.select(entries[0].entry_id)
        for row, entry in enumerate(entries):
            self._fill(row, entry)
        self.empty.setVisible(not entries)
        self._show_selected()

    def _fill(self, row: int, entry: QueueEntry) -> None:
        item = self.list.topLevelItem(row)
        assert item is not None
        item.setText(_STATE, state_text(entry))
        item.setText(_LEFT, time_text(entry.seconds_left))
        bar = self.list.itemWidget(item, _BAR).findChild(ProgressBar)
        assert bar is not None
        starting = entry.state is QueueState.RUNNING and not entry.total
        done = entry.state is QueueState.DONE
        total = 0 if starting else max(1, entry.total)
        bar.show_progress(total if done else entry.done, total)

    def _show_selected(self) -> None:
        entry = self.selected
        place = -1 if entry is None else list(self._entries).index(entry.entry_id)
        able = {
            "stop": entry is not None and entry.is_open,
            "retry": entry is not None and entry.can_retry,
            "up": place > 0,
            "down": 0 <= place < len(self._entries) - 1,
            "remove": entry is not None and entry.state is not QueueState.RUNNING,
            "folder": entry is not None,
            "clear": any(other.state is QueueState.DONE for other in self._entries.values()),
        }
        for name, is_able in able.items():
            self.buttons[name].setEnabled(is_able)
        text = "" if entry is None else details_text(entry)
        if text != self.details.toPlainText():
            self.details.setPlainText(text)

    def _button(self, name: str, text: str) -> QPushButton:
        button = self.buttons[name] = QPushButton(text)
        button.setAutoDefault(False)
        return button

    def _on_current(self) -> None:
        self._show_selected()

    def _on_stop(self) -> None:
        if self.selected is not None:
            self.stop_wanted.emit(self.selected.entry_id)

    def _on_retry(self) -> None:
        if self.selected is not None:
            self.retry_wanted.emit(self.selected.entry_id)

    def _on_remove(self) -> None:
        if self.selected is not None:
            self.remove_wanted.emit(self.selected.entry_id)

    def _on_up(self) -> None:
        if self.selected is not None:
            self.move_wanted.emit(self.selected.entry_id, -1)

    def _on_down(self) -> None:
        if self.selected is not None:
            self.move_wanted.emit(self.selected.entry_id, 1)

    def _on_folder(self) -> None:
        if self.selected is not None:
            self.folder_wanted.emit(self.selected.entry_id)


def _centred(bar: ProgressBar) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 8, 0)
    column.addWidget(bar, 0, Qt.AlignmentFlag.AlignVCenter)
    return holder
