"""Starts, follows and ends propagation runs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.control.reporter import ErrorReporter
from app.control.run_speed import RunSpeed
from app.control.run_words import cut_text, pause_hint, pause_text, progress_text, shrunk_text, time_text
from app.document.commands import PropagateCommand
from app.document.document import Document
from app.document.locked import held_text
from app.document.run_draft import RunDraft, RunOptions, draft_rest, draft_run
from app.document.run_plan import Direction, Reach
from app.document.unfinished import UnfinishedRun, Walk
from app.errors import UserError
from app.i18n import tr, trn
from app.views.banner import Banner
from app.views.propagate_panel import PropagatePanel
from app.views.timeline.widget import Timeline
from app.worker.engine import Engine
from app.worker.job import ErrorInfo, Outcome
from app.worker.job_runner import JobRunner
from app.worker.propagate_worker import (
    CutFound,
    EngineReady,
    FrameDone,
    PropagateJob,
    RunPaused,
    RunStage,
    Shrunk,
)


class PropagationController(QObject):
    """One run at a time, on a thread of its own.

    Args:
        document: Gets the masks.
        engine: The network.
        panel: Says how a run goes, and what it shows.
        timeline: Shows which frames are pending and done.
        reporter: Hears of errors.
        banner: Asks what to do after a cut or an alarm.
        parent: Owner.

    Attributes:
        speed: How fast the newest run was.

    Signals:
        running_changed: A run started or ended, or waits for an answer, or goes on.
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
        banner: Banner,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._engine = engine
        self._panel = panel
        self._timeline = timeline
        self._reporter = reporter
        self._banner = banner
        self._command: PropagateCommand | None = None
        self._draft: RunDraft | None = None
        self._run_id = 0
        self._done: set[int] = set()
        self._follows = -1
        self._cuts: list[CutFound] = []
        self._paused: RunPaused | None = None
        self._notes: list[str] = []
        self._told: tuple[PropagateCommand, str] | None = None
        self.speed = RunSpeed()
        self.runner = JobRunner("network", self)
        self.runner.received.connect(self._on_received)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        document.run_undone.connect(self._on_run_undone)
        document.clip_changed.connect(self._on_clip_changed)
        document.takes_changed.connect(self._on_takes_changed)
        document.objects_changed.connect(self._on_objects_changed)
        document.current_object_changed.connect(self._on_current_object_changed)
        document.mask_changed.connect(self._on_mask_changed)
        document.masks_changed.connect(self._on_mask_changed)
        panel.direction_pointed_at.connect(self.preview)

    @property
    def is_running(self) -> bool:
        """Whether a run is under way, or waits for an answer."""
        return self._command is not None

    @property
    def is_paused(self) -> bool:
        """Whether the run waits for an answer."""
        return self._paused is not None

    # ---- what the user asks for ----

    def start(self, options: RunOptions) -> None:
        """Propagate from the current frame; frames that the user painted become references."""
        if self.is_running or self._document.info is None:
            return
        self._document.cancel_edit()
        try:
            draft = self._draft_of(options)
        except UserError as error:
            self._reporter.refuse(error.message, error.hint, level="warning")
            return
        info, last = self._document.info, self._document.frame_count - 1
        to_end = options.reach is not Reach.COUNT and self._document.out_point is None
        if not info.complete and to_end and last in draft.plan.frames:
            self._reporter.inform(
                tr("The frames of the clip are still being listed, so its end is not known yet."),
                tr("Propagate in a moment, or set an out point."),
            )
            return
        self._begin(draft)

    def start_towards(self, direction: Direction) -> None:
        """Propagate with what the panel says."""
        self.start(self._panel.options(direction))

    def resume(self, rest: UnfinishedRun) -> None:
        """Go on with a run that was cut short, for example by a crash."""
        if self.is_running or self._document.info is None:
            return
        try:
            draft = draft_rest(self._document.snapshot(), rest)
        except UserError as error:
            self._reporter.show(error)
            return
        self._begin(draft)

    def stop(self) -> None:
        """End the run; finished frames stay."""
        if self.is_running:
            # the thread may be inside a frame: what it still sends is dropped, a new run waits for it
            self.runner.cancel()
            self._end(Outcome.CANCELLED)

    def go_on(self) -> None:
        """Let a run that waits for an answer go on."""
        if self._paused is not None:
            self._settle_pause()
            self._panel.set_busy(tr("Going on…"))
            self.runner.resume()
            self.running_changed.emit(True)

    def preview(self, direction: Direction | None) -> None:
        """Show which frames a run would change; None shows none."""
        if self.is_running or self._document.info is None or direction is None:
            self._timeline.model.set_affected({})
            self._panel.set_preview("")
            return
        try:
            draft = self._draft_of(self._panel.options(direction))
        except UserError as error:
            self._timeline.model.set_affected({})
            self._panel.set_preview(error.message)
            return
        self._timeline.model.set_affected(draft.affected_by_object)
        seconds = self.speed.seconds(self._speed_key, draft.plan.visits)
        takes = "" if seconds is None else tr("Takes about {time}.", time=time_text(seconds))
        self._panel.set_preview(f"{draft.summary} {takes}".rstrip())

    @property
    def _speed_key(self) -> Hashable:
        return self._document.path, self._engine.settings

    def close(self) -> None:
        """End the run and the thread."""
        self.runner.close()

    # ---- a run ----

    def _draft_of(self, options: RunOptions) -> RunDraft:
        return draft_run(self._document.snapshot(), options)

    def _begin(self, draft: RunDraft) -> None:
        document = self._document
        assert document.path is not None
        assert document.info is not None
        self.preview(None)
        self._draft = draft
        job = PropagateJob(document.path, document.info, draft, self._engine)
        self._run_id = self.runner.start(job)
        self._command = PropagateCommand(document, self._run_id, draft.new_references, draft.text)
        document.undo_stack.push(self._command)
        walks = tuple(Walk(walk.start, walk.frames, walk.partner) for walk in draft.plan)
        is_for_all = draft.options.object_id is None and not draft.up_to_date
        ids, cuts = None if is_for_all else draft.written, draft.options.ignored_cuts
        rest = UnfinishedRun(walks, ids, cuts, draft.scope.to_stretches())
        document.put_unfinished_run(rest)
        self._done.clear()
        self._cuts.clear()
        self._notes.clear()
        self._follows = draft.plan.start
        self._timeline.model.set_pending(draft.affected_by_object)
        self._panel.set_busy(tr("Starting…"))
        self.running_changed.emit(True)

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
        elif isinstance(content, CutFound):
            self._cuts.append(content)
            self._drop_walk()
        elif isinstance(content, Shrunk):
            self._notes.append(shrunk_text(content))
            self.progressed.emit(self._notes[-1])
        elif isinstance(content, RunPaused):
            self._on_paused(content)

    def _on_frame(self, frame: FrameDone) -> None:
        assert self._command is not None
        assert self._draft is not None
        document = self._document
        if frame.mask is not None:
            self._command.record(
                frame.frame_index,
                frame.mask,
                frame.base,
                frame.change,
                held=frame.held,
                written=self._draft.changes(frame.frame_index),
            )
        self._done.add(frame.frame_index)
        self._timeline.model.add_done(frame.frame_index)
        rest = document.unfinished_run
        if rest is not None and frame.frame_index in rest.walks[0].frames:
            has_mask = frame.frame_index in document.masks
            document.put_unfinished_run(rest.after(frame.frame_index, has_mask=has_mask))
        # the view follows the run until the user goes somewhere else
        if document.current_frame == self._follows and document.edit is None:
            self._follows = frame.frame_index
            document.set_current_frame(frame.frame_index)
        self.speed.note(self._speed_key, frame.frames_per_s)
        text = progress_text(frame)
        self._panel.set_progress(frame.done, frame.total, text)
        self.progressed.emit(tr("Propagating: {text}", text=text))

    def _drop_walk(self) -> None:
        """The pass under way has ended early: it is not to go on after a crash."""
        rest = self._document.unfinished_run
        if rest is not None:
            others = rest.walks[1:]
            self._document.put_unfinished_run(replace(rest, walks=others) if others else None)

    def _on_paused(self, pause: RunPaused) -> None:
        assert self._draft is not None
        self._paused = pause
        text = pause_text(pause, self._draft.names)
        self._panel.set_paused(text)
        self.progressed.emit(text)
        self._ask_about(text, pause)
        self.running_changed.emit(True)

    def _ask_about(self, text: str, pause: RunPaused) -> None:
        def look() -> None:
            self._document.set_current_frame(pause.frame_index)
            if self._paused is pause:
                self._ask_about(text, pause)

        self._banner.show_message(
            text,
            pause_hint(self._panel.how_to_stop),
            level="warning",
            action=tr("Continue"),
            callback=self.go_on,
            second=tr("Go to frame {frame}", frame=pause.frame_index),
            second_callback=look,
        )

    def _settle_pause(self) -> None:
        pause, self._paused = self._paused, None
        if pause is None or self._draft is None:
            return
        if self._banner.message == pause_text(pause, self._draft.names):
            self._banner.dismiss()

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        self._reporter.show(error)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        if run_id == self._run_id and self._command is not None:
            self._end(outcome)

    @Slot(int)
    def _on_run_undone(self, run_id: int) -> None:
        if run_id == self._run_id and self._command is not None:
            self.runner.cancel()
            self._end(Outcome.CANCELLED)

    @Slot()
    def _on_objects_changed(self) -> None:
        self._on_current_object_changed(self._document.current_object_id)
        if self._draft is None or not self.is_running:
            return
        # the network would go on to paint an object that is no more, or that was locked
        free = {info.object_id for info in self._document.objects if not info.locked}
        if not self._draft.written <= free:
            self.stop()

    @Slot(int)
    def _on_current_object_changed(self, object_id: int) -> None:
        info = self._document.object(object_id)
        self._panel.set_object(object_id, "" if info is None else info.name)

    @Slot()
    def _on_mask_changed(self) -> None:
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
        self._on_current_object_changed(self._document.current_object_id)
        self._told = None
        self._panel.set_idle("")

    @Slot()
    def _on_takes_changed(self) -> None:
        """How a run ended is said only while that run is in effect: it may be undone, and done again."""
        if self._told is not None and not self.is_running:
            command, text = self._told
            self._panel.set_last(text if command.is_done else "")

    def _end(self, outcome: Outcome) -> None:
        command, self._command = self._command, None
        is_undone = command is not None and not command.is_done
        self._told = None
        self._settle_pause()
        if command is not None:
            command.close()
        if outcome is not Outcome.FAILED:  # what failed may be tried again
            self._document.put_unfinished_run(None)
        self._timeline.model.set_pending({})
        count = len(self._done)
        frames = trn("{count} frame", "{count} frames", count)
        words = {
            Outcome.DONE: tr("Done: {frames}.", frames=frames),
            Outcome.CANCELLED: tr("Stopped after {frames}.", frames=frames),
            Outcome.FAILED: tr("Failed after {frames}.", frames=frames),
        }
        left_alone = "" if command is None else held_text(command.held)
        text = " ".join([words[outcome], *self._notes, *([left_alone] if left_alone else [])])
        if command is not None and command.is_done:
            self._told = command, text
        self._panel.set_idle("" if is_undone else text)
        self.progressed.emit(left_alone)
        self.running_changed.emit(False)
        if outcome is Outcome.DONE:
            self._tell_of_cuts()

    def _tell_of_cuts(self) -> None:
        assert self._draft is not None
        missing = [index for index in self._draft.plan.frames if index not in self._done]
        ends = [cut for cut in self._cuts if cut.beyond in missing]
        if not ends:
            return  # no cut, or every frame was reached from one of its sides
        cut = ends[0]
        text, hint = cut_text(cut, len(ends) - 1)
        self._banner.show_message(
            text,
            hint,
            level="warning",
            action=tr("Go to frame {frame}", frame=cut.beyond),
            callback=partial(self._document.set_current_frame, cut.beyond),
            second=tr("Go on across it"),
            second_callback=partial(self._cross, cut, self._draft.options),
        )

    def _cross(self, cut: CutFound, options: RunOptions) -> None:
        """Go on from the last frame of the shot, as if there were no cut."""
        self._document.set_current_frame(cut.last)
        pair = (min(cut.last, cut.beyond), max(cut.last, cut.beyond))
        self.start(
            RunOptions(
                Direction.FORWARD if cut.beyond > cut.last else Direction.BACKWARD,
                object_id=options.object_id,
                fuse=options.fuse,
                ignored_cuts=options.ignored_cuts | {pair},
                anew=options.anew,
            )
        )
