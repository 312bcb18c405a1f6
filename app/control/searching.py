"""Shows that a smart selection is being looked for."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QLabel

from app.control.tools import ToolController
from app.i18n import tr
from app.tools.smart import KEPT_WHEN_FOUND
from app.views.busy_badge import BusyBadge
from app.views.canvas import Canvas

_DELAY_MS = 150
"""What is found sooner needs no word: the badge would only flash by."""
_TURN_MS = 60


class Searching(QObject):
    """A badge at the selection and a line of status, from soon after a search begins until it ends.

    Args:
        tools: Smart select is one of them.
        canvas: Where the badge is shown.
        status: The status line.
        parent: Owner.

    Attributes:
        badge: What is shown on the canvas.
    """

    def __init__(
        self, tools: ToolController, canvas: Canvas, status: QLabel, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tools = tools
        self._canvas = canvas
        self._status = status
        self._said = ""
        self.badge = BusyBadge(canvas)
        self._delay = QTimer(self)
        self._delay.setSingleShot(True)
        self._delay.setInterval(_DELAY_MS)
        self._delay.timeout.connect(self._show)
        self._turn = QTimer(self)
        self._turn.setInterval(_TURN_MS)
        self._turn.timeout.connect(self._go_on)
        tools.searching_changed.connect(self._check)

    @Slot()
    def _check(self) -> None:
        if not self._tools.smart.is_searching:
            self._end()
        elif not self.badge.isVisible() and not self._delay.isActive():
            self._delay.start()

    @Slot()
    def _show(self) -> None:
        if not self._tools.smart.is_searching:
            self._end()
            return
        if not self._said:
            self._said = tr("Looking for what you selected. Esc drops it.")
            self._status.setText(self._said)
        self._place()
        self.badge.show()
        self._turn.start()

    @Slot()
    def _go_on(self) -> None:
        # the selection may have gone with its frame or its object, which tells nobody
        if not self._tools.smart.is_searching:
            self._end()
            return
        self.badge.turn()
        self._place()  # the view may have moved

    def _place(self) -> None:
        sketch = self._tools.smart.sketch()
        lines = [*sketch.lines, *(points for _, points in sketch.marks)]
        self.badge.place(self._canvas.viewport, [point for points in lines for point in points])

    def _end(self) -> None:
        self._delay.stop()
        self._turn.stop()
        self.badge.hide()
        self._tools.lane.drop()
        if self._status.text() in (self._said, tr(KEPT_WHEN_FOUND)):
            self._status.setText("")
        self._said = ""
