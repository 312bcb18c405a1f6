"""Writes journals, and looks for what dead sessions left, as jobs of their lanes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.document.storage.journal import Change
from app.errors import ProjectWriteError
from app.i18n import tr
from app.worker.job import JobContext
from app.worker.session import SavedSession, Session, dead_sessions, discard_session


class JournalJob:
    """Writes a change to a session's journal."""

    def __init__(self, session: Session, change: Change) -> None:
        self._session = session
        self._change = change

    def run(self, context: JobContext) -> None:
        """Write it."""
        self.write()

    def write(self) -> None:
        """Write it, in whatever thread this is.

        Raises:
            ProjectWriteError: It cannot be written.
        """
        try:
            self._session.append(self._change)
        except OSError as error:
            raise ProjectWriteError(
                tr("The safety copy could not be written: {reason}.", reason=error.strerror or error),
                tr(
                    "Make room or allow writing to {folder}; your masks are still here.",
                    folder=self._session.folder.parent,
                ),
            ) from error


class JournalSavedJob:
    """The project was saved: the journal begins anew."""

    def __init__(self, session: Session, project: Path, sequence: int) -> None:
        self._session = session
        self._project = project
        self._sequence = sequence

    def run(self, context: JobContext) -> None:
        """Write the journal's new beginning.

        Raises:
            ProjectWriteError: It cannot be written.
        """
        try:
            self._session.saved(self._project, self._sequence)
        except OSError as error:
            raise ProjectWriteError(
                tr("The safety copy could not be written: {reason}.", reason=error.strerror or error),
                tr("The project was saved. Make room in {folder}.", folder=self._session.folder.parent),
            ) from error


class ReleaseJob:
    """Leaves a session to be restored, after whatever is still being written to it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, context: JobContext) -> None:
        """Leave it."""
        self._session.release()


class DiscardJob:
    """Removes a session, after whatever is still being written to it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def run(self, context: JobContext) -> None:
        """Remove it."""
        self._session.discard()


class DiscardDeadJob:
    """Removes what a dead session left."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, context: JobContext) -> None:
        """Remove it."""
        discard_session(self._folder)


@dataclass(frozen=True)
class SessionsFound:
    """What dead sessions left, the newest first, and the folders of those that cannot be read."""

    sessions: tuple[SavedSession, ...]
    damaged: tuple[Path, ...] = ()


class ScanJob:
    """Looks for what dead sessions left, and sends `SessionsFound`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def run(self, context: JobContext) -> None:
        """Look."""
        damaged: list[Path] = []
        sessions = dead_sessions(self._root, damaged.append)
        found = sorted(sessions, key=lambda item: item.saved_at, reverse=True)
        context.emit(SessionsFound(tuple(found), tuple(damaged)))
