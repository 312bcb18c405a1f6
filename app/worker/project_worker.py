"""Reads and writes projects as jobs of their lane."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from app.document.document import DocumentSnapshot
from app.document.project_file import Project, read_project, write_project
from app.document.snapshot import Work, with_objects_shown
from app.document.storage.clip_reference import ClipReference, is_same_clip, locate, refer_to
from app.errors import ProjectReadError, UserError
from app.i18n import tr
from app.media import open_source
from app.worker.job import JobContext
from app.worker.project_lock import ProjectLock
from app.worker.session import DeadSession, read_session


@dataclass(frozen=True)
class Staged:
    """Work that was read, before it takes the place of what is open.

    Attributes:
        work: All of it.
        reference: Its clip as it was saved.
        clip: Where the clip lies now; None if it was not found.
        is_same: Whether that clip has the content of the saved one.
        project: The project file; None for work that was never saved.
        lock: Of the project file; None if the window has it already.
        session: The journal that it was restored from; None if it was opened.
        warning: What the user should know of it, with a hint; empty for nothing.
        was_asked_for: The user said where the clip lies, which the project does not know yet.
    """

    work: Work
    reference: ClipReference
    clip: Path | None
    is_same: bool
    project: Path | None = None
    lock: ProjectLock | None = None
    session: DeadSession | None = None
    warning: tuple[str, str] = ("", "")
    was_asked_for: bool = False

    def release(self) -> None:
        """Let go of what it holds: it is not wanted any more."""
        if self.lock is not None:
            self.lock.release()
        if self.session is not None:
            self.session.lock.unlock()


@dataclass(frozen=True)
class Saved:
    """A project was written.

    Attributes:
        path: The file.
        lock: Of the file, if it is another one than before.
        sequence: Number of the last change in it.
        session: Name of the journal of the work that was saved.
    """

    path: Path
    lock: ProjectLock | None
    sequence: int
    session: str


class SaveJob:
    """Writes a project and sends `Saved`.

    Args:
        snapshot: What to write.
        path: Where to.
        session: Name of its journal.
        sequence: Number of the journal's last change in the snapshot.
        held: Project file that this window has locked already; another one has to be locked first.

    Attributes:
        path: As above.
        session: As above.
        held: As above.
    """

    def __init__(
        self, snapshot: DocumentSnapshot, path: Path, session: str, sequence: int, held: Path | None = None
    ) -> None:
        self._snapshot = snapshot
        self.path = path
        self.session = session
        self._sequence = sequence
        self.held = held

    def run(self, context: JobContext) -> None:
        """Write it.

        Raises:
            ProjectReadError: Another window has a project of that name open.
            ProjectWriteError: It cannot be written.
        """
        lock = None if _is_same(self.path, self.held) else ProjectLock(self.path)
        snapshot = self._snapshot
        try:
            clip = refer_to(snapshot.path, snapshot.info, self.path)
            write_project(Project(self.path, clip, snapshot, session=self.session, sequence=self._sequence))
        except UserError:
            if lock is not None:
                lock.release()
            raise
        context.emit(Saved(self.path, lock, self._sequence, self.session))


class LoadJob:
    """Reads a project, looks for its clip, and sends `Staged`.

    Args:
        path: The project file.
        held: Project file that this window has locked already.
    """

    def __init__(self, path: Path, held: Path | None = None) -> None:
        self._path = path
        self._held = held

    def run(self, context: JobContext) -> None:
        """Read it.

        Raises:
            ProjectReadError: It is damaged, open elsewhere, or does not fit its clip.
            MediaError: Its clip cannot be read.
        """
        path = self._path.absolute()
        if not path.is_file():
            raise ProjectReadError(tr("There is no project {path}.", path=path), tr("Look where it went."))
        lock = None if _is_same(path, self._held) else ProjectLock(path)
        try:
            project = read_project(path)
            context.check()
            search = locate(project.clip, path)
            staged = Staged(project.work, project.clip, search.path, search.is_same, path, lock)
            check_fits(staged)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        context.emit(staged)


class RestoreJob:
    """Reads what a dead session left, on top of the project that it went on from, and sends `Staged`.

    Where that project was saved by others since, or is gone, what comes of it is work of its own.

    Args:
        folder: The session.
        held: Project file that this window has locked already.
    """

    def __init__(self, folder: Path, held: Path | None = None) -> None:
        self._folder = folder
        self._held = held

    def run(self, context: JobContext) -> None:
        """Read it.

        Raises:
            ProjectReadError: It is damaged, open elsewhere, or does not fit its clip.
            MediaError: Its clip cannot be read.
        """
        session = read_session(self._folder)
        lock: ProjectLock | None = None
        try:
            head = session.journal.head
            path = Path(head.project) if head.project else None
            project: Project | None = None
            if path is not None and path.is_file():
                lock = None if _is_same(path, self._held) else ProjectLock(path)
                project = read_project(path)
            work, warning = session.journal.onto(project), ("", "")
            if path is not None and (project is None or not session.journal.goes_on_from(project)):
                warning = _gone(path) if project is None else _saved_since(path)
                work = with_objects_shown(work, () if project is None else project.work.objects)
                if lock is not None:
                    lock.release()
                project = lock = None
            search = locate(head.clip, path or Path(head.clip.absolute))
            is_there = path if project is not None else None
            staged = Staged(work, head.clip, search.path, search.is_same, is_there, lock, session, warning)
            check_fits(staged)
        except BaseException:
            session.lock.unlock()
            if lock is not None:
                lock.release()
            raise
        context.emit(staged)


def _is_same(path: Path, other: Path | None) -> bool:
    return other is not None and path.resolve() == other.resolve()


def _gone(path: Path) -> tuple[str, str]:
    return (
        tr("{path} is not there any more: only what changed since it was saved is here.", path=path),
        tr("Save it under a name of its own."),
    )


def _saved_since(path: Path) -> tuple[str, str]:
    return (
        tr("{name} was saved again after these changes were made.", name=path.name),
        tr("They lie on top of what was saved. Look through them, and save them under a name of their own."),
    )


class RelinkJob:
    """Looks whether a clip is the one that staged work was made with, and sends the work with that clip."""

    def __init__(self, staged: Staged, clip: Path) -> None:
        self._staged = staged
        self._clip = clip

    def run(self, context: JobContext) -> None:
        """Look.

        Raises:
            ProjectReadError: The work does not fit the clip.
            MediaError: The clip cannot be read.
        """
        same = is_same_clip(self._staged.reference, self._clip)
        staged = replace(self._staged, clip=self._clip, is_same=same, was_asked_for=True)
        check_fits(staged)
        context.emit(staged)


def check_fits(staged: Staged) -> None:
    """Make sure that the masks are of the clip's size, before anything is replaced.

    Raises:
        ProjectReadError: They are not.
        MediaError: The clip cannot be read.
    """
    if staged.clip is None:
        return
    with open_source(staged.clip) as source:
        info = source.info
    work = staged.work
    masks = [*work.entries.values(), *(mask for take in work.takes for mask in take.masks())]
    shapes = {mask.shape for mask in masks}
    for height, width in shapes | {region.shape for region in work.locked_regions.values()}:
        if (height, width) != (info.height, info.width):
            raise ProjectReadError(
                tr(
                    "The masks are {width}x{height}, but {name} is {clip_width}x{clip_height}.",
                    width=width,
                    height=height,
                    name=staged.clip.name,
                    clip_width=info.width,
                    clip_height=info.height,
                ),
                tr("The clip has changed since. Put the former one back, or open the project beside it."),
            )
