"""Reading masks from picture files, for the window and for the command line. Free of Qt and of the network.

The rule is that of ``cfbi.data.annotations``, which scores by it; a test keeps the two together:

* Palette picture: the stored index is the object id, whatever the colours; 255 is void.
* Grey picture with no other values than 0 and 255 (or 0 and 65535 in 16 bits), a picture of 1 bit, or a
  palette picture of 0 and 255 whose entry 255 is white: a binary mask, the bright value is object 1.
* Grey picture of many shades, and white outweighs all of them: a matte with soft edges, whose shades are no
  object ids. Object 1 is where it covers at least half.
* Any other grey picture: the value is the object id; 255 is void.
* Colour picture: read as grey when its three channels agree, else the DAVIS palette colours are turned back
  into ids; other colours are refused. A fourth channel is ignored.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from app.errors import MediaError
from app.i18n import mark, tr

VOID = 255
"""Value of pixels that are no object and no background."""

_SHADES_OF_A_MATTE = 16
_HALF = 128

_SAVE_AS = mark("Save it as a palette or grey PNG of 8 bits.")


@dataclass(frozen=True)
class MaskArgument:
    """A mask file and the frame that it belongs to.

    Attributes:
        path: The file.
        frame_index: 0-based.
    """

    path: Path
    frame_index: int = 0


def mask_argument(text: str) -> MaskArgument:
    """Parse ``FILE[@FRAME]``; an existing file whose name ends in ``@`` and digits is taken as a file.

    Args:
        text: What stands on the command line.

    Returns:
        The file and its frame, 0 when none is given.

    Raises:
        MediaError: The part after ``@`` is no number.
    """
    match = re.fullmatch(r"(.+)@([^@/\\]*)", text)
    if match is None or Path(text).is_file():
        return MaskArgument(Path(text), 0)
    if not re.fullmatch(r"[0-9]+", match[2]):
        raise MediaError(tr("{text!r}: after @ comes a frame number, counted from 0", text=text))
    return MaskArgument(Path(match[1]), int(match[2]))


def read_mask(path: Path) -> NDArray[np.uint8]:
    """Read a mask file by the rule of this module.

    Args:
        path: PNG, or any picture Pillow reads.

    Returns:
        Index mask, (H, W) uint8: 0 background, 1..254 object ids, 255 void.

    Raises:
        MediaError: The file cannot be read, or its values are no object ids.
    """
    try:
        with warnings.catch_warnings():
            # beyond this size Pillow only warns at first; no clip has pictures that large
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                return _index_mask(picture, path)
    except FileNotFoundError as error:
        raise MediaError(tr("There is no mask file {path}.", path=path), tr("Check the path.")) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaError(
            tr("The mask {path} is too large to be read.", path=path),
            tr("Give a mask of the clip's own size."),
        ) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise MediaError(
            tr("The mask {path} cannot be read: {error}.", path=path, error=error), tr("Give a PNG picture.")
        ) from error


def davis_palette() -> NDArray[np.uint8]:
    """Colours of the DAVIS benchmark: the bits of an object id spread over red, green and blue.

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
        white = colours[3 * 255 : 3 * 256] == [255, 255, 255]
        return _binary(values) if white and _is_binary(values, 255) else values
    if picture.mode == "1":
        return np.array(picture).astype(np.uint8)
    if picture.mode in ("L", "I", "I;16", "I;16B", "I;16L"):
        return _from_grey(np.array(picture).astype(np.int64), path)
    if picture.mode == "LA":
        return _from_grey(np.array(picture.getchannel(0)).astype(np.int64), path)
    if picture.mode in ("RGB", "RGBA", "RGBX"):
        return _from_colours(np.array(picture.convert("RGB")), path)
    raise MediaError(
        tr("The mask {path} has pixels of kind {mode}.", path=path, mode=picture.mode), tr(_SAVE_AS)
    )


def _from_grey(values: NDArray[np.int64], path: Path) -> NDArray[np.uint8]:
    if any(_is_binary(values, bright) for bright in (255, 65535)):
        return _binary(values)
    if int(values.min()) < 0 or int(values.max()) > 255:
        raise MediaError(
            tr(
                "The mask {path} holds values up to {value}; object ids are 0..254.",
                path=path,
                value=int(values.max()),
            ),
            tr(_SAVE_AS),
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
    ids = order[np.minimum(np.searchsorted(palette, packed, sorter=order), 255)]
    wrong = palette[ids] != packed
    if wrong.any():
        y, x = (int(axis[0]) for axis in np.nonzero(wrong))
        raise MediaError(
            tr(
                "The mask {path} has the colour {colour} at x {x}, y {y}, which stands for no object.",
                path=path,
                colour=tuple(colours[y, x].tolist()),
                x=x,
                y=y,
            ),
            tr("Save it as a palette or grey PNG; JPEG blurs the colours of masks."),
        )
    index_mask: NDArray[np.uint8] = ids.astype(np.uint8)
    return index_mask


def _is_binary(values: NDArray[np.uint8] | NDArray[np.int64], bright: int) -> bool:
    return bool(np.all((values == 0) | (values == bright)))


def _binary(values: NDArray[np.uint8] | NDArray[np.int64]) -> NDArray[np.uint8]:
    index_mask: NDArray[np.uint8] = np.asarray(values != 0).astype(np.uint8)
    return index_mask
