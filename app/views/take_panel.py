"""The last run as a take: what it wrote, to compare, to accept and to reject."""

from __future__ import annotations

import bisect
import enum
import sys

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.document.document import Document
from app.document.takes import Take, TakenFrame
from app.i18n import mark, tr, trn
from app.views.action_words import follow_tip
from app.views.box_name import name_box
from app.views.line_list import LineList
from app.views.one_line import OneLine
from app.views.section import Section

_ROWS_SHOWN = 5


class TakeSpan(enum.Enum):
    """Which frames of a take are accepted or rejected."""

    ALL = mark("All changed frames")
    FRAME = mark("This frame")
    ONWARD = mark("From this frame on")
    BEFORE = mark("Up to this frame")
    IN_OUT = mark("From in to out")

    def frames(self, document: Document) -> range:
        """The frames of the clip that it stands for."""
        here, count = document.current_frame, document.frame_count
        table = {
            TakeSpan.ALL: range(count),
            TakeSpan.FRAME: range(here, here + 1),
            TakeSpan.ONWARD: range(here, count),
            TakeSpan.BEFORE: range(here + 1),
            TakeSpan.IN_OUT: document.frame_range,
        }
        return table[self]


class TakePanel(Section):
    """Lists the frames that the last run changed. Hidden while there is nothing to decide.

    Args:
        document: Whose takes.
        compare: Shows the former masks in place of the new ones; checkable.
        accept: Keeps the new masks of the chosen frames.
        reject: Brings their former masks back.
        parent: Owner.

    Signals:
        frame_chosen: The user went to a changed frame (frame index).
    """

    frame_chosen = Signal(int)

    def __init__(
        self,
        document: Document,
        compare: QAction,
        accept: QAction,
        reject: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Written by the last run"), parent)
        # a list would else claim room that the panel has no use for, and gaps open between its parts
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._document = document
        self._lines: list[tuple[int, int]] = []
        button = QToolButton()
        button.setDefaultAction(compare)
        button.setObjectName("row")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.header.addWidget(button)
        self._summary = OneLine("")
        self._summary.setObjectName("hint")
        self.body.addWidget(self._summary)
        self.list = LineList()
        self.list.setAccessibleName(tr("Changed frames"))
        self.list.chosen.connect(self._on_line)
        self.span = QComboBox()
        for span in TakeSpan:
            self.span.addItem(tr(span.value), span)
        self.span.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.body.addWidget(self.span)
        name_box(self.span, tr("Frames to accept or to reject"))
        line = QHBoxLayout()
        self._buttons = []
        for action in (accept, reject):
            push = QPushButton(action.iconText())
            follow_tip(push, action)
            push.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            push.clicked.connect(action.trigger)
            line.addWidget(push)
            self._buttons.append(push)
        self.body.addLayout(line)
        self.body.addWidget(self.list)  # below what decides, which a long list would push out of sight
        self.accept_button, self.reject_button = self._buttons
        document.takes_changed.connect(self._rebuild)
        document.clip_changed.connect(self._rebuild)
        document.current_frame_changed.connect(self._mark_current)
        self._rebuild()

    @property
    def chosen_span(self) -> TakeSpan:
        """The frames that Accept and Reject speak of."""
        span = self.span.currentData()
        assert isinstance(span, TakeSpan)
        return span

    def _rebuild(self) -> None:
        take = self._document.take
        frames = [] if take is None else take.open_frames
        self._lines = [] if take is None else _lines(take, frames)
        lines = [(first, last, take[first]) for first, last in self._lines] if take is not None else []
        self.list.set_lines(len(lines), lambda row: _told(*lines[row]))
        if take is not None:
            line, frame = self.list.sizeHintForRow(0), 2 * self.list.frameWidth()
            # on low screens the lists above it need the room more
            self.list.setMinimumHeight(line + frame)
            self.list.setMaximumHeight(min(len(self._lines), _ROWS_SHOWN) * line + frame)
        count = len(frames)
        left = trn(
            "{count} frame to look at: {run}",
            "{count} frames to look at: {run}",
            count,
            run=take.text if take else "",
        )
        self._summary.setText("" if take is None else left)
        self.setVisible(bool(frames))
        self._mark_current(self._document.current_frame)

    def _mark_current(self, frame_index: int) -> None:
        row = bisect.bisect_right(self._lines, (frame_index, sys.maxsize)) - 1
        self.list.set_current_row(row if row >= 0 and frame_index <= self._lines[row][1] else -1)

    def _on_line(self, row: int) -> None:
        self.frame_chosen.emit(self._lines[row][0])


def _lines(take: Take, frames: list[int]) -> list[tuple[int, int]]:
    """First and last frame of each line; neighbours of one kind share it, see ``_kind``."""
    found: list[tuple[int, int]] = []
    for index in frames:
        kind = _kind(take[index])
        if kind and found and found[-1][1] == index - 1 and _kind(take[index - 1]) == kind:
            found[-1] = found[-1][0], index
        else:
            found.append((index, index))
    return found


def _kind(taken: TakenFrame) -> str:
    """What neighbours that share a line have in common; empty for those that never do."""
    return "new" if taken.before is None else "other" if taken.change == 1 else ""


def _told(first: int, last: int, taken: TakenFrame) -> str:
    if taken.before is None:
        return (
            tr("Frames {first} to {last}: new", first=first, last=last)
            if last > first
            else tr("Frame {index}: new", index=first)
        )
    percent = _percent(taken.change)
    if last > first:
        return tr("Frames {first} to {last}: {percent} changed", first=first, last=last, percent=percent)
    return tr("Frame {index}: {percent} changed", index=first, percent=percent)


def _percent(share: float) -> str:
    percent = 100 * share
    return tr("under 1 %") if percent < 1 else f"{percent:.0f} %"
