"""Frames to pixels and back, with zoom and scrolling. Free of Qt."""

from __future__ import annotations

_WIDEST_CELL_PX = 64.0


class TimeScale:
    """Where the frames of a clip lie on a strip.

    A cell is the width of one frame in px. At the smallest zoom the whole clip fits the strip.
    """

    def __init__(self) -> None:
        self._count = 0
        self._left = 0.0
        self._width = 1.0
        self._cell = 1.0
        self._start = 0.0

    @property
    def cell(self) -> float:
        """Width of a frame in px."""
        return self._cell

    @property
    def left(self) -> float:
        """Where the strip begins, px."""
        return self._left

    @property
    def right(self) -> float:
        """Where the strip ends, px."""
        return self._left + self._width

    @property
    def visible(self) -> range:
        """Frames of which something is on the strip."""
        if not self._count:
            return range(0)
        first = int(self._start)
        last = min(self._count - 1, int(self._start + self._width / self._cell - 1e-9))
        return range(first, last + 1)

    @property
    def start(self) -> float:
        """The frame at the left end, with its fraction."""
        return self._start

    @property
    def fits(self) -> bool:
        """Whether the whole clip is on the strip."""
        return self._cell <= self._fitting_cell() + 1e-9

    def set_strip(self, left: float, width: float) -> None:
        """The strip has another place or width, px; a clip that was shown whole still is."""
        fitted = self.fits
        self._left, self._width = left, max(1.0, width)
        self._put(self._fitting_cell() if fitted else self._cell, self._start)

    def set_count(self, count: int) -> None:
        """Another clip with so many frames; all of it is shown."""
        self._count = count
        self._put(self._fitting_cell(), 0.0)

    def x_of(self, frame_index: float) -> float:
        """The middle of a frame's cell, px."""
        return self.edge_of(frame_index + 0.5)

    def edge_of(self, frame_index: float) -> float:
        """The left edge of a frame's cell, px."""
        return self._left + (frame_index - self._start) * self._cell

    def frame_at(self, x: float) -> int:
        """The frame whose cell is at ``x`` px, inside the clip."""
        index = int(self._start + (x - self._left) / self._cell) if x >= self._left else int(self._start)
        return max(0, min(index, self._count - 1))

    def zoom(self, factor: float, x: float) -> None:
        """Widen the cells; the frame at ``x`` px stays there."""
        anchor = self._start + (x - self._left) / self._cell
        cell = max(self._fitting_cell(), min(self._cell * factor, self._widest_cell()))
        self._put(cell, anchor - (x - self._left) / cell)

    def fit(self) -> None:
        """Show the whole clip."""
        self._put(self._fitting_cell(), 0.0)

    def scroll(self, pixels: float) -> None:
        """Move on by so many px, to later frames."""
        self._put(self._cell, self._start + pixels / self._cell)

    def show(self, frame_index: int) -> None:
        """Scroll, if need be, until a frame is on the strip; to a page that begins or ends with it."""
        room = self._width / self._cell
        if frame_index < self._start:
            self._put(self._cell, frame_index - 0.1 * room)
        elif frame_index + 1 > self._start + room:
            self._put(self._cell, frame_index + 1 - 0.9 * room)

    def _fitting_cell(self) -> float:
        return self._width / max(1, self._count)

    def _widest_cell(self) -> float:
        return max(_WIDEST_CELL_PX, 4 * self._fitting_cell())

    def _put(self, cell: float, start: float) -> None:
        self._cell = max(1e-9, cell, self._fitting_cell())
        self._start = max(0.0, min(start, self._count - self._width / self._cell))
