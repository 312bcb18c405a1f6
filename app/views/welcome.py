"""What the window shows before a clip is open."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.views import theme
from app.views.action_words import follow_tip


class Welcome(QWidget):
    """Says how to begin.

    Args:
        open_action: Opens a clip.
        sample_action: Opens the sample.
        parent: Owner.
    """

    def __init__(self, open_action: QAction, sample_action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        mark = QLabel()
        mark.setPixmap(theme.icon("app").pixmap(QSize(72, 72)))
        mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(mark)
        outer.addSpacing(10)
        title = QLabel(tr("Drop a clip here"))
        title.setObjectName("title")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(title)
        text = QLabel(
            tr(
                "A video file or a folder of pictures.\n"
                "Paint an object on one frame, propagate it through the clip, correct, export mattes."
            )
        )
        text.setObjectName("muted")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(text)
        outer.addSpacing(16)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addStretch(1)
        for action, name in ((open_action, "primary"), (sample_action, "")):
            button = QPushButton(action.text())
            button.setObjectName(name)
            follow_tip(button, action)
            button.clicked.connect(action.trigger)
            row.addWidget(button)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(3)
