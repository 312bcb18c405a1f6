"""Draws the rows of the timeline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPolygonF

from app.document.references import Reference
from app.views import theme
from app.views.timeline.lanes import Kind, Stretch
from app.views.timeline.rows import (
    BAR_PX,
    HEAT_PX,
    LANE_PX,
    MARKS_PX,
    RULER_PX,
    SCROLL_PX,
    THUMBNAIL_PX,
    THUMBNAILS_PX,
)
from app.views.timeline.scale import TimeScale

_TICK_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000)

_LINE_PX = 2.0
_LINE_TOP_PX = 3.0  # in the middle of a bar


def veil(alpha: int) -> QColor:
    """The colour of the text, mostly transparent."""
    found = theme.color("text")
    found.setAlpha(alpha)
    return found


def paint_ruler(painter: QPainter, scale: TimeScale, first_number: int) -> None:
    """Ticks and numbers.

    Args:
        painter: In widget px.
        scale: Frames to px.
        first_number: What frame 0 is called.
    """
    visible, cell = scale.visible, scale.cell
    step = _number_step(painter, scale, first_number)
    minor = next((value for value in _TICK_STEPS if value * cell >= 6 and step % value == 0), step)
    painter.setPen(QPen(theme.color("line"), 1))
    for index in range(visible.start - visible.start % minor, visible.stop, minor):
        x = round(scale.x_of(index)) + 0.5
        if x < scale.left:
            continue
        tall = index % step == 0
        painter.drawLine(QPointF(x, RULER_PX - (7 if tall else 4)), QPointF(x, RULER_PX - 1))
    painter.setPen(theme.color("muted"))
    for index in range(visible.start - visible.start % step, visible.stop, step):
        if scale.x_of(index) >= scale.left:
            box = QRectF(scale.x_of(index) - 40, 1, 80, RULER_PX - 9)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(index + first_number))


def _number_step(painter: QPainter, scale: TimeScale, first_number: int) -> int:
    """How many frames lie from one number of the ruler to the next."""
    room = QFontMetrics(painter.font()).horizontalAdvance(str(scale.visible.stop + first_number)) + 26
    return next((value for value in _TICK_STEPS if value * scale.cell >= room), _TICK_STEPS[-1])


def _number_box(painter: QPainter, scale: TimeScale, frame_index: int) -> QRectF:
    """What a number of the ruler covers."""
    width = QFontMetrics(painter.font()).horizontalAdvance(str(frame_index)) + 2.0
    return QRectF(scale.x_of(frame_index) - width / 2, 1, width, RULER_PX - 9)


def paint_range(
    painter: QPainter, scale: TimeScale, first: int | None, last: int | None, height: int
) -> None:
    """In and out point: brackets in the ruler, and a veil over what lies outside."""
    outside = QColor(theme.color("window"))
    outside.setAlpha(150)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    left = scale.left if first is None else max(scale.left, min(scale.right, scale.edge_of(first)))
    right = scale.right if last is None else max(scale.left, min(scale.right, scale.edge_of(last + 1)))
    painter.fillRect(QRectF(scale.left, RULER_PX, left - scale.left, height - RULER_PX), outside)
    painter.fillRect(QRectF(right, RULER_PX, scale.right - right, height - RULER_PX), outside)
    if first is None and last is None:
        return
    band = QColor(theme.color("accent"))
    band.setAlpha(70)
    painter.fillRect(QRectF(left, RULER_PX - 5, right - left, 4), band)
    painter.setPen(QPen(theme.color("accent"), 2))
    for frame, x, way in ((first, left, 1), (last, right, -1)):
        edge = None if frame is None else scale.edge_of(frame if way > 0 else frame + 1)
        if edge is not None and scale.left - 1 <= edge <= scale.right + 1:
            painter.drawLine(QPointF(x, 3), QPointF(x, RULER_PX))
            painter.drawLine(QPointF(x, 3), QPointF(x + 5 * way, 3))
            painter.drawLine(QPointF(x, RULER_PX), QPointF(x + 5 * way, RULER_PX))


def paint_thumbnail(
    painter: QPainter, top: float, left: float, right: float, width: float, picture: NDArray[np.uint8] | None
) -> None:
    """A picture of the clip in the middle of its place, sides cut off if need be; empty until it is there.

    Args:
        painter: In widget px.
        top: Of the row.
        left: Of the place.
        right: Of the place.
        width: Of a whole picture.
        picture: (h, w, 3) uint8 RGB.
    """
    shown = min(width, right - left - 1)
    box = QRectF((left + right - shown) / 2, top + (THUMBNAILS_PX - THUMBNAIL_PX) / 2, shown, THUMBNAIL_PX)
    if picture is None:
        painter.fillRect(box, theme.color("lane"))
        return
    height, columns = picture.shape[:2]
    part = columns * shown / width
    image = QImage(picture.data, columns, height, 3 * columns, QImage.Format.Format_RGB888)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(box, image, QRectF((columns - part) / 2, 0, part, height))


def paint_bar(painter: QPainter, scale: TimeScale, top: float) -> None:
    """The empty ground of a lane."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("lane"))
    painter.drawRoundedRect(QRectF(scale.left, top + 3, scale.right - scale.left, BAR_PX), 3, 3)


def paint_stretch(
    painter: QPainter,
    scale: TimeScale,
    top: float,
    first: int,
    last: int,
    fill: QColor | QBrush,
    *,
    at_least: float = 1.0,
    height: float = BAR_PX - 2,
) -> None:
    """A block from one frame to another on a lane."""
    width = max(at_least, (last - first + 1) * scale.cell)
    middle = (scale.edge_of(first) + scale.edge_of(last + 1)) / 2
    left, right = max(scale.left, middle - width / 2), min(scale.right, middle + width / 2)
    if right > left:
        painter.fillRect(QRectF(left, top + 4, right - left, height), fill)


def paint_stretches(
    painter: QPainter, scale: TimeScale, top: float, stretches: list[Stretch], tint: QColor
) -> None:
    """The masks of an object: edited frames bright, propagated ones in its colour, stale ones hatched.

    Where nothing of it was found there is only a line.
    """
    propagated = QColor(tint)
    propagated.setAlpha(150)
    faded = QColor(tint)
    faded.setAlpha(60)
    for stretch in stretches:
        if stretch.is_absent:
            line = QColor(tint)
            line.setAlpha(110 if stretch.is_stale else 220)
            paint_stretch(
                painter, scale, top + _LINE_TOP_PX, stretch.first, stretch.last, line, height=_LINE_PX
            )
        elif stretch.kind is Kind.PROPAGATED:
            fill = faded if stretch.is_stale else propagated
            paint_stretch(painter, scale, top, stretch.first, stretch.last, fill)
            if stretch.is_stale:
                hatch = QBrush(tint, Qt.BrushStyle.BDiagPattern)
                paint_stretch(painter, scale, top, stretch.first, stretch.last, hatch)
    strong = tint.darker(125) if theme.current_theme() == "light" else tint.lighter(135)
    for stretch in stretches:
        if stretch.kind is Kind.EDITED and not stretch.is_absent:
            paint_stretch(painter, scale, top, stretch.first, stretch.last, strong, at_least=3.0)


def paint_heat(painter: QPainter, scale: TimeScale, top: float, row: NDArray[np.uint8]) -> None:
    """The trust strip under a lane; ``row`` as `heat.heat_row` makes it."""
    data = np.ascontiguousarray(row)
    image = QImage(data.data, data.shape[1], 1, 4 * data.shape[1], QImage.Format.Format_ARGB32_Premultiplied)
    target = QRectF(scale.left, top + 4 + BAR_PX, scale.right - scale.left, HEAT_PX)
    painter.drawImage(target, image, QRectF(0, 0, data.shape[1], 1))


def paint_header(
    painter: QPainter, width: float, top: float, name: str, tint: QColor, *, is_current: bool, dimmed: bool
) -> None:
    """Colour and name of an object, left of its lane."""
    box = QRectF(6, top + 1, width - 12, LANE_PX - 3)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    if is_current:
        painter.setBrush(theme.color("current"))
        painter.drawRoundedRect(box, 4, 4)
    painter.setBrush(tint)
    painter.drawEllipse(QPointF(box.left() + 10, box.center().y()), 4, 4)
    painter.setPen(theme.color("faint" if dimmed else "text" if is_current else "muted"))
    room = box.adjusted(20, 0, -4, 0)
    text = QFontMetrics(painter.font()).elidedText(name, Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_more(painter: QPainter, width: float, y: float, *, up: bool) -> None:
    """A small triangle between the names, ``y`` px from the top: there are more lanes above, or below."""
    x, tip = width / 2, -4.0 if up else 4.0
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("muted"))
    painter.drawPolygon(QPolygonF([QPointF(x - 6, y), QPointF(x + 6, y), QPointF(x, y + tip)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_reference(painter: QPainter, scale: TimeScale, top: float, reference: Reference) -> None:
    """A diamond on the row of marks; hollow while the reference is off."""
    x, y = scale.x_of(reference.frame_index), top + MARKS_PX / 2
    if not scale.left - 6 <= x <= scale.right + 6:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    gold = theme.color("reference")
    painter.setPen(QPen(theme.color("border") if reference.enabled else gold, 1))
    painter.setBrush(gold if reference.enabled else QBrush(Qt.BrushStyle.NoBrush))
    painter.drawPolygon(
        QPolygonF([QPointF(x, y - 5.5), QPointF(x + 5.5, y), QPointF(x, y + 5.5), QPointF(x - 5.5, y)])
    )


def paint_locks(painter: QPainter, scale: TimeScale, top: float, bottom: float, frames: list[int]) -> None:
    """Locked frames: a fine hatch over all lanes, and a line at the top."""
    for index in frames:
        left = max(scale.left, scale.edge_of(index))
        right = min(scale.right, max(scale.edge_of(index + 1), scale.edge_of(index) + 2))
        if right > left:
            box = QRectF(left, top, right - left, bottom - top)
            painter.fillRect(box, QBrush(veil(110), Qt.BrushStyle.FDiagPattern))
            painter.fillRect(QRectF(left, top, right - left, 2), veil(200))


def paint_locked_pixels(painter: QPainter, scale: TimeScale, top: float, first: int, last: int) -> None:
    """Frames with locked pixels: a line of dashes along the top of a lane."""
    left, right = max(scale.left, scale.edge_of(first)), min(scale.right, scale.edge_of(last + 1))
    right = max(right, left + 3)
    if scale.left <= left < scale.right:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(veil(190), 2, Qt.PenStyle.CustomDashLine))
        pen = painter.pen()
        pen.setDashPattern([1.5, 1.0])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(left, top + 4), QPointF(right, top + 4))


def paint_playhead(painter: QPainter, scale: TimeScale, frame_index: int, text: str, bottom: float) -> None:
    """The line of the current frame, and its number."""
    x = scale.x_of(frame_index)
    if not scale.left - 1 <= x <= scale.right + 1:
        return
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(theme.color("accent"), 1.6))
    painter.drawLine(QPointF(x, 4), QPointF(x, bottom))
    step = _number_step(painter, scale, 0)
    before = frame_index - frame_index % step
    near = [_number_box(painter, scale, index) for index in (before, before + step)]
    font = QFont(painter.font())
    font.setBold(True)
    painter.setFont(font)
    width = QFontMetrics(font).horizontalAdvance(text) + 14.0
    badge = QRectF(x - width / 2, 2, width, RULER_PX - 6)
    for number in near:  # one that would look out from behind the badge, cut off
        if number.intersects(badge):
            painter.fillRect(number, theme.color("window"))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("accent_down"))
    painter.drawRoundedRect(badge, 4, 4)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


def paint_scroll(painter: QPainter, scale: TimeScale, top: float, frame_count: int) -> None:
    """Which part of the clip is on the strip; nothing while all of it is."""
    if scale.fits:
        return
    width = scale.right - scale.left
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("lane"))
    painter.drawRoundedRect(QRectF(scale.left, top + 3, width, SCROLL_PX - 5), 2, 2)
    left = scale.left + scale.start / frame_count * width
    part = max(8.0, width / scale.cell / frame_count * width)
    painter.setBrush(theme.color("hover"))
    painter.drawRoundedRect(QRectF(left, top + 3, part, SCROLL_PX - 5), 2, 2)
