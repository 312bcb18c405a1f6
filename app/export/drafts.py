"""Where exports are written before they have a name, and how they get it."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path

from app.export.files import export_error
from app.export.planned import ExportPlan, PlannedOutput
from app.export.presets import Kind

_ABANDONED_S = 24 * 3600
"""An export writes all the time: a draft that nobody has written to for so long was left by one that died."""

FILES, REPORT = "files", "report.json"
"""Names in a draft folder: the folder of what is to be moved, and the report."""


class DraftFolder:
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
            _remove_abandoned(self._target)
            self._draft.mkdir()
            (self._draft / FILES).mkdir()
        except OSError as error:
            shutil.rmtree(self._draft, ignore_errors=True)
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


def _remove_abandoned(target: Path) -> None:
    """Remove drafts of exports that were killed: they may be as large as a movie."""
    for draft in target.iterdir():
        if re.fullmatch(r"\.part-[0-9a-f]{12}", draft.name) and draft.is_dir() and not draft.is_symlink():
            with suppress(OSError):
                latest = max(path.lstat().st_mtime for path in (draft, *draft.rglob("*")))
                if time.time() - latest > _ABANDONED_S:
                    shutil.rmtree(draft, ignore_errors=True)


def movie_draft(plan: ExportPlan, draft: Path) -> Path:
    """The movie inside a draft's folder of files."""
    return draft / f"movie{plan.preset.suffix}"


def refuse_report(path: Path) -> None:
    """Make sure that a report can be written, before the files that it tells of have their names.

    Args:
        path: The report to be.

    Raises:
        ExportError: A folder has its name, or its folder takes no file.
    """
    folder = next((folder for folder in path.parents if os.path.exists(folder)), path.parent)
    if os.path.isdir(path):
        raise export_error(path, IsADirectoryError())
    if not os.access(folder, os.W_OK):
        raise export_error(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def move_files(plan: ExportPlan, output: PlannedOutput, draft: Path) -> None:
    """Give the files of a draft their names.

    Raises:
        OSError: The system refuses; folders that were made for them are gone again.
    """
    made: list[Path] = []
    path = output.path
    try:
        if output.files == (path,):
            written = movie_draft(plan, draft) if plan.preset.kind is Kind.MOVIE else draft / path.name
            _make_parents(path, made)
            os.replace(written, path)
        elif not path.exists():
            _make_parents(path, made)
            os.replace(draft, path)
        else:
            for file in output.files:
                _make_parents(file, made)
                os.replace(draft / file.relative_to(path), file)
            for stale in output.stale() if plan.options.overwrite else ():
                with suppress(OSError):
                    stale.unlink()
    except OSError:
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


def _make_parents(path: Path, made: list[Path]) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    made += reversed(missing)
