"""Drawing a clip: a base picture under a camera path, and cut-outs over it, each under a path of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.data.clip import VOID
from cfbi.data.geometry import Bend, Floats
from cfbi.data.photometry import line_kernel

Bytes = NDArray[np.uint8]
MAX_BASE_OBJECTS = 3


@dataclass(frozen=True)
class Base:
    """What lies behind everything: a real clip, or one picture that a camera moves over.

    Attributes:
        pictures: (H, W, 3) uint8 RGB each; one for all frames, or one per frame.
        classes: (H, W, 4) uint8 each, 0 or 255: objects 1..3 and, in channel 3, what is ignored; None
            without labels. As many as pictures; may differ from them in size.
        matrices: (T, 3, 3) float64, mask px to canvas px.
        bend: Non-rigid motion, or None.
    """

    pictures: Sequence[Bytes]
    classes: Sequence[Bytes] | None
    matrices: Floats
    bend: Bend | None = None


@dataclass(frozen=True)
class Layer:
    """A cut-out and its way through the clip.

    Attributes:
        pictures: (h, w, 3) uint8 RGB each, one for all frames or one per frame.
        alphas: (h, w) uint8 each, as many as pictures.
        matrices: (T, 3, 3) float64, cut-out px to canvas px.
        label: Label of its pixels; 0 for a distractor, None for what leaves the labels as they are.
        bend: Non-rigid motion, or None.
        behind: Hide it behind the labelled objects of the base.
        smear: (T, 2) float64 x, y of the motion blur in px.
    """

    pictures: Sequence[Bytes]
    alphas: Sequence[Bytes]
    matrices: Floats
    label: int | None
    bend: Bend | None
    behind: bool
    smear: Floats


def compose(base: Base, layers: Sequence[Layer], size: int) -> tuple[Bytes, Bytes]:
    """Draw all frames, the layers in their order from back to front.

    Returns:
        Frames (T, S, S, 3) uint8 RGB; masks (T, S, S) uint8, the labels of base and layers, 255 = ignored.
    """
    length = len(base.matrices)
    frames = np.empty((length, size, size, 3), np.uint8)
    masks = np.zeros((length, size, size), np.uint8)
    for index in range(length):
        cover = _draw_base(base, index, frames[index], masks[index])
        for layer in layers:
            _draw_layer(layer, index, frames[index], masks[index], cover if layer.behind else None)
    return frames, masks


def class_planes(index_mask: Bytes, ids: Sequence[int]) -> Bytes:
    """Spread up to three objects over planes that may be interpolated.

    Args:
        index_mask: (H, W) uint8, 255 = ignored.
        ids: Objects for planes 0, 1, 2; all others are background.

    Returns:
        (H, W, 4) uint8, 0 or 255; plane 3 is what is ignored.
    """
    tables = np.zeros((256, 4), np.uint8)
    for plane, object_id in enumerate(ids[:MAX_BASE_OBJECTS]):
        tables[object_id, plane] = 255
    tables[VOID] = (0, 0, 0, 255)
    planes: Bytes = tables[index_mask]
    return planes


def _draw_base(base: Base, index: int, frame: Bytes, mask: Bytes) -> Bytes | None:
    """Fill frame and mask; returns the opacity of the objects, (S, S) uint8."""
    size = len(frame)
    picture = base.pictures[index % len(base.pictures)]
    planes = None if base.classes is None else base.classes[index % len(base.classes)]
    height, width = picture.shape[:2] if planes is None else planes.shape[:2]
    inverse = np.linalg.inv(base.matrices[index])
    map_x, map_y = _maps(inverse, base.bend, index, (0, 0, size, size))
    picture_x, picture_y = map_x, map_y
    if picture.shape[:2] != (height, width):
        ratio_x, ratio_y = picture.shape[1] / width, picture.shape[0] / height
        picture_x = (map_x + 0.5) * np.float32(ratio_x) - 0.5
        picture_y = (map_y + 0.5) * np.float32(ratio_y) - 0.5
    cv2.remap(picture, picture_x, picture_y, cv2.INTER_LINEAR, dst=frame, borderMode=cv2.BORDER_REFLECT_101)
    if planes is None:
        return None
    soft = cv2.remap(planes, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    best = soft[..., 0].copy()
    label = np.ones_like(mask)
    for plane in (1, 2):
        better = soft[..., plane] > best
        best[better] = soft[..., plane][better]
        label[better] = plane + 1
    outside = (map_x < -0.5) | (map_y < -0.5) | (map_x > width - 0.5) | (map_y > height - 0.5)
    shown = best > 127
    mask[shown] = label[shown]
    # what the border mirrors is a copy of the object that nobody asked for, nor can be told to be background
    mask[(soft[..., 3] > 127) | (outside & (best > 20))] = VOID
    return np.asarray(soft[..., :3].max(axis=2), np.uint8)


def _draw_layer(layer: Layer, index: int, frame: Bytes, mask: Bytes, cover: Bytes | None) -> None:
    size = len(frame)
    picture = layer.pictures[index % len(layer.pictures)]
    alpha = layer.alphas[index % len(layer.alphas)]
    smear = layer.smear[index]
    reach = float(np.hypot(*smear))
    box = _footprint(
        layer.matrices[index], picture.shape[:2], size, margin=2 + reach + _reach(layer.bend, index)
    )
    if box is None:
        return
    left, top, right, bottom = box
    map_x, map_y = _maps(np.linalg.inv(layer.matrices[index]), layer.bend, index, box)
    colour = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    opacity = cv2.remap(alpha, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    if reach >= 1.5:
        kernel = line_kernel(reach, float(np.arctan2(smear[1], smear[0])))
        colour, opacity = cv2.filter2D(colour, -1, kernel), cv2.filter2D(opacity, -1, kernel)
    weight = opacity.astype(np.float32) / np.float32(255)
    if cover is not None:
        weight *= np.float32(1) - cover[top:bottom, left:right].astype(np.float32) / np.float32(255)
    area = frame[top:bottom, left:right]
    mixed = area + (colour.astype(np.float32) - area) * weight[..., None]
    area[...] = (mixed + np.float32(0.5)).astype(np.uint8)
    if layer.label is not None:
        mask[top:bottom, left:right][weight > 0.5] = layer.label


def _maps(
    inverse: Floats, bend: Bend | None, index: int, box: tuple[int, int, int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Source coordinates of the canvas pixels in a box (left, top, right, bottom)."""
    left, top, right, bottom = box
    m = inverse.astype(np.float32)
    x = np.arange(left, right, dtype=np.float32)[None, :]
    y = np.arange(top, bottom, dtype=np.float32)[:, None]
    if bend is not None:
        shift = bend.at(index, box)
        x, y = x + shift[..., 0], y + shift[..., 1]
    map_x, map_y = m[0, 0] * x + (m[0, 1] * y + m[0, 2]), m[1, 0] * x + (m[1, 1] * y + m[1, 2])
    if abs(inverse[2, 0]) + abs(inverse[2, 1]) > 1e-9:
        depth = m[2, 0] * x + (m[2, 1] * y + m[2, 2])
        map_x, map_y = map_x / depth, map_y / depth
    return np.ascontiguousarray(map_x), np.ascontiguousarray(map_y)


def _footprint(
    matrix: Floats, shape: tuple[int, ...], size: int, *, margin: float
) -> tuple[int, int, int, int] | None:
    """Box of the canvas that a cut-out can touch, or None if it is out of sight."""
    height, width = shape
    corners = matrix[:2] @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]], float)
    left, top = np.floor(corners.min(axis=1) - margin).astype(int)
    right, bottom = np.ceil(corners.max(axis=1) + margin).astype(int)
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, size), min(bottom, size)
    return (int(left), int(top), int(right), int(bottom)) if left < right and top < bottom else None


def _reach(bend: Bend | None, index: int) -> float:
    return 0.0 if bend is None else float(np.abs(bend.weights[index]) @ bend.peaks)
