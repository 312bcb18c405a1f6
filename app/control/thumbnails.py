"""Brings pictures of the clip to the timeline and to the list of references."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction

from app.document.document import Document
from app.settings import Settings
from app.views.reference_panel import ReferencePanel
from app.views.timeline.thumbnails import stored_size
from app.views.timeline.widget import Timeline
from app.worker.decode_lane import DecodeLane
from app.worker.decode_messages import ThumbnailReady


class ThumbnailController(QObject):
    """Has the pictures decoded that the timeline and the list of references show, and only those.

    Args:
        document: Whose clip.
        lane: Decodes them.
        timeline: Shows them.
        references: Shows those of references, which may not have been on screen since the project was opened.
        settings: Remembers whether they are shown.
        switch: Shows and hides them; checkable.
        parent: Owner.
    """

    def __init__(
        self,
        document: Document,
        lane: DecodeLane,
        timeline: Timeline,
        references: ReferencePanel,
        settings: Settings,
        switch: QAction,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._lane = lane
        self._timeline = timeline
        self._references = references
        self._along: tuple[int, ...] = ()
        # after all that comes of a change: references that were just painted have their pictures then
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._ask)
        self._settings = settings
        switch.setChecked(settings.shows_thumbnails)
        timeline.set_thumbnails_shown(settings.shows_thumbnails)
        switch.toggled.connect(self._on_switched)
        timeline.thumbnails_wanted.connect(self._on_wanted)
        lane.thumbnail_ready.connect(self._on_ready)
        document.references_changed.connect(self._timer.start)
        document.clip_changed.connect(self._on_clip_changed)

    @Slot(object)
    def _on_wanted(self, frames: tuple[int, ...]) -> None:
        self._along = frames
        self._ask()

    @Slot()
    def _on_clip_changed(self) -> None:
        self._along = ()
        self._timer.start()

    @Slot()
    def _ask(self) -> None:
        info = self._document.info
        if info is None:
            return
        thumbnails = self._timeline.thumbnails
        references = (index for index in self._references.lacking if index not in thumbnails.missing)
        wanted = dict.fromkeys([*references, *thumbnails.lacking(self._along)])
        self._lane.request_thumbnails(wanted, stored_size(info))

    @Slot(object)
    def _on_ready(self, ready: ThumbnailReady) -> None:
        if ready.picture is not None:
            self._references.put_frame(ready.frame_index, ready.picture)
        self._timeline.thumbnails.put(ready.frame_index, ready.picture)
        self._timeline.redraw()

    @Slot(bool)
    def _on_switched(self, shown: bool) -> None:
        self._settings.shows_thumbnails = shown
        self._timeline.set_thumbnails_shown(shown)
