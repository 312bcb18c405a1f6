"""Cut-outs: an object lifted from its picture so that pasting leaves no rim."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

_ELLIPSE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))


@dataclass(frozen=True)
class Cutout:
    """An object without its surroundings, at rest or in motion.

    Attributes:
        pictures: (h, w, 3) uint8 RGB each, one, or one per frame; outside the object its own colours go on.
        alphas: (h, w) uint8 opacity each, as many as pictures.
        source: Where it comes from.
        origin: x, y in its picture of the top left pixel.
    """

    pictures: tuple[Bytes, ...]
    alphas: tuple[Bytes, ...]
    source: str
    origin: tuple[int, int] = (0, 0)

    @property
    def side(self) -> float:
        """Square root of the object's area in its first frame, px."""
        return float(np.sqrt(np.count_nonzero(self.alphas[0] > 127)))

    def middles(self) -> Floats:
        """(frames, 2) x, y of the centre of gravity in cut-out px; where it is out of sight, as before."""
        height, width = self.alphas[0].shape
        points = [np.array([width / 2, height / 2])]
        for alpha in self.alphas:
            moments = cv2.moments(alpha)
            seen = moments["m00"] > 0
            points.append(np.array([moments["m10"], moments["m01"]]) / moments["m00"] if seen else points[-1])
        return np.stack(points[1:])


def lift(pictures: Sequence[Bytes], masks: Sequence[Bytes], source: str, *, pad: int = 4) -> Cutout | None:
    """Cut an object out along binary masks: one pixel less than the mask, with a soft rim.

    Args:
        pictures: (H, W, 3) uint8 RGB each, of equal size.
        masks: (H, W) uint8 each, nonzero = object; as many as pictures.
        source: Where the pictures come from.
        pad: Empty pixels left around the object.

    Returns:
        The cut-out, or None if nothing is left of it in the first picture.
    """
    union = masks[0] if len(masks) == 1 else np.asarray(np.max(np.stack(masks), axis=0), np.uint8)
    x, y, width, height = cv2.boundingRect(union)
    if min(width, height) < 6:
        return None
    box = (slice(max(0, y - pad), y + height + pad), slice(max(0, x - pad), x + width + pad))
    colours: list[Bytes] = []
    alphas: list[Bytes] = []
    for picture, mask in zip(pictures, masks, strict=True):
        inner = (mask[box] > 0).astype(np.uint8) * 255
        inner = np.pad(inner, 1)  # so that the border of the picture also gets a rim
        inner = np.asarray(cv2.erode(inner, _ELLIPSE), np.uint8)
        if not alphas and not inner.any():
            return None
        alphas.append(np.asarray(cv2.GaussianBlur(inner, (0, 0), 0.8), np.uint8))
        colours.append(bleed(np.pad(picture[box], ((1, 1), (1, 1), (0, 0)), mode="edge"), inner))
    return Cutout(tuple(colours), tuple(alphas), source, (box[1].start - 1, box[0].start - 1))


def bleed(picture: Bytes, inner: Bytes) -> Bytes:
    """Let the colours of an object go on beyond its rim.

    Args:
        picture: (h, w, 3) uint8 RGB.
        inner: (h, w) uint8, 255 = certainly the object.

    Returns:
        (h, w, 3) uint8, new array.
    """
    weight = inner.astype(np.float32) / np.float32(255)
    colours = picture.astype(np.float32) * weight[..., None]
    window = (7, 7)
    spread = cv2.boxFilter(colours, -1, window, borderType=cv2.BORDER_CONSTANT)
    total = cv2.boxFilter(weight, -1, window, borderType=cv2.BORDER_CONSTANT)
    filled = spread / np.maximum(total, np.float32(1e-3))[..., None]
    return np.where(inner[..., None] > 0, picture, np.clip(filled, 0, 255)).astype(np.uint8)


def shrink_to(cutout: Cutout, scale: float) -> tuple[Cutout, float]:
    """Shrink a cut-out beforehand if it will be drawn much smaller, so that it does not alias.

    Returns:
        The cut-out and the scale that is left.
    """
    if scale > 0.7:
        return cutout, scale
    height, width = cutout.alphas[0].shape
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    pictures, alphas = (
        tuple(np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8) for plane in planes)
        for planes in (cutout.pictures, cutout.alphas)
    )
    return replace(cutout, pictures=pictures, alphas=alphas), scale * height / size[1]


def tint(cutout: Cutout, surroundings: Bytes, share: float) -> Cutout:
    """Move brightness and colour of a cut-out part of the way to its new surroundings.

    Args:
        cutout: What is pasted.
        surroundings: (H, W, 3) uint8 RGB.
        share: 0 leaves it alone, 1 takes over mean and spread entirely.
    """
    solid = cutout.alphas[0] > 127
    if share <= 0 or not solid.any():
        return cutout
    moments = cv2.meanStdDev(cutout.pictures[0], mask=solid.astype(np.uint8))
    mean, spread = (values.ravel() for values in moments)
    goal, goal_spread = (values.ravel() for values in cv2.meanStdDev(surroundings))
    gain = 1 + share * (np.clip(goal_spread.mean() / max(spread.mean(), 1.0), 0.6, 1.6) - 1)
    centre = mean + share * (goal - mean)
    levels = np.arange(256)[:, None]
    table = np.clip((levels - mean) * gain + centre, 0, 255).astype(np.uint8)[:, None, :]
    pictures = tuple(np.asarray(cv2.LUT(picture, table), np.uint8) for picture in cutout.pictures)
    return replace(cutout, pictures=pictures)
