"""Where the picture lies in the canvas: zoom and position."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF

MAX_SCALE = 64.0
_MIN_SIDE_PX = 24.0
_MARGIN_PX = 24.0


class Viewport:
    """Maps image px to widget px and back.

    Pixels that are not square are made wider or higher, never smaller.

    Attributes:
        scale: Widget px per image px, on the side of a pixel that is not stretched.
        offset: Widget position of the image's top left corner.
        fitted: Whether the picture follows the size of the widget.
    """

    def __init__(self) -> None:
        self.scale = 1.0
        self.offset = QPointF(0, 0)
        self.fitted = True
        self._image = QSizeF(0, 0)
        self._widget = QSizeF(0, 0)
        self._stretch = (1.0, 1.0)

    @property
    def scale_x(self) -> float:
        """Widget px per image px from left to right."""
        return self.scale * self._stretch[0]

    @property
    def scale_y(self) -> float:
        """Widget px per image px from top to bottom."""
        return self.scale * self._stretch[1]

    @property
    def is_stretched(self) -> bool:
        """Whether pixels are not square."""
        return self._stretch != (1.0, 1.0)

    def set_image(self, width: int, height: int, pixel_aspect: float = 1.0) -> None:
        """Another picture; it is fitted.

        Args:
            width: In stored pixels.
            height: In stored pixels.
            pixel_aspect: Width of a pixel on screen divided by its height.
        """
        self._stretch = (max(1.0, pixel_aspect), max(1.0, 1 / pixel_aspect))
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
        wide, high = self._image.width() * self._stretch[0], self._image.height() * self._stretch[1]
        self.scale = min(room_x / wide, room_y / high)
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
        self.offset = anchor - self._scaled(point)
        self._keep_in_sight()

    def pan(self, delta: QPointF) -> None:
        """Move the picture by widget px."""
        self.fitted = False
        self.offset = self.offset + delta
        self._keep_in_sight()

    def to_image(self, point: QPointF) -> QPointF:
        """Widget px to image px."""
        inside = point - self.offset
        return QPointF(inside.x() / self.scale_x, inside.y() / self.scale_y)

    def to_widget(self, point: QPointF) -> QPointF:
        """Image px to widget px."""
        return self._scaled(point) + self.offset

    def image_rect(self) -> QRectF:
        """The picture in widget px."""
        return QRectF(self.offset, self._shown())

    def rect_to_widget(self, rect: QRect, margin_px: float = 3.0) -> QRect:
        """A rectangle of image px in widget px, with a margin for smoothing and outlines."""
        corner = self.to_widget(QPointF(rect.topLeft()))
        size = QSizeF(rect.width() * self.scale_x, rect.height() * self.scale_y)
        return QRectF(corner, size).adjusted(-margin_px, -margin_px, margin_px, margin_px).toAlignedRect()

    def _scaled(self, point: QPointF) -> QPointF:
        return QPointF(point.x() * self.scale_x, point.y() * self.scale_y)

    def _shown(self) -> QSizeF:
        """Size of the picture in widget px."""
        return QSizeF(self._image.width() * self.scale_x, self._image.height() * self.scale_y)

    def _center(self) -> None:
        rest_x = self._widget.width() - self._shown().width()
        rest_y = self._widget.height() - self._shown().height()
        self.offset = QPointF(round(rest_x / 2), round(rest_y / 2))

    def _keep_in_sight(self) -> None:
        """A part of the picture stays visible, however far it is dragged."""
        width, height = self._shown().width(), self._shown().height()
        keep_x, keep_y = min(width, 60.0), min(height, 60.0)
        x = max(keep_x - width, min(self.offset.x(), self._widget.width() - keep_x))
        y = max(keep_y - height, min(self.offset.y(), self._widget.height() - keep_y))
        self.offset = QPointF(x, y)
