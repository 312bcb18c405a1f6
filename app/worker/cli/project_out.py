"""``cfbi propagate --project``: what was computed, as a project that the studio opens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.document.finish import STANDARD_FINISH, MatteFinish
from app.document.mask_store import StoredMask
from app.document.objects import new_object
from app.document.project_file import SUFFIX, Project, is_project, write_project
from app.document.references import NO_REFERENCES, with_frames
from app.document.snapshot import Work
from app.document.storage.clip_reference import refer_to
from app.errors import ExportError
from app.media import VideoInfo
from app.worker.cli.given import GivenMasks
from app.worker.engine import Result
from app.worker.project_holder import refuse_open


class ProjectOut:
    """Gathers masks, compressed, and writes them as one file.

    Args:
        path: The file to be.
        given: The masks that the run starts from.
        may_replace: Whether a file of that name may be replaced.

    Raises:
        ExportError: It has another ending, or there is such a file already.
        ProjectReadError: A window has it open.
    """

    def __init__(
        self,
        path: Path,
        given: GivenMasks,
        *,
        may_replace: bool,
    ) -> None:
        if not is_project(path):
            raise ExportError(f"{path} is no name of a project.", f"Give one that ends in {SUFFIX}.")
        if path.exists() and not may_replace:
            raise ExportError(f"There is a project {path} already.", "Give another name, or --force.")
        refuse_open(path)
        self.path = path.absolute()
        self._given = given
        self._entries: dict[int, StoredMask] = {index: given.entry(index) for index in given.masks}

    def add(self, frame_index: int, result: Result) -> None:
        """Take a frame that was computed; given masks stay as they are."""
        if frame_index in self._given.masks and frame_index not in self._given.late:
            return  # made again it would be younger than the masks that the run made from it
        self._entries[frame_index] = self._given.entry_of(frame_index, result)

    def write(
        self, clip: Path, info: VideoInfo, object_ids: tuple[int, ...], finish: MatteFinish = STANDARD_FINISH
    ) -> None:
        """Write the project. Its masks are as the network found them, its objects are finished.

        Raises:
            ProjectReadError: A window has opened it meanwhile.
            ProjectWriteError: It cannot be written.
        """
        refuse_open(self.path)
        work = Work(
            objects=tuple(replace(new_object(object_id), finish=finish) for object_id in object_ids),
            entries=self._entries,
            reference_table=with_frames(NO_REFERENCES, self._given.masks),
            current_frame=min(self._given.masks),
            current_object_id=object_ids[0],
        )
        write_project(Project(self.path, refer_to(clip, info, self.path), work))
