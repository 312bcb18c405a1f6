"""Starts, follows and ends propagation runs."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, QRect, Signal, Slot

from app.control.reporter import ErrorReporter
from app.document.commands import PropagateCommand
from app.document.document import Document
from app.document.mask_store import MaskSource, StoredMask
from app.document.unfinished import UnfinishedRun, Walk
from app.errors import UserError
from app.views.propagate_panel import PropagatePanel
from app.views.timeline.widget import Timeline
from app.worker.engine import Engine
from app.worker.job import ErrorInfo, Outcome
from app.worker.job_runner import JobRunner
from app.worker.propagate_worker import (
    Direction,
    EngineReady,
    FrameDone,
    PropagateJob,
    PropagateRequest,
    RunStage,
    check_request,
)


class PropagationController(QObject):
    """One run at a time, on a thread of its own.

    Args:
        document: Gets the masks.
        engine: The network.
        panel: Shows progress.
        timeline: Shows which frames are pending and done.
        reporter: Hears of errors.
        parent: Owner.

    Signals:
        running_changed: A run started or ended.
        engine_ready: The network is loaded (description for the status line).
        progressed: Text for the status line, empty when idle.
    """

    running_changed = Signal(bool)
    engine_ready = Signal(str)
    progressed = Signal(str)

    def __init__(
        self,
        document: Document,
        engine: Engine,
        panel: PropagatePanel,
        timeline: Timeline,
        reporter: ErrorReporter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._engine = engine
        self._panel = panel
        self._timeline = timeline
        self._reporter = reporter
        self._command: PropagateCommand | None = None
        self._run_id = 0
        self._done = 0
        self._follows = -1
        self._object_ids: set[int] = set()
        self.runner = JobRunner("network", self)
        self.runner.received.connect(self._on_received)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        document.run_undone.connect(self._on_run_undone)
        document.clip_changed.connect(self._on_clip_changed)
        document.objects_changed.connect(self._on_objects_changed)
        document.mask_changed.connect(self._on_mask_changed)

    @property
    def is_running(self) -> bool:
        """Whether a run is under way."""
        return self._command is not None

    def start(self, direction: Direction, limit: int | None = None) -> None:
        """Propagate from the current frame; it becomes a reference if the user painted it.

        Args:
            direction: Which way.
            limit: How many frames per way at most; None for all.
        """
        start = self._document.current_frame
        spans = [span[:limit] for span in direction.spans(start, self._document.frame_count)]
        run = UnfinishedRun(tuple(Walk(start, span) for span in spans))
        self._start(start, tuple(spans), run, f"Propagate {direction.value} from frame {start}")

    def resume(self, run: UnfinishedRun) -> None:
        """Go on with a run that was cut short."""
        start = run.walks[0].start
        now = [walk for walk in run.walks if walk.start == start]
        last = self._document.frame_count - 1
        spans = tuple(walk.frames for walk in now if max(walk.frames[0], walk.frames[-1]) <= last)
        self._start(start, spans, run, f"Resume run from frame {start}")

    def _start(self, start: int, spans: tuple[range, ...], run: UnfinishedRun, text: str) -> None:
        if self.is_running or self._document.info is None:
            return
        self._document.cancel_edit()
        try:
            request, references = self._request(start, spans)
            check_request(request)
        except UserError as error:
            self._reporter.show(error)
            return
        self._run_id = self.runner.start(PropagateJob(request, self._engine))
        self._object_ids = {value for mask in request.references.values() for value in mask.object_ids}
        self._document.put_unfinished_run(run)
        self._command = PropagateCommand(self._document, self._run_id, references, text)
        self._document.undo_stack.push(self._command)
        self._done = 0
        self._follows = request.start
        self._timeline.set_pending([index for span in request.spans for index in span])
        self._panel.set_busy("Starting…")
        self.running_changed.emit(True)

    def stop(self) -> None:
        """End the run; finished frames stay."""
        if self.is_running:
            # the thread may be inside a frame: what it still sends is dropped, a new run waits for it
            self.runner.cancel()
            self._end(Outcome.CANCELLED)

    def close(self) -> None:
        """End the run and the thread."""
        self.runner.close()

    def _request(self, start: int, spans: tuple[range, ...]) -> tuple[PropagateRequest, frozenset[int]]:
        snapshot = self._document.snapshot()
        entry = snapshot.entries.get(start)
        if entry is None:
            raise UserError(
                f"Frame {start} has no mask to start from.",
                "Paint the object here, or go to a frame with a mask.",
            )
        references = snapshot.references
        if entry.source is MaskSource.USER:
            references |= {start}
        visited = {index for span in spans for index in span}
        user = {index: mask for index, mask in snapshot.entries.items() if mask.source is MaskSource.USER}
        references |= _teaching(references, snapshot.entries, sorted(visited & set(user)))
        request = PropagateRequest(
            path=snapshot.path,
            start=start,
            spans=spans,
            references={index: snapshot.entries[index] for index in references if index in snapshot.entries},
            kept={index: mask for index, mask in user.items() if index in visited},
            start_mask=entry,
        )
        return request, references

    @Slot(int, object)
    def _on_received(self, run_id: int, content: object) -> None:
        if run_id != self._run_id or self._command is None:
            return
        if isinstance(content, RunStage):
            self._panel.set_busy(content.text)
            self.progressed.emit(content.text)
        elif isinstance(content, EngineReady):
            self.engine_ready.emit(content.description)
        elif isinstance(content, FrameDone):
            self._on_frame(content)

    def _on_frame(self, frame: FrameDone) -> None:
        assert self._command is not None
        if frame.mask is not None:
            self._command.record(frame.frame_index, frame.mask)
        run = self._document.unfinished_run
        if run is not None:
            self._document.put_unfinished_run(run.after(frame.frame_index))
        self._done = frame.done
        self._timeline.add_done(frame.frame_index)
        # the view follows the run until the user goes somewhere else
        if self._document.current_frame == self._follows and self._document.edit is None:
            self._follows = frame.frame_index
            self._document.set_current_frame(frame.frame_index)
        text = progress_text(frame)
        self._panel.set_progress(frame.done, frame.total, text)
        self.progressed.emit(f"Propagating: {text}")

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        self._reporter.show(error)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        if run_id == self._run_id and self._command is not None:
            self._end(outcome)
            rest = self._document.unfinished_run
            if outcome is Outcome.DONE and rest is not None:
                self.resume(rest)  # its other direction, which starts from another frame

    @Slot(int)
    def _on_run_undone(self, run_id: int) -> None:
        if run_id == self._run_id and self._command is not None:
            self.runner.cancel()
            self._end(Outcome.CANCELLED)

    @Slot()
    def _on_objects_changed(self) -> None:
        # the network would go on to paint an object that is no more
        if self.is_running and not self._object_ids <= {info.object_id for info in self._document.objects}:
            self.stop()

    @Slot(int, QRect)
    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        if self._document.edit is not None:
            self._follows = -1  # whoever paints on a frame wants to stay there

    @Slot()
    def _on_clip_changed(self) -> None:
        if self.is_running:
            self._command = None  # the undo stack was cleared, and the command with it
            self.runner.cancel()
            rest = self._document.unfinished_run  # of the work that was just opened
            self._end(Outcome.CANCELLED)
            self._document.put_unfinished_run(rest)
        self._panel.set_idle("")

    def _end(self, outcome: Outcome) -> None:
        command, self._command = self._command, None
        if command is not None:
            command.close()
        if outcome is Outcome.CANCELLED:
            self._document.put_unfinished_run(None)
        self._timeline.set_pending(None)
        frames = f"{self._done} frame{'' if self._done == 1 else 's'}"
        words = {
            Outcome.DONE: f"Done: {frames}.",
            Outcome.CANCELLED: f"Stopped after {frames}.",
            Outcome.FAILED: f"Failed after {frames}.",
        }
        self._panel.set_idle(words[outcome])
        self.progressed.emit("")
        self.running_changed.emit(False)


def _teaching(
    references: frozenset[int], entries: Mapping[int, StoredMask], candidates: list[int]
) -> frozenset[int]:
    """Frames among ``candidates`` that show an object of which no reference tells."""
    known = {value for index in references & set(entries) for value in entries[index].object_ids}
    found: set[int] = set()
    for index in candidates:
        if not known.issuperset(entries[index].object_ids):
            found.add(index)
            known.update(entries[index].object_ids)
    return frozenset(found)


def progress_text(frame: FrameDone) -> str:
    """How far a run is, how fast, and how long it will still take."""
    left_s = (frame.total - frame.done) / max(frame.frames_per_s, 1e-6)
    if frame.frames_per_s >= 10:
        speed = f"{frame.frames_per_s:.0f} fps"
    elif frame.frames_per_s >= 1:
        speed = f"{frame.frames_per_s:.1f} fps"
    else:
        speed = f"{1 / max(frame.frames_per_s, 1e-6):.1f} s per frame"
    minutes, seconds = divmod(round(left_s), 60)
    left = f"{minutes}:{seconds:02d} min left" if minutes else f"{seconds} s left"
    return f"{frame.done} / {frame.total} · {speed} · {left}"
