"""GrabCut, from several starts where one does not find the object of a box."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import Box

Marks = NDArray[np.uint8]
"""(H, W) uint8, a GrabCut label per pixel."""
Found = NDArray[np.bool_]
Check = Callable[[], None]

_ITERATIONS = 5
_FIRST_ITERATIONS = 3
_MORE_ITERATIONS = 2  # of each further start
_OVAL = 0.92
_CORE = 0.35
_TIGHT = 0.6
"""An editor draws a box close around the object, so what is found must fill it about so far."""
_CRUMB = 0.03


def grab_cut(
    image: NDArray[np.uint8], marks: Marks, check: Check, iterations: int = _ITERATIONS
) -> Found | None:
    """Run GrabCut.

    Args:
        image: (H, W, 3) uint8 RGB.
        marks: What is known and guessed of each pixel.
        check: Called between the iterations; may raise to end the work.
        iterations: How often.

    Returns:
        (H, W) bool; None where there is only one kind of pixel to learn from.
    """
    marks = marks.copy()
    if _inside(marks).all() or not _inside(marks).any():
        return None
    cv2.setRNGSeed(0)  # its clustering draws lots; the same marks must give the same object
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    mode = cv2.GC_INIT_WITH_MASK
    for _ in range(iterations):
        check()
        if _inside(marks).all() or not _inside(marks).any():
            break  # nothing is left of one of them, and it cannot come back
        # with a mask to start from, the rectangle is not looked at
        cv2.grabCut(image, marks, (0, 0, 1, 1), background, foreground, 1, mode)
        mode = cv2.GC_EVAL
    return _inside(marks)


def in_box(image: NDArray[np.uint8], marks: Marks, box: Box, check: Check, *, told: bool) -> Found | None:
    """Find the object that a box was drawn around.

    The corners of a box are rarely the object's, so the first start takes an oval for it. If what is found
    does not fill the box, parts of the object look like the ground: then two more starts take the middle of
    the box for certain, one of them in colours of equal spread, in which faint differences count. Of what
    three, two or one of all starts found, the first that fills the box counts, or else the tightest.

    Args:
        image: (H, W, 3) uint8 RGB.
        marks: Of each pixel; inside the box it may be the object.
        box: The box in the image.
        check: Called between the iterations; may raise to end the work.
        told: The user has marked pixels of the object: one start is enough.

    Returns:
        (H, W) bool; None where there is only one kind of pixel to learn from.
    """
    marks = marks.copy()
    marks[(marks == cv2.GC_PR_FGD) & ~_oval(marks.shape, box, _OVAL)] = cv2.GC_PR_BGD
    first = grab_cut(image, marks, check, _ITERATIONS if told else _FIRST_ITERATIONS)
    if first is None or told or tightness(first, box) >= _TIGHT:
        return first
    free = (marks == cv2.GC_PR_FGD) | (marks == cv2.GC_PR_BGD)
    marks[free & _oval(marks.shape, box, _CORE)] = cv2.GC_FGD
    found = [first]
    for colours in (image, evened(image)):
        more = grab_cut(colours, marks, check, _MORE_ITERATIONS)
        if more is not None:
            found.append(more)
    votes = np.sum(found, axis=0)
    choices = [np.asarray(votes >= count) for count in range(len(found), 0, -1)]
    tight = [tightness(choice, box) for choice in choices]
    enough = next((place for place, value in enumerate(tight) if value >= _TIGHT), int(np.argmax(tight)))
    return choices[enough]


def tightness(found: Found, box: Box) -> float:
    """How well the bounds of what was found, (H, W) bool, agree with a box: intersection over union, 0..1.

    Crumbs do not count.
    """
    count, _, stats, _ = cv2.connectedComponentsWithStats(found.view(np.uint8), connectivity=8)
    large = [stats[part] for part in range(1, count) if stats[part][4] >= _CRUMB * found.sum()]
    if not large:
        return 0.0
    left, top = min(part[0] for part in large), min(part[1] for part in large)
    right, bottom = max(part[0] + part[2] for part in large), max(part[1] + part[3] for part in large)
    across, down = min(right, box[2]) - max(left, box[0]), min(bottom, box[3]) - max(top, box[1])
    both = max(0, int(across)) * max(0, int(down))
    either = int((right - left) * (bottom - top)) + (box[2] - box[0]) * (box[3] - box[1]) - both
    return both / max(1, either)


def evened(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture, (H, W, 3) uint8 RGB, along the axes of its own colours, the wide ones drawn in."""
    colours = image.reshape(-1, 3).astype(np.float32)
    colours -= colours.mean(axis=0)
    # a little is added so that a grey picture has three axes as well
    spread, axes = np.linalg.eigh(np.cov(colours.T) + 4 * np.eye(3))
    along = colours @ axes.astype(np.float32) / np.sqrt(np.sqrt(spread)).astype(np.float32)
    limit = max(1e-6, float(np.quantile(np.abs(along), 0.995, axis=0).max()))
    shown = (np.clip(along / limit, -1, 1) + 1) * 127.5
    return np.asarray(shown.astype(np.uint8).reshape(image.shape))


def _inside(marks: Marks) -> Found:
    return np.asarray((marks == cv2.GC_FGD) | (marks == cv2.GC_PR_FGD))


def _oval(shape: tuple[int, ...], box: Box, part: float) -> Found:
    """(H, W) bool: the oval in the middle of a box, as a part of its sides."""
    x = (np.arange(shape[1]) + 0.5 - (box[0] + box[2]) / 2) / max(0.5, part * (box[2] - box[0]) / 2)
    y = (np.arange(shape[0]) + 0.5 - (box[1] + box[3]) / 2) / max(0.5, part * (box[3] - box[1]) / 2)
    return np.asarray(x[None] ** 2 + y[:, None] ** 2 <= 1)
