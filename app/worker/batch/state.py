"""What of a job file is done, kept beside it, so that a stopped batch goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.errors import UserError
from app.export.files import atomic_target

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class StepRecord:
    """A step that ended well.

    Attributes:
        fingerprint: Of everything that it depended on.
        files: What it wrote.
    """

    fingerprint: str
    files: tuple[str, ...]


@dataclass
class BatchState:
    """Records by job and step; each change is written at once, in one step.

    Attributes:
        path: The file.
        steps: Job name and step name to record.
        errors: Job name to what went wrong at its last try.
    """

    path: Path
    steps: dict[str, dict[str, StepRecord]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def read(path: Path) -> BatchState:
        """Read a state file; one that is not there is empty.

        Raises:
            UserError: It is damaged, or of a later version.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            version = values["schema_version"]
            steps = {
                str(job): {
                    str(step): StepRecord(str(record["fingerprint"]), tuple(map(str, record["files"])))
                    for step, record in records.items()
                }
                for job, records in values["steps"].items()
            }
            errors = {str(job): str(text) for job, text in values["errors"].items()}
        except FileNotFoundError:
            return BatchState(path)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                f"The state file {path} cannot be read: {error}.",
                "Remove it to begin from the start, or name another one with --state.",
            ) from error
        if version != SCHEMA_VERSION:
            raise UserError(
                f"The state file {path} is of schema version {version}, not {SCHEMA_VERSION}.",
                "Use the program that wrote it, or name another one with --state.",
            )
        return BatchState(path, steps, errors)

    def is_done(self, job: str, step: str, fingerprint: str) -> bool:
        """Whether a step was done with the same inputs, and what it wrote is still there."""
        record = self.steps.get(job, {}).get(step)
        return (
            record is not None
            and record.fingerprint == fingerprint
            and all(Path(name).exists() for name in record.files)
        )

    def has_begun(self, job: str, step: str) -> bool:
        """Whether a try has begun to write: what it left may be replaced."""
        return step in self.steps.get(job, {})

    def began(self, job: str, step: str) -> None:
        """A step starts to write."""
        self.steps.setdefault(job, {})[step] = StepRecord("", ())
        self._write()

    def done(self, job: str, step: str, fingerprint: str, files: Iterable[Path]) -> None:
        """A step ended well."""
        self.steps.setdefault(job, {})[step] = StepRecord(fingerprint, tuple(str(path) for path in files))
        self._write()

    def failed(self, job: str, text: str) -> None:
        """A job ended with an error."""
        self.errors[job] = text
        self._write()

    def succeeded(self, job: str) -> None:
        """A job is done."""
        self.errors.pop(job, None)
        self._write()

    def _write(self) -> None:
        values = {
            "schema_version": SCHEMA_VERSION,
            "steps": {
                job: {
                    step: {"fingerprint": record.fingerprint, "files": list(record.files)}
                    for step, record in records.items()
                }
                for job, records in self.steps.items()
            },
            "errors": self.errors,
        }
        with atomic_target(self.path) as draft:
            draft.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def fingerprint_of(values: Mapping[str, Any], files: Iterable[Path] = ()) -> str:
    """A text that is another one as soon as a value or a file is.

    Args:
        values: Of JSON types.
        files: By size and time of change; those that are not there count as such.
    """
    looks: list[list[Any]] = []
    for path in files:
        try:
            status = path.stat()
            looks.append([str(path), status.st_size if path.is_file() else 0, status.st_mtime_ns])
        except OSError:
            looks.append([str(path), None, None])
    text = json.dumps([values, looks], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
