"""Runs a plan: renders, encodes into a draft, reads it back, and only then gives it its name."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from app.errors import ExportError
from app.export.codecs import MOVIE_CODECS, colour_tags
from app.export.encoders import ENCODERS, expectation, packer
from app.export.expectation import Expectation
from app.export.files import export_error
from app.export.options import Alpha, Missing
from app.export.planned import ExportPlan, PlannedOutput
from app.export.presets import Content, Kind
from app.export.render import Renderer
from app.export.report import Check, ExportProgress, ExportReport, OutputReport, sidecar_text
from app.export.verify.files import check_files
from app.export.verify.movie import check_movie
from app.media import VideoSource

_FILES, _REPORT = "files", "report.json"  # in a draft folder
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
        MediaError: The clip cannot be decoded.
        ExportStoppedError: ``should_stop`` said so.
    """
    plan.check()
    if source is not None:
        _check_same_clip(plan, source)
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
        with _draft_folder(self._plan.target, output.path) as draft:
            checks = tuple(self._written(output, draft / _FILES))
            text = sidecar_text(_facts(self._plan, output), checks)
            try:
                # before the move, so that a full disk is met while nothing has a name yet
                (draft / _REPORT).write_text(text, encoding="utf-8")
                _move(self._plan, output, draft / _FILES)
                os.replace(draft / _REPORT, output.report)
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
            f"{output.path} was written, but did not read back as it should: {first.name} should be "
            f"{first.expected}, found {first.found}. It was removed.",
            "Export again, or choose another preset; please report it if it happens again.",
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
            return check_movie(self._plan, _movie_draft(self._plan, draft), expected, on_frame)
        return check_files(self._plan, output, draft, expected, on_frame)

    def _check(self) -> None:
        if self._should_stop is not None and self._should_stop():
            raise ExportStoppedError

    def _tell(self, output: PlannedOutput, stage: str, done: int) -> None:
        if self._on_progress is not None:
            total = 2 * len(self._plan.frames) * len(self._plan.outputs)
            self._on_progress(ExportProgress(output.label, stage, self._finished + done, total))


def _check_same_clip(plan: ExportPlan, source: VideoSource) -> None:
    meant, found = plan.snapshot.info, source.info
    if (meant.width, meant.height, meant.frame_count) != (found.width, found.height, found.frame_count):
        raise ExportError(
            f"{plan.snapshot.path} is not the clip that the mattes were made for: it has "
            f"{found.frame_count} frames of {found.width}x{found.height} instead of "
            f"{meant.frame_count} of {meant.width}x{meant.height}.",
            "Open the right clip.",
        )


class _draft_folder:
    """A hidden folder inside the target that is gone afterwards, with the folders that were made for it."""

    def __init__(self, target: Path, wanted: Path) -> None:
        self._target, self._wanted = target, wanted
        self._made: list[Path] = []
        self._draft = target / f".part-{secrets.token_hex(6)}"

    def __enter__(self) -> Path:
        try:
            missing = [
                folder for folder in (self._target, *self._target.parents) if not os.path.exists(folder)
            ]
            self._target.mkdir(parents=True, exist_ok=True)
            self._made = missing
            self._draft.mkdir()
            (self._draft / _FILES).mkdir()
        except OSError as error:
            self._forget()
            raise export_error(self._wanted, error) from error
        return self._draft

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        shutil.rmtree(self._draft, ignore_errors=True)
        if kind is not None:
            self._forget()

    def _forget(self) -> None:
        for folder in self._made:
            with suppress(OSError):
                folder.rmdir()  # only if nothing is in it


def _movie_draft(plan: ExportPlan, draft: Path) -> Path:
    return draft / f"movie{plan.preset.suffix}"


def _move(plan: ExportPlan, output: PlannedOutput, draft: Path) -> None:
    """Give the files of a draft their names.

    Raises:
        OSError: The system refuses; folders that were made for them are gone again.
    """
    made: list[Path] = []
    path = output.path
    try:
        if output.files == (path,):
            written = _movie_draft(plan, draft) if plan.preset.kind is Kind.MOVIE else draft / path.name
            _make_parents(path, made)
            os.replace(written, path)
        elif not path.exists():
            _make_parents(path, made)
            os.replace(draft, path)
        else:
            for file in output.files:
                _make_parents(file, made)
                os.replace(draft / file.relative_to(path), file)
            _remove_stale(output)
    except OSError:
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


def _make_parents(path: Path, made: list[Path]) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    made += reversed(missing)


def _remove_stale(output: PlannedOutput) -> None:
    """Remove pictures of an earlier export under the same names, so that a folder never mixes two."""
    kept = set(output.files)
    name = re.compile(output.pattern)
    for folder in {path.parent for path in output.files}:
        for path in folder.iterdir():
            if path not in kept and name.fullmatch(path.name):
                with suppress(OSError):
                    path.unlink()


def _facts(plan: ExportPlan, output: PlannedOutput) -> dict[str, Any]:
    """What the report beside an export says."""
    info = plan.snapshot.info
    facts: dict[str, Any] = {
        "export": output.path.name,
        "written": datetime.now().astimezone().isoformat(timespec="seconds"),
        "clip": str(plan.snapshot.path),
        "preset": plan.preset.name,
        "objects": {str(item.object_id): item.name for item in output.objects},
        "frames": len(plan.frames),
        "clip_frames": [plan.span.start, plan.span.stop - 1],
        "first_number": plan.frames[0].number,
        "last_number": plan.frames[-1].number,
        "size": list(plan.size),
        "rate": str(plan.rate),
        "variable_rate": plan.variable,
        "bound": plan.preset.bound,
    }
    if plan.preset.timecode:
        facts["start_timecode"] = plan.options.start_timecode
    if plan.preset.content is not Content.INDEX:
        facts["alpha"] = {
            Alpha.STRAIGHT: "straight",
            Alpha.PREMULT: "premultiplied with black",
            Alpha.MATTE: "the matte alone",
            Alpha.OPAQUE: "none",
        }[plan.alpha]
    if plan.preset.codec in MOVIE_CODECS:
        tags = colour_tags(plan)
        facts["colour"] = [
            tags.space,
            tags.primaries,
            tags.transfer,
            "full" if tags.full_range else "limited",
        ]
        if info.picture.matrix_guessed:
            facts["colour_note"] = "the clip does not say its matrix; it was taken by its size"
    if plan.missing:
        facts["frames_without_matte"] = list(plan.missing)
        facts["these_frames"] = {
            Missing.ERROR: "",
            Missing.BLACK: "have an empty matte",
            Missing.HOLD: "have the matte of another frame",
            Missing.SKIP: "have no file",
        }[plan.options.missing]
    if plan.warnings:
        facts["warnings"] = list(plan.warnings)
    return facts
