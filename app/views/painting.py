"""What painting takes besides a painter's own methods."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPaintDevice, QPainter


@contextmanager
def painting(device: QPaintDevice) -> Iterator[QPainter]:
    """Paint on a widget or a picture.

    Qt aborts the program where a painter is still at work on what goes away, which it is for as long as the
    traceback of an exception keeps it.
    """
    painter = QPainter(device)
    try:
        yield painter
    finally:
        painter.end()


def as_image(pixels: NDArray[np.uint8]) -> QImage:
    """An image that shares the memory of pixels, (h, w, 4) uint8 blue, green, red, 255, contiguous."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, pixels.strides[0], QImage.Format.Format_RGB32)


def around(outer: QRect, inner: QRect) -> list[QRect]:
    """Four rectangles that cover what of one lies outside of another; some may be empty."""
    inner = outer.intersected(inner)
    if inner.isEmpty():
        return [outer]
    left, top, right, bottom = outer.left(), outer.top(), inner.right() + 1, inner.bottom() + 1
    return [
        QRect(left, top, outer.width(), inner.top() - top),
        QRect(left, bottom, outer.width(), outer.bottom() + 1 - bottom),
        QRect(left, inner.top(), inner.left() - left, inner.height()),
        QRect(right, inner.top(), outer.right() + 1 - right, inner.height()),
    ]
