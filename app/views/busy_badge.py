"""A small sign on the canvas: work is under way for what was drawn here."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.tools.raster import Point
from app.views.painting import painting
from app.views.plate import paint_ground
from app.views.viewport import Viewport

_HEIGHT_PX, _EDGE_PX, _RING_PX, _GAP_PX = 28, 10, 12, 8
_STEP_DEGREES = 30


class BusyBadge(QWidget):
    """A turning arc and a word. Clicks go through it.

    Args:
        canvas: Where it is shown.
    """

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._angle = 90
        self.text = tr("Selecting…")
        self.hide()

    def turn(self) -> None:
        """A step of the arc."""
        self._angle -= _STEP_DEGREES
        self.update()

    def place(self, view: Viewport, points: Sequence[Point]) -> None:
        """Go below some points in image px, wholly within the canvas; to its middle without any."""
        self.resize(self.sizeHint())
        canvas = self._canvas.rect()
        at = [view.to_widget(QPointF(*point)) for point in points] or [QPointF(canvas.center())]
        middle = (min(point.x() for point in at) + max(point.x() for point in at)) / 2
        left = round(middle - self.width() / 2)
        top = round(max(point.y() for point in at)) + _GAP_PX
        room = canvas.adjusted(_GAP_PX, _GAP_PX, -_GAP_PX - self.width(), -_GAP_PX - self.height())
        self.move(
            QPoint(
                max(room.left(), min(left, room.right() + 1)), max(room.top(), min(top, room.bottom() + 1))
            )
        )

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt override
        width = self.fontMetrics().horizontalAdvance(self.text)
        return QSize(2 * _EDGE_PX + _RING_PX + _GAP_PX + width, _HEIGHT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        with painting(self) as painter:
            paint_ground(painter, QRectF(self.rect()))
            ring = QRectF(_EDGE_PX, (_HEIGHT_PX - _RING_PX) / 2, _RING_PX, _RING_PX)
            painter.setPen(QPen(QColor(255, 255, 255, 70), 2))
            painter.drawEllipse(ring)
            painter.setPen(QPen(QColor(255, 255, 255), 2))
            painter.drawArc(ring, self._angle * 16, -100 * 16)
            left = round(ring.right()) + _GAP_PX
            painter.drawText(
                self.rect().adjusted(left, 0, 0, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                self.text,
            )
