"""The masks of a command line: ``FILE`` or ``FILE@FRAME``."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.media import VideoInfo


@dataclass(frozen=True)
class MaskArgument:
    """A mask file and the frame that it belongs to.

    Attributes:
        path: The file.
        frame_index: 0-based.
    """

    path: Path
    frame_index: int


def mask_argument(text: str) -> MaskArgument:
    """Parse ``FILE[@FRAME]``; an existing file whose name ends in ``@`` and digits is taken as a file.

    Args:
        text: What stands on the command line.

    Returns:
        The file and its frame, 0 when none is given.

    Raises:
        argparse.ArgumentTypeError: The part after ``@`` is no number.
    """
    match = re.fullmatch(r"(.+)@([^@/\\]*)", text)
    if match is None or Path(text).is_file():
        return MaskArgument(Path(text), 0)
    if not re.fullmatch(r"[0-9]+", match[2]):
        raise argparse.ArgumentTypeError(f"{text!r}: after @ comes a frame number, counted from 0")
    return MaskArgument(Path(match[1]), int(match[2]))


def read_masks(masks: Sequence[MaskArgument], info: VideoInfo) -> dict[int, NDArray[np.uint8]]:
    """Read the masks and make sure that they fit the clip.

    Args:
        masks: What was given.
        info: Of the clip.

    Returns:
        Frame index to index mask, (H, W) uint8.

    Raises:
        UserError: A frame outside the clip or with two masks, a mask of another size, or no object in any
        mask.
        cfbi.DataError: A file cannot be read.
    """
    from cfbi.evaluation.annotations import VOID, read_index_mask

    references: dict[int, NDArray[np.uint8]] = {}
    for mask in masks:
        if mask.frame_index >= info.frame_count:
            raise UserError(
                f"The mask {mask.path} is for frame {mask.frame_index}, "
                f"but {info.name} has only frames 0 to {info.frame_count - 1}.",
                "Give FILE@FRAME with a frame of the clip, counted from 0.",
            )
        if mask.frame_index in references:
            raise UserError(
                f"There are two masks for frame {mask.frame_index}; the second is {mask.path}.",
                "Put the objects of a frame into one mask with the ids 1, 2, 3 ...",
            )
        index_mask = read_index_mask(mask.path)
        if index_mask.shape != (info.height, info.width):
            raise UserError(
                f"The mask {mask.path} is {index_mask.shape[1]}x{index_mask.shape[0]}, "
                f"but {info.name} is {info.width}x{info.height}.",
                "Give a mask of the clip's own size.",
            )
        references[mask.frame_index] = index_mask
    if not any(np.any((mask != 0) & (mask != VOID)) for mask in references.values()):
        named = ", ".join(str(mask.path) for mask in masks)
        void = any(np.any(mask == VOID) for mask in references.values())
        found = "only 0 (background) and 255 (void)" if void else "only 0 (background)"
        raise UserError(
            f"The mask {named} shows no object: its pixels are {found}.",
            "Paint the object with the ids 1 to 254.",
        )
    return references
