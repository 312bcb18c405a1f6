"""A session: the folder with the journal of one open document, and the lock that says that it is alive."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QLockFile

from app.document.project_file import FIRST_STATE_NAME, holds_changes_up_to, read_project, save_id_of
from app.document.storage.clip_reference import ClipReference, refer_to
from app.document.storage.journal import (
    JOURNAL_NAME,
    Change,
    Journal,
    JournalHead,
    JournalWriter,
    read_journal,
    summarise,
)
from app.errors import ProjectReadError, UserError
from app.i18n import tr
from app.media import VideoInfo

log = logging.getLogger(__name__)

_LOCK_NAME = "lock"
_NEW_S = 60.0
"""A folder that is no older may be one that another window has made and is about to lock."""


class Session:
    """One document's journal, used in its lane only. Nothing is on the disk before the first change.

    Args:
        folder: Its own folder; the name of it is the name of the session.
        clip: The clip.
        info: Its size, length and rate.
        project: The project file that the changes go on from, None while there is none.
    """

    def __init__(self, folder: Path, clip: Path, info: VideoInfo, project: Path | None) -> None:
        self.folder = folder
        self._clip = clip
        self._info = info
        self._project = project
        self._saved_sequence = 0
        self._lock: QLockFile | None = None
        self._writer: JournalWriter | None = None

    @property
    def name(self) -> str:
        """Name of the session."""
        return self.folder.name

    def adopt(self, dead: DeadSession) -> None:
        """Go on with the journal of a session that has died."""
        self._lock = dead.lock
        self._saved_sequence = dead.journal.head.sequence
        self._writer = JournalWriter(self.folder / JOURNAL_NAME, dead.journal.head, dead.journal)

    def append(self, change: Change) -> None:
        """Write a change.

        Raises:
            OSError: It cannot be written.
        """
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = _try_lock(self.folder)
        if self._writer is None:
            self._writer = JournalWriter(self.folder / JOURNAL_NAME, self._head())
        self._writer.append(change)
        _drop_first_version(self.folder)

    def saved(self, project: Path, sequence: int) -> None:
        """The project file holds the changes up to a number.

        Raises:
            OSError: The journal cannot be written.
        """
        self._project, self._saved_sequence = project, sequence
        if self._writer is not None:
            self._writer.rebase(self._head())

    def discard(self) -> None:
        """Remove the session from the disk."""
        self._writer = None
        _remove(self.folder, self.release)

    def release(self) -> None:
        """Leave the session for the next start."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.unlock()

    def _head(self) -> JournalHead:
        reference = refer_to(self._clip, self._info, self._project or self._clip)
        if self._project is None:
            return JournalHead(self.name, reference)
        project, save_id = str(self._project.absolute()), save_id_of(self._project)
        return JournalHead(self.name, reference, project, self._saved_sequence, save_id)


@dataclass(frozen=True)
class SavedSession:
    """What a dead session has to offer.

    Attributes:
        folder: The session.
        clip: Path of the clip.
        project: Path of the project file; empty if the work was never saved.
        frame_count: Frames with masks that were not saved.
        run_left: Frames that a run had still to visit.
        saved_at: When the last change was written, seconds since the epoch.
    """

    folder: Path
    clip: Path
    project: str
    frame_count: int
    run_left: int
    saved_at: float


@dataclass(frozen=True)
class DeadSession:
    """A session that died, with its lock and all that it says.

    Attributes:
        folder: The session.
        lock: Keeps others from restoring it as well.
        journal: What it says.
    """

    folder: Path
    lock: QLockFile
    journal: Journal

    @property
    def reference(self) -> ClipReference:
        """The clip."""
        return self.journal.head.clip


def dead_sessions(
    root: Path, damaged: Callable[[Path], None] = lambda folder: None
) -> Iterator[SavedSession]:
    """What died sessions left; those that are alive are left out, empty ones that are not new are removed.

    Args:
        root: Folder of all sessions.
        damaged: Is told the folders of those that cannot be read, which are left out as well.
    """
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        is_new = _is_new(folder)  # locking changes that
        lock = _try_lock(folder) if folder.is_dir() else None
        if lock is None:
            continue  # another window is at work there
        try:
            saved = _summary(folder)
        except (UserError, OSError) as error:
            log.info("%s", error)
            damaged(folder)
            continue
        finally:
            lock.unlock()
        if saved is None and is_new and not (folder / JOURNAL_NAME).exists():
            continue
        if saved is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            yield saved


def _is_new(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime < _NEW_S
    except OSError:
        return False  # removed just now


def read_session(folder: Path) -> DeadSession:
    """Take over what a dead session left.

    Raises:
        ProjectReadError: It is damaged, or another window has it.
    """
    lock = _try_lock(folder)
    if lock is None:
        raise ProjectReadError(tr("This work is being restored in another window."))
    try:
        if (folder / JOURNAL_NAME).exists():
            return DeadSession(folder, lock, read_journal(folder / JOURNAL_NAME))
        old = read_project(folder)
    except UserError:
        lock.unlock()
        raise
    masks = {index: (1, entry) for index, entry in old.work.entries.items()}
    return DeadSession(folder, lock, Journal(JournalHead(folder.name, old.clip), 1, masks, (1, old.work)))


def discard_session(folder: Path) -> None:
    """Remove what a dead session left; one that is alive stays."""
    lock = _try_lock(folder)
    if lock is not None:
        _remove(folder, lock.unlock)


def _remove(folder: Path, unlock: Callable[[], None]) -> None:
    """Remove a session that is locked; nobody is to find its journal between the two steps."""
    with suppress(OSError):
        (folder / JOURNAL_NAME).unlink(missing_ok=True)
    unlock()
    if folder.exists():
        shutil.rmtree(folder, ignore_errors=True)


def _summary(folder: Path) -> SavedSession | None:
    path = folder / JOURNAL_NAME
    if path.exists():
        found = summarise(path)
        if found is None:
            return None
        head = found.head
        if head.project and holds_changes_up_to(Path(head.project), head.session) >= found.sequence:
            return None  # it died between saving the project and noting that
        changed = path.stat().st_mtime
        return SavedSession(
            folder, Path(head.clip.absolute), head.project, found.frame_count, found.run_left, changed
        )
    state = folder / FIRST_STATE_NAME
    if not state.exists():
        return None
    old = read_project(folder)
    return SavedSession(folder, Path(old.clip.absolute), "", len(old.work.entries), 0, state.stat().st_mtime)


def _drop_first_version(folder: Path) -> None:
    state = folder / FIRST_STATE_NAME
    if state.exists():
        state.unlink()
        for mask in folder.glob("*.mask"):
            mask.unlink()


def _try_lock(folder: Path) -> QLockFile | None:
    lock = QLockFile(str(folder / _LOCK_NAME))
    lock.setStaleLockTime(0)  # it is alive as long as its process is, however long that takes
    return lock if lock.tryLock(0) else None
