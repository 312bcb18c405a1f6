"""The pixels of the canvas: picture, masks over it, mattes, cut-outs. Free of Qt.

Every way to the screen goes through `compose`: what is made ahead in a thread and what is drawn while a
stroke is in hand are the same pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from app.document.boxes import Box, is_empty
from app.document.palette import Color
from app.scene.confidence import heat
from app.scene.contours import Contours, draw
from app.scene.placement import Placement
from app.scene.sampling import Pixels, nearest
from app.scene.style import MatteUse, Style

_LINE_PX = 1.4
_DASH_PX = (5.6, 2.8)
_CHECKER_PX = 8
_CHECKER_GREYS = (96, 150)
_STRIP_BYTES = 1 << 18
_MARGIN_PX = 4  # of a line that lies just outside, the soft edge is seen


@dataclass(frozen=True)
class Layers:
    """What is shown of a frame.

    Attributes:
        picture: (h, w, 3) uint8 RGB of ``placement.visible``.
        masks: Of the frame; None for none.
        former: Of before, right of the divider; None for none.
        around: Of the frame before and the one after, for the onion skin.
        matte: (h, w) uint8 of ``placement.visible``: the mattes of all drawn objects together; needed where
            the style shows them.
        margin: (h, w) uint8 of ``placement.visible``: how sure each pixel is; needed where the style
            shows it.
    """

    picture: Pixels
    masks: Contours | None = None
    former: Contours | None = None
    around: tuple[Contours | None, Contours | None] = (None, None)
    matte: Pixels | None = None
    margin: Pixels | None = None


def compose(layers: Layers, style: Style, placement: Placement, box: Box) -> Pixels:
    """What the canvas shows.

    Args:
        layers: What is shown.
        style: How it is shown.
        placement: Where the picture lies.
        box: Which device px, inside ``placement.visible`` and not empty.

    Returns:
        (h, w, 4) uint8 blue, green, red, 255 for the device px of ``box``.
    """
    if style.matte is not MatteUse.NONE:
        return _from_matte(layers, style, placement, box)
    if style.wipe_share is None:
        return np.ascontiguousarray(_overlaid(layers, layers.masks, style, placement, box))
    pixels = np.empty((box[3] - box[1], box[2] - box[0], 4), np.uint8)
    middle = round(placement.left + style.wipe_share * placement.width)
    for masks, left, right in ((layers.masks, box[0], middle), (layers.former, middle, box[2])):
        side = (max(left, box[0]), box[1], min(right, box[2]), box[3])
        if not is_empty(side):
            pixels[:, side[0] - box[0] : side[2] - box[0]] = _overlaid(layers, masks, style, placement, side)
    return pixels


def _strips(box: Box) -> Iterator[Box]:
    """A box from top to bottom, in strips small enough for a processor's own memory.

    Each strip goes through all steps before the next one does: whole pictures would go through the memory of
    the machine with every step, which takes longer than the sums, and more so while a network runs.
    """
    rows = max(1, _STRIP_BYTES // (3 * (box[2] - box[0])))
    for top in range(box[1], box[3], rows):
        yield (box[0], top, box[2], min(top + rows, box[3]))


def _from_matte(layers: Layers, style: Style, placement: Placement, box: Box) -> Pixels:
    assert layers.matte is not None
    if style.matte is MatteUse.ALONE:
        matte = _part(layers.matte, placement, box)
        return np.asarray(cv2.cvtColor(matte, cv2.COLOR_GRAY2BGRA), np.uint8)
    pixels = np.empty((box[3] - box[1], box[2] - box[0], 4), np.uint8)
    for strip in _strips(box):
        picture, matte = _part(layers.picture, placement, strip), _part(layers.matte, placement, strip)
        cut_out = _cut_out(picture, matte, _ground(style, strip))
        cv2.cvtColor(cut_out, cv2.COLOR_RGB2BGRA, dst=_rows(pixels, box, strip))
    return pixels


def _overlaid(layers: Layers, masks: Contours | None, style: Style, placement: Placement, box: Box) -> Pixels:
    has_lines = (style.outlines and masks is not None) or style.onion
    margin = _MARGIN_PX if has_lines else 0
    wide = placement.clipped((box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin))
    pixels = np.empty((wide[3] - wide[1], wide[2] - wide[0], 4), np.uint8)
    for strip in _strips(wide):
        part: Pixels = _part(layers.picture, placement, strip)
        if style.confidence:
            assert layers.margin is not None
            part = heat(part, _part(layers.margin, placement, strip))
        if masks is not None and style.colors and style.fill > 0:
            part = _filled(part, nearest(masks.mask, placement, strip), style)
        cv2.cvtColor(part, cv2.COLOR_RGB2BGRA, dst=_rows(pixels, wide, strip))
    if masks is not None and style.outlines:
        _draw(pixels, masks, style, placement, wide, _white if style.confidence else None)
    if style.onion:
        for neighbour, shade in zip(layers.around, (_darker, _lighter), strict=True):
            if neighbour is not None:
                _draw(pixels, neighbour, style, placement, wide, shade, dashed=True)
    top, left = box[1] - wide[1], box[0] - wide[0]
    inner: Pixels = pixels[top : top + box[3] - box[1], left : left + box[2] - box[0]]
    return inner


def _rows(pixels: Pixels, box: Box, strip: Box) -> Pixels:
    """The rows of a strip, in pixels of its box."""
    rows: Pixels = pixels[strip[1] - box[1] : strip[3] - box[1]]
    return rows


def _filled(picture: Pixels, mask: Pixels, style: Style) -> Pixels:
    """A picture with the colours of objects over it; both (h, w, ...) uint8."""
    left, top, width, height = cv2.boundingRect(mask)
    if not width:
        return picture
    here = np.s_[top : top + height, left : left + width]
    colors, shown = np.zeros((256, 1, 3), np.uint8), np.zeros(256, np.uint8)
    for object_id, color in style.colors:
        colors[object_id], shown[object_id] = color, 255
    tints = cv2.applyColorMap(mask[here], colors)
    pixels: Pixels = picture.copy()
    tinted = cv2.addWeighted(pixels[here], 1 - style.fill, tints, style.fill, 0)
    cv2.copyTo(tinted, cv2.LUT(mask[here], shown), pixels[here])
    return pixels


def _draw(
    pixels: Pixels,
    masks: Contours,
    style: Style,
    placement: Placement,
    box: Box,
    shade: Callable[[Color], Color] | None = None,
    *,
    dashed: bool = False,
) -> None:
    zoom = min(placement.zoom_x, placement.zoom_y)
    width = max(1, round(_LINE_PX * style.pixel_ratio))
    dash = None if not dashed else (_DASH_PX[0] * style.pixel_ratio, _DASH_PX[1] * style.pixel_ratio)
    for object_id, color in style.colors:
        tint = color if shade is None else shade(color)
        draw(pixels, masks.of(object_id, zoom), placement, box, color=tint, width_px=width, dash_px=dash)


def _cut_out(picture: Pixels, matte: Pixels, ground: Pixels) -> Pixels:
    """The ground, with the picture over it where the matte is."""
    left, top, width, height = cv2.boundingRect(matte)
    if width:
        here = np.s_[top : top + height, left : left + width]
        share = cv2.merge([matte[here]] * 3)
        inside = cv2.multiply(picture[here], share, scale=1 / 255)
        rest = cv2.multiply(ground[here], cv2.bitwise_not(share), scale=1 / 255)
        cv2.add(inside, rest, dst=ground[here])
    return ground


def _ground(style: Style, box: Box) -> Pixels:
    if style.ground is not None:
        return np.full((box[3] - box[1], box[2] - box[0], 3), style.ground, np.uint8)
    side = max(1, round(_CHECKER_PX * style.pixel_ratio))
    columns, rows = np.arange(box[0], box[2]) // side % 2, np.arange(box[1], box[3]) // side % 2
    even = np.array(_CHECKER_GREYS, np.uint8)[1 - columns]
    odd = np.array(_CHECKER_GREYS, np.uint8)[columns]
    return np.asarray(cv2.cvtColor(np.stack([even, odd])[rows], cv2.COLOR_GRAY2RGB), np.uint8)


def _part(visible: Pixels, placement: Placement, box: Box) -> Pixels:
    left, top, _, _ = placement.visible
    return visible[box[1] - top : box[3] - top, box[0] - left : box[2] - left]


def _white(color: Color) -> Color:
    """An object's own colour might be one that tells how sure the network was."""
    return (255, 255, 255)


def _darker(color: Color) -> Color:
    return (round(color[0] / 1.3), round(color[1] / 1.3), round(color[2] / 1.3))


def _lighter(color: Color) -> Color:
    return (128 + color[0] // 2, 128 + color[1] // 2, 128 + color[2] // 2)
