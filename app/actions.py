"""The actions of a window, made from the table of commands."""

from __future__ import annotations

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from app.action_specs import SPECS, ActionSpec
from app.i18n import tr, trn
from app.keymap import KeyMap, KeyPreset, Keys
from app.views import theme

_LEAPS = ("leap_back", "leap_forward")
"""Commands whose step the preset of keys tells."""


class Actions:
    """All actions by name, made for one window.

    Args:
        window: Their owner; their keys work in all of it.
    """

    def __init__(self, window: QWidget) -> None:
        self._table: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self.keymap = KeyMap(default_keys())
        for spec in SPECS:
            self._table[spec.name] = self._make(spec, window)
        self.set_keymap(self.keymap)

    def __getitem__(self, name: str) -> QAction:
        return self._table[name]

    def names(self, start: str) -> list[str]:
        """Names of the actions that begin with ``start``."""
        return [name for name in self._table if name.startswith(start)]

    def set_keymap(self, keymap: KeyMap) -> None:
        """Give every action its keys, and name them in its tool tip."""
        self.keymap = keymap
        for spec in SPECS:
            action = self._table[spec.name]
            action.setShortcuts([QKeySequence(key) for key in keymap.keys(spec.name)])
            set_tip(action, tr(spec.tip) or tr(spec.text).rstrip("…"), self.shown_key(spec))
        for name in _LEAPS:
            self._table[name].setText(self.text(name))
            set_tip(self._table[name], self.text(name), next(iter(self._native_keys(name)), ""))

    def shown_key(self, spec: ActionSpec) -> str:
        """The key to show for a command, as the platform writes it; empty if it has none."""
        return _native(spec.shown_key) or next(iter(self._native_keys(spec.name)), "")

    def text(self, name: str, preset: KeyPreset | None = None) -> str:
        """What a command is called when nothing special is the case, with a preset or the present one."""
        if name in _LEAPS:
            return _leap_text((preset or self.keymap.preset).leap, is_back=name == _LEAPS[0])
        return next(tr(spec.text) for spec in SPECS if spec.name == name)

    def set_shown_text(self, name: str, text: str) -> None:
        """Call a command something else for the time being, in menu and tool tip."""
        spec = next(spec for spec in SPECS if spec.name == name)
        key = self.shown_key(spec)
        self._table[name].setText(f"{text}\t{key}" if spec.shown_key else text)
        set_tip(self._table[name], text, key)

    def key_of(self, name: str) -> str:
        """The key of a command, as the platform writes it; "no key" if it has none."""
        return next(iter(self._native_keys(name)), tr("no key"))

    def shown_keys(self, spec: ActionSpec) -> str:
        """All keys of a command, as the platform writes them."""
        return _native(spec.shown_key) or ", ".join(self._native_keys(spec.name))

    def _native_keys(self, name: str) -> list[str]:
        return [_native(key) for key in self.keymap.keys(name)]

    def set_clip_open(self, is_open: bool) -> None:
        """Enable what needs a clip."""
        for spec in SPECS:
            if spec.needs_clip:
                self._table[spec.name].setEnabled(is_open)

    def _make(self, spec: ActionSpec, window: QWidget) -> QAction:
        text = tr(spec.text)
        action = QAction(text, window)
        action.setObjectName(spec.name)
        if spec.icon:
            action.setIcon(theme.icon(spec.icon))
        if spec.icon_text:
            action.setIconText(tr(spec.icon_text))
        if spec.shown_key:
            action.setText(f"{text}\t{_native(spec.shown_key)}")
        action.setCheckable(spec.checkable or bool(spec.group))
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(window))
            group.addAction(action)
        window.addAction(action)
        return action


def _leap_text(leap: int, *, is_back: bool) -> str:
    """How a long step of so many frames is called; 0 stands for one second."""
    if not leap:
        return tr("1 second back") if is_back else tr("1 second forward")
    if is_back:
        return trn("{count} frame back", "{count} frames back", leap)
    return trn("{count} frame forward", "{count} frames forward", leap)


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def default_keys() -> dict[str, Keys]:
    """Per command its keys when nobody changed anything."""
    return {spec.name: spec.keys for spec in SPECS}


def set_tip(action: QAction, text: str, key: str) -> None:
    """Give an action a tool tip that names its key."""
    action.setToolTip(f"{text} ({key})" if key else text)
    action.setStatusTip("")
