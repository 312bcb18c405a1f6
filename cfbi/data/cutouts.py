"""Cut-outs: an object lifted from its picture so that pasting leaves no rim."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

_ELLIPSE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))


@dataclass(frozen=True)
class Cutout:
    """An object without its surroundings.

    Attributes:
        picture: (h, w, 3) uint8 RGB; outside the object its own colours go on.
        alpha: (h, w) uint8 opacity.
        source: Where it comes from.
    """

    picture: Bytes
    alpha: Bytes
    source: str

    @property
    def side(self) -> float:
        """Square root of the object's area in px."""
        return float(np.sqrt(np.count_nonzero(self.alpha > 127)))


def lift(picture: Bytes, mask: Bytes, source: str, *, pad: int = 4) -> Cutout | None:
    """Cut an object out along a binary mask: one pixel less than the mask, with a soft rim.

    Args:
        picture: (H, W, 3) uint8 RGB.
        mask: (H, W) uint8, nonzero = object.
        source: Where the picture comes from.
        pad: Empty pixels left around the object.

    Returns:
        The cut-out, or None if nothing is left of it.
    """
    x, y, width, height = cv2.boundingRect(mask)
    if min(width, height) < 6:
        return None
    height_all, width_all = mask.shape
    top, bottom = max(0, y - pad), min(height_all, y + height + pad)
    left, right = max(0, x - pad), min(width_all, x + width + pad)
    inner = (mask[top:bottom, left:right] > 0).astype(np.uint8) * 255
    inner = np.pad(inner, 1)  # so that the border of the picture also gets a rim
    inner = np.asarray(cv2.erode(inner, _ELLIPSE), np.uint8)
    alpha = np.asarray(cv2.GaussianBlur(inner, (0, 0), 0.8), np.uint8)
    if not inner.any():
        return None
    colours = np.pad(picture[top:bottom, left:right], ((1, 1), (1, 1), (0, 0)), mode="edge")
    return Cutout(bleed(colours, inner), alpha, source)


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
    height, width = cutout.alpha.shape
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    picture = np.asarray(cv2.resize(cutout.picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    alpha = np.asarray(cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA), np.uint8)
    return Cutout(picture, alpha, cutout.source), scale * height / (size[1])


def tint(cutout: Cutout, surroundings: Bytes, share: float) -> Cutout:
    """Move brightness and colour of a cut-out part of the way to its new surroundings.

    Args:
        cutout: What is pasted.
        surroundings: (H, W, 3) uint8 RGB.
        share: 0 leaves it alone, 1 takes over mean and spread entirely.
    """
    solid = cutout.alpha > 127
    if share <= 0 or not solid.any():
        return cutout
    mean, spread = (values.ravel() for values in cv2.meanStdDev(cutout.picture, mask=solid.astype(np.uint8)))
    goal, goal_spread = (values.ravel() for values in cv2.meanStdDev(surroundings))
    gain = 1 + share * (np.clip(goal_spread.mean() / max(spread.mean(), 1.0), 0.6, 1.6) - 1)
    centre = mean + share * (goal - mean)
    levels = np.arange(256)[:, None]
    table = np.clip((levels - mean) * gain + centre, 0, 255).astype(np.uint8)[:, None, :]
    return Cutout(np.asarray(cv2.LUT(cutout.picture, table), np.uint8), cutout.alpha, cutout.source)
