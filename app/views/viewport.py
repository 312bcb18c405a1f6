"""Where the picture lies in the canvas: zoom and position."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF

MAX_SCALE = 64.0
_MIN_SIDE_PX = 24.0
_MARGIN_PX = 24.0


class Viewport:
    """Maps image px to widget px and back.

    Attributes:
        scale: Widget px per image px.
        offset: Widget position of the image's top left corner.
        fitted: Whether the picture follows the size of the widget.
    """

    def __init__(self) -> None:
        self.scale = 1.0
        self.offset = QPointF(0, 0)
        self.fitted = True
        self._image = QSizeF(0, 0)
        self._widget = QSizeF(0, 0)

    def set_image(self, width: int, height: int) -> None:
        """Another picture size; it is fitted."""
        self._image = QSizeF(width, height)
        self.fit()

    def set_widget(self, width: int, height: int) -> None:
        """The widget was resized: a fitted picture is fitted again, another keeps its centre."""
        former, self._widget = self._widget, QSizeF(width, height)
        if self.fitted:
            self.fit()
        else:
            self.offset = self.offset + QPointF((width - former.width()) / 2, (height - former.height()) / 2)
            self._keep_in_sight()

    def fit(self) -> None:
        """Show all of the picture."""
        self.fitted = True
        if self._image.isEmpty() or self._widget.isEmpty():
            return
        room_x = max(self._widget.width() - 2 * _MARGIN_PX, 16.0)
        room_y = max(self._widget.height() - 2 * _MARGIN_PX, 16.0)
        self.scale = min(room_x / self._image.width(), room_y / self._image.height())
        self._center()

    def zoom_to(self, scale: float, anchor: QPointF | None = None) -> None:
        """Zoom so that the image point under ``anchor`` (widget px, default the centre) stays where it is."""
        if self._image.isEmpty():
            return
        anchor = anchor or QPointF(self._widget.width() / 2, self._widget.height() / 2)
        smallest = _MIN_SIDE_PX / max(self._image.width(), self._image.height())
        scale = max(smallest, min(scale, MAX_SCALE))
        point = self.to_image(anchor)
        self.scale, self.fitted = scale, False
        self.offset = anchor - point * scale
        self._keep_in_sight()

    def pan(self, delta: QPointF) -> None:
        """Move the picture by widget px."""
        self.fitted = False
        self.offset = self.offset + delta
        self._keep_in_sight()

    def to_image(self, point: QPointF) -> QPointF:
        """Widget px to image px."""
        return (point - self.offset) / self.scale

    def to_widget(self, point: QPointF) -> QPointF:
        """Image px to widget px."""
        return point * self.scale + self.offset

    def image_rect(self) -> QRectF:
        """The picture in widget px."""
        return QRectF(self.offset, self._image * self.scale)

    def rect_to_widget(self, rect: QRect, margin_px: float = 3.0) -> QRect:
        """A rectangle of image px in widget px, with a margin for smoothing and outlines."""
        corner = self.to_widget(QPointF(rect.topLeft()))
        size = QSizeF(rect.size()) * self.scale
        return QRectF(corner, size).adjusted(-margin_px, -margin_px, margin_px, margin_px).toAlignedRect()

    def _center(self) -> None:
        rest_x = self._widget.width() - self._image.width() * self.scale
        rest_y = self._widget.height() - self._image.height() * self.scale
        self.offset = QPointF(round(rest_x / 2), round(rest_y / 2))

    def _keep_in_sight(self) -> None:
        """A part of the picture stays visible, however far it is dragged."""
        width, height = self._image.width() * self.scale, self._image.height() * self.scale
        keep_x, keep_y = min(width, 60.0), min(height, 60.0)
        x = max(keep_x - width, min(self.offset.x(), self._widget.width() - keep_x))
        y = max(keep_y - height, min(self.offset.y(), self._widget.height() - keep_y))
        self.offset = QPointF(x, y)
