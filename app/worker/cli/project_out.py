"""``cfbi propagate --project``: what was computed, as a project that the studio opens."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document.finish import STANDARD_FINISH, MatteFinish
from app.document.mask_store import MaskSource, StoredMask, pack, pack_probability
from app.document.objects import VOID, new_object
from app.document.project_file import SUFFIX, Project, is_project, write_project
from app.document.references import NO_REFERENCES, with_frames
from app.document.snapshot import Work
from app.document.storage.clip_reference import refer_to
from app.errors import ExportError
from app.media import VideoInfo
from app.worker.engine import Result
from app.worker.project_holder import refuse_open
from app.worker.propagation import object_ids


class ProjectOut:
    """Gathers masks, compressed, and writes them as one file.

    Args:
        path: The file to be.
        references: Frame index to index mask, (H, W) uint8: 0 background, 1..254 object ids, 255 void.
        late: Those that speak only of the objects that they show, and lie over what the run brought.
        may_replace: Whether a file of that name may be replaced.

    Raises:
        ExportError: It has another ending, or there is such a file already.
        ProjectReadError: A window has it open.
    """

    def __init__(
        self,
        path: Path,
        references: Mapping[int, NDArray[np.uint8]],
        late: Set[int] = frozenset(),
        *,
        may_replace: bool,
    ) -> None:
        if not is_project(path):
            raise ExportError(f"{path} is no name of a project.", f"Give one that ends in {SUFFIX}.")
        if path.exists() and not may_replace:
            raise ExportError(f"There is a project {path} already.", "Give another name, or --force.")
        refuse_open(path)
        self.path = path.absolute()
        self._references = references
        self._late = late
        self._entries: dict[int, StoredMask] = {
            index: pack(np.where(mask == VOID, np.uint8(0), mask), MaskSource.USER)
            for index, mask in references.items()
        }

    def add(self, frame_index: int, result: Result) -> None:
        """Take a frame that was computed; given masks stay as they are."""
        entry = pack_probability(result.index_mask, result.probability, result.object_ids)
        if frame_index in self._late:
            told = frozenset(object_ids([self._references[frame_index]]))
            entry = replace(entry, source=MaskSource.USER, told_ids=told)
        elif frame_index in self._references:
            return
        self._entries[frame_index] = entry

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
            reference_table=with_frames(NO_REFERENCES, self._references),
            current_frame=min(self._references),
            current_object_id=object_ids[0],
        )
        write_project(Project(self.path, refer_to(clip, info, self.path), work))
