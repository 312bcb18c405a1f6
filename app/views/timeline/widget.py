"""The clip from left to right, a lane per object."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QMouseEvent,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from app.document.document import Document
from app.document.operations import set_in_point, set_out_point
from app.i18n import tr, trn
from app.views import theme
from app.views.focus_mark import came_by_key, paint_focus
from app.views.later import Later
from app.views.painting import painting
from app.views.timeline.content import Look
from app.views.timeline.lanes import Lanes
from app.views.timeline.model import TimelineModel
from app.views.timeline.rows import HEADER_PX, RULER_PX, SIDE_PX, Rows
from app.views.timeline.scale import TimeScale
from app.views.timeline.thumbnails import Slots, Thumbnails, plan_slots, shown_size

_GRIP_PX = 6.0


class Timeline(QAbstractSlider):
    """Pictures of the clip; lanes with references, edits, propagated and stale spans, locks, trust, progress.

    A drag scrubs; on an in or out bracket it moves that point. The wheel steps, with Ctrl it zooms at the
    pointer, with Shift it scrolls; over the names it scrolls the lanes. For screen readers it is a
    slider over the frames that tells what is known about the one that is shown.

    Attributes:
        model: What is shown of the document.
        scale: Frames to px.
        thumbnails: Pictures of the clip that are there.

    Signals:
        frame_chosen: The user went to a frame (frame index).
        object_chosen: The user clicked the name of an object (object id).
        menu_wanted: The user asked for the menu of a frame (frame index, global position).
        thumbnails_wanted: Pictures of other frames are seen, or soon will be (tuple of frame indices, the
            most wanted first; empty for none).
    """

    frame_chosen = Signal(int)
    object_chosen = Signal(int)
    menu_wanted = Signal(int, QPoint)
    thumbnails_wanted = Signal(object)

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._later = Later(2, self)
        self._later.due.connect(self._update_now)
        self.setObjectName("timeline")
        self.setAccessibleName(tr("Timeline"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._document = document
        self.model = TimelineModel(document, self)
        self.scale = TimeScale()
        self.thumbnails = Thumbnails()
        self._rows = Rows(0)
        self._wanted: tuple[int, ...] = ()
        self._hover: int | None = None
        self._drag = ""
        self._dragged_to: int | None = None
        self._shows_focus = False
        self._ground: QPixmap | None = None
        self._ground_key: object = None
        self._are_lanes_old = False
        self.model.changed.connect(self._redraw_lanes)
        document.points_changed.connect(self.redraw)
        self._is_quiet = False
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.timeout.connect(self._tell_state)
        self.model.changed.connect(self._telling.start)  # once for all that a run that is undone changes
        self.model.clip_changed.connect(self._on_clip_changed)
        self.model.objects_changed.connect(self._on_objects_changed)
        self.model.frame_changed.connect(self._on_frame_changed)
        document.current_object_changed.connect(self._show_current_lane)
        self.valueChanged.connect(self._on_value)
        self._on_clip_changed(True)

    @property
    def lanes(self) -> Lanes:
        """Masks per object and frame."""
        return self.model.lanes

    @property
    def rows(self) -> Rows:
        """Which row lies where."""
        return self._rows

    @Slot()
    def redraw(self) -> None:
        """Something else is to be seen than another playhead: soon, once for all that is told meanwhile."""
        self._ground = None
        self._later.ask()

    @Slot()
    def _redraw_lanes(self) -> None:
        """The masks are others.

        What changes masks mostly has the canvas painted as well: the timeline is painted after it.
        """
        self._are_lanes_old = True
        self._later.ask()

    @Slot()
    def _update_now(self) -> None:
        self.repaint()  # in this turn, where `update` may wait for one in which the canvas is painted too

    def set_thumbnails_shown(self, shown: bool) -> None:
        """Show or hide the row of pictures."""
        self._set_rows(replace(self._rows, has_thumbnails=shown))

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
        self.redraw()

    def fit(self) -> None:
        """Show the whole clip."""
        self.scale.fit()
        self.redraw()

    def _set_rows(self, rows: Rows) -> None:
        if rows != self._rows:
            self._rows = rows
            self.updateGeometry()
        self.redraw()

    # ---- following the document ----

    @Slot(bool)
    def _on_clip_changed(self, is_another: bool) -> None:
        self.scale.set_count(self._document.frame_count)
        if is_another:
            self._hover = None
            self.thumbnails.clear()
            self._wanted = ()
            self._set_rows(replace(self._rows, lane_count=len(self._document.objects), first_lane=0))
            self._show_current_lane()
        count = self._document.frame_count
        self.setAccessibleName(
            trn("Timeline, {count:,} frame", "Timeline, {count:,} frames", count) if count else tr("Timeline")
        )
        self._tell_state()
        self.redraw()

    @Slot()
    def _on_objects_changed(self) -> None:
        rows = replace(self._rows, lane_count=len(self._document.objects)).scrolled(0)
        if rows != self._rows:
            self._set_rows(rows)
            self._show_current_lane()
        else:
            self._redraw_lanes()

    @Slot()
    def _show_current_lane(self) -> None:
        """Scroll to the lane of the object that was chosen, if there are more lanes than are seen."""
        lanes = [info.object_id for info in self.model.lane_objects]
        if self._document.current_object_id in lanes and self._rows.lane_count == len(lanes):
            self._set_rows(self._rows.showing(lanes.index(self._document.current_object_id)))

    @Slot(int)
    def _on_frame_changed(self, frame_index: int) -> None:
        self.scale.show(frame_index)
        self._tell_state()
        self._later.ask()  # the canvas is painted as well

    @Slot(int)
    def _on_value(self, value: int) -> None:
        """A screen reader, or a key, wants another frame."""
        if value != self._document.current_frame and self._document.frame_count:
            self.frame_chosen.emit(value)

    def set_quiet(self, quiet: bool) -> None:
        """Tell screen readers of the frames that pass, or only of the one that is reached at the end."""
        if quiet != self._is_quiet:
            self._is_quiet = quiet
            self._tell_state()

    @Slot()
    def _tell_state(self) -> None:
        if self._is_quiet:
            return
        count, frame = self._document.frame_count, self._document.current_frame
        text = self.model.describe_place() if count else ""
        if text != self.accessibleDescription():
            self.setAccessibleDescription(text)
        if self.maximum() != max(0, count - 1):
            self.setRange(0, max(0, count - 1))
        self.setValue(frame)

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
        lane = self._rows.lane_at(place.y()) if place.x() < HEADER_PX - 2 else None
        if lane is not None:
            self.object_chosen.emit(self.model.lane_objects[lane].object_id)
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
            self.redraw()
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
        self.redraw()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: D102 - Qt override
        delta = event.angleDelta().y() or event.angleDelta().x()
        place, held = event.position(), event.modifiers()
        if not self._document.frame_count or not delta:
            pass
        elif held & Qt.KeyboardModifier.ControlModifier:
            self.scale.zoom(1.25 ** (delta / 120), place.x())
            self.redraw()
        elif held & Qt.KeyboardModifier.ShiftModifier or event.angleDelta().x():
            self.scale.scroll(-delta)
            self.redraw()
        elif place.x() < HEADER_PX - 2:
            self._rows = self._rows.scrolled(-1 if delta > 0 else 1)
            self.redraw()
        else:
            self.frame_chosen.emit(self._document.current_frame + (-1 if delta > 0 else 1))
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102 - Qt override
        if self._document.frame_count and event.reason() == QContextMenuEvent.Reason.Keyboard:
            frame = self._document.current_frame
            place = QPoint(round(self.x_of(frame)), RULER_PX)
            self.menu_wanted.emit(frame, self.mapToGlobal(place))
        elif self._document.frame_count and event.pos().x() >= HEADER_PX:
            self.menu_wanted.emit(self.frame_at(event.pos().x()), event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt override
        self._shows_focus = came_by_key(event)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt override
        self._shows_focus = False
        super().focusOutEvent(event)

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
            text = self.model.describe(self.frame_at(event.pos().x()), lane)
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def sliderChange(self, change: QAbstractSlider.SliderChange) -> None:
        """Qt override: what a new value changes on screen is painted when it is due, not at once."""

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt override
        self.redraw()  # another font, palette, style or language
        super().changeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        slots = self._slots()
        look = self._look(slots)
        ground = self._painted_ground(look)
        with painting(self) as painter:
            painter.drawPixmap(0, 0, ground)
            if self._document.frame_count:
                look.paint_movers(painter)
            if self._shows_focus:
                paint_focus(painter, self.rect())
        if event.rect() == self.rect():
            self._later.stop()
        # asked for here, where it is known what is seen; nothing is drawn before they are decoded
        if slots.wanted != self._wanted:
            self._wanted = slots.wanted
            self.thumbnails_wanted.emit(slots.wanted)

    # ---- parts of the above ----

    def _slots(self) -> Slots:
        info = self._document.info
        if info is None or not self._rows.has_thumbnails:
            return Slots()
        return plan_slots(self.scale, self._document.frame_count, shown_size(info)[0], info.frame_map)

    def _look(self, slots: Slots) -> Look:
        document, dragged = self._document, self._dragged_to
        info = document.info
        return Look(
            self.model,
            self._rows,
            self.scale,
            slots,
            self.thumbnails,
            0 if info is None else shown_size(info)[0],
            in_point=dragged if self._drag == "in" and dragged is not None else document.in_point,
            out_point=dragged if self._drag == "out" and dragged is not None else document.out_point,
            hover=None if self._drag else self._hover,
        )

    def _painted_ground(self, look: Look) -> QPixmap:
        """What stays the same while the playhead moves; the strip may scroll with it."""
        scale, ratio = self.scale, self.devicePixelRatioF()
        key = (scale.start, scale.cell, scale.left, scale.right, self.size(), ratio, theme.current_theme())
        lanes_alone = False
        if self._ground is None or key != self._ground_key:
            self._ground, self._ground_key = QPixmap(self.size() * ratio), key
            self._ground.setDevicePixelRatio(ratio)
            self._ground.fill(theme.color("window"))
        elif self._are_lanes_old:
            lanes_alone = True
        else:
            return self._ground
        if self._document.frame_count:
            with painting(self._ground) as painter:
                painter.setFont(self.font())
                look.paint_ground(painter, lanes_alone=lanes_alone)
        self._are_lanes_old = False
        return self._ground

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
        self.redraw()
