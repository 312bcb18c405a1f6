"""What a composite puts behind the objects."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QFileDialog,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from app.export.options import Color
from app.i18n import tr
from app.views.exporting.field import Field
from app.views.file_filter import file_filter

_PICTURES = "*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp"


class BackgroundField(Field):
    """A colour, or a picture file.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._value: Color | Path = (0, 177, 64)
        row = self._row()
        self.color_button = QPushButton(tr("Colour…"))
        self.still_button = QPushButton(tr("Picture…"))
        for button, slot in ((self.color_button, self._on_color), (self.still_button, self._on_still)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            row.addWidget(button)
        self._text = QLabel()
        self._text.setObjectName("muted")
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row.addWidget(self._text, 1)
        self._show()

    @property
    def value(self) -> Color | Path:
        """The choice."""
        return self._value

    def set_value(self, value: Color | Path) -> None:
        """Put a choice there."""
        self._value = value
        self._show()
        self.changed.emit()

    def _on_color(self) -> None:
        start = QColor(*self._value) if isinstance(self._value, tuple) else QColor(0, 177, 64)
        chosen = QColorDialog.getColor(start, self, tr("Colour behind the objects"))
        if chosen.isValid():
            self.set_value((chosen.red(), chosen.green(), chosen.blue()))

    def _on_still(self) -> None:
        folder = str(self._value.parent) if isinstance(self._value, Path) else ""
        name, _ = QFileDialog.getOpenFileName(
            self, tr("Picture behind the objects"), folder, file_filter(tr("Pictures"), _PICTURES)
        )
        if name:
            self.set_value(Path(name))

    def _show(self) -> None:
        if isinstance(self._value, Path):
            self.color_button.setIcon(QIcon())
            self._text.setText(self._value.name)
            self._text.setToolTip(str(self._value))
            return
        pixmap = QPixmap(QSize(24, 24))
        pixmap.fill(QColor(*self._value))
        self.color_button.setIcon(QIcon(pixmap))
        self._text.setText("#{:02x}{:02x}{:02x}".format(*self._value))
        self._text.setToolTip("")
