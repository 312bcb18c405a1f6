"""The clip from left to right: where masks come from, and where the playhead is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.document.document import Document
from app.document.mask_store import MaskSource
from app.views import theme

_SIDE_PX = 18
_RULER_PX = 24
_MARK_PX = 16
_LANE_PX = 14
_TICK_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)


class Timeline(QWidget):
    """Shows references, frames painted by the user, propagated spans and the progress of a run; scrubs.

    Signals:
        frame_chosen: The user went to a frame (frame index).
    """

    frame_chosen = Signal(int)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._document = document
        self._hover: int | None = None
        self._pending: list[int] | None = None
        self._done: set[int] = set()
        self._scrubbing = False
        document.clip_changed.connect(self._on_clip_changed)
        document.mask_changed.connect(self._on_mask_changed)
        document.references_changed.connect(self.update)
        document.current_frame_changed.connect(self._on_current_frame_changed)

    # ---- the run ----

    def set_pending(self, frames: list[int] | None) -> None:
        """The frames that a run will visit, None when no run is under way."""
        self._pending = frames
        self._done.clear()
        self.update()

    def add_done(self, frame_index: int) -> None:
        """The run has finished a frame."""
        self._done.add(frame_index)
        self.update()

    # ---- geometry ----

    def x_of(self, frame_index: float) -> float:
        """The middle of a frame's cell, in widget px."""
        return _SIDE_PX + (frame_index + 0.5) * self._cell()

    def frame_at(self, x: float) -> int:
        """The frame whose cell is at ``x`` (widget px), inside the clip."""
        return max(0, min(int((x - _SIDE_PX) // self._cell()), self._document.frame_count - 1))

    def _cell(self) -> float:
        return max(1e-6, (self.width() - 2 * _SIDE_PX) / max(1, self._document.frame_count))

    # ---- drawing ----

    def _paint_ruler(self, painter: QPainter) -> None:
        count, cell = self._document.frame_count, self._cell()
        metrics = QFontMetrics(painter.font())
        room = metrics.horizontalAdvance(str(count)) + 26
        step = next((value for value in _TICK_STEPS if value * cell >= room), _TICK_STEPS[-1])
        minor = next((value for value in _TICK_STEPS if value * cell >= 6 and step % value == 0), step)
        painter.setPen(QPen(theme.color("line"), 1))
        for index in range(0, count, minor):
            x = round(self.x_of(index)) + 0.5
            tall = index % step == 0
            painter.drawLine(QPointF(x, _RULER_PX - (7 if tall else 4)), QPointF(x, _RULER_PX - 1))
        painter.setPen(theme.color("muted"))
        for index in range(0, count, step):
            box = QRectF(self.x_of(index) - 40, 1, 80, _RULER_PX - 9)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(index))

    def _paint_lane(self, painter: QPainter, top: float) -> None:
        left, width = float(_SIDE_PX), self.width() - 2.0 * _SIDE_PX
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("lane"))
        painter.drawRoundedRect(QRectF(left, top, width, _LANE_PX), 3, 3)
        if self._pending is not None:
            self._fill(painter, top, self._runs(self._pending), QColor(255, 255, 255, 38))
        masks = self._document.masks
        propagated = [index for index in masks.frames() if masks.source(index) is MaskSource.PROPAGATED]
        edited = [index for index in masks.frames() if masks.source(index) is MaskSource.USER]
        self._fill(painter, top, self._runs(propagated), theme.color("propagated").darker(125))
        if self._done:
            fresh = sorted(index for index in self._done if masks.source(index) is MaskSource.PROPAGATED)
            self._fill(painter, top, self._runs(fresh), theme.color("propagated").lighter(112))
        self._fill(painter, top, self._runs(edited), theme.color("edited"), at_least=3.0)

    def _fill(
        self, painter: QPainter, top: float, runs: list[tuple[int, int]], fill: QColor, at_least: float = 1.0
    ) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        cell = self._cell()
        for first, last in runs:
            width = max(at_least, (last - first + 1) * cell)
            middle = _SIDE_PX + (first + last + 1) / 2 * cell
            painter.drawRect(QRectF(middle - width / 2, top + 1, width, _LANE_PX - 2))

    @staticmethod
    def _runs(frames: list[int]) -> list[tuple[int, int]]:
        """Stretches of consecutive indices, first and last of each."""
        runs: list[tuple[int, int]] = []
        for index in sorted(frames):
            if runs and index == runs[-1][1] + 1:
                runs[-1] = (runs[-1][0], index)
            else:
                runs.append((index, index))
        return runs

    def _paint_references(self, painter: QPainter, top: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("border"), 1))
        painter.setBrush(theme.color("reference"))
        for index in self._document.references:
            x, y = self.x_of(index), top + _MARK_PX / 2
            painter.drawPolygon(
                QPolygonF(
                    [QPointF(x, y - 5.5), QPointF(x + 5.5, y), QPointF(x, y + 5.5), QPointF(x - 5.5, y)]
                )
            )

    def _paint_playhead(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom = self.height() - 6.0
        if self._hover is not None and not self._scrubbing:
            x = self.x_of(self._hover)
            painter.setPen(QPen(QColor(255, 255, 255, 60), 1))
            painter.drawLine(QPointF(x, 4), QPointF(x, bottom))
        current = self._document.current_frame
        x = self.x_of(current)
        painter.setPen(QPen(theme.color("accent"), 1.6))
        painter.drawLine(QPointF(x, 4), QPointF(x, bottom))
        text = str(current)
        font = QFont(painter.font())
        font.setBold(True)
        painter.setFont(font)
        width = QFontMetrics(font).horizontalAdvance(text) + 14.0
        left = max(2.0, min(x - width / 2, self.width() - width - 2))
        badge = QRectF(left, 2, width, _RULER_PX - 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_down"))
        painter.drawRoundedRect(badge, 4, 4)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)

    # ---- following the document ----

    def _on_clip_changed(self) -> None:
        self._hover = None
        self.set_pending(None)

    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        if self._document.edit is None:
            self.update()

    def _on_current_frame_changed(self, frame_index: int) -> None:
        self.update()

    def describe(self, frame_index: int) -> str:
        """What is known about a frame, for the tool tip."""
        source = self._document.masks.source(frame_index)
        kind = {None: "no mask", MaskSource.USER: "painted", MaskSource.PROPAGATED: "propagated"}[source]
        reference = ", reference" if frame_index in self._document.references else ""
        return f"Frame {frame_index}: {kind}{reference}"

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt override
        return QSize(600, _RULER_PX + _MARK_PX + _LANE_PX + 12)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if event.button() is Qt.MouseButton.LeftButton and self._document.frame_count:
            self._scrubbing = True
            self.frame_chosen.emit(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if not self._document.frame_count:
            return
        index = self.frame_at(event.position().x())
        if self._scrubbing:
            self.frame_chosen.emit(index)
        if index != self._hover:
            self._hover = index
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        self._scrubbing = False
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt override
        delta = event.angleDelta().y() or event.angleDelta().x()
        if self._document.frame_count and delta:
            self.frame_chosen.emit(self._document.current_frame + (-1 if delta > 0 else 1))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt override
        self._hover = None
        self.update()

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if (
            isinstance(event, QHelpEvent)
            and event.type() == QEvent.Type.ToolTip
            and self._document.frame_count
        ):
            QToolTip.showText(event.globalPos(), self.describe(self.frame_at(event.pos().x())), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("window"))
        if self._document.frame_count:
            font = painter.font()
            font.setPointSizeF(8.0)
            painter.setFont(font)
            self._paint_ruler(painter)
            self._paint_lane(painter, _RULER_PX + _MARK_PX)
            self._paint_references(painter, _RULER_PX)
            self._paint_playhead(painter)
        painter.end()
