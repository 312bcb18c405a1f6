"""Draws the whole timeline: what lies on which row, from back to front.

What follows the playhead and the pointer is drawn apart from the rest, which stays the same meanwhile. The
rows that tell of the masks can be drawn anew alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from app.document.objects import drawn
from app.i18n import tr
from app.views import theme
from app.views.timeline import painting
from app.views.timeline.heat import heat_row
from app.views.timeline.lanes import Kind, runs, within
from app.views.timeline.model import TimelineModel
from app.views.timeline.rows import HEADER_PX, SIDE_PX, Rows
from app.views.timeline.scale import TimeScale
from app.views.timeline.thumbnails import Slots, Thumbnails


@dataclass(frozen=True)
class Look:
    """What is drawn.

    Attributes:
        model: Lanes, run and trust.
        rows: Which row lies where.
        scale: Frames to px.
        slots: Where thumbnails lie.
        thumbnails: The pictures.
        thumbnail_px: Width of a picture.
        in_point: First frame of the range, as it is dragged.
        out_point: Last frame of the range, as it is dragged.
        hover: Frame under the pointer.
    """

    model: TimelineModel
    rows: Rows
    scale: TimeScale
    slots: Slots
    thumbnails: Thumbnails
    thumbnail_px: int
    in_point: int | None
    out_point: int | None
    hover: int | None

    def paint_ground(self, painter: QPainter, *, lanes_alone: bool = False) -> None:
        """Draw what does not move with the playhead, in widget px.

        Args:
            painter: In widget px, on the window's colour; on what was drawn before with ``lanes_alone``.
            lanes_alone: Replace the rows of references and lanes, which tell of the masks; the others stay.
        """
        document, rows, scale = self.model.document, self.rows, self.scale
        _set_font(painter)
        if lanes_alone:
            width = scale.right + SIDE_PX
            box = QRectF(0, rows.marks_top, width, rows.scroll_top - rows.marks_top)
            painter.setClipRect(box)  # what reaches into them from other rows is drawn there as well
            painter.fillRect(box, theme.color("window"))
        if not lanes_alone:
            painting.paint_ruler(painter, scale, 0)
            if rows.has_thumbnails:
                self._paint_thumbnails(painter)
        self._paint_lanes(painter)
        locks = sorted(index for index in document.locked_frames if index in scale.visible)
        painting.paint_locks(painter, scale, rows.lanes_top, rows.scroll_top, locks)
        for reference in document.reference_table.values():
            painting.paint_reference(painter, scale, rows.marks_top, reference)
        painting.paint_range(painter, scale, self.in_point, self.out_point, rows.scroll_top)
        if not lanes_alone:
            painting.paint_scroll(painter, scale, rows.scroll_top, document.frame_count)

    def paint_movers(self, painter: QPainter) -> None:
        """Draw the line under the pointer and the playhead, in widget px."""
        rows, scale = self.rows, self.scale
        _set_font(painter)
        if self.hover is not None:
            x = scale.x_of(self.hover)
            painter.setPen(QPen(painting.veil(60), 1))
            painter.drawLine(QPointF(x, 4), QPointF(x, rows.scroll_top))
        current = self.model.document.current_frame
        painting.paint_playhead(painter, scale, current, str(current), rows.scroll_top)

    def _paint_thumbnails(self, painter: QPainter) -> None:
        scale, width = self.scale, self.thumbnail_px
        painter.save()
        painter.setClipRect(QRectF(scale.left, 0, scale.right - scale.left, self.rows.height))
        step = max((len(slot.frames) for slot in self.slots.shown), default=1)
        for slot in self.slots.shown:
            left = scale.edge_of(slot.frames.start)
            right = left + step * scale.cell  # the last one may stand for fewer frames
            picture = self.thumbnails.get(slot.frame_index)
            painting.paint_thumbnail(painter, self.rows.thumbnails_top, left, right, width, picture)
        painter.restore()

    def _paint_lanes(self, painter: QPainter) -> None:
        model, scale, rows = self.model, self.scale, self.rows
        document, objects = model.document, model.lane_objects
        locked = runs([index for index in document.locked_regions if index in scale.visible])
        ahead = (
            (_with_alpha("warning", 90), model.affected_spans),
            (painting.veil(40), model.pending_spans),
        )
        done = np.array(sorted(model.done), np.int64)
        for lane in rows.shown_lanes:
            info, top = objects[lane], rows.lane_top(lane)
            tint = QColor(*info.color)
            painting.paint_bar(painter, scale, top)
            for fill, spans in ahead:
                for first, last in spans.get(info.object_id, ()):
                    painting.paint_stretch(painter, scale, top, first, last, fill)
            written = within(done, model.pending_spans.get(info.object_id, ()))
            written &= model.lanes[info.object_id].kinds[done] == Kind.PROPAGATED
            self._paint_done(painter, top, done[written])
            stretches = model.lanes.stretches(info.object_id, scale.visible, document.reference_table)
            painting.paint_stretches(painter, scale, top, stretches, tint)
            for first, last in locked:
                painting.paint_locked_pixels(painter, scale, top, first, last)
            trust = model.trust.get(info.object_id)
            if trust is not None:
                width = max(1, int(scale.right - scale.left))
                row = heat_row(
                    trust, document.reviewed_frames(info.object_id), scale.start, scale.cell, width
                )
                painting.paint_heat(painter, scale, top, row)
            painting.paint_header(
                painter,
                HEADER_PX,
                top,
                tr("{name} · locked", name=info.name) if info.locked else info.name,
                tint,
                is_current=info.object_id == document.current_object_id,
                dimmed=info not in drawn(document.objects),
            )
        if rows.shown_lanes.start > 0:
            painting.paint_more(painter, HEADER_PX, rows.lanes_top - 4, up=True)
        if rows.shown_lanes.stop < rows.lane_count:
            painting.paint_more(painter, HEADER_PX, rows.scroll_top - 1, up=False)

    def _paint_done(self, painter: QPainter, top: float, frames: NDArray[np.int64]) -> None:
        """Mark what a run has written on a lane: ``frames`` (count,) are ascending frame indices."""
        for first, last in runs(frames):
            painting.paint_stretch(
                painter, self.scale, top - 3, first, last, theme.color("propagated"), height=2
            )


def _set_font(painter: QPainter) -> None:
    font = painter.font()
    font.setPointSizeF(8.0)
    painter.setFont(font)


def _with_alpha(role: str, alpha: int) -> QColor:
    found = theme.color(role)
    found.setAlpha(alpha)
    return found
