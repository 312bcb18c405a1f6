"""PNG files of masks: index masks with the DAVIS palette, and grey mattes."""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.export.files import atomic_target
from app.media.masks import davis_palette

_PALETTE = davis_palette().tobytes()


def write_index_png(path: Path, index_mask: NDArray[np.uint8]) -> None:
    """Write an index mask as palette PNG; reading it back gives the same ids.

    Args:
        path: The file to be; its folder is made. A file that is there is replaced in one step.
        index_mask: (H, W) uint8 object ids, 0 background, 255 void.

    Raises:
        ExportError: The disk is full, or the folder cannot be written.
    """
    picture = Image.fromarray(_checked(index_mask))
    picture.putpalette(_PALETTE)
    _save(picture, path)


def write_matte_png(path: Path, matte: NDArray[np.uint8]) -> None:
    """Write a matte as 8-bit grey PNG.

    Args:
        path: As for ``write_index_png``.
        matte: (H, W) uint8, 0 outside the object, 255 inside.

    Raises:
        ExportError: The disk is full, or the folder cannot be written.
    """
    _save(Image.fromarray(_checked(matte)), path)


def matte_from_probability(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Soft matte of one object.

    Args:
        probability: (H, W) float32 in 0..1.

    Returns:
        (H, W) uint8, 255 times the probability, rounded.
    """
    matte: NDArray[np.uint8] = np.rint(np.clip(probability, 0, 1) * 255).astype(np.uint8)
    return matte


def _checked(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if plane.ndim != 2 or plane.dtype != np.uint8:
        raise ValueError(f"expected (H, W) uint8, not {plane.shape} {plane.dtype}")
    return plane


def _save(picture: Image.Image, path: Path) -> None:
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=6)
    with atomic_target(path) as draft:
        draft.write_bytes(data.getbuffer())
