"""A painter that ends, whatever happens."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QPaintDevice, QPainter


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
