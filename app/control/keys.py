"""The keys of the window: presets, the user's own, and the sheet that shows them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from app.action_specs import SPECS, ActionSpec
from app.actions import Actions, default_keys
from app.i18n import mark, tr
from app.keymap import DEFAULT_PRESET, PRESETS, KeyMap, KeyPreset, from_text, to_text
from app.settings import Settings

RESERVED = {
    "Space": mark("it plays, and pans while it is held"),
    **{str(digit): mark("it chooses an object") for digit in range(10)},
    **{f"Ctrl+{digit}": mark("it chooses an object") for digit in range(2, 10)},
}
"""Keys that are handled elsewhere, with what they do."""


class KeyController(QObject):
    """Gives the actions their keys and remembers what the user changed.

    Args:
        actions: Whose keys.
        settings: Where they are remembered.
        window: Parent of the dialogs.

    Signals:
        changed: Commands have other keys.
    """

    changed = Signal()

    def __init__(self, actions: Actions, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._actions = actions
        self._settings = settings
        self._window = window
        defaults = default_keys()
        preset = PRESETS.get(settings.key_preset, PRESETS[DEFAULT_PRESET])
        actions.set_keymap(KeyMap(defaults, preset, from_text(settings.key_changes, defaults)))

    @property
    def leap(self) -> int:
        """Frames that the long step goes; 0 stands for one second."""
        return self._actions.keymap.preset.leap

    @property
    def all_keys(self) -> frozenset[str]:
        """Keys of all commands, as Qt's portable text."""
        return frozenset(key for keys in self._actions.keymap.table().values() for key in keys)

    def show_sheet(self) -> None:
        """The sheet of keys."""
        from app.views.shortcuts_dialog import ShortcutsDialog

        sections: dict[str, list[tuple[str, str]]] = {}
        for spec in SPECS:
            keys = self._actions.shown_keys(spec)
            if keys:
                sections.setdefault(spec.section, []).append((self._name_of(spec), keys))
        sections["Objects"].append((tr("Choose an object by its number, typed quickly"), "1 … 9, 0"))
        shown = {tr(section): rows for section, rows in sections.items()}
        dialog = ShortcutsDialog(shown, self._window)
        dialog.edit_button.clicked.connect(dialog.accept)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self.edit()
        dialog.deleteLater()

    def edit(self) -> None:
        """Let the user change keys."""
        from app.views.keys_dialog import KeyCommand, KeysDialog

        commands = [
            KeyCommand(spec.name, partial(self._name_of, spec), tr(spec.section))
            for spec in SPECS
            if not spec.shown_key
        ]
        reserved = {key: tr(use) for key, use in RESERVED.items()}
        dialog = KeysDialog(commands, self._actions.keymap, reserved, self._window)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._actions.set_keymap(dialog.keymap)
            self._settings.key_preset = dialog.keymap.preset.name
            self._settings.key_changes = to_text(dialog.keymap.changes)
            self.changed.emit()
        dialog.deleteLater()

    def _name_of(self, spec: ActionSpec, preset: KeyPreset | None = None) -> str:
        return self._actions.text(spec.name, preset).rstrip("…")
