"""One wanted export as plain values: what a queue keeps, a job file names and a worker carries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from app.errors import ExportError
from app.export.options import ExportOptions
from app.export.plan import plan_export
from app.export.planned import ExportPlan, ExportSnapshot
from app.export.presets import PRESETS, ExportPreset
from app.export.roundtrip.build import check_round_trip
from app.export.roundtrip.write import check_kinds
from app.i18n import tr


@dataclass(frozen=True)
class ExportRequest:
    """What to export, and where to.

    Attributes:
        clip: The clip.
        preset: Name of the preset.
        options: Choices.
        target: Folder to write to; made if needed.
        round_trips: Keys of the round-trip files to write beside.
        asked_at: When it was asked for: names with the date stay the same however long it waits.
    """

    clip: Path
    preset: str
    options: ExportOptions
    target: Path
    round_trips: tuple[str, ...] = ()
    asked_at: datetime = field(default_factory=lambda: datetime.now().replace(microsecond=0))

    @property
    def title(self) -> str:
        """For lists."""
        preset = PRESETS.get(self.preset)
        return f"{self.clip.name} · {self.preset if preset is None else tr(preset.title)}"

    def replacing(self) -> ExportRequest:
        """The same, allowed to replace files that are there."""
        return replace(self, options=replace(self.options, overwrite=True))

    def plan(self, snapshot: ExportSnapshot) -> ExportPlan:
        """Plan it; nothing is written.

        Raises:
            ExportError: Unknown preset or round-trip file, or choices that contradict each other or the clip.
        """
        plan = plan_export(snapshot, preset_named(self.preset), self.options, self.target, now=self.asked_at)
        check_kinds(self.round_trips)
        check_round_trip(plan, self.round_trips)
        return plan

    def to_json(self) -> dict[str, Any]:
        """Values for a JSON file."""
        return {
            "clip": str(self.clip),
            "preset": self.preset,
            "options": self.options.to_json(),
            "target": str(self.target),
            "round_trips": list(self.round_trips),
            "asked_at": self.asked_at.isoformat(),
        }

    @staticmethod
    def from_json(values: Mapping[str, Any]) -> ExportRequest:
        """The inverse of ``to_json``.

        Raises:
            ExportError: The values are no request.
        """
        try:
            return ExportRequest(
                clip=Path(values["clip"]),
                preset=str(values["preset"]),
                options=ExportOptions.from_json(values["options"]),
                target=Path(values["target"]),
                round_trips=tuple(str(key) for key in values["round_trips"]),
                asked_at=datetime.fromisoformat(values["asked_at"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ExportError(
                tr("A saved export cannot be read: {error}.", error=error), tr("Set it up again.")
            ) from error


def preset_named(name: str) -> ExportPreset:
    """A preset by name.

    Raises:
        ExportError: There is none; the hint names those there are.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise ExportError(
            tr("There is no export preset {name!r}.", name=name),
            tr("There are {names}.", names=", ".join(PRESETS)),
        )
    return preset
