"""How sure the network was of each pixel, and the colours that show it. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from app.document.mask_store import Mask, StoredMask
from app.scene.sampling import Pixels

SURE = 255
_PICTURE_SHARE = 0.55
# as on the trust strip of the timeline: red, orange, yellow; nothing where the network is sure
_STOPS = (0.0, 0.35, 0.7, 0.97)
_COLORS = ((222, 60, 60), (240, 150, 50), (214, 196, 70), (214, 196, 70))
_OPACITY = (0.9, 0.85, 0.7, 0.0)


def confidence(mattes: Iterable[tuple[Mask, bool]], shape: tuple[int, int]) -> Mask:
    """The margin between the two likeliest at each pixel: objects and background.

    Pixels where neither of the two is an object that is drawn count as sure, so that hidden objects leave
    no trace.

    Args:
        mattes: The probability of every object of the frame, (H, W) uint8, and whether it is drawn.
        shape: (H, W) in px.

    Returns:
        (H, W) uint8, 0 = a toss-up, 255 = sure.
    """
    total, first, second, drawn, other = (np.zeros(shape, np.uint8) for _ in range(5))

    def rank(matte: Mask) -> None:
        cv2.min(first, matte, dst=other)
        cv2.max(second, other, dst=second)
        cv2.max(first, matte, dst=first)

    # in place: a stroke waits for this, and fresh memory takes longer than the sums
    for matte, is_drawn in mattes:
        cv2.add(total, matte, dst=total)  # what is more than 255 leaves no background
        rank(matte)
        if is_drawn:
            cv2.max(drawn, matte, dst=drawn)
    rank(np.asarray(cv2.bitwise_not(total), np.uint8))
    # 255 where neither of the two is drawn; where there is no second, the first is 255 by itself
    cv2.compare(drawn, second, cv2.CMP_LT, dst=other)
    cv2.subtract(first, second, dst=first)
    cv2.bitwise_or(first, other, dst=first)
    return first


def confidence_of(entry: StoredMask | None, drawn_ids: Iterable[int]) -> Mask | None:
    """The confidence of a stored frame, see ``confidence``; None where all of it is sure.

    Args:
        entry: Masks of the frame; what was painted, and what has no soft matte, is sure.
        drawn_ids: Objects that are drawn.
    """
    if entry is None or not entry.mattes:
        return None
    drawn = frozenset(drawn_ids)
    return confidence(((entry.matte(key), key in drawn) for key in sorted(entry.known_ids)), entry.shape)


def heat(picture: Pixels, margin: Pixels) -> Pixels:
    """A dark grey picture, with colours where the network is not sure.

    Args:
        picture: (h, w, 3) uint8 RGB.
        margin: (h, w) uint8, see ``confidence``.

    Returns:
        (h, w, 3) uint8 RGB.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    ground = cv2.cvtColor(cv2.convertScaleAbs(grey, alpha=_PICTURE_SHARE), cv2.COLOR_GRAY2RGB)
    if margin.min(initial=SURE) == SURE:
        return np.asarray(ground, np.uint8)
    rest = cv2.applyColorMap(margin, _REST)
    return np.asarray(cv2.add(cv2.multiply(ground, rest, scale=1 / 255), cv2.applyColorMap(margin, _TINT)))


def _tables() -> tuple[Pixels, Pixels]:
    """By margin: how much of the picture stays, and what colour is added to it, (256, 1, 3) uint8."""
    margins = np.arange(256) / 255
    opacity = np.interp(margins, _STOPS, _OPACITY)[:, None]
    colors = np.stack([np.interp(margins, _STOPS, column) for column in np.array(_COLORS, float).T], axis=1)
    rest = np.repeat(np.rint(255 * (1 - opacity)), 3, axis=1)
    tables = [np.asarray(table, np.uint8)[:, None] for table in (rest, np.rint(colors * opacity))]
    return tables[0], tables[1]


_REST, _TINT = _tables()
