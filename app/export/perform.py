"""Carries out one wanted export from beginning to end; windows and command lines call this in a worker."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from app.errors import ExportError
from app.export.planned import ExportPlan, ExportSnapshot
from app.export.report import ExportProgress, ExportReport
from app.export.request import ExportRequest
from app.export.roundtrip.build import round_trip_base, round_trip_files, round_trip_of
from app.export.roundtrip.write import write_round_trip
from app.export.run import run_export
from app.i18n import tr
from app.media import VideoSource, open_source
from app.media.opening import open_pictures


@dataclass(frozen=True)
class ExportResult:
    """What an export left on disk.

    Attributes:
        folder: Where it was written to.
        report: What was written and verified.
        round_trips: Files for other programs.
    """

    folder: Path
    report: ExportReport
    round_trips: tuple[Path, ...]


def perform_export(
    request: ExportRequest,
    snapshot: ExportSnapshot,
    on_progress: Callable[[ExportProgress], None],
    should_stop: Callable[[], bool],
    on_begin: Callable[[], None] = lambda: None,
) -> ExportResult:
    """Plan, check, write, verify, and write the round-trip files last.

    Args:
        request: What and where to.
        snapshot: The document.
        on_progress: Called as the export goes on.
        should_stop: Asked at every frame.
        on_begin: Called once nothing is in the way, before anything is written.

    Returns:
        What was written.

    Raises:
        ExportError: It cannot be planned, written or verified.
        MediaError: The clip cannot be read.
        ExportStoppedError: ``should_stop`` said so; outputs that were finished before stay.
    """
    plan = request.plan(snapshot)
    plan.check()
    _check_round_trip_files(plan, request)
    with ExitStack() as stack:
        source: VideoSource | None = None
        follows = any(not item.finish.is_plain for output in plan.outputs for item in output.objects)
        # before the long work: pictures that no other program can load must be told of first
        trip = round_trip_of(plan, _pictures(snapshot.path)) if request.round_trips else None
        if plan.needs_picture or follows:
            source = stack.enter_context(open_source(snapshot.path))
        on_begin()
        report = run_export(plan, source, on_progress, should_stop)
    written: tuple[Path, ...] = ()
    if trip is not None:
        written = write_round_trip(trip, round_trip_base(plan), request.round_trips)
    return ExportResult(plan.target, report, written)


def _pictures(clip: Path) -> tuple[Path, ...]:
    """The files of a clip that is a sequence of pictures; none for a movie."""
    pictures = open_pictures(clip)
    if pictures is None:
        return ()
    with pictures:
        return pictures.files


def _check_round_trip_files(plan: ExportPlan, request: ExportRequest) -> None:
    if plan.options.overwrite:
        return
    for path in round_trip_files(plan, request.round_trips):
        if path.exists():
            raise ExportError(
                tr("{path} would be replaced.", path=path),
                tr("Allow it, or choose another folder or name."),
                about="overwrite",
            )
