"""Changes of many frames that the user asks for: computed beside the window, pushed as one step."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.control.reporter import ErrorReporter
from app.document.bulk import Transform
from app.document.document import Document
from app.document.locked import held_text, holding
from app.document.mask_store import StoredMask
from app.i18n import tr, trn
from app.worker.bulk_worker import BulkJob, BulkProgress, BulkResult
from app.worker.job import ErrorInfo, Outcome
from app.worker.job_runner import JobRunner

Push = Callable[[Mapping[int, StoredMask | None]], None]


@dataclass(frozen=True)
class _Wish:
    text: str
    frames: frozenset[int] | None
    transform: Transform
    push: Push
    beside_edits: bool
    whole_of: str


class BulkEdits(QObject):
    """One lane for changes of many frames. They are done one after another, each on what the last one left.

    Args:
        document: Whose masks.
        reporter: Hears of errors.
        parent: Owner.

    Signals:
        progressed: Text for the status line, empty at the end.
        finished: A change is done (its text).
        left_alone: What is to be told of locked pixels that a change did not touch.
    """

    progressed = Signal(str)
    finished = Signal(str)
    left_alone = Signal(str)

    def __init__(self, document: Document, reporter: ErrorReporter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._reporter = reporter
        self._wishes: deque[_Wish] = deque()
        self._wish: _Wish | None = None
        self._result: BulkResult | None = None
        self.runner = JobRunner("bulk edits", self)
        self.runner.received.connect(self._on_received)
        self.runner.failed.connect(self._on_failed)
        self.runner.finished.connect(self._on_finished)
        document.clip_changed.connect(self._on_clip_changed)

    @property
    def is_busy(self) -> bool:
        """Whether a change is under way."""
        return self._wish is not None or bool(self._wishes)

    def start(
        self,
        text: str,
        transform: Transform,
        push: Push,
        frames: frozenset[int] | None = None,
        *,
        beside_edits: bool = False,
        whole_of: str = "",
    ) -> None:
        """Change masks.

        Args:
            text: What is done, for the status line.
            transform: What to do with each frame; a pure function.
            push: Gets the changed masks in the window's thread and pushes the step.
            frames: Only these; all if None.
            beside_edits: An edit that is in hand when it is done goes on; else it is dropped.
            whole_of: Name of an object of which no pixel may be left out: the change is not made at all where
                locked pixels stand against it. Empty to leave those alone.
        """
        self._wishes.append(_Wish(text, frames, transform, push, beside_edits, whole_of))
        self._start_next()

    def close(self) -> None:
        """End the thread."""
        self._wishes.clear()
        self.runner.close()

    def _start_next(self) -> None:
        if self._wish is not None or not self._wishes or self.runner.is_running:
            return
        self._wish = self._wishes.popleft()
        self._result = None
        self.progressed.emit(f"{self._wish.text}…")
        self.runner.start(
            BulkJob(self._wanted(self._wish), self._wish.transform, self._document.locked_regions)
        )

    def _wanted(self, wish: _Wish) -> dict[int, StoredMask]:
        entries = self._document.masks.entries()
        if wish.frames is None:
            return entries
        return {index: entry for index, entry in entries.items() if index in wish.frames}

    def _merged_with_now(
        self, wish: _Wish, result: BulkResult
    ) -> tuple[dict[int, StoredMask | None], dict[int, int]]:
        """The result, with frames worked out anew that were changed while the job ran: a few at most.

        Returns:
            Masks by frame index, and how many locked pixels were left alone.
        """
        masks, held = dict(result.masks), dict(result.held)
        now, regions = self._wanted(wish), self._document.locked_regions
        transform = holding(wish.transform, regions, held)
        for index in result.source.keys() - now.keys():
            masks.pop(index, None)
            held.pop(index, None)
        for index, entry in now.items():
            if result.source.get(index) is not entry or regions.get(index) != result.regions.get(index):
                masks.pop(index, None)
                changed = transform(index, entry)
                if changed is not entry:
                    masks[index] = changed
        return masks, held

    @Slot(int, object)
    def _on_received(self, run_id: int, content: object) -> None:
        if isinstance(content, BulkResult):
            self._result = content
        elif isinstance(content, BulkProgress) and self._wish is not None:
            self.progressed.emit(
                trn(
                    "{text}… {done} of {count} frame",
                    "{text}… {done} of {count} frames",
                    content.total,
                    text=self._wish.text,
                    done=content.done,
                )
            )

    @Slot(int, object)
    def _on_failed(self, run_id: int, error: ErrorInfo) -> None:
        self._reporter.show(error)

    @Slot(int, object)
    def _on_finished(self, run_id: int, outcome: Outcome) -> None:
        wish, result, self._wish, self._result = self._wish, self._result, None, None
        self.progressed.emit("")
        if outcome is Outcome.DONE and wish is not None and result is not None:
            if not wish.beside_edits:
                self._document.cancel_edit()
            masks, held = self._merged_with_now(wish, result)
            if held and wish.whole_of:
                self._reporter.inform(
                    tr("Frame {frame} has locked pixels of {name}.", frame=min(held), name=wish.whole_of),
                    tr("Unlock them first."),
                )
            else:
                wish.push(masks)
                if held:
                    self.left_alone.emit(held_text(held))
            self.finished.emit(wish.text)
        self._start_next()

    @Slot()
    def _on_clip_changed(self) -> None:
        self._wishes.clear()
        self._result = None  # its job may have ended, and only the word of that be on the way
        self.runner.cancel()
