"""Runs a plan: renders, encodes into a draft, reads it back, and only then gives it its name."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from app.errors import ExportError
from app.export.codecs import MOVIE_CODECS
from app.export.drafts import FILES, REPORT, DraftFolder, move_files, movie_draft, refuse_report
from app.export.earlier import facts_of_folder
from app.export.encoders import ENCODERS, expectation, packer
from app.export.expectation import Expectation
from app.export.facts import facts_of
from app.export.files import export_error
from app.export.planned import ExportPlan, PlannedOutput
from app.export.render import Renderer
from app.export.report import Check, ExportProgress, ExportReport, OutputReport, sidecar_text
from app.export.verify.files import check_files
from app.export.verify.movie import check_movie
from app.i18n import shown, tr
from app.media import VideoSource
from app.media.same_clip import refuse_another

_BOUND_CHECKS = (
    "alpha of sampled frames",
    "mean error of sampled frames",
    "every frame",
    "flat black and white",
)


class ExportStoppedError(Exception):
    """The export was stopped; outputs that were finished before stay, nothing else is left."""


def run_export(
    plan: ExportPlan,
    source: VideoSource | None = None,
    on_progress: Callable[[ExportProgress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> ExportReport:
    """Write what a plan says, verify it, and give it its names.

    Each output appears when it is whole and verified; one that fails leaves nothing behind, and those
    finished before it stay.

    Args:
        plan: As from ``plan_export``.
        source: The clip, used in the calling thread; not needed where ``ExportPlan.needs_picture`` is False
            and no object's finish follows the picture.
        on_progress: Called after every frame written or verified.
        should_stop: Asked often; True ends the export.

    Returns:
        What was written and what was found when it was read back.

    Raises:
        ExportError: The plan may not run, files cannot be written, or what was written is not what was meant.
        MediaError: The clip cannot be decoded, or is another one.
        ExportStoppedError: ``should_stop`` said so.
    """
    plan.check()
    if source is not None:
        refuse_another(plan.snapshot.path, plan.snapshot.info, source.info)
    for output in plan.outputs:
        refuse_report(output.report)
    work = _Work(plan, source, on_progress, should_stop)
    return ExportReport(tuple(work.run(output) for output in plan.outputs), plan.missing, plan.warnings)


class _Work:
    """A plan at work."""

    def __init__(
        self,
        plan: ExportPlan,
        source: VideoSource | None,
        on_progress: Callable[[ExportProgress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self._plan, self._source = plan, source
        self._on_progress, self._should_stop = on_progress, should_stop
        self._finished = 0

    def run(self, output: PlannedOutput) -> OutputReport:
        """Write, verify and name one output."""
        with DraftFolder(self._plan.target, output.path) as draft:
            checks = tuple(self._written(output, draft / FILES))
            facts = facts_of(self._plan, output) | facts_of_folder(self._plan, output)
            text = sidecar_text(facts, checks)
            try:
                # before the move, so that a full disk is met while nothing has a name yet
                (draft / REPORT).write_text(text, encoding="utf-8")
                refuse_report(output.report)  # again: the work was long
                move_files(self._plan, output, draft / FILES)
                os.replace(draft / REPORT, output.report)
            except OSError as error:
                raise export_error(output.path, error) from error
        self._finished += 2 * len(self._plan.frames)
        return OutputReport(
            output.label, output.path, output.files, len(self._plan.frames), checks, output.report
        )

    def _written(self, output: PlannedOutput, draft: Path) -> list[Check]:
        movie = MOVIE_CODECS.get(self._plan.preset.codec)
        qualities = len(movie.qualities) if movie is not None else 1
        checks: list[Check] = []
        for quality in range(qualities):
            expected = self._encode(output, draft, quality)
            checks = self._verify(output, draft, expected)
            failed = [check for check in checks if not check.passed]
            if not failed:
                return checks
            # only a loss that is too great can be helped by a better quality
            if any(check.name not in _BOUND_CHECKS for check in failed):
                break
        first = next(check for check in checks if not check.passed)
        raise ExportError(
            tr(
                "{path} was written, but did not read back as it should: {name} should be {expected}, "
                "found {found}. It was removed.",
                path=output.path,
                name=shown(first.name),
                expected=shown(first.expected),
                found=shown(first.found),
            ),
            tr("Export again, or choose another preset; please report it if it happens again."),
        )

    def _encode(self, output: PlannedOutput, draft: Path, quality: int) -> Expectation:
        plan = self._plan
        expected, pack = expectation(plan), packer(plan)
        renderer = Renderer(plan, output, self._source)
        encoder = ENCODERS[plan.preset.codec](plan, output, draft, quality, self._check)
        try:
            for done, rendered in enumerate(renderer.frames(), 1):
                self._check()
                components = pack(rendered)
                expected.add(components)
                encoder.write(components)
                self._tell(output, "write", done)
            encoder.finish()
        finally:
            encoder.close()
        return expected

    def _verify(self, output: PlannedOutput, draft: Path, expected: Expectation) -> list[Check]:
        done = 0

        def on_frame() -> None:
            nonlocal done
            done += 1
            self._check()
            self._tell(output, "verify", len(self._plan.frames) + min(done, len(self._plan.frames)))

        if self._plan.preset.codec in MOVIE_CODECS:
            return check_movie(self._plan, movie_draft(self._plan, draft), expected, on_frame)
        return check_files(self._plan, output, draft, expected, on_frame)

    def _check(self) -> None:
        if self._should_stop is not None and self._should_stop():
            raise ExportStoppedError

    def _tell(self, output: PlannedOutput, stage: str, done: int) -> None:
        if self._on_progress is not None:
            total = 2 * len(self._plan.frames) * len(self._plan.outputs)
            self._on_progress(ExportProgress(output.label, stage, self._finished + done, total))
