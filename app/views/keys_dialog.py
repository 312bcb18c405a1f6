"""Edits the keys of all commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.keymap import PRESETS, KeyMap, KeyPreset

_NAME_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class KeyCommand:
    """A command whose keys can be edited.

    Attributes:
        name: In the key map.
        text: As the user reads it, with a preset.
        section: Heading.
    """

    name: str
    text: Callable[[KeyPreset], str]
    section: str


class KeysDialog(QDialog):
    """A preset, a list of commands with a filter, and a field that takes the key that is pressed.

    Args:
        commands: In the order of the list.
        keymap: The keys as they are; ``keymap`` of the dialog holds them as the user wants them.
        reserved: Keys that cannot be given away, with what they do.
        parent: Window.
    """

    def __init__(
        self,
        commands: Sequence[KeyCommand],
        keymap: KeyMap,
        reserved: Mapping[str, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Edit keyboard shortcuts"))
        self.resize(620, 640)
        self.keymap = keymap
        self._commands = tuple(commands)
        self._texts: dict[str, str] = {}
        self._reserved = reserved
        self._items: dict[str, QTreeWidgetItem] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(10)
        column.addLayout(self._top_row())
        self.tree = self._make_tree(commands)
        column.addWidget(self.tree, 1)
        column.addLayout(self._edit_row())
        self.note = QLabel("")
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(34)
        column.addWidget(self.note)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        # Enter is a key like any other here
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)
        column.addWidget(buttons)
        self._show_keys()
        self._on_selected()

    # ---- building ----

    def _top_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        label = QLabel(tr("&Preset"))
        self.preset = QComboBox()
        for preset in PRESETS.values():
            self.preset.addItem(tr(preset.title), preset.name)
        self.preset.setCurrentIndex(self.preset.findData(self.keymap.preset.name))
        self.preset.currentIndexChanged.connect(self._on_preset)
        label.setBuddy(self.preset)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter by command or key"))
        self.filter.setAccessibleName(tr("Filter"))
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self._on_filter)
        row.addWidget(label)
        row.addWidget(self.preset)
        row.addSpacing(12)
        row.addWidget(self.filter, 1)
        return row

    def _make_tree(self, commands: Sequence[KeyCommand]) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName(tr("Commands"))
        tree.setHeaderLabels([tr("Command"), tr("Keys")])
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        tree.header().resizeSection(1, 190)
        tree.setRootIsDecorated(False)
        sections: dict[str, QTreeWidgetItem] = {}
        for command in commands:
            section = sections.get(command.section)
            if section is None:
                section = sections[command.section] = QTreeWidgetItem(tree, [command.section])
                section.setFlags(Qt.ItemFlag.ItemIsEnabled)
                section.setFirstColumnSpanned(True)
            item = QTreeWidgetItem(section)
            item.setData(0, _NAME_ROLE, command.name)
            self._items[command.name] = item
        tree.expandAll()
        tree.currentItemChanged.connect(self._on_selected)
        return tree

    def _edit_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.edit = _KeyField()
        self.edit.setAccessibleName(tr("New key"))
        self.edit.setMaximumSequenceLength(1)
        self.edit.setMinimumWidth(140)
        self.edit.setClearButtonEnabled(True)
        self.edit.keySequenceChanged.connect(self._on_key)
        self.assign_button = QPushButton(tr("&Assign"))
        self.assign_button.setToolTip(tr("The pressed key in place of the present ones"))
        self.assign_button.clicked.connect(self._assign)
        self.add_button = QPushButton(tr("A&dd"))
        self.add_button.setToolTip(tr("The pressed key beside the present ones"))
        self.add_button.clicked.connect(self._add)
        self.clear_button = QPushButton(tr("&No key"))
        self.clear_button.clicked.connect(self._clear)
        self.reset_button = QPushButton(tr("&Reset"))
        self.reset_button.setToolTip(tr("The keys of the preset"))
        self.reset_button.clicked.connect(self._reset)
        self.reset_all_button = QPushButton(tr("Reset a&ll"))
        self.reset_all_button.clicked.connect(self._reset_all)
        row.addWidget(self.edit, 1)
        for button in (
            self.assign_button,
            self.add_button,
            self.clear_button,
            self.reset_button,
            self.reset_all_button,
        ):
            row.addWidget(button)
        return row

    # ---- reading ----

    @property
    def selected(self) -> str | None:
        """The command whose keys are edited."""
        item = self.tree.currentItem()
        name = None if item is None else item.data(0, _NAME_ROLE)
        return None if name is None else str(name)

    def select(self, name: str) -> None:
        """Choose a command."""
        self.tree.setCurrentItem(self._items[name])

    def _pressed(self) -> str:
        return self.edit.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    # ---- changing ----

    def _put(self, keymap: KeyMap) -> None:
        self.keymap = keymap
        self.edit.clear()
        self._show_keys()
        self._on_selected()

    def _assign(self) -> None:
        if self.selected is not None and self._pressed():
            self._put(self.keymap.changed(self.selected, (self._pressed(),)))

    def _add(self) -> None:
        if self.selected is not None and self._pressed():
            keys = dict.fromkeys((*self.keymap.keys(self.selected), self._pressed()))
            self._put(self.keymap.changed(self.selected, tuple(keys)))

    def _clear(self) -> None:
        if self.selected is not None:
            self._put(self.keymap.changed(self.selected, ()))

    def _reset(self) -> None:
        if self.selected is not None:
            self._put(self.keymap.reset(self.selected))

    def _reset_all(self) -> None:
        self._put(replace(self.keymap, changes={}))

    def _on_preset(self) -> None:
        self._put(replace(self.keymap, preset=PRESETS[str(self.preset.currentData())]))

    # ---- showing ----

    def _show_keys(self) -> None:
        native = QKeySequence.SequenceFormat.NativeText
        self._texts = {command.name: command.text(self.keymap.preset) for command in self._commands}
        for name, item in self._items.items():
            item.setText(0, self._texts[name])
            keys = [QKeySequence(key).toString(native) for key in self.keymap.keys(name)]
            item.setText(1, ", ".join(keys))
            font = item.font(1)
            font.setBold(name in self.keymap.changes)
            item.setFont(1, font)
        self._on_filter(self.filter.text())

    def _on_filter(self, text: str) -> None:
        wanted = text.strip().lower()
        for item in self._items.values():
            item.setHidden(bool(wanted) and wanted not in f"{item.text(0)} {item.text(1)}".lower())
        for index in range(self.tree.topLevelItemCount()):
            section = self.tree.topLevelItem(index)
            assert section is not None
            rows = [section.child(row) for row in range(section.childCount())]
            section.setHidden(all(row is not None and row.isHidden() for row in rows))

    def _on_selected(self, *_: object) -> None:
        self._on_key()

    def _on_key(self, *_: object) -> None:
        name, key = self.selected, self._pressed()
        taken = self._reserved.get(key, "")
        able = name is not None and bool(key) and not taken
        self.assign_button.setEnabled(able)
        self.add_button.setEnabled(able)
        self.edit.setEnabled(name is not None)
        self.clear_button.setEnabled(name is not None and bool(self.keymap.keys(name)))
        self.reset_button.setEnabled(name is not None and name in self.keymap.changes)
        self.reset_all_button.setEnabled(bool(self.keymap.changes))
        self.note.setText(self._remark(name, key, taken))

    def _remark(self, name: str | None, key: str, taken: str) -> str:
        if name is None:
            return tr("Choose a command, click the field and press the new key.")
        if not key:
            return tr(
                "Click the field and press a key for “{command}”. Your own keys are bold.",
                command=self._texts[name],
            )
        shown = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
        if taken:
            return tr("{shown} cannot be given away: {taken}.", shown=shown, taken=taken)
        owner = self.keymap.owner(key)
        if owner is not None and owner != name:
            return tr(
                "{shown} belongs to “{command}”, which would lose it.",
                shown=shown,
                command=self._texts.get(owner, owner),
            )
        return (
            tr("{shown} is free.", shown=shown)
            if owner is None
            else tr("{shown} calls this command already.", shown=shown)
        )


class _KeyField(QKeySequenceEdit):
    """Takes the key that is pressed, but for Tab, which goes on to the next field as everywhere.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keySequenceChanged.connect(self._prompt)
        self._prompt()

    def _prompt(self) -> None:
        """Ask in our own words: those that Qt puts back after every key are too long in some languages."""
        for line in self.findChildren(QLineEdit):
            if line.placeholderText():
                line.setPlaceholderText(tr("Press a key"))

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
        ):
            return self.focusNextPrevChild(event.key() == Qt.Key.Key_Tab)
        taken = super().event(event)
        self._prompt()
        return taken
