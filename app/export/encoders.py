"""Opens the encoder that a preset asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.export.codecs import MOVIE_CODECS, colour_tags, format_of
from app.export.datasets import DATASET_WRITERS, DatasetEncoder
from app.export.expectation import Components, Expectation
from app.export.files import export_error
from app.export.movie import MovieEncoder
from app.export.pictures import PICTURE_CODECS
from app.export.pixels import ideal_planes, to_codes
from app.export.planned import ExportPlan, PlannedOutput
from app.export.render import Rendered


class Encoder(Protocol):
    """Writes the pictures of one output into a draft folder."""

    def write(self, components: Components) -> None:
        """Append a picture, packed by ``packer``."""

    def finish(self) -> None:
        """Complete the files."""

    def close(self) -> None:
        """End, whatever state the encoder is in; may be called again."""


class SequenceEncoder:
    """Writes one output as a file per picture.

    Args:
        plan: Of the export.
        output: Which of its outputs.
        draft: The folder for the files, which get their final names in it.
    """

    def __init__(self, plan: ExportPlan, output: PlannedOutput, draft: Path) -> None:
        self._plan, self._codec = plan, PICTURE_CODECS[plan.preset.codec]
        self._files = iter(output.files)
        self._draft = draft

    def write(self, components: Components) -> None:
        """Write the next file.

        Raises:
            ExportError: It cannot be written.
        """
        path = next(self._files)
        try:
            (self._draft / path.name).write_bytes(self._codec.encode(self._plan, components))
        except OSError as error:
            raise export_error(path, error) from error

    def finish(self) -> None:
        """All is written already."""

    def close(self) -> None:
        """Nothing is held open."""


def packer(plan: ExportPlan) -> Callable[[Rendered], dict[str, NDArray[Any]]]:
    """What turns a rendered picture into the code values that are stored.

    Args:
        plan: Of the export.
    """
    codec = plan.preset.codec
    if codec in PICTURE_CODECS:
        return lambda rendered: PICTURE_CODECS[codec].pack(plan, rendered)
    if codec in DATASET_WRITERS:
        # data sets list objects only; void is kept in palette pictures alone
        keep_void = codec == "youtube_vos"
        return lambda rendered: {"index": _index(rendered, keep_void)}
    form, tags = format_of(plan), colour_tags(plan)

    def pack_codes(rendered: Rendered) -> dict[str, NDArray[Any]]:
        planes = ideal_planes(rendered.rgb, rendered.alpha, form, tags.matrix, tags.full_range)
        return {**to_codes(planes, form, tags.full_range)}

    return pack_codes


def expectation(plan: ExportPlan) -> Expectation:
    """An empty memory for what a plan's encoder is given."""
    if plan.preset.codec not in MOVIE_CODECS:
        return Expectation(len(plan.frames))
    return Expectation(len(plan.frames), format_of(plan), colour_tags(plan).full_range)


EncoderMaker = Callable[[ExportPlan, PlannedOutput, Path, int, Callable[[], None]], Encoder]
"""Takes the plan, the output, a draft folder, the quality, and what is called while waiting."""


def _sequence(
    plan: ExportPlan, output: PlannedOutput, draft: Path, quality: int, check: Callable[[], None]
) -> Encoder:
    return SequenceEncoder(plan, output, draft)


def _dataset(
    plan: ExportPlan, output: PlannedOutput, draft: Path, quality: int, check: Callable[[], None]
) -> Encoder:
    return DatasetEncoder(plan, output, draft)


ENCODERS: Mapping[str, EncoderMaker] = {
    **dict.fromkeys(MOVIE_CODECS, MovieEncoder),
    **dict.fromkeys(PICTURE_CODECS, _sequence),
    **dict.fromkeys(DATASET_WRITERS, _dataset),
}
"""By ``ExportPreset.codec``."""


def _index(rendered: Rendered, keep_void: bool) -> NDArray[np.uint8]:
    assert rendered.index is not None
    if keep_void:
        return rendered.index
    return np.where(rendered.index == 255, np.uint8(0), rendered.index)
