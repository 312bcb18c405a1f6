"""One run at a time in a folder."""

from pathlib import Path

from cfbi.file_lock import FileLock

FILE_NAME = "run.lock"


class RunLock(FileLock):
    """Holds a run's folder for this process.

    Args:
        folder: Of the run; made if needed.

    Raises:
        DataError: Another process holds it.
        OSError: The folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / FILE_NAME, folder, "Stop it first, or choose another folder.")
