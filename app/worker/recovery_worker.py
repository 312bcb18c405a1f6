"""Saves the work as a job of its own lane."""

from __future__ import annotations

from pathlib import Path

from app.document.document import DocumentSnapshot
from app.document.recovery import RecoveryWriter, read_session
from app.errors import ExportError
from app.worker.job import JobContext


class DiscardJob:
    """Removes a session, after whatever is still being written to it."""

    def __init__(self, writer: RecoveryWriter) -> None:
        self._writer = writer

    def run(self, context: JobContext) -> None:
        """Remove it."""
        self._writer.discard()


class RestoreJob:
    """Reads a session with its masks and sends it as `RecoveredWork`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, context: JobContext) -> None:
        """Read it.

        Raises:
            ProjectReadError: It is damaged.
        """
        context.emit(read_session(self._folder))


class RecoveryJob:
    """Brings a session's folder up to date.

    Args:
        writer: Of the session; used in the lane's thread only.
        snapshot: What to save.
    """

    def __init__(self, writer: RecoveryWriter, snapshot: DocumentSnapshot) -> None:
        self._writer = writer
        self._snapshot = snapshot

    def run(self, context: JobContext) -> None:
        """Write what changed."""
        snapshot = self._snapshot
        try:
            self._writer.save(snapshot.path, snapshot.objects, snapshot.entries, snapshot.references)
        except OSError as error:
            raise ExportError(
                f"The safety copy could not be written: {error.strerror or error}.",
                f"Make room or allow writing to {self._writer.folder.parent}; your masks are still here.",
            ) from error
