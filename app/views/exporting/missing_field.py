"""What becomes of frames that have no matte; nothing is chosen for the user."""

from __future__ import annotations

from PySide6.QtWidgets import QButtonGroup, QLabel, QRadioButton, QWidget

from app.export.options import Missing
from app.export.report import ranges_text
from app.i18n import mark, tr, trn
from app.views.exporting.field import Field

_TEXTS = {
    Missing.BLACK: mark("Empty matte (no object)"),
    Missing.HOLD: mark("Matte of the nearest frame before, or else after"),
    Missing.SKIP: mark("Leave these frames out"),
}
_LONGEST = 160


class MissingField(Field):
    """Names the frames, and offers what there is.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = self._column(top_px=4)  # the label beside it is as far down
        self.text = QLabel()
        self.text.setWordWrap(True)
        column.addWidget(self.text)
        self._group = QButtonGroup(self)
        self.buttons: dict[Missing, QRadioButton] = {}
        for missing, text in _TEXTS.items():
            button = QRadioButton(tr(text))
            button.toggled.connect(self._on_toggled)
            self.buttons[missing] = button
            self._group.addButton(button)
            column.addWidget(button)

    @property
    def value(self) -> Missing:
        """The choice; ERROR while there is none."""
        return next((key for key, button in self.buttons.items() if button.isChecked()), Missing.ERROR)

    def set_value(self, value: Missing) -> None:
        """Put a choice there."""
        self._group.setExclusive(False)
        for key, button in self.buttons.items():
            button.setChecked(key is value)
        self._group.setExclusive(True)

    def set_can_skip(self, can: bool) -> None:
        """Whether frames may be left out; a choice that is no longer there is taken back."""
        self.buttons[Missing.SKIP].setVisible(can)
        if not can and self.value is Missing.SKIP:
            self.set_value(Missing.ERROR)

    def set_frames(self, frames: tuple[int, ...]) -> None:
        """Name the frames."""
        text = ranges_text(frames)
        if len(text) > _LONGEST:
            self.text.setToolTip(text)
            text = f"{text[:_LONGEST].rpartition(',')[0]}, …"
        else:
            self.text.setToolTip("")
        self.text.setText(
            trn(
                "{count} frame has no matte: {frames}",
                "{count} frames have no matte: {frames}",
                len(frames),
                frames=text,
            )
        )
        for button in self.buttons.values():
            button.setAccessibleDescription(self.text.text())

    def _on_toggled(self, checked: bool) -> None:
        if checked:
            self.changed.emit()
