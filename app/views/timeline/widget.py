"""The clip from left to right, a lane per object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from app.document.document import Document
from app.document.mask_store import MaskSource
from app.document.objects import ObjectInfo, drawn
from app.document.operations import set_in_point, set_out_point
from app.views import theme
from app.views.timeline import painting
from app.views.timeline.heat import Trust, heat_row
from app.views.timeline.lanes import Kind, Lanes
from app.views.timeline.rows import HEADER_PX, RULER_PX, SIDE_PX, Rows
from app.views.timeline.scale import TimeScale

_GRIP_PX = 6.0


class Timeline(QWidget):
    """Lanes with references, edits, propagated and stale spans, locks, trust and the progress of a run.

    A drag scrubs; on an in or out bracket it moves that point. The wheel steps, with Ctrl it zooms at the
    pointer, with Shift it scrolls; over the names it scrolls the lanes.

    Signals:
        frame_chosen: The user went to a frame (frame index).
        object_chosen: The user clicked the name of an object (object id).
        menu_wanted: The user asked for the menu of a frame (frame index, global position).
    """

    frame_chosen = Signal(int)
    object_chosen = Signal(int)
    menu_wanted = Signal(int, QPoint)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName("Timeline")
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._document = document
        self.scale = TimeScale()
        self.lanes = Lanes()
        self._rows = Rows(0)
        self._hover: int | None = None
        self._pending: list[int] | None = None
        self._affected: list[int] = []
        self._done: set[int] = set()
        self._trust: dict[int, Trust] = {}
        self._drag = ""
        self._dragged_to: int | None = None
        document.clip_changed.connect(self._on_clip_changed)
        document.clip_extended.connect(self._on_clip_extended)
        document.mask_changed.connect(self._on_mask_changed)
        document.objects_changed.connect(self._on_objects_changed)
        document.current_object_changed.connect(self._redraw)
        document.references_changed.connect(self._on_references_changed)
        document.points_changed.connect(self._redraw)
        document.locked_frames_changed.connect(self._redraw)
        document.reviewed_changed.connect(self._redraw)
        document.current_frame_changed.connect(self._on_current_frame_changed)
        self._on_clip_changed()

    # ---- the run ----

    def set_pending(self, frames: list[int] | None) -> None:
        """The frames that a run will visit, None when no run is under way."""
        self._pending = frames
        self._done.clear()
        self.update()

    def set_affected(self, frames: list[int]) -> None:
        """The frames that a run would change, to look at before it starts; empty when none is in question."""
        if frames != self._affected:
            self._affected = frames
            self.update()

    def add_done(self, frame_index: int) -> None:
        """The run has finished a frame."""
        self._done.add(frame_index)
        self.update()

    def set_trust(self, trust: dict[int, Trust]) -> None:
        """How far each frame can be trusted: per object id (frames,) float32 in 0..1, NaN for unknown."""
        self._trust = trust
        self.update()

    # ---- geometry ----

    def x_of(self, frame_index: float) -> float:
        """The middle of a frame's cell, in widget px."""
        return self.scale.x_of(frame_index)

    def frame_at(self, x: float) -> int:
        """The frame whose cell is at ``x`` (widget px), inside the clip."""
        return self.scale.frame_at(x)

    def zoom(self, factor: float) -> None:
        """Widen the frames around the current one."""
        self.scale.zoom(factor, self.scale.x_of(self._document.current_frame))
        self.scale.show(self._document.current_frame)
        self.update()

    def fit(self) -> None:
        """Show the whole clip."""
        self.scale.fit()
        self.update()

    def _lane_objects(self) -> list[ObjectInfo]:
        """The object of each lane: the one on top of the stack is the top lane."""
        return list(reversed(self._document.objects))

    # ---- following the document ----

    def _on_clip_changed(self) -> None:
        document = self._document
        self._hover = None
        self._trust = {}
        self._affected = []
        self.scale.set_count(document.frame_count)
        self.lanes.reset(
            document.frame_count,
            (info.object_id for info in document.objects),
            document.masks.entries(),
        )
        self._rows = Rows(len(document.objects), 0, self._rows.has_thumbnails)
        self.updateGeometry()
        self.set_pending(None)

    def _on_clip_extended(self) -> None:
        document = self._document
        self.scale.set_count(document.frame_count)
        self.lanes.reset(
            document.frame_count,
            (info.object_id for info in document.objects),
            document.masks.entries(),
        )
        self.update()

    def _on_objects_changed(self) -> None:
        ids = [info.object_id for info in self._document.objects]
        self.lanes.set_objects(ids, self._document.masks.entries())
        if len(ids) != self._rows.lane_count:
            self._rows = Rows(len(ids), self._rows.first_lane, self._rows.has_thumbnails).scrolled(0)
            self.updateGeometry()
        self.update()

    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        if self._document.edit is None:
            self.lanes.put(frame_index, self._document.masks.entry(frame_index))
            self.update()

    def _on_references_changed(self) -> None:
        self.lanes.forget_stale()
        self.update()

    def _on_current_frame_changed(self, frame_index: int) -> None:
        self.scale.show(frame_index)
        self.update()

    def _redraw(self, *_: object) -> None:
        self.update()

    # ---- telling ----

    def describe(self, frame_index: int, lane: int | None = None) -> str:
        """What is known about a frame, for the tool tip; of one object if ``lane`` is given."""
        document = self._document
        words = [self._kind_of(frame_index, lane)]
        reference = document.reference_table.get(frame_index)
        if reference is not None:
            words.append("reference" if reference.enabled else "reference, off")
        if frame_index in document.locked_frames:
            words.append("locked")
        if lane is not None:
            words += self._remarks(frame_index, self._lane_objects()[lane])
        return f"Frame {frame_index}: {', '.join(words)}"

    def _kind_of(self, frame_index: int, lane: int | None) -> str:
        if lane is not None:
            info = self._lane_objects()[lane]
            kind = Kind(self.lanes[info.object_id].kinds[frame_index])
            return {
                Kind.NONE: f"no {info.name}",
                Kind.EDITED: f"{info.name} painted",
                Kind.PROPAGATED: f"{info.name} propagated",
            }[kind]
        source = self._document.masks.source(frame_index)
        return {None: "no mask", MaskSource.USER: "painted", MaskSource.PROPAGATED: "propagated"}[source]

    def _remarks(self, frame_index: int, info: ObjectInfo) -> list[str]:
        words = []
        references = self.lanes.references_of(info.object_id, self._document.reference_table)
        if self.lanes[info.object_id].stale(references)[frame_index]:
            words.append("older than its reference")
        trust = self._trust.get(info.object_id)
        if trust is not None and not np.isnan(trust[frame_index]):
            words.append(f"trust {100 * float(trust[frame_index]):.0f} %")
        if (frame_index, info.object_id) in self._document.reviewed:
            words.append("reviewed")
        return words

    # ---- drawing ----

    def _paint_lanes(self, painter: QPainter) -> None:
        document, scale, rows = self._document, self.scale, self._rows
        objects = self._lane_objects()
        for lane in rows.shown_lanes:
            info, top = objects[lane], rows.lane_top(lane)
            tint = QColor(*info.color)
            painting.paint_bar(painter, scale, top)
            self._paint_run(painter, top, info.object_id)
            stretches = self.lanes.stretches(info.object_id, scale.visible, document.reference_table)
            painting.paint_stretches(painter, scale, top, stretches, tint)
            trust = self._trust.get(info.object_id)
            if trust is not None:
                width = max(1, int(scale.right - scale.left))
                row = heat_row(trust, self._reviewed_of(info.object_id), scale.start, scale.cell, width)
                painting.paint_heat(painter, scale, top, row)
            painting.paint_header(
                painter,
                HEADER_PX,
                top,
                info.name + (" · locked" if info.locked else ""),
                tint,
                is_current=info.object_id == document.current_object_id,
                dimmed=info not in drawn(document.objects),
            )

    def _reviewed_of(self, object_id: int) -> NDArray[np.bool_]:
        found = np.zeros(self._document.frame_count, bool)
        frames = [frame for frame, reviewed_id in self._document.reviewed if reviewed_id == object_id]
        found[[frame for frame in frames if frame < len(found)]] = True
        return found

    def _paint_run(self, painter: QPainter, top: float, object_id: int) -> None:
        kinds = self.lanes[object_id].kinds
        for frames, fill in (
            (self._affected, self._with_alpha("warning", 90)),
            (self._pending or [], painting.veil(40)),
        ):
            for first, last in runs(frames):
                painting.paint_stretch(painter, self.scale, top, first, last, fill)
        done = sorted(index for index in self._done if kinds[index] == Kind.PROPAGATED)
        for first, last in runs(done):
            fill = theme.color("propagated")
            painting.paint_stretch(painter, self.scale, top - 3, first, last, fill, height=2)

    @staticmethod
    def _with_alpha(role: str, alpha: int) -> QColor:
        found = theme.color(role)
        found.setAlpha(alpha)
        return found

    # ---- Qt overrides ----

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt override
        return QSize(600, self._rows.height + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt override
        self.scale.set_strip(HEADER_PX, self.width() - HEADER_PX - SIDE_PX)
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if event.button() is not Qt.MouseButton.LeftButton or not self._document.frame_count:
            return
        place = event.position()
        if place.x() < HEADER_PX - 2 and self._rows.lane_at(place.y()) is not None:
            lane = self._rows.lane_at(place.y())
            assert lane is not None
            self.object_chosen.emit(self._lane_objects()[lane].object_id)
        elif self._is_scroll_bar(place):
            self._drag = "scroll"
            self._scroll_to(place.x())
        else:
            self._drag = self._bracket_at(place) or "scrub"
            if self._drag == "scrub":
                self.frame_chosen.emit(self.frame_at(place.x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if not self._document.frame_count:
            return
        place = event.position()
        index = self.frame_at(place.x())
        if self._drag == "scrub":
            self.frame_chosen.emit(index)
        elif self._drag == "scroll":
            self._scroll_to(place.x())
        elif self._drag:
            self._dragged_to = index
            self.update()
        on_grip = self._drag in ("in", "out") or bool(self._bracket_at(place))
        self.setCursor(Qt.CursorShape.SizeHorCursor if on_grip else Qt.CursorShape.ArrowCursor)
        if index != self._hover:
            self._hover = index
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        drag, frame, self._drag, self._dragged_to = self._drag, self._dragged_to, "", None
        if drag == "in" and frame is not None:
            set_in_point(self._document, frame)
        elif drag == "out" and frame is not None:
            set_out_point(self._document, frame)
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt override
        delta = event.angleDelta().y() or event.angleDelta().x()
        place, held = event.position(), event.modifiers()
        if not self._document.frame_count or not delta:
            pass
        elif held & Qt.KeyboardModifier.ControlModifier:
            self.scale.zoom(1.25 ** (delta / 120), place.x())
            self.update()
        elif held & Qt.KeyboardModifier.ShiftModifier or event.angleDelta().x():
            self.scale.scroll(-delta)
            self.update()
        elif place.x() < HEADER_PX - 2:
            self._rows = self._rows.scrolled(-1 if delta > 0 else 1)
            self.update()
        else:
            self.frame_chosen.emit(self._document.current_frame + (-1 if delta > 0 else 1))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102 - Qt override
        if self._document.frame_count and event.pos().x() >= HEADER_PX:
            self.menu_wanted.emit(self.frame_at(event.pos().x()), event.globalPos())

    def leaveEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt override
        self._hover = None
        self.update()

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if (
            isinstance(event, QHelpEvent)
            and event.type() == QEvent.Type.ToolTip
            and self._document.frame_count
        ):
            lane = self._rows.lane_at(event.pos().y())
            QToolTip.showText(event.globalPos(), self.describe(self.frame_at(event.pos().x()), lane), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.color("window"))
        if self._document.frame_count:
            self._paint(painter)
        painter.end()

    # ---- parts of the above ----

    def _paint(self, painter: QPainter) -> None:
        document, rows, scale = self._document, self._rows, self.scale
        font = painter.font()
        font.setPointSizeF(8.0)
        painter.setFont(font)
        painting.paint_ruler(painter, scale, 0)
        self._paint_lanes(painter)
        painting.paint_locks(painter, scale, rows.lanes_top, rows.scroll_top, self._visible_locks())
        for reference in document.reference_table.values():
            painting.paint_reference(painter, scale, rows.marks_top, reference)
        first = self._dragged_to if self._drag == "in" and self._dragged_to is not None else document.in_point
        last = (
            self._dragged_to if self._drag == "out" and self._dragged_to is not None else document.out_point
        )
        painting.paint_range(painter, scale, first, last, rows.scroll_top)
        painting.paint_scroll(painter, scale, rows.scroll_top, document.frame_count)
        if self._hover is not None and not self._drag:
            x = scale.x_of(self._hover)
            painter.setPen(QPen(painting.veil(60), 1))
            painter.drawLine(QPointF(x, 4), QPointF(x, rows.scroll_top))
        painting.paint_playhead(
            painter, scale, document.current_frame, str(document.current_frame), rows.scroll_top
        )

    def _visible_locks(self) -> list[int]:
        visible = self.scale.visible
        return sorted(index for index in self._document.locked_frames if index in visible)

    def _bracket_at(self, place: QPointF) -> str:
        """Which bracket is under the pointer: "in", "out" or none."""
        if place.y() > RULER_PX:
            return ""
        document = self._document
        edges = (("in", document.in_point, 0), ("out", document.out_point, 1))
        for name, frame, side in edges:
            if frame is not None and abs(self.scale.edge_of(frame + side) - place.x()) <= _GRIP_PX:
                return name
        return ""

    def _is_scroll_bar(self, place: QPointF) -> bool:
        return not self.scale.fits and place.y() >= self._rows.scroll_top

    def _scroll_to(self, x: float) -> None:
        """Bring the part of the clip at ``x`` of the scroll bar to the middle of the strip."""
        scale = self.scale
        width = scale.right - scale.left
        wanted = (x - scale.left) / width * self._document.frame_count
        scale.scroll((wanted - scale.start) * scale.cell - width / 2)
        self.update()


def runs(frames: list[int]) -> list[tuple[int, int]]:
    """Stretches of consecutive indices, first and last of each."""
    found: list[tuple[int, int]] = []
    for index in sorted(frames):
        if found and index == found[-1][1] + 1:
            found[-1] = (found[-1][0], index)
        else:
            found.append((index, index))
    return found
