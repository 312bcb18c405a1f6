"""A note beside a part of the window, one step of the tour."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.views import theme

_WIDTH_PX = 320
_ARROW_PX = 10
_GAP_PX = 6


class TourBubble(QWidget):
    """Says what a part of the window is for, and points at it.

    Signals:
        next_wanted: On to the next step.
        end_wanted: No more of this.
    """

    next_wanted = Signal()
    end_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setAccessibleName(tr("Tour"))
        self.setFixedWidth(_WIDTH_PX)
        self._window = window
        self._target: QWidget | None = None
        self._side = "left"
        self._tip = QPointF()
        column = QVBoxLayout(self)
        column.setContentsMargins(16 + _ARROW_PX, 14 + _ARROW_PX, 16 + _ARROW_PX, 12 + _ARROW_PX)
        column.setSpacing(8)
        self.title = QLabel()
        self.title.setObjectName("bubble_title")
        self.title.setWordWrap(True)
        self.text = QLabel()
        self.text.setWordWrap(True)
        column.addWidget(self.title)
        column.addWidget(self.text)
        row = QHBoxLayout()
        self._count = QLabel()
        self._count.setObjectName("muted")
        self.end_button = QPushButton(tr("End the tour"))
        self.end_button.setObjectName("flat")
        self.end_button.clicked.connect(self.end_wanted)
        self.next_button = QPushButton(tr("Next"))
        self.next_button.setObjectName("primary")
        self.next_button.clicked.connect(self.next_wanted)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(self.end_button)
        row.addWidget(self.next_button)
        column.addLayout(row)
        window.installEventFilter(self)
        self.hide()

    def show_step(self, target: QWidget, title: str, text: str, number: int, total: int) -> None:
        """Point at a part of the window.

        Args:
            target: The part.
            title: What to do.
            text: How.
            number: Of the step, from 1.
            total: How many steps there are.
        """
        self._target = target
        self.title.setText(title)
        self.text.setText(text)
        self._count.setText(tr("{number} of {total}", number=number, total=total))
        last = number == total
        self.next_button.setText(tr("Done") if last else tr("Next"))
        # the focus is on the button: a reader tells what the step is about along with it
        self.next_button.setAccessibleDescription(f"{title}. {text} {self._count.text()}")
        self.end_button.setVisible(not last)
        # a label that wraps knows its height only for a given width
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.setFixedHeight(layout.heightForWidth(_WIDTH_PX))
        self._place()
        self.show()
        self.raise_()
        self.next_button.setFocus()

    def _place(self) -> None:
        """Beside the target, where there is room; the arrow points at its middle."""
        target = self._target
        if target is None:
            return
        window = self._window
        seen = target.visibleRegion().boundingRect()  # of a panel that is scrolled, what is in view
        inner = target.rect() if seen.isEmpty() else seen
        box = QRect(target.mapTo(window, inner.topLeft()), inner.size())
        width, height = self.width(), self.height()
        if box.left() - width - _GAP_PX >= 0:
            self._side, x = "right", box.left() - width - _GAP_PX
            y = box.center().y() - height // 2
        elif box.top() - height - _GAP_PX >= 0:
            self._side, y = "bottom", box.top() - height - _GAP_PX
            x = box.center().x() - width // 2
        else:
            self._side, y = "top", box.bottom() + _GAP_PX
            x = box.center().x() - width // 2
        x = max(4, min(x, window.width() - width - 4))
        y = max(4, min(y, window.height() - height - 4))
        self.move(x, y)
        middle = QPointF(box.center() - self.pos())
        if self._side == "right":
            self._tip = QPointF(width - 1.0, max(24.0, min(middle.y(), height - 24.0)))
        else:
            edge = height - 1.0 if self._side == "bottom" else 1.0
            self._tip = QPointF(max(24.0, min(middle.x(), width - 24.0)), edge)
        self.update()

    # ---- Qt overrides ----

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt override
        if event.key() == Qt.Key.Key_Escape:
            self.end_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            (self.end_button if self.end_button.hasFocus() else self.next_button).click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = QRectF(self.rect()).adjusted(_ARROW_PX, _ARROW_PX, -_ARROW_PX, -_ARROW_PX)
        shape = QPainterPath()
        shape.addRoundedRect(inner, 8, 8)
        arrow = QPainterPath(self._tip)
        if self._side == "right":
            arrow.lineTo(inner.right(), self._tip.y() - _ARROW_PX)
            arrow.lineTo(inner.right(), self._tip.y() + _ARROW_PX)
        else:
            edge = inner.bottom() if self._side == "bottom" else inner.top()
            arrow.lineTo(self._tip.x() - _ARROW_PX, edge)
            arrow.lineTo(self._tip.x() + _ARROW_PX, edge)
        arrow.closeSubpath()
        painter.setPen(QPen(theme.color("accent"), 1.5))
        painter.setBrush(theme.color("raised"))
        painter.drawPath(shape.united(arrow))
        painter.end()
