"""Data sets of masks: the layouts of YouTube-VOS, COCO and MOTS."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.document.objects import ObjectInfo
from app.export.expectation import Components
from app.export.files import export_error
from app.export.outputs import file_stem
from app.export.pictures import MOTS_CLASS, encode_index
from app.export.planned import ExportPlan, PlannedOutput
from app.export.rle import bounding_box, compressed, run_lengths
from app.export.schedule import ScheduledFrame


class DatasetWriter(Protocol):
    """Takes index masks one after another and writes files that hold them all."""

    def write(self, frame: ScheduledFrame, index_mask: NDArray[np.uint8]) -> None:
        """Take the next (H, W) uint8 index mask."""

    def finish(self) -> None:
        """Write what is left."""


class YoutubeVosWriter:
    """``Annotations/CLIP/FRAME.png`` and ``meta.json``, which lists the frames of each object."""

    def __init__(self, plan: ExportPlan, output: PlannedOutput, draft: Path) -> None:
        self._plan, self._output, self._draft = plan, output, draft
        self._clip = file_stem(plan.snapshot.path)
        self._frames: dict[int, list[str]] = {item.object_id: [] for item in output.objects}

    def write(self, frame: ScheduledFrame, index_mask: NDArray[np.uint8]) -> None:
        """Write a palette PNG."""
        name = f"{frame.number:05d}"
        folder = self._draft / "Annotations" / self._clip
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.png").write_bytes(encode_index(self._plan, {"index": index_mask}))
        for object_id in np.unique(index_mask).tolist():
            if object_id in self._frames:
                self._frames[object_id].append(name)

    def finish(self) -> None:
        """Write ``meta.json``."""
        names = {item.object_id: item.name for item in self._output.objects}
        objects = {
            str(object_id): {"category": names[object_id], "frames": frames}
            for object_id, frames in self._frames.items()
            if frames
        }
        text = json.dumps({"videos": {self._clip: {"objects": objects}}}, indent=2, ensure_ascii=False)
        (self._draft / "meta.json").write_text(text + "\n", encoding="utf-8")


class CocoWriter:
    """One JSON of COCO: a picture per frame, an annotation per object and frame."""

    def __init__(self, plan: ExportPlan, output: PlannedOutput, draft: Path) -> None:
        self._plan, self._output, self._draft = plan, output, draft
        self._images: list[dict[str, Any]] = []
        self._annotations: list[dict[str, Any]] = []

    def write(self, frame: ScheduledFrame, index_mask: NDArray[np.uint8]) -> None:
        """Add a picture and its annotations."""
        height, width = index_mask.shape
        image = len(self._images) + 1
        self._images.append(
            {
                "id": image,
                "width": width,
                "height": height,
                "file_name": f"{file_stem(self._plan.snapshot.path)}_{frame.number:05d}.png",
                "frame_index": frame.frame_index,
            }
        )
        for item in self._output.objects:
            inside = index_mask == item.object_id
            area = int(inside.sum())
            if area:
                self._annotations.append(
                    {
                        "id": len(self._annotations) + 1,
                        "image_id": image,
                        "category_id": item.object_id,
                        "segmentation": {"size": [height, width], "counts": compressed(run_lengths(inside))},
                        "area": area,
                        "bbox": list(bounding_box(inside)),
                        "iscrowd": 0,
                        "attributes": {"track_id": item.object_id},
                    }
                )

    def finish(self) -> None:
        """Write the JSON."""
        content = {
            "info": {"description": file_stem(self._plan.snapshot.path)},
            "images": self._images,
            "annotations": self._annotations,
            "categories": [_category(item) for item in self._output.objects],
        }
        path = self._draft / self._output.path.name
        path.write_text(json.dumps(content, ensure_ascii=False) + "\n", encoding="utf-8")


class MotsTextWriter:
    """One text file of MOTS: a line per object and frame."""

    def __init__(self, plan: ExportPlan, output: PlannedOutput, draft: Path) -> None:
        self._output, self._draft = output, draft
        self._lines: list[str] = []

    def write(self, frame: ScheduledFrame, index_mask: NDArray[np.uint8]) -> None:
        """Add the lines of a frame."""
        height, width = index_mask.shape
        for item in self._output.objects:
            inside = index_mask == item.object_id
            if inside.any():
                track = 1000 * MOTS_CLASS + item.object_id
                text = compressed(run_lengths(inside))
                self._lines.append(f"{frame.number} {track} {MOTS_CLASS} {height} {width} {text}")

    def finish(self) -> None:
        """Write the text."""
        text = "".join(f"{line}\n" for line in self._lines)
        (self._draft / self._output.path.name).write_text(text, encoding="ascii")


def _category(item: ObjectInfo) -> dict[str, Any]:
    return {"id": item.object_id, "name": item.name, "supercategory": "object"}


DATASET_WRITERS: Mapping[str, type[YoutubeVosWriter] | type[CocoWriter] | type[MotsTextWriter]] = (
    MappingProxyType({"youtube_vos": YoutubeVosWriter, "coco": CocoWriter, "mots_txt": MotsTextWriter})
)
"""By ``ExportPreset.codec``."""


class DatasetEncoder:
    """Writes one output as a data set into a draft folder."""

    def __init__(self, plan: ExportPlan, output: PlannedOutput, draft: Path) -> None:
        self._output = output
        self._frames = iter(plan.frames)
        self._writer: DatasetWriter = DATASET_WRITERS[plan.preset.codec](plan, output, draft)

    def write(self, components: Components) -> None:
        """Take the next index mask.

        Raises:
            ExportError: A file cannot be written.
        """
        try:
            self._writer.write(next(self._frames), np.asarray(components["index"], np.uint8))
        except OSError as error:
            raise export_error(self._output.path, error) from error

    def finish(self) -> None:
        """Write what is left.

        Raises:
            ExportError: A file cannot be written.
        """
        try:
            self._writer.finish()
        except OSError as error:
            raise export_error(self._output.path, error) from error

    def close(self) -> None:
        """Nothing is held open."""
