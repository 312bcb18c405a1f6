"""Makes the pictures of an export, one after another, from the clip and its masks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from app.document.mask_store import StoredMask
from app.document.objects import ObjectInfo
from app.errors import ExportError
from app.export.compose import burn_in, composite, extended_colour, overlay, to_linear
from app.export.mattes import Matte, chosen_index_mask, combined_matte, finished_matte, neighbours_of
from app.export.options import Alpha
from app.export.pixels import Plane, padded
from app.export.planned import ExportPlan, PlannedOutput
from app.export.presets import Content
from app.export.schedule import ScheduledFrame
from app.i18n import tr
from app.media import Timecode, VideoSource


@dataclass(frozen=True)
class Rendered:
    """One picture of an export, before any encoder has seen it.

    Attributes:
        rgb: (H, W, 3) float32 in 0..1, as it is to be stored; None for a matte or an index mask.
        alpha: (H, W) float32 in 0..1; None for an opaque picture or an index mask.
        index: (H, W) uint8 object ids; None for pictures.
        layers: Further mattes by layer name, (H, W) float32 in 0..1.
    """

    rgb: Plane | None = None
    alpha: Plane | None = None
    index: NDArray[np.uint8] | None = None
    layers: dict[str, Matte] = field(default_factory=dict)


class Renderer:
    """Renders the frames of one output.

    Args:
        plan: Of the export.
        output: Which of its outputs.
        source: The clip; None where the plan does not need the picture.

    Raises:
        ExportError: The still for the background cannot be read, or the clip is missing.
    """

    def __init__(self, plan: ExportPlan, output: PlannedOutput, source: VideoSource | None) -> None:
        if plan.needs_picture and source is None:
            raise ExportError(tr("The clip is needed for this export."), tr("Open the clip first."))
        self._plan = plan
        self._objects = output.objects
        self._source = source
        self._layers = layer_names(output.objects)
        info = plan.snapshot.info
        self._aspect = float(info.sample_aspect)
        self._empty = np.zeros((info.height, info.width), np.float32)
        self._background: Plane | None = None
        if plan.preset.content is Content.COMPOSITE:
            self._background = background_picture(plan.options.background, info.width, info.height)

    def frames(self) -> Iterator[Rendered]:
        """The pictures in order, each made when it is asked for."""
        for place, frame in enumerate(self._plan.frames):
            yield self.render(frame, place)

    def render(self, frame: ScheduledFrame, place: int) -> Rendered:
        """Make one picture.

        Args:
            frame: Which.
            place: How many frames of the export come before.

        Raises:
            MediaError: The clip's frame cannot be decoded.
        """
        plan = self._plan
        entries = plan.snapshot.entries
        entry = None if frame.matte_index is None else entries.get(frame.matte_index)
        objects = self._objects
        if frame.matte_index in plan.snapshot.locked_regions:
            objects = tuple(replace(item, finish=item.finish.beside_locks) for item in objects)
        # a held matte follows the edges of the picture that it was made for
        refined = any(item.finish.refine != "off" for item in self._objects)
        edges = self._picture(frame.matte_index) if refined and frame.matte_index is not None else None
        if plan.preset.content is Content.INDEX:
            if entry is None:
                return Rendered(index=self._empty.astype(np.uint8))
            around = self._around(frame)
            return Rendered(index=chosen_index_mask(entry, objects, edges, around, self._aspect))
        mattes = [self._matte(item, entry, frame, edges) for item in objects]
        matte = combined_matte(mattes)
        if plan.preset.content is Content.CUTOUT and plan.alpha is Alpha.MATTE:
            return self._padded(None, matte, mattes)
        picture = self._picture(frame.frame_index)
        rgb: Plane = picture.astype(np.float32) / np.float32(255)
        if plan.preset.content is Content.OVERLAY:
            shown = overlay(rgb, [(m, item.color) for m, item in zip(mattes, self._objects, strict=True)])
            if plan.options.burn_in:
                shown = burn_in(shown, self._label(frame, place), self._aspect)
            return self._padded(shown, None, [])
        if plan.options.decontaminate or any(item.finish.decontaminate for item in self._objects):
            rgb = extended_colour(rgb, matte, self._aspect)
        if self._background is not None:
            return self._padded(composite(rgb, matte, self._background), None, [])
        if plan.preset.codec == "exr":
            rgb = to_linear(rgb)
        if plan.alpha is Alpha.PREMULT:
            rgb = rgb * matte[..., None]
        return self._padded(rgb, matte, mattes)

    def _picture(self, frame_index: int) -> NDArray[np.uint8]:
        assert self._source is not None
        return self._source.frame(frame_index)

    def _matte(
        self,
        item: ObjectInfo,
        entry: StoredMask | None,
        frame: ScheduledFrame,
        picture: NDArray[np.uint8] | None,
    ) -> Matte:
        if entry is None or frame.matte_index is None:
            return self._empty
        around = neighbours_of(self._plan.snapshot.entries.get, frame.matte_index, item.finish)
        return finished_matte(entry, item.object_id, item.finish, picture, around, self._aspect)

    def _around(self, frame: ScheduledFrame) -> list[StoredMask | None]:
        """The masks around a frame that any of the objects looks at."""
        if frame.matte_index is None or not self._objects:
            return []
        most = max((item.finish for item in self._objects), key=lambda finish: finish.reach_frames)
        return neighbours_of(self._plan.snapshot.entries.get, frame.matte_index, most)

    def _padded(self, rgb: Plane | None, alpha: Plane | None, mattes: list[Matte]) -> Rendered:
        size = self._plan.size
        layers = dict(zip(self._layers, mattes, strict=True)) if mattes else {}
        return Rendered(
            rgb=None if rgb is None else padded(rgb, size),
            alpha=None if alpha is None else padded(alpha, size),
            layers=layers,
        )

    def _label(self, frame: ScheduledFrame, place: int) -> str:
        options = self._plan.options
        rate = options.rate or self._plan.rate
        start = Timecode.parse(options.start_timecode or "00:00:00:00", rate)
        counted = place if not self._plan.variable else round(frame.time * rate)
        return f"{start.plus(counted)}  {frame.number}"


def layer_names(objects: tuple[ObjectInfo, ...]) -> tuple[str, ...]:
    """A layer name for each object: letters, digits and underscores only, no two the same.

    Compositing programs split channel names at dots and trip over anything else.
    """
    names: list[str] = []
    for item in objects:
        name = re.sub(r"[^A-Za-z0-9_]+", "_", item.name).strip("_")
        if not re.match(r"[A-Za-z]", name):
            name = f"object_{item.object_id}"
        while name.lower() in [other.lower() for other in names]:
            name = f"{name}_{item.object_id}"
        names.append(name)
    return tuple(names)


def background_picture(background: tuple[int, int, int] | Path, width: int, height: int) -> Plane:
    """A colour, or a still that covers the frame: scaled to fill it, its middle shown.

    Args:
        background: Colour or picture file.
        width: Of the frame in px.
        height: Of the frame in px.

    Returns:
        (3,) or (H, W, 3) float32 in 0..1.

    Raises:
        ExportError: The file cannot be read as a picture.
    """
    if not isinstance(background, Path):
        color: Plane = np.asarray(background, np.float32) / np.float32(255)
        return color
    try:
        with Image.open(background) as picture:
            still: Plane = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"), np.float32)
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ExportError(
            tr("The background {background} cannot be read: {error}.", background=background, error=error),
            tr("Choose a PNG or JPEG picture."),
            about="background",
        ) from error
    scale = max(width / still.shape[1], height / still.shape[0])
    size = max(width, round(still.shape[1] * scale)), max(height, round(still.shape[0] * scale))
    if size != (still.shape[1], still.shape[0]):
        kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        still = cv2.resize(still, size, interpolation=kind).astype(np.float32)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    shown: Plane = np.clip(still[top : top + height, left : left + width] / np.float32(255), 0, 1)
    return shown
