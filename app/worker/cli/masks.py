"""The masks of a command line: ``FILE`` or ``FILE@FRAME``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.media import VideoInfo
from app.media.masks import VOID, MaskArgument, mask_argument, read_mask


def parse_mask(text: str) -> MaskArgument:
    """``FILE[@FRAME]`` as argparse wants it; see `mask_argument`.

    Raises:
        argparse.ArgumentTypeError: The part after ``@`` is no number.
    """
    try:
        return mask_argument(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(error.message) from error


def read_masks(masks: Sequence[MaskArgument], info: VideoInfo) -> dict[int, NDArray[np.uint8]]:
    """Read the masks and make sure that they fit the clip.

    Args:
        masks: What was given.
        info: Of the clip.

    Returns:
        Frame index to index mask, (H, W) uint8.

    Raises:
        UserError: A file cannot be read, a frame outside the clip or with two masks, a mask of another
            size, or no object in any mask.
    """
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
        index_mask = read_mask(mask.path)
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
