"""Writes mattes as a job of the export lane."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.document.document import DocumentSnapshot
from app.errors import ExportError
from app.export.folder import remove_stale
from app.export.png import write_index_png, write_matte_png
from app.worker.job import JobContext


@dataclass(frozen=True)
class ExportRequest:
    """What to write.

    Attributes:
        snapshot: The document.
        folder: Where to; it is made.
        index: Write palette PNGs of object ids.
        mattes: Write an 8-bit matte per object.
        fill_missing: Write frames without a mask as black; they are left out otherwise.
    """

    snapshot: DocumentSnapshot
    folder: Path
    index: bool = True
    mattes: bool = True
    fill_missing: bool = False

    @property
    def frames(self) -> list[int]:
        """Frame indices that are written."""
        if self.fill_missing:
            return list(range(self.snapshot.info.frame_count))
        return sorted(self.snapshot.entries)


@dataclass(frozen=True)
class ExportProgress:
    """A frame was written."""

    done: int
    total: int


@dataclass(frozen=True)
class ExportSummary:
    """All is written.

    Attributes:
        folder: Where.
        frame_count: Frames.
        file_count: Files.
    """

    folder: Path
    frame_count: int
    file_count: int


class ExportJob:
    """Writes PNG sequences, one file per source frame and kind."""

    def __init__(self, request: ExportRequest) -> None:
        self._request = request
        present: set[int] = set()
        for entry in request.snapshot.entries.values():
            present.update(entry.object_ids)
        self._object_ids = sorted(present)

    def run(self, context: JobContext) -> None:
        """Write all frames of the request.

        Raises:
            ExportError: Nothing to write, or a file cannot be written; files written before are complete.
        """
        request = self._request
        frames = request.frames
        if not frames or not (request.index or request.mattes):
            raise ExportError(
                "There is nothing to export.", "Paint or propagate masks first, and choose what to write."
            )
        written: list[Path] = []
        for done, index in enumerate(frames, 1):
            context.check()
            written += self._write(index)
            context.emit(ExportProgress(done, len(frames)))
        # after success only: until then the former export is better than half of it
        remove_stale(request.folder, file_stem(request.snapshot.path), written)
        context.emit(ExportSummary(request.folder, len(frames), len(written)))

    def _write(self, frame_index: int) -> list[Path]:
        request = self._request
        snapshot = request.snapshot
        entry = snapshot.entries.get(frame_index)
        shape = (snapshot.info.height, snapshot.info.width)
        black = np.zeros(shape, np.uint8)
        name = f"{file_stem(snapshot.path)}_{frame_index:05d}.png"
        written: list[Path] = []
        if request.index:
            written.append(request.folder / "index" / name)
            write_index_png(written[-1], black if entry is None else entry.index_mask())
        if request.mattes:
            for object_id in self._object_ids:
                matte = black if entry is None else entry.matte(object_id)
                written.append(self._matte_folder(object_id) / name)
                write_matte_png(written[-1], matte)
        return written

    def _matte_folder(self, object_id: int) -> Path:
        """As ``cfbi propagate`` lays them out: a folder per object only where there are several."""
        folder = self._request.folder / "matte"
        return folder / str(object_id) if len(self._object_ids) > 1 else folder


def file_stem(path: Path) -> str:
    """The clip's name without suffix, as it begins the names of exported files."""
    stem = path.name if path.is_dir() else path.stem
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", stem) or "clip"
