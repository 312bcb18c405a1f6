"""Who has a project open, told from the lock file beside it. Free of Qt, so that the command line can ask."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from app.errors import ProjectReadError
from app.i18n import tr


def lock_path(guarded: Path) -> Path:
    """The lock file of a project or another file, whatever link that was reached by."""
    real = guarded.resolve()
    return real.with_name(f".{real.name}.lock")


def refuse_open(project: Path) -> None:
    """Make sure that no window has a project open.

    Args:
        project: The project file; it need not be there.

    Raises:
        ProjectReadError: A window has it open.
    """
    path = lock_path(project)
    try:
        # QLockFile: the process id, the program, the host, and more, each on a line
        process_id, _, host, *_ = [*path.read_text("utf-8", "replace").splitlines(), "", "", ""]
    except FileNotFoundError:
        return
    except OSError:
        process_id, host = "?", "?"
    # whether a process on another machine lives cannot be told from here
    if _is_held(path) or (host and host != socket.gethostname()):
        raise open_elsewhere(project, process_id, host)


def open_elsewhere(project: Path, process_id: int | str, host: str) -> ProjectReadError:
    """The error for a project that a window has open."""
    return ProjectReadError(
        tr(
            "{name} is open in another window (process {process_id} on {host}).",
            name=project.name,
            process_id=process_id,
            host=host,
        ),
        tr("Close it there. If nothing has it open, remove {path}.", path=lock_path(project)),
    )


def _is_held(path: Path) -> bool:
    """Whether a process of this machine holds a lock file; those of dead ones are only left lying there."""
    try:
        if sys.platform == "win32":
            with path.open("r+b"):  # its holder shares it for reading alone
                return False
        import fcntl

        with path.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False  # freed just now
    except OSError:
        return True
    return False
