"""Opens clips and brings their frames to the canvas."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from app.control.reporter import ErrorReporter
from app.document.document import Document
from app.document.objects import MAX_OBJECTS
from app.document.operations import import_mask
from app.document.snapshot import Work
from app.errors import UserError
from app.i18n import tr, trn
from app.media.masks import MaskArgument, read_mask
from app.views.canvas import Canvas
from app.views.playback import Playback
from app.worker.decode_lane import DecodeLane
from app.worker.decode_messages import FrameReady, Grown, Opened


class ClipController(QObject):
    """The way of frames from the decoder to the canvas.

    Args:
        document: Its clip.
        canvas: Shows the frames.
        reporter: Hears of errors.
        cache_bytes: Memory for decoded frames.
        disk_bytes: Room on disk for lists of frames and proxies.
        parent: Owner.

    Signals:
        replacing: A clip is there and takes the place of what is open, which can still be looked at.
        opened: A clip is open and its document is fresh.
        failed: A clip could not be opened; what was open before stays.
        frame_shown: The picture of the current frame is on the canvas (frame index).
        progressed: Text for the status line, empty when nothing is being opened.
    """

    replacing = Signal()
    opened = Signal()
    failed = Signal()
    frame_shown = Signal(int)
    progressed = Signal(str)

    def __init__(
        self,
        document: Document,
        canvas: Canvas,
        reporter: ErrorReporter,
        cache_bytes: int,
        disk_bytes: int,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._canvas = canvas
        self._reporter = reporter
        self._masks: list[MaskArgument] = []
        self._work: Work | None = None
        self._last_frame = 0
        self._shows_proxy = False
        self._told_of_damage = False
        self.lane = DecodeLane(cache_bytes, disk_bytes, self)
        self.lane.opened.connect(self._on_opened)
        self.lane.grown.connect(self._on_grown)
        self.lane.cache_cleared.connect(self._on_cache_cleared)
        self.lane.frame_ready.connect(self._on_frame_ready)
        self.playback = Playback(document, self._is_ready, self.lane.request, self)
        document.current_frame_changed.connect(self._on_current_frame_changed)

    def open(
        self,
        path: Path,
        masks: list[MaskArgument] | None = None,
        work: Work | None = None,
        *,
        whole: bool = True,
    ) -> None:
        """Open a clip in place of the current one, which is kept if the new one cannot be read.

        Args:
            path: What to open.
            masks: To be put on frames then; they need the whole clip.
            work: What was made of it before; its masks are of the clip's size. It needs the whole clip, too.
            whole: Wait until all frames are listed. If not, a long clip opens with its first ones, and the
                document's clip is extended as the others come.
        """
        self._masks = list(masks or ())
        self._work = work
        self.progressed.emit(tr("Opening {name}…", name=path.name))
        self.lane.open(path, whole=whole or bool(masks) or work is not None)

    def clear_cache(self) -> None:
        """Remove from disk what was kept about clips."""
        self.lane.clear_cache()

    def import_mask(self, path: Path, frame_index: int) -> bool:
        """Put a mask from a file on a frame. Returns whether that worked; errors are reported."""
        last = self._document.frame_count - 1
        if not 0 <= frame_index <= last:
            self._reporter.show(
                UserError(
                    tr(
                        "There is no frame {frame}; the clip has frames 0 to {last}.",
                        frame=frame_index,
                        last=last,
                    )
                )
            )
            return False
        try:
            mask, tell = read_mask(path), self.progressed.emit
            import_mask(self._document, frame_index, mask, MAX_OBJECTS, tell)
        except UserError as error:
            self._reporter.show(error)
            return False
        return True

    def close(self) -> None:
        """Stop playback and decoding."""
        self.playback.stop()
        self.lane.close()

    def _is_ready(self, frame_index: int) -> bool:
        return self.lane.cached(frame_index) is not None

    @Slot(object)
    def _on_opened(self, opened: Opened) -> None:
        self.progressed.emit("")
        work, self._work = self._work, None
        if opened.info is None:
            self._masks.clear()
            self.failed.emit()
            if opened.error is not None:
                self._reporter.show(opened.error)
            return
        self._last_frame, self._shows_proxy, self._told_of_damage = 0, False, False
        self.replacing.emit()
        self._document.open_clip(opened.path, opened.info, work)
        self._show_current()
        self.opened.emit()
        if opened.info.numbers and opened.info.is_vfr:
            self._reporter.inform(opened.info.notes[0])
        masks, self._masks = self._masks, []
        for mask in masks:
            self.import_mask(mask.path, mask.frame_index)

    @Slot(object)
    def _on_grown(self, grown: Grown) -> None:
        self._document.extend_clip(grown.info)
        known = trn(
            "Listing the frames of the clip: {count} so far…",
            "Listing the frames of the clip: {count} so far…",
            grown.info.frame_count,
        )
        self.progressed.emit("" if grown.info.complete else known)
        if grown.error is not None:
            self._reporter.show(grown.error)

    @Slot(object)
    def _on_cache_cleared(self, freed: int) -> None:
        self.progressed.emit(tr("Cache cleared: {size:.0f} MiB freed.", size=freed / 2**20))

    @Slot(int)
    def _on_current_frame_changed(self, frame_index: int) -> None:
        self._show_current()

    def _show_current(self) -> None:
        index = self._document.current_frame
        step = -1 if index < self._last_frame else 1
        self._last_frame = index
        frame = self.lane.cached(index)
        if frame is not None:
            self._canvas.set_frame(index, frame)
            self._shows_proxy = False
            self.frame_shown.emit(index)
        self.lane.request(index, step)

    @Slot(object)
    def _on_frame_ready(self, ready: FrameReady) -> None:
        if ready.frame_index != self._document.current_frame:
            return
        if ready.frame is None:
            if ready.error is not None:
                self._reporter.show(ready.error)
        elif self._canvas.shown_frame != ready.frame_index or self._shows_proxy:
            self._canvas.set_frame(ready.frame_index, ready.frame, is_exact=not ready.is_proxy)
            self._shows_proxy = ready.is_proxy
            self.frame_shown.emit(ready.frame_index)
        if ready.stand_in is not None and not self._told_of_damage:
            self._told_of_damage = True
            self._reporter.inform(
                tr(
                    "Frame {frame} is damaged; frame {stand_in} is shown instead.",
                    frame=ready.frame_index,
                    stand_in=ready.stand_in,
                ),
                tr("The same holds for other damaged frames of this clip."),
                level="warning",
            )
