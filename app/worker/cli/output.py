"""The folder that ``cfbi propagate`` writes to."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.document.finish import STANDARD_FINISH, MatteFinish
from app.document.packed_matte import fine_from
from app.errors import ExportError
from app.export.folder import exported_files
from app.export.png import matte_from_probability, write_index_png, write_matte_png
from app.matte.finishing import to_bytes
from app.matte.levels import clipped, clipped_bytes

if TYPE_CHECKING:
    from app.worker.engine import Result


@dataclass
class Output:
    """Where the files of a clip go, where black and white of its mattes are cut off, how fine they are."""

    folder: Path
    clip: Path
    stem: str
    object_ids: tuple[int, ...]
    finish: MatteFinish = STANDARD_FINISH
    matte_bits: int = 8
    written: set[Path] = field(default_factory=set)
    overlay: Path | None = None

    def index(self, frame_index: int) -> Path:
        """Where the index mask of a frame goes."""
        return self.folder / "index" / f"{self.stem}_{frame_index:05d}.png"

    def matte(self, frame_index: int, object_id: int) -> Path:
        """Where the matte of an object goes."""
        folder = self.folder / "matte"
        if len(self.object_ids) > 1:
            folder /= str(object_id)
        return folder / f"{self.stem}_{frame_index:05d}.png"

    @property
    def summary(self) -> Path:
        """Where it is written down what was done."""
        return self.folder / "propagation.json"

    def refuse_to_mix(self, frames: range) -> None:
        """Keep results of two clips, or of two sets of objects of one clip, from ending up in one folder.

        Other frames of the same objects may join, for that is how a clip is done in parts.

        Args:
            frames: What this run will write.

        Raises:
            ExportError: The folder holds something else.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise ExportError(
                f"{self.folder} is a file, not a folder.", "Choose another --out.", about="folder"
            )
        held = [name for name in ("index", "matte") if (self.folder / name).exists()]
        if not held:
            return
        try:
            summary = json.loads(self.summary.read_text(encoding="utf-8"))
            before = summary["clip"]
            objects = tuple(summary["objects"])
        except (OSError, ValueError, LookupError, TypeError):
            before, objects = None, ()
        if before != str(self.clip):
            raise ExportError(
                f"{self.folder} already holds {' and '.join(held)} of {before or 'something else'}.",
                "Choose another --out, or write into it all the same with --force.",
                about="folder",
            )
        ours = {self.index(index) for index in frames}
        ours |= {self.matte(index, object_id) for index in frames for object_id in self.object_ids}
        if objects != self.object_ids and not ours.issuperset(exported_files(self.folder, self.stem)):
            raise ExportError(
                f"{self.folder} already holds results of {self.clip.name} for other objects: "
                f"{listed(objects)} instead of {listed(self.object_ids)}.",
                "Choose another --out, or replace them with --force.",
                about="folder",
            )

    def write(self, frame_index: int, result: Result) -> None:
        """Write what was found of a frame."""
        path = self.index(frame_index)
        write_index_png(path, result.index_mask)
        self.written.add(path)
        for row, object_id in enumerate(result.object_ids, start=1):
            path = self.matte(frame_index, object_id)
            write_matte_png(path, self._clipped(result.probability[row]))
            self.written.add(path)

    def write_matte(self, frame_index: int, object_id: int, matte: NDArray[np.float32]) -> None:
        """Write the finished matte of an object, (H, W) float32 in 0..1, perhaps again."""
        path = self.matte(frame_index, object_id)
        write_matte_png(path, to_bytes(matte) if self.matte_bits == 8 else fine_from(matte))
        self.written.add(path)

    def _clipped(self, probability: NDArray[np.float32]) -> NDArray[np.uint8] | NDArray[np.uint16]:
        if self.matte_bits == 8:
            return clipped_bytes(matte_from_probability(probability), self.finish)
        return fine_from(clipped(probability, self.finish.clip_black, self.finish.clip_white).clip(0, 1))


def listed(object_ids: tuple[int, ...]) -> str:
    """Object ids as a sentence names them."""
    return ", ".join(str(object_id) for object_id in object_ids) or "none"
