"""Brings pictures of the clip to the timeline."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction

from app.document.document import Document
from app.settings import Settings
from app.views.timeline.thumbnails import stored_size
from app.views.timeline.widget import Timeline
from app.worker.decode_lane import DecodeLane
from app.worker.decode_messages import ThumbnailReady


class ThumbnailController(QObject):
    """Has the pictures decoded that the timeline shows, and only those.

    Args:
        document: Whose clip.
        lane: Decodes them.
        timeline: Shows them.
        settings: Remembers whether they are shown.
        switch: Shows and hides them; checkable.
        parent: Owner.
    """

    def __init__(
        self,
        document: Document,
        lane: DecodeLane,
        timeline: Timeline,
        settings: Settings,
        switch: QAction,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._lane = lane
        self._timeline = timeline
        self._settings = settings
        switch.setChecked(settings.shows_thumbnails)
        timeline.set_thumbnails_shown(settings.shows_thumbnails)
        switch.toggled.connect(self._on_switched)
        timeline.thumbnails_wanted.connect(self._on_wanted)
        lane.thumbnail_ready.connect(self._on_ready)

    @Slot(object)
    def _on_wanted(self, frames: tuple[int, ...]) -> None:
        info = self._document.info
        if info is not None:
            self._lane.request_thumbnails(self._timeline.thumbnails.lacking(frames), stored_size(info))

    @Slot(object)
    def _on_ready(self, ready: ThumbnailReady) -> None:
        self._timeline.thumbnails.put(ready.frame_index, ready.picture)
        self._timeline.redraw()

    @Slot(bool)
    def _on_switched(self, shown: bool) -> None:
        self._settings.shows_thumbnails = shown
        self._timeline.set_thumbnails_shown(shown)
