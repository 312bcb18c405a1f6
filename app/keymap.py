"""Which keys call which command: defaults, presets named for other editors, the user's own. Free of Qt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

Keys = tuple[str, ...]


@dataclass(frozen=True)
class KeyPreset:
    """Keys that differ from the defaults.

    Attributes:
        name: How settings store it.
        title: How the user reads it.
        keys: Per command the keys in place of its default ones, as Qt's portable text ("Ctrl+Shift+S").
        leap: Frames that Shift + arrow goes; 0 stands for one second.
    """

    name: str
    title: str
    keys: Mapping[str, Keys] = field(default_factory=lambda: MappingProxyType({}))
    leap: int = 10


PRESETS: dict[str, KeyPreset] = {
    preset.name: preset
    for preset in (
        KeyPreset("studio", "CFBI Studio"),
        KeyPreset(
            "premiere",
            "Premiere Pro",
            {
                "export": ("Ctrl+M",),
                "open": ("Ctrl+O",),
                "zoom_in": ("=", "Ctrl+="),
                "zoom_out": ("-", "Ctrl+-"),
                "clear_in_out": ("Ctrl+Shift+X",),
                "toggle_loop": ("Ctrl+L",),
                "lock_frame": ("Ctrl+Shift+L",),
            },
            leap=5,
        ),
        KeyPreset(
            "resolve",
            "DaVinci Resolve",
            {
                "propagate_forward": ("Ctrl+T", "Shift+F"),
                "propagate_backward": ("Alt+T", "Shift+B"),
                "toggle_loop": ("Ctrl+/",),
                "clear_in_out": ("Alt+X",),
            },
            leap=0,
        ),
        KeyPreset(
            "after_effects",
            "After Effects",
            {
                "step_back": ("PgUp", "Left"),
                "step_forward": ("PgDown", "Right"),
                "leap_back": ("Shift+PgUp", "Shift+Left"),
                "leap_forward": ("Shift+PgDown", "Shift+Right"),
                # keyframes and the work area there, references and the in and out points here
                "previous_reference": ("J", "Up", "Ctrl+Left"),
                "next_reference": ("K", "Down", "Ctrl+Right"),
                "set_in": ("B", "I"),
                "set_out": ("N", "O"),
                "go_in": ("Shift+Home", "Shift+I"),
                "go_out": ("Shift+End", "Shift+O"),
                "brush": ("Ctrl+B",),
                "worst_frame": ("Ctrl+Alt+N",),
                "export": ("Ctrl+M",),
                "zoom_in": (".", "Ctrl+="),
                "zoom_out": (",", "Ctrl+-"),
                "fit": ("Shift+/", "Ctrl+0"),
                "actual": ("/", "Ctrl+1"),
                "smart": ("Alt+W", "W"),
            },
        ),
    )
}
"""In the order of the menu; the first one is the default."""

DEFAULT_PRESET = "studio"


@dataclass(frozen=True)
class KeyMap:
    """The keys of every command.

    Attributes:
        defaults: Per command its keys without preset.
        preset: Differences of a preset.
        changes: Differences that the user made; they win.
    """

    defaults: Mapping[str, Keys]
    preset: KeyPreset = PRESETS[DEFAULT_PRESET]
    changes: Mapping[str, Keys] = field(default_factory=lambda: MappingProxyType({}))

    def keys(self, command: str) -> Keys:
        """The keys of a command; the first one is shown.

        A key that a preset or the user gave to another command is not taken away from that one by a default.
        """
        if command in self.changes:
            return self.changes[command]
        claimed = _claimed(self.changes, but=command)
        if command in self.preset.keys:
            return tuple(key for key in self.preset.keys[command] if key not in claimed)
        claimed |= _claimed(self.preset.keys, but=command)
        return tuple(key for key in self.defaults.get(command, ()) if key not in claimed)

    def table(self) -> dict[str, Keys]:
        """The keys of all commands."""
        return {command: self.keys(command) for command in self.defaults}

    def owner(self, key: str) -> str | None:
        """The command that a key calls, or None."""
        return next((command for command, keys in self.table().items() if key in keys), None)

    def changed(self, command: str, keys: Keys) -> KeyMap:
        """With other keys for a command. Commands that had one of them lose it."""
        changes = dict(self.changes)
        for other, had in self.table().items():
            left = tuple(key for key in had if key not in keys)
            if other != command and left != had:
                changes[other] = left
        changes[command] = keys
        return replace(self, changes=self._needed(changes))

    def reset(self, command: str) -> KeyMap:
        """With the preset's keys for a command."""
        return replace(self, changes={name: keys for name, keys in self.changes.items() if name != command})

    def _needed(self, changes: Mapping[str, Keys]) -> dict[str, Keys]:
        """The changes without those that change nothing."""
        kept = dict(changes)
        for command in changes:
            without = {name: keys for name, keys in kept.items() if name != command}
            if replace(self, changes=without).keys(command) == changes[command]:
                kept = without
        return kept


def conflicts(table: Mapping[str, Keys]) -> dict[str, list[str]]:
    """Keys that call more than one command, with those commands."""
    owners: dict[str, list[str]] = {}
    for command, keys in table.items():
        for key in dict.fromkeys(keys):
            owners.setdefault(key, []).append(command)
    return {key: commands for key, commands in owners.items() if len(commands) > 1}


def to_text(changes: Mapping[str, Keys]) -> str:
    """The user's changes as JSON, for the settings."""
    return json.dumps({command: list(keys) for command, keys in sorted(changes.items())})


def from_text(text: str, known: Iterable[str]) -> dict[str, Keys]:
    """The user's changes from ``to_text``; what cannot be read, and unknown commands, are left out."""
    try:
        content = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(content, dict):
        return {}
    names = set(known)
    return {
        str(command): tuple(str(key) for key in keys)
        for command, keys in content.items()
        if command in names and isinstance(keys, list)
    }


def _claimed(table: Mapping[str, Keys], *, but: str) -> set[str]:
    return {key for command, keys in table.items() if command != but for key in keys}
