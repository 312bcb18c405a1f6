"""Reading masks from image files: one rule for 0/255 pictures, palette PNGs and coloured pictures.

The rule, file by file:

* Palette picture (PNG mode P): the stored index is the object id, whatever the colours; 255 is void.
* Grey picture with no other values than 0 and 255 (or 0 and 65535 in 16 bits), or a palette picture of that
  kind whose entry 255 is white: a binary mask, the bright value is object 1.
* Grey picture of many shades, and white outweighs all of them: a matte with soft edges, whose shades are no
  object ids. Object 1 is where it covers at least half.
* Any other grey picture: the value is the object id; 255 is void.
* Colour picture: read as grey when its three channels agree, else the DAVIS palette colours are turned back
  into ids; other colours are refused. A fourth channel is ignored.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from cfbi.errors import DataError

VOID = 255
"""Index of pixels that do not count."""

_SHADES_OF_A_MATTE = 16
_HALF = 128


def read_index_mask(path: Path) -> NDArray[np.uint8]:
    """Read a mask file by the rule of this module.

    Args:
        path: PNG, or any picture Pillow reads.

    Returns:
        Index mask, (H, W) uint8: 0 background, 1..254 object ids, 255 void.

    Raises:
        DataError: The file cannot be read, or its values are no object ids.
    """
    try:
        with Image.open(path) as picture:
            return _index_mask(picture, path)
    except FileNotFoundError as error:
        raise DataError(f"There is no mask file {path}.", "Check the path.") from error
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"The mask {path} cannot be read: {error}.", "Give a PNG picture.") from error


def davis_palette() -> NDArray[np.uint8]:
    """Colours of the DAVIS benchmark (those of PASCAL VOC): the id's bits spread over red, green and blue.

    Returns:
        (256, 3) uint8 RGB; entry 0 is black, 1 is (128, 0, 0), 2 is (0, 128, 0).
    """
    ids = np.arange(256)
    palette = np.zeros((256, 3), np.int64)
    for bit in range(8):
        for channel in range(3):
            palette[:, channel] |= ((ids >> (3 * bit + channel)) & 1) << (7 - bit)
    return palette.astype(np.uint8)


def _index_mask(picture: Image.Image, path: Path) -> NDArray[np.uint8]:
    if picture.mode == "P":
        values = np.array(picture, dtype=np.uint8)
        colours = picture.getpalette("RGB") or []
        binary = colours[3 * 255 : 3 * 256] == [255, 255, 255] and _is_binary(values, 255)
        return _binary(values) if binary else values
    if picture.mode in ("1", "L"):
        return _from_grey(np.array(picture).astype(np.int64), path)
    if picture.mode in ("I", "I;16", "I;16B", "I;16L"):
        return _from_grey(np.array(picture).astype(np.int64), path)
    if picture.mode == "LA":
        return _from_grey(np.array(picture.getchannel(0)).astype(np.int64), path)
    if picture.mode in ("RGB", "RGBA", "RGBX"):
        return _from_colours(np.array(picture.convert("RGB")), path)
    raise DataError(
        f"The mask {path} has pixels of kind {picture.mode}.", "Save it as a palette or grey PNG of 8 bits."
    )


def _from_grey(values: NDArray[np.int64], path: Path) -> NDArray[np.uint8]:
    for bright in (255, 65535):
        if _is_binary(values, bright):
            return _binary(values)
    if int(values.min()) < 0 or int(values.max()) > 255:
        raise DataError(
            f"The mask {path} holds values up to {int(values.max())}; object ids are 0..254.",
            "Save it as a palette or grey PNG of 8 bits.",
        )
    if _is_soft_matte(values):
        return (values >= _HALF).astype(np.uint8)
    return values.astype(np.uint8)


def _is_soft_matte(values: NDArray[np.int64]) -> bool:
    counts = np.bincount(values.ravel(), minlength=256)
    shades = counts[1:255]
    return bool(np.count_nonzero(shades) >= _SHADES_OF_A_MATTE and counts[255] > shades.sum())


def _from_colours(colours: NDArray[np.uint8], path: Path) -> NDArray[np.uint8]:
    if np.array_equal(colours[..., 0], colours[..., 1]) and np.array_equal(colours[..., 0], colours[..., 2]):
        return _from_grey(colours[..., 0].astype(np.int64), path)
    weights = np.array([65536, 256, 1])
    packed = colours.astype(np.int64) @ weights
    palette = davis_palette().astype(np.int64) @ weights
    order = np.argsort(palette)
    place = np.minimum(np.searchsorted(palette, packed, sorter=order), 255)
    ids = order[place]
    if not np.array_equal(palette[ids], packed):
        y, x = (int(axis[0]) for axis in np.nonzero(palette[ids] != packed))
        colour = tuple(colours[y, x].tolist())
        raise DataError(
            f"The mask {path} has the colour {colour} at x {x}, y {y}, which stands for no object.",
            "Save it as a palette or grey PNG; JPEG blurs the colours of masks.",
        )
    index_mask: NDArray[np.uint8] = ids.astype(np.uint8)
    return index_mask


def _is_binary(values: NDArray[np.uint8] | NDArray[np.int64], bright: int) -> bool:
    return bool(np.all((values == 0) | (values == bright)))


def _binary(values: NDArray[np.uint8] | NDArray[np.int64]) -> NDArray[np.uint8]:
    index_mask: NDArray[np.uint8] = np.asarray(values != 0).astype(np.uint8)
    return index_mask
