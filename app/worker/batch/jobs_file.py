"""Reads job files: TOML with a table per clip. What is wrong in them is said before any work begins."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.document.run_plan import Direction
from app.errors import ExportError, UserError
from app.export.names import safe_name
from app.export.options import ExportOptions
from app.export.request import preset_named
from app.export.roundtrip.write import check_kinds
from app.media.masks import MaskArgument, mask_argument
from app.worker.engine import network_side
from app.worker.network import LARGEST_SCALE

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


_JOB_KEYS = {
    "name",
    "project",
    "clip",
    "masks",
    "mattes",
    "first_number",
    "direction",
    "range",
    "weights",
    "model",
    "max_side",
    "close_up",
    "device",
    "late_objects",
    "fuse",
    "stop_at_cuts",
    "hard_edges",
    "scales",
    "flip",
    "out",
    "export",
}
_SOURCES = {"name", "project", "clip", "masks", "mattes", "first_number"}
_CHOICES = {
    "direction": tuple(direction.value for direction in Direction),
    "late_objects": ("whole", "merge"),
}
_EXPORT_KEYS = {"preset", "out", "round_trips"}


class JobFileError(UserError):
    """A job file cannot be read."""


@dataclass(frozen=True)
class ExportStep:
    """One export of a job.

    Attributes:
        preset: Name of the preset.
        options: Choices.
        target: Folder to write to.
        round_trips: Keys of round-trip files.
    """

    preset: str
    options: ExportOptions
    target: Path
    round_trips: tuple[str, ...]


@dataclass(frozen=True)
class BatchJob:
    """One clip: masks are propagated if there are any, then everything is exported.

    Attributes:
        name: Unlike that of any other job.
        project: A project file, else None.
        clip: The clip; None where the project says.
        masks: To propagate; empty for projects and finished mattes.
        mattes: Folder of masks that are there already, else None.
        first_number: Number in the names of those masks that is the clip's first frame.
        propagate: Arguments of ``cfbi propagate`` beyond clip, masks and output.
        out: Folder of the job.
        exports: What to export.
    """

    name: str
    project: Path | None
    clip: Path | None
    masks: tuple[MaskArgument, ...]
    mattes: Path | None
    first_number: int
    propagate: tuple[str, ...]
    out: Path
    exports: tuple[ExportStep, ...]

    @property
    def mask_folder(self) -> Path:
        """Where propagated masks go."""
        return self.out / "masks"


def read_jobs(path: Path) -> tuple[BatchJob, ...]:
    """Read a job file. Paths in it start at its folder.

    Args:
        path: The file.

    Returns:
        The jobs in order.

    Raises:
        JobFileError: It cannot be read, or something in it is unknown, missing or of the wrong kind.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise JobFileError(f"{path} cannot be read: {error.strerror or error}.", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise JobFileError(f"{path} is no TOML: {error}.", "`cfbi run --help` shows an example.") from error
    unknown = sorted(set(table) - {"defaults", "job"})
    if unknown:
        raise JobFileError(
            f"{path} has the unknown table {unknown[0]!r}.",
            "There are [defaults] and, for each clip, [[job]].",
        )
    defaults = table.get("defaults", {})
    jobs = table.get("job", [])
    if not isinstance(defaults, dict) or not isinstance(jobs, list) or not jobs:
        raise JobFileError(f"{path} has no jobs.", "Give a [[job]] table for each clip.")
    if wrong := sorted(set(defaults) - (_JOB_KEYS - _SOURCES)):
        raise JobFileError(
            f"{path}: [defaults] cannot have {wrong[0]!r}.",
            f"It can have {', '.join(sorted(_JOB_KEYS - _SOURCES))}.",
        )
    read: list[BatchJob] = []
    for number, job in enumerate(jobs, 1):
        where = f"{path}: job {number}"
        if not isinstance(job, dict):
            raise JobFileError(f"{where} is no table.", "Write [[job]].")
        read.append(_job({**defaults, **job}, where, path.absolute().parent))
    seen: dict[str, int] = {}
    for number, made in enumerate(read, 1):
        if made.name.casefold() in seen:
            raise JobFileError(
                f"{path}: jobs {seen[made.name.casefold()]} and {number} are both called {made.name}.",
                "Give one of them another name.",
            )
        seen[made.name.casefold()] = number
    return tuple(read)


def _job(values: Mapping[str, Any], where: str, base: Path) -> BatchJob:
    if unknown := sorted(set(values) - _JOB_KEYS):
        raise JobFileError(
            f"{where} has the unknown key {unknown[0]!r}.", f"There are {', '.join(sorted(_JOB_KEYS))}."
        )
    project, clip, mattes = (_path(values, key, where, base) for key in ("project", "clip", "mattes"))
    masks = tuple(_mask(text, where, base) for text in _list(values, "masks", where))
    given = [key for key, there in (("project", project), ("masks", masks), ("mattes", mattes)) if there]
    if len(given) != 1:
        raise JobFileError(
            f"{where} has {' and '.join(given) or 'neither project, masks nor mattes'}.",
            "Give one of: project; clip and masks to propagate; clip and mattes that are there already.",
        )
    if clip is None and project is None:
        raise JobFileError(f"{where} has no clip.", "Name it with clip = ...")
    if "first_number" in values and mattes is None:
        raise JobFileError(
            f"{where} has first_number, but no mattes whose names have numbers.", "Leave it out."
        )
    source = project or clip
    assert source is not None
    name = safe_name(_text(values, "name", where) or source.stem)
    out = _path(values, "out", where, base)
    if out is None:
        raise JobFileError(f"{where} has no out.", "Name the folder to write to, here or under [defaults].")
    out /= name
    exports = tuple(
        _export(entry, f"{where}, export {number}", base, out)
        for number, entry in enumerate(_list(values, "export", where), 1)
    )
    if not exports and not masks:
        raise JobFileError(f"{where} has nothing to do.", "Give it an export.")
    return BatchJob(
        name=name,
        project=project,
        clip=clip,
        masks=masks,
        mattes=mattes,
        first_number=_count(values, "first_number", where),
        propagate=_propagate(values, where),
        out=out,
        exports=exports,
    )


def _propagate(values: Mapping[str, Any], where: str) -> tuple[str, ...]:
    arguments: list[str] = []
    for key in ("direction", "late_objects", "range", "weights", "model", "device"):
        text = _text(values, key, where)
        if key in _CHOICES and text and text not in _CHOICES[key]:
            raise JobFileError(
                f"{where}: {key} cannot be {text!r}.", f"There are {', '.join(_CHOICES[key])}."
            )
        if key == "range" and text and not re.fullmatch("[0-9]*:[0-9]*", text):
            raise JobFileError(f"{where}: range {text!r} is not A:B.", 'Write it as "10:90".')
        if text:
            arguments += [f"--{key.replace('_', '-')}", text]
    if "max_side" in values:
        try:
            arguments += ["--max-side", str(network_side(str(_count(values, "max_side", where))))]
        except UserError as error:
            raise JobFileError(f"{where}: max_side: {error.message}.") from error
    for key, if_true, if_false in (
        ("fuse", None, "--no-fuse"),
        ("stop_at_cuts", "--stop-at-cuts", None),
        ("hard_edges", "--hard-edges", None),
        ("flip", "--flip", None),
        ("close_up", "--close-up", "--no-close-up"),
    ):
        value = values.get(key)
        if key in values and not isinstance(value, bool):
            raise JobFileError(
                f"{where}: {key} cannot be {json.dumps(value, default=str)}.", "It is true or false."
            )
        argument = if_true if value else if_false
        if key in values and argument:
            arguments.append(argument)
    scales = _list(values, "scales", where)
    if not all(type(value) in (int, float) and 0 < value <= LARGEST_SCALE for value in scales):
        raise JobFileError(
            f"{where}: scales are a list of numbers above 0, and {LARGEST_SCALE} at most.",
            "Write scales = [1.0, 1.3].",
        )
    if scales:
        arguments += ["--scales", *(str(value) for value in scales)]
    return tuple(arguments)


def _export(entry: Any, where: str, base: Path, out: Path) -> ExportStep:
    if not isinstance(entry, dict) or "preset" not in entry:
        raise JobFileError(f"{where} names no preset.", "Write preset = ..., see `cfbi presets`.")
    target = _path(entry, "out", where, base)
    kinds = tuple(str(key) for key in _list(entry, "round_trips", where))
    try:
        preset = preset_named(str(entry["preset"]))
        options = ExportOptions.from_json({key: entry[key] for key in entry if key not in _EXPORT_KEYS})
        check_kinds(kinds)
    except ExportError as error:
        raise JobFileError(f"{where}: {error.message}", error.hint) from error
    if isinstance(options.background, Path):
        options = ExportOptions.from_json({**options.to_json(), "background": str(base / options.background)})
    return ExportStep(preset.name, options, out if target is None else target, kinds)


def _path(values: Mapping[str, Any], key: str, where: str, base: Path) -> Path | None:
    text = _text(values, key, where)
    return base / Path(text).expanduser() if text else None


def _mask(text: Any, where: str, base: Path) -> MaskArgument:
    if not isinstance(text, str):
        raise JobFileError(
            f"{where}: masks are a list of texts.", 'Write masks = ["first.png", "later.png@120"].'
        )
    try:
        mask = mask_argument(str(base / text))
    except UserError as error:
        raise JobFileError(f"{where}: {error.message}", error.hint) from error
    return mask


def _text(values: Mapping[str, Any], key: str, where: str) -> str:
    value = values.get(key, "")
    if not isinstance(value, str):
        raise JobFileError(
            f"{where}: {key} cannot be {json.dumps(value, default=str)}.", "It is a text in quotes."
        )
    return value


def _count(values: Mapping[str, Any], key: str, where: str) -> int:
    value = values.get(key, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise JobFileError(
            f"{where}: {key} cannot be {json.dumps(value, default=str)}.", "It is a whole number."
        )
    return value


def _list(values: Mapping[str, Any], key: str, where: str) -> list[Any]:
    value = values.get(key, [])
    if not isinstance(value, list):
        raise JobFileError(f"{where}: {key} is no list.", "`cfbi run --help` shows an example.")
    return value
