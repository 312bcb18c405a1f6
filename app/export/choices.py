"""What of an export's choices is kept for the next one: habits, not what belongs to one clip."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.errors import ExportError
from app.export.options import ExportOptions
from app.export.presets import PRESETS
from app.export.roundtrip.write import KINDS

_OF_ONE_CLIP = ("object_ids", "in_point", "out_point", "start_timecode", "overwrite")


@dataclass(frozen=True)
class ExportChoices:
    """The last choices by preset.

    Attributes:
        preset: The preset that was chosen last; empty before the first time.
        options: By preset name.
        round_trips: Keys of round-trip files by preset name.
    """

    preset: str = ""
    options: Mapping[str, ExportOptions] = field(default_factory=dict)
    round_trips: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def with_last(self, preset: str, options: ExportOptions, round_trips: tuple[str, ...]) -> ExportChoices:
        """Remember an export; what belongs to its clip is forgotten."""
        default = ExportOptions()
        habits = replace(options, **{name: getattr(default, name) for name in _OF_ONE_CLIP})
        return ExportChoices(
            preset, {**self.options, preset: habits}, {**self.round_trips, preset: round_trips}
        )

    def to_text(self) -> str:
        """For the settings."""
        table = {
            name: {"options": options.to_json(), "round_trips": list(self.round_trips.get(name, ()))}
            for name, options in self.options.items()
        }
        return json.dumps({"preset": self.preset, "presets": table})

    @staticmethod
    def from_text(text: str) -> ExportChoices:
        """The inverse of ``to_text``; what cannot be read, or is no longer there, is left out."""
        try:
            values = json.loads(text)
            preset, table = str(values["preset"]), dict(values["presets"])
        except (ValueError, KeyError, TypeError):
            return ExportChoices()
        options: dict[str, ExportOptions] = {}
        round_trips: dict[str, tuple[str, ...]] = {}
        for name, entry in table.items():
            if name in PRESETS and (read := _options(entry)) is not None:
                options[name] = read
                round_trips[name] = tuple(key for key in entry.get("round_trips", ()) if key in KINDS)
        return ExportChoices(preset if preset in PRESETS else "", options, round_trips)


def _options(entry: Any) -> ExportOptions | None:
    try:
        return ExportOptions.from_json(entry["options"])
    except (ExportError, KeyError, TypeError, AttributeError):
        return None
