"""The options of the tool in hand."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QSlider,
    QToolButton,
    QWidget,
)

from app.i18n import tr
from app.tools.tool import ToolMode, ToolSettings
from app.views.action_words import key_or_name
from app.views.box_name import name_box
from app.views.number_box import NumberBox

_BRUSHES = {ToolMode.BRUSH, ToolMode.ERASER}
_COLOURS = {ToolMode.SMART}


class ToolOptions(QWidget):
    """Hardness, pen and reach over time for brushes; tolerance for selections by colour.

    Args:
        settings: Read and written.
        softer: Makes the edge of the brush softer.
        harder: Makes it harder.
        parent: Owner.

    Signals:
        changed: The user changed one.
        entered: The user is done with typing a number.
    """

    changed = Signal()
    entered = Signal()

    def __init__(
        self, settings: ToolSettings, softer: QAction, harder: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._mode = ToolMode.BRUSH
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 0, 2, 0)
        row.setSpacing(8)
        self.hardness = QSlider(Qt.Orientation.Horizontal)
        self.hardness.setRange(0, 100)
        self.hardness.setFixedWidth(64)
        self._prepare(self.hardness, tr("Hardness"), "")
        self._harder = softer, harder
        for action in self._harder:
            action.changed.connect(self._name_keys)
        self._name_keys()
        self.hardness.valueChanged.connect(self._read)
        self.reach = NumberBox()
        self.reach.setRange(0, 100)
        self.reach.setFixedWidth(46)
        self._prepare(
            self.reach,
            tr("Reach"),
            tr("Strokes are carried to so many frames before and after, along with the object"),
        )
        self.reach.valueChanged.connect(self._read)
        self.reach.lineEdit().returnPressed.connect(self.entered)
        self.pen = QToolButton()
        self.pen.setText(tr("Pen"))
        self.pen.setObjectName("menu")
        self.pen.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._prepare(self.pen, tr("Pen"), tr("What the pressure of a pen changes"))
        menu = QMenu(self.pen)
        self.pen_size = menu.addAction(tr("Pressure changes the size"))
        self.pen_strength = menu.addAction(tr("Pressure changes the strength"))
        for action in (self.pen_size, self.pen_strength):
            action.setCheckable(True)
            action.toggled.connect(self._read)
        self.pen.setMenu(menu)
        self.kind = QComboBox()
        self.kind.addItem(tr("Box and scribbles"), False)
        self.kind.addItem(tr("Colour"), True)
        self._prepare(self.kind, tr("Select by"), tr("What the selection goes by"))
        self.kind.currentIndexChanged.connect(self._read)
        self.tolerance = QSlider(Qt.Orientation.Horizontal)
        self.tolerance.setRange(0, 128)
        self.tolerance.setFixedWidth(84)
        self._prepare(self.tolerance, tr("Tolerance"), tr("How much a colour may differ"))
        self.tolerance.valueChanged.connect(self._read)
        self.connected = QCheckBox(tr("Connected"))
        self._prepare(self.connected, tr("Connected"), tr("Only what hangs together with the click"))
        self.connected.toggled.connect(self._read)
        self._groups: list[tuple[QWidget, ...]] = [
            (_label(tr("Hard")), self.hardness, _label(tr("± frames")), self.reach, self.pen),
            (self.kind,),
            (_label(tr("Tolerance")), self.tolerance, self.connected),
        ]
        for group in self._groups:
            for widget in group:
                row.addWidget(widget)
        name_box(self.kind, tr("Select by"))
        self.show_settings()

    @property
    def is_empty(self) -> bool:
        """Whether the tool in hand has no options."""
        return self._mode not in _BRUSHES and self._mode not in _COLOURS

    def set_mode(self, mode: ToolMode) -> None:
        """Show the options of another tool."""
        self._mode = mode
        self._show_groups()

    def show_settings(self, *_: object) -> None:
        """Show the settings as they are now."""
        settings = self._settings
        parts = (
            self.hardness,
            self.reach,
            self.pen_size,
            self.pen_strength,
            self.kind,
            self.tolerance,
            self.connected,
        )
        for part in parts:
            part.blockSignals(True)
        self.hardness.setValue(round(100 * settings.hardness))
        self.reach.setValue(settings.reach)
        self.pen_size.setChecked(settings.pressure_size)
        self.pen_strength.setChecked(settings.pressure_strength)
        self.kind.setCurrentIndex(int(settings.by_colour))
        self.tolerance.setValue(settings.tolerance)
        self.connected.setChecked(settings.connected)
        for part in parts:
            part.blockSignals(False)
        self._show_groups()

    def _read(self, *_: object) -> None:
        settings = self._settings
        settings.hardness = self.hardness.value() / 100
        settings.reach = self.reach.value()
        settings.pressure_size = self.pen_size.isChecked()
        settings.pressure_strength = self.pen_strength.isChecked()
        settings.by_colour = bool(self.kind.currentData())
        settings.tolerance = self.tolerance.value()
        settings.connected = self.connected.isChecked()
        self._show_groups()
        self.changed.emit()

    def _show_groups(self) -> None:
        by_colour = self._mode in _COLOURS and self._settings.by_colour
        shown = (self._mode in _BRUSHES, self._mode in _COLOURS, by_colour)
        for group, visible in zip(self._groups, shown, strict=True):
            for widget in group:
                widget.setVisible(visible)

    def _name_keys(self) -> None:
        softer, harder = map(key_or_name, self._harder)
        self.hardness.setToolTip(
            tr("How hard the edge of the brush is ({softer} and {harder})", softer=softer, harder=harder)
        )

    @staticmethod
    def _prepare(widget: QWidget, name: str, tip: str) -> None:
        widget.setAccessibleName(name)
        widget.setToolTip(tip)
        widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    return label
