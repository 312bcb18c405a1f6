"""What an export will do, as data: a plan that a dialog can show and a worker can run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from app.document.locked import LockedRegion
from app.document.mask_store import StoredMask
from app.document.objects import ObjectInfo
from app.errors import ExportError
from app.export.options import Alpha, ExportOptions, Missing
from app.export.presets import Content, ExportPreset
from app.export.report import ranges_text
from app.export.schedule import ScheduledFrame, frame_times
from app.i18n import tr, trn
from app.media import VideoInfo


class ExportSnapshot(Protocol):
    """What an export needs to know of a document; ``DocumentSnapshot`` has it all."""

    @property
    def path(self) -> Path:
        """The clip."""

    @property
    def info(self) -> VideoInfo:
        """Its size, length and rate."""

    @property
    def objects(self) -> tuple[ObjectInfo, ...]:
        """All objects, in stacking order, the last on top."""

    @property
    def entries(self) -> Mapping[int, StoredMask]:
        """Masks by frame index."""

    @property
    def locked_regions(self) -> Mapping[int, LockedRegion]:
        """Locked pixels by frame index."""


@dataclass(frozen=True)
class PlannedOutput:
    """One movie, sequence or data set.

    Attributes:
        label: What it shows: an object's name, or "combined".
        objects: Those in it, in stacking order.
        path: The file, or the folder that holds the files.
        files: All files to be, without the report; those of a sequence in frame order.
        report: The report file.
        pattern: Regular expression that the names of these picture files match, whatever their number;
            for a sequence it has the number as its group.
    """

    label: str
    objects: tuple[ObjectInfo, ...]
    path: Path
    files: tuple[Path, ...]
    report: Path
    pattern: str = ""

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Ids of its objects."""
        return tuple(info.object_id for info in self.objects)

    def stale(self) -> list[Path]:
        """Pictures of an earlier export under the same names that this one does not write; asks the disk."""
        if not self.pattern:
            return []
        kept, name = set(self.files), re.compile(self.pattern)
        found: list[Path] = []
        for folder in {path.parent for path in self.files}:
            with suppress(OSError):
                found += (p for p in folder.iterdir() if p not in kept and name.fullmatch(p.name))
        return sorted(found)


@dataclass(frozen=True)
class ExportPlan:
    """All that an export will do.

    Attributes:
        snapshot: The document.
        preset: The kind of export.
        options: Choices, with the preset's and the clip's suggestions filled in for each None.
        target: The folder; it need not exist.
        outputs: What will be written.
        span: Frames of the clip that the export covers, handles included.
        frames: Of each output, in order.
        missing: Frame indices that have no matte of their own.
        rate: Frames per second; that of most frames where they last differently.
        variable: Whether frames last differently.
        size: (width, height) of the pictures in px, padding included.
        warnings: What the user should know before.
    """

    snapshot: ExportSnapshot
    preset: ExportPreset
    options: ExportOptions
    target: Path
    outputs: tuple[PlannedOutput, ...]
    span: range
    frames: tuple[ScheduledFrame, ...]
    missing: tuple[int, ...]
    rate: Fraction
    variable: bool
    size: tuple[int, int]
    warnings: tuple[str, ...]

    @property
    def needs_picture(self) -> bool:
        """Whether the clip itself is needed, not only its masks."""
        if self.preset.content in (Content.OVERLAY, Content.COMPOSITE):
            return True
        if any(item.finish.refine != "off" for output in self.outputs for item in output.objects):
            return True
        return self.preset.content is Content.CUTOUT and self.options.alpha is not Alpha.MATTE

    @property
    def alpha(self) -> Alpha:
        """How transparency is stored."""
        assert self.options.alpha is not None
        return self.options.alpha

    @property
    def bit_depth(self) -> int:
        """Bits of a channel."""
        assert self.options.bit_depth is not None
        return self.options.bit_depth

    @property
    def end_time(self) -> Fraction:
        """Seconds from the first frame to the end of the last."""
        if self.variable:
            times = frame_times(self.snapshot.info)
            last = self.frames[-1].frame_index
            return self.frames[-1].time + times[last + 1] - times[last]
        return self.frames[-1].time + 1 / self.rate

    def existing(self) -> list[Path]:
        """Files to be that are already there; asks the disk."""
        return [path for output in self.outputs for path in output.files if os.path.exists(path)]

    def stale(self) -> list[Path]:
        """Pictures that go when files may be replaced, so that a folder never mixes two exports."""
        return [path for output in self.outputs for path in output.stale()]

    def check(self) -> None:
        """Refuse what needs a choice first.

        Raises:
            ExportError: Frames have no matte and the choice is missing, or files are in the way.
        """
        if self.missing and self.options.missing is Missing.ERROR:
            raise ExportError(
                trn(
                    "{count} of the frames to export has no matte: {ranges}.",
                    "{count} of the frames to export have no matte: {ranges}.",
                    len(self.missing),
                    ranges=ranges_text(self.missing),
                ),
                tr(
                    "Propagate over them, export a range without them, or choose what becomes of them: "
                    "black, the matte of the frame before, or (sequences only) left out."
                ),
                about="missing",
            )
        if not self.options.overwrite and (existing := self.existing()):
            text = tr("{path} would be replaced.", path=existing[0])
            if len(existing) > 1:
                text = trn(
                    "{path} and {count} more file would be replaced.",
                    "{path} and {count} more files would be replaced.",
                    len(existing) - 1,
                    path=existing[0],
                )
            raise ExportError(
                text,
                tr("Allow it, or choose another folder or name."),
                about="overwrite",
            )
