"""Opening and importing, with the questions that go with them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.control.clip import ClipController
from app.control.projects import ProjectController
from app.control.reporter import ErrorReporter
from app.document.document import Document
from app.document.project_file import is_project
from app.errors import MediaError
from app.i18n import tr
from app.media.masks import MaskArgument
from app.media.sequence import SUFFIXES
from app.settings import Settings
from app.views.file_filter import file_filter
from app.views.question import confirm

_OPENED = (
    "*.cfbiproj *.mp4 *.mov *.m4v *.mkv *.avi *.webm *.mpg *.mpeg *.ts *.mts *.mxf *.wmv *.gif "
    + " ".join(f"*{suffix}" for suffix in sorted(SUFFIXES))
)
_MASKS = "*.png *.bmp *.tif *.tiff"


class FileCommands(QObject):
    """What the File menu does.

    Args:
        document: Gets imported masks.
        clip: Opens clips.
        projects: Opens projects, and asks what becomes of unsaved work.
        settings: Remembers folders.
        reporter: Hears of errors.
        window: Parent of the dialogs.
    """

    def __init__(
        self,
        document: Document,
        clip: ClipController,
        projects: ProjectController,
        settings: Settings,
        reporter: ErrorReporter,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._document = document
        self._clip = clip
        self._projects = projects
        self._settings = settings
        self._reporter = reporter
        self._window = window

    def open(self, path: Path, masks: list[MaskArgument] | None = None) -> None:
        """Open a clip or a project, after asking what becomes of unsaved work."""
        self._projects.when_safe(partial(self._open_now, path.absolute(), masks))

    def _open_now(self, path: Path, masks: list[MaskArgument] | None) -> None:
        if is_project(path):
            self._projects.open(path, masks)
            return
        self._projects.drop_staged()
        self._settings.last_folder = path.parent
        self._clip.open(path, masks, whole=False)

    def open_dropped(self, name: str) -> None:
        """Open what was dropped on the window.

        A clip, a folder or a project is opened. A picture is a mask for the current frame if a clip is open,
        else its sequence is the clip.
        """
        path = Path(name)
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            self.open(path)
        elif self._document.info is not None:
            self._clip.import_mask(path, self._document.current_frame)
        else:
            self.open(path)

    def choose_clip(self) -> None:
        """Ask for a video file or a project."""
        kinds = file_filter(tr("Clips, pictures and projects"), _OPENED)
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("Open clip or project"), str(self._settings.last_folder), kinds
        )
        if name:
            self.open(Path(name))

    def choose_folder(self) -> None:
        """Ask for a folder of pictures."""
        name = QFileDialog.getExistingDirectory(
            self._window, tr("Open folder of pictures"), str(self._settings.last_folder)
        )
        if name:
            self.open(Path(name))

    def open_sample(self) -> None:
        """Open the clip that comes with the program."""
        from resources import sample

        video = sample.paths().video
        if video.exists():
            self.open(video)
        else:
            self._reporter.show(
                MediaError(
                    tr("The sample clip is missing: {video}", video=video), tr("Install the program again.")
                )
            )

    def choose_mask(self) -> None:
        """Ask for a mask for the current frame."""
        kinds = file_filter(tr("Masks"), _MASKS)
        name, _ = QFileDialog.getOpenFileName(
            self._window, tr("Import mask"), str(self._settings.last_folder), kinds
        )
        if name:
            self._clip.import_mask(Path(name), self._document.current_frame)

    def may_delete_saved(self, name: str) -> bool:
        """Whether the masks of a crashed session may go for good."""
        return confirm(
            self._window,
            tr("Discard saved masks"),
            tr("Discard the saved masks of {name}?", name=name),
            tr("They cannot be restored after that."),
            tr("Discard"),
            tr("Keep"),
        )
