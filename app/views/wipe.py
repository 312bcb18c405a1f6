"""Two versions of the masks side by side, with a divider that can be dragged."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.i18n import tr
from app.views.mask_overlay import MaskOverlay

_GRIP_PX = 7.0


class Wipe:
    """Left of the divider the masks as they are (A), right of it those of before (B).

    Attributes:
        is_on: Whether it is shown.
        share: Where the divider is, 0..1 of the picture's width.
        overlay: The masks of before.
    """

    def __init__(self) -> None:
        self.is_on = False
        self.share = 0.5
        self.overlay = MaskOverlay()
        self._held = False

    def paint(
        self,
        painter: QPainter,
        present: MaskOverlay,
        target: QRectF,
        scale: float,
        pixel_ratio: float,
        *,
        filled: bool,
    ) -> None:
        """Draw both versions and the divider; arguments as for `MaskOverlay.paint`."""
        x = self._x(target)
        for overlay, left, right in ((present, target.left(), x), (self.overlay, x, target.right())):
            painter.save()
            painter.setClipRect(QRectF(left, target.top(), right - left, target.height()))
            overlay.paint(painter, target, scale, pixel_ratio, filled=filled)
            painter.restore()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 4))
        painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
        painter.setPen(QPen(QColor(255, 255, 255), 1.6))
        painter.drawLine(QPointF(x, target.top()), QPointF(x, target.bottom()))
        for text, at, flags in (
            (tr("A  now"), QRectF(x - 108, target.top() + 6, 100, 20), Qt.AlignmentFlag.AlignRight),
            (tr("B  before"), QRectF(x + 8, target.top() + 6, 100, 20), Qt.AlignmentFlag.AlignLeft),
        ):
            painter.setPen(QColor(0, 0, 0, 200))
            painter.drawText(at.translated(1, 1), flags, text)
            painter.setPen(QColor(255, 255, 255))
            painter.drawText(at, flags, text)

    def press(self, at: QPointF, target: QRectF, scale: float) -> bool:
        """Take hold of the divider at a point in widget px. Returns whether it is there.

        Args:
            at: The point.
            target: The picture in widget px.
            scale: Widget px per image px; the middle of a pixel next to the divider is near enough.
        """
        self._held = self.is_on and abs(at.x() - self._x(target)) <= max(_GRIP_PX, 0.51 * scale)
        return self._held

    def move(self, at: QPointF, target: QRectF) -> bool:
        """Move it if it is held. Returns whether it is."""
        if self._held and target.width() > 0:
            self.share = max(0.0, min((at.x() - target.left()) / target.width(), 1.0))
        return self._held

    def release(self) -> None:
        """Let it go."""
        self._held = False

    def _x(self, target: QRectF) -> float:
        return target.left() + self.share * target.width()
