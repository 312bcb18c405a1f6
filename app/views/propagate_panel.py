"""Starts and stops propagation and shows how far it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.document.run_draft import RunOptions
from app.document.run_plan import Direction, Reach
from app.i18n import mark, tr
from app.views.action_words import follow_tip, key_or_name
from app.views.announce import announce
from app.views.box_name import name_box
from app.views.number_box import NumberBox
from app.views.progress_bar import ProgressBar
from app.views.section import Section

_REACHES = (
    (Reach.END, mark("To the end"), mark("To the in or out point, or else to the end of the clip")),
    (
        Reach.REFERENCE,
        mark("To the next reference"),
        mark("To the next reference that way, or else to the end"),
    ),
    (Reach.COUNT, mark("A number of frames"), mark("So many frames each way")),
)
_MOST_FRAMES = 99_999


class PropagatePanel(Section):
    """Buttons for the three directions, how far and for which objects, Stop, and the progress of the run.

    Args:
        directions: The actions that propagate from here, by direction.
        stop: End the run.
        go_on: Let a run that waits go on.
        parent: Owner.

    Signals:
        direction_pointed_at: The pointer or the focus came to a direction (Direction), or left it (None).
    """

    direction_pointed_at = Signal(object)

    def __init__(
        self,
        directions: dict[Direction, QAction],
        stop: QAction,
        go_on: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Propagate from here"), parent)
        self._object_id = 0
        self._idle_text = ""
        self._buttons: dict[QObject, Direction] = {}
        # what changes its height comes first: the panel stands at the bottom, and below it nothing must move
        # away under the pointer, as the preview of a direction comes and goes with that
        self._add_pause(go_on)
        self._add_progress(stop)
        self._add_directions(directions)
        self._add_options()
        self.set_idle("")

    def _add_directions(self, directions: dict[Direction, QAction]) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        for direction, action in directions.items():
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setObjectName("direction")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.installEventFilter(self)
            self._buttons[button] = direction
            row.addWidget(button)
        self.body.addLayout(row)

    def _add_options(self) -> None:
        reach_line = QHBoxLayout()
        self.reach = QComboBox()
        for place, (reach, text, tip) in enumerate(_REACHES):
            self.reach.addItem(tr(text), reach)
            self.reach.setItemData(place, tr(tip), Qt.ItemDataRole.ToolTipRole)
        self.reach.setToolTip(tr("How far a run goes"))
        self.count = NumberBox()
        self.count.setRange(1, _MOST_FRAMES)
        self.count.setValue(10)
        self.count.setAccessibleName(tr("Number of frames"))
        self.count.setToolTip(tr("How many frames each way"))
        self.count.setKeyboardTracking(False)
        self.reach.currentIndexChanged.connect(self._on_reach_changed)
        reach_line.addWidget(self.reach, 1)
        reach_line.addWidget(self.count)
        self.body.addLayout(reach_line)
        name_box(self.reach, tr("How far"))
        self.who = QComboBox()
        self.who.setToolTip(
            tr("Objects that are not propagated keep their masks; the network sees them all the same")
        )
        self.who.addItems([tr("All objects"), tr("This object only")])
        self.body.addWidget(self.who)
        name_box(self.who, tr("Which objects"))
        self.fuse = QCheckBox(tr("Fuse between references"))
        self.fuse.setChecked(True)
        self.fuse.setToolTip(
            tr(
                "Between two references go from both sides and blend them by nearness and confidence. "
                "Takes twice the time there."
            )
        )
        self.body.addWidget(self.fuse)
        self.anew = QCheckBox(tr("Redo what is up to date"))
        self.anew.setToolTip(
            tr(
                "After a correction, runs leave alone the masks that no reference is younger than, as those "
                "of objects that you did not correct. With this they are made anew as well."
            )
        )
        self.body.addWidget(self.anew)
        for widget in (self.reach, self.count, self.who, self.fuse, self.anew):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._on_reach_changed()

    def _add_progress(self, stop: QAction) -> None:
        self._bar = ProgressBar(tr("Progress of the propagation"))
        self._bar.hide()
        line = QHBoxLayout()
        self._text = QLabel("")
        self._text.setObjectName("hint")
        self._text.setWordWrap(True)
        line.addWidget(self._text, 1)
        self.stop_button = QPushButton(tr("Stop"))
        self.stop_button.setObjectName("stop")
        self.stop_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.stop_button.clicked.connect(stop.trigger)
        self._stop_action = stop
        follow_tip(self.stop_button, stop)
        stop.changed.connect(self._on_stop_changed)
        self._on_stop_changed()
        line.addWidget(self.stop_button, 0, Qt.AlignmentFlag.AlignBottom)
        self.body.addLayout(line)
        self.body.addWidget(self._bar)

    def _add_pause(self, go_on: QAction) -> None:
        self.pause_box = QFrame()
        self.pause_box.setObjectName("pause")
        column = QVBoxLayout(self.pause_box)
        column.setContentsMargins(8, 8, 8, 8)
        self._pause_text = QLabel("")
        self._pause_text.setWordWrap(True)
        column.addWidget(self._pause_text)
        self.continue_button = QPushButton(tr("Continue"))
        self.continue_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        follow_tip(self.continue_button, go_on)
        self.continue_button.clicked.connect(go_on.trigger)
        column.addWidget(self.continue_button)
        self.body.addWidget(self.pause_box)

    # ---- what the user has chosen ----

    def options(self, direction: Direction) -> RunOptions:
        """What a run in this direction is to do."""
        reach = self.reach.currentData()
        assert isinstance(reach, Reach)
        only = self._object_id if self.who.currentIndex() == 1 and self._object_id else None
        return RunOptions(
            direction,
            reach,
            self.count.value(),
            object_id=only,
            fuse=self.fuse.isChecked(),
            anew=self.anew.isChecked(),
        )

    # ---- what is shown ----

    @property
    def text(self) -> str:
        """What it says about the run."""
        return self._text.text()

    def set_object(self, object_id: int, name: str) -> None:
        """The current object, which may be propagated alone; 0 for none."""
        self._object_id = object_id
        self.who.setItemText(1, tr("{name} only", name=name) if object_id else tr("This object only"))

    def set_preview(self, text: str) -> None:
        """What a run would do; empty to go back to how the last one ended."""
        self._text.setText(text or self._idle_text)

    def set_busy(self, text: str) -> None:
        """A run has started and is not at its first frame yet."""
        self._hide_pause()
        self._bar.show_progress(0, 0)
        self._bar.show()
        self._text.setText(text)

    def set_progress(self, done: int, total: int, text: str) -> None:
        """A run is at visit ``done`` of ``total``."""
        self._bar.show_progress(done, max(1, total))
        self._bar.show()
        self._text.setText(text)

    def set_paused(self, text: str) -> None:
        """A run waits for an answer."""
        self._pause_text.setText(text)
        self.pause_box.show()

    def set_idle(self, text: str) -> None:
        """No run is under way; ``text`` says how the last one ended."""
        self._hide_pause()
        self._bar.hide()
        self.set_last(text)
        announce(self, text)

    def set_last(self, text: str) -> None:
        """What is so of the last run; empty if there is none, or not any more."""
        self._idle_text = text or tr("Paint on a frame, then carry the masks through the clip.")
        self._text.setText(self._idle_text)

    def _on_reach_changed(self) -> None:
        self.count.setVisible(self.reach.currentData() is Reach.COUNT)

    def _hide_pause(self) -> None:
        if self.continue_button.hasFocus():
            self.stop_button.setFocus() if self.stop_button.isEnabled() else self.heading.setFocus()
        self.pause_box.hide()

    def _on_stop_changed(self) -> None:
        if self.stop_button.hasFocus() and not self._stop_action.isEnabled():
            self.heading.setFocus()  # Qt would look for another part of the window
        self.stop_button.setEnabled(self._stop_action.isEnabled())

    @property
    def how_to_stop(self) -> str:
        """The key that stops a run, or the command's name."""
        return key_or_name(self._stop_action)

    # ---- Qt overrides ----

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if watched in self._buttons:
            if event.type() in (QEvent.Type.Enter, QEvent.Type.FocusIn):
                self.direction_pointed_at.emit(self._buttons[watched])
            elif event.type() in (QEvent.Type.Leave, QEvent.Type.FocusOut):
                self.direction_pointed_at.emit(None)
        return super().eventFilter(watched, event)
