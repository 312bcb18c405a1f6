"""Files appear whole or not at all, and what keeps them from being written is said in plain words."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.errors import ExportError
from app.i18n import tr


@contextmanager
def atomic_target(path: Path) -> Iterator[Path]:
    """A file to write to that takes the place of ``path`` at the end, and leaves nothing after an error.

    Args:
        path: The file to be. Its folder is made.

    Yields:
        An empty file of the same ending in the same folder.

    Raises:
        ExportError: The disk is full, or the folder cannot be written.
    """
    draft: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".part-{secrets.token_hex(6)}{path.suffix}")
        draft.touch(exist_ok=False)
        yield draft
        os.replace(draft, path)
    except OSError as error:
        raise export_error(path, error) from error
    finally:
        if draft is not None:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def export_error(path: Path, error: OSError) -> ExportError:
    """Say why a file cannot be written.

    Args:
        path: The file.
        error: What the system said.

    Returns:
        The error to raise.
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return ExportError(
            tr("The disk is full: {path} could not be written.", path=path),
            tr("Make room or choose another folder, then try again; files written before are complete."),
            about="target",
        )
    if error.errno == errno.EFBIG:
        return ExportError(
            tr("{path} grew larger than this disk or account allows.", path=path),
            tr("Choose another folder, or fewer frames."),
            about="target",
        )
    if error.errno == errno.ENAMETOOLONG:
        return ExportError(
            tr("The name {path} is too long for this disk.", path=path),
            tr("Choose a shorter name or a folder nearer the top."),
            about="target",
        )
    if error.errno in (errno.ENOENT, errno.ESTALE, errno.ENODEV, errno.EIO):
        return ExportError(
            tr("{path} could not be written: its folder has gone or its disk does not answer.", path=path),
            tr("Check the disk or network folder, then try again."),
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ExportError(
            tr("{path} may not be written.", path=path),
            tr("Choose a folder that you may write to."),
            about="target",
        )
    if isinstance(error, (NotADirectoryError, FileExistsError, IsADirectoryError)):
        return ExportError(
            tr("{path} cannot be written: a file or folder of that name is in the way.", path=path),
            tr("Choose another."),
            about="target",
        )
    return ExportError(
        tr("{path} could not be written: {reason}.", path=path, reason=error.strerror or error),
        tr("Choose another folder."),
        about="target",
    )
