"""Plans exports beside the window: for long clips that takes a while, as does asking the disk. Qt-free."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from app.errors import UserError
from app.export.planned import ExportPlan, ExportSnapshot
from app.export.request import ExportRequest
from app.export.roundtrip.build import round_trip_files
from app.worker.job import ErrorInfo, JobContext


@dataclass(frozen=True)
class Planned:
    """The answer to a request.

    Attributes:
        request: What was asked for.
        plan: What it would do; None if it cannot be done.
        round_trips: Round-trip files to be.
        existing: Files to be that are there already.
        stale: Pictures of an earlier export that go when files are replaced.
        error: Why there is no plan.
    """

    request: ExportRequest
    plan: ExportPlan | None = None
    round_trips: tuple[Path, ...] = ()
    existing: tuple[Path, ...] = ()
    stale: tuple[Path, ...] = ()
    error: ErrorInfo | None = None


class PlanJob:
    """Plans one request and sends one ``Planned``.

    Args:
        request: What and where to.
        snapshot: The document.
    """

    def __init__(self, request: ExportRequest, snapshot: ExportSnapshot) -> None:
        self._request = request
        self._snapshot = snapshot

    def run(self, context: JobContext) -> None:
        """Plan; what cannot be planned is an answer too."""
        try:
            plan = self._request.plan(self._snapshot)
        except UserError as error:
            context.emit(Planned(self._request, error=ErrorInfo(error.message, error.hint)))
            return
        context.check()
        extra = round_trip_files(plan, self._request.round_trips)
        existing = (*plan.existing(), *(path for path in extra if os.path.exists(path)))
        context.emit(Planned(self._request, plan, extra, tuple(existing), tuple(plan.stale())))
