"""Reads a mask from a picture file. Free of Qt."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from app.errors import MediaError


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Read an index mask.

    Palette pictures hold object ids. Grey pictures of 0 and 255 only are one object; others hold ids.

    Args:
        path: A PNG, as a rule.

    Returns:
        (H, W) uint8 object ids, 0 = background.

    Raises:
        MediaError: Not a picture, or one in true colours.
    """
    try:
        with Image.open(path) as picture:
            mode = picture.mode
            values = np.array(picture)
    except FileNotFoundError as error:
        raise MediaError(f"There is no file {path}.", "Check the path.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise MediaError(f"{path} cannot be read as a picture.", "Give a PNG of object ids.") from error
    if mode == "1":
        return values.astype(np.uint8)
    if mode in ("RGB", "RGBA", "LA"):
        planes = values[..., : values.shape[2] - (1 if mode in ("RGBA", "LA") else 0)]
        if not (planes == planes[..., :1]).all():
            raise MediaError(
                f"{path} is a picture in true colours, not a mask.",
                "Give a palette PNG of object ids, or a grey matte.",
            )
        values = planes[..., 0]
    elif mode not in ("P", "L"):
        raise MediaError(
            f"{path} has {mode} pixels, which are no object ids.", "Give an 8-bit palette or grey PNG."
        )
    mask: NDArray[np.uint8] = values.astype(np.uint8)
    if mode != "P" and set(np.unique(mask).tolist()) <= {0, 255}:
        mask = (mask > 0).astype(np.uint8)
    return mask
