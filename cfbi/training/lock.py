"""One run at a time in a folder: a lock that the system releases when its holder ends, however it ends."""

import os
import sys
from pathlib import Path
from types import TracebackType

from cfbi.errors import DataError

FILE_NAME = "run.lock"


class RunLock:
    """Holds a run's folder for this process.

    Args:
        folder: Of the run; made if needed.

    Raises:
        DataError: Another process holds it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE_NAME
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(self._descriptor)
        except OSError as error:
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise DataError(
                f"{folder} is in use by another run (process {holder or 'unknown'}).",
                "Stop it first, or choose another folder.",
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        """Give the folder back; the file stays, so that nobody locks a name that is being deleted."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> "RunLock":
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
