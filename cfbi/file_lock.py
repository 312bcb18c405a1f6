"""One run at a time on a file: a lock that the system releases when its holder ends, however it ends."""

import os
import sys
from pathlib import Path
from types import TracebackType

from cfbi.errors import DataError


class FileLock:
    """Holds what a lock file stands for, for this process.

    Args:
        path: The lock file; it and its folder are made if needed.
        guarded: What it stands for, as the error names it.
        hint: What the user can do where another run holds it.

    Raises:
        DataError: Another process holds it.
        OSError: The lock file cannot be made.
    """

    def __init__(self, path: Path, guarded: Path, hint: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._descriptor)
        except OSError as error:
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise DataError(
                f"{guarded} is in use by another run (process {holder or 'unknown'}).", hint
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Give it back; the file stays, so that nobody locks a name that is being deleted."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> "FileLock":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.release()


def _lock(descriptor: int) -> None:
    """Lock an open file without waiting.

    Raises:
        OSError: It is locked.
    """
    if sys.platform == "win32":
        import msvcrt

        # far behind the text, since Windows keeps others from reading what is locked
        os.lseek(descriptor, 1024, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(descriptor, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
