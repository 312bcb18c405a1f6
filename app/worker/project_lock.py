"""One window at a time works on a project."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLockFile

from app.worker.project_holder import lock_path, open_elsewhere


class ProjectLock:
    """Held while a project is open; freed when it goes, or when its process dies.

    Args:
        path: The project file.

    Raises:
        ProjectReadError: Another window has the project open.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = QLockFile(str(lock_path(path)))
        self._file.setStaleLockTime(0)
        # a folder that cannot be written has no lock, and no second writer either
        if not self._file.tryLock(0) and self._file.error() is QLockFile.LockError.LockFailedError:
            raise open_elsewhere(path, *_holder(self._file))

    def release(self) -> None:
        """Free it."""
        self._file.unlock()


def _holder(lock: QLockFile) -> tuple[int, str]:
    # PySide returns what Qt gives back through its arguments; its type hints do not know that
    found: tuple[int, str, str] = tuple(lock.getLockInfo())  # type: ignore[assignment]
    return found[0], found[1]
