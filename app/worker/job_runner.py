"""Runs jobs on a thread of their own and brings their messages back to the window's thread."""

from __future__ import annotations

import logging
import traceback

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import UserError
from app.i18n import tr
from app.worker.job import ErrorInfo, Finished, Job, JobCancelledError, JobContext, Outcome, Payload
from app.worker.threads import end_thread, start_thread

log = logging.getLogger(__name__)


class _Worker(QObject):
    """Lives in the lane's thread."""

    produced = Signal(object)
    ended = Signal(object)

    @Slot(object, object)
    def run(self, job: Job, context: JobContext) -> None:
        """Run one job to its end; whatever happens, `ended` is sent once."""
        try:
            context.check()
            job.run(context)
            finished = Finished(context.run_id, Outcome.DONE)
        except JobCancelledError:
            finished = Finished(context.run_id, Outcome.CANCELLED)
        except UserError as error:
            finished = Finished(context.run_id, Outcome.FAILED, ErrorInfo(error.message, error.hint))
        except MemoryError:
            message, hint = (
                tr("There is not enough memory for this."),
                tr("Close other programs or use a smaller clip."),
            )
            finished = Finished(context.run_id, Outcome.FAILED, ErrorInfo(message, hint))
        except Exception as error:  # noqa: BLE001 - the one place where a worker catches everything
            finished = Finished(context.run_id, Outcome.FAILED, _describe(error))
        self.ended.emit(finished)


class JobRunner(QObject):
    """One lane: a long-lived thread that does one job at a time.

    Messages of a cancelled run are dropped. A new job may be started while a cancelled one winds down.

    Signals:
        received: A message of the current run (run id, content).
        failed: The run failed (run id, ErrorInfo); `finished` follows.
        finished: The run ended (run id, Outcome); exactly once per run.
    """

    received = Signal(int, object)
    failed = Signal(int, object)
    finished = Signal(int, object)
    _handed_over = Signal(object, object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._contexts: dict[int, JobContext] = {}
        self._last_run_id = 0
        self._worker = _Worker()
        self._thread = start_thread(name, self._worker, self)
        # bound methods of QObjects only: anything else would run in the worker's thread
        self._handed_over.connect(self._worker.run)
        self._worker.produced.connect(self._on_produced)
        self._worker.ended.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        """Whether a job that was not cancelled is under way."""
        return any(not context.cancelled for context in self._contexts.values())

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way, cancelled jobs included."""
        return not self._contexts

    def start(self, job: Job) -> int:
        """Hand a job to the thread.

        Returns:
            Its run id.

        Raises:
            RuntimeError: A job is running.
        """
        if self.is_running:
            raise RuntimeError(f"the {self._thread.objectName()} lane is busy")
        self._last_run_id += 1
        context = JobContext(self._last_run_id, self._worker.produced.emit)
        self._contexts[context.run_id] = context
        self._handed_over.emit(job, context)
        return context.run_id

    def cancel(self) -> None:
        """Ask the running job to end; `finished` follows."""
        for context in self._contexts.values():
            context.cancel()

    def resume(self) -> None:
        """Let the running job go on, if it waits for an answer."""
        for context in self._contexts.values():
            context.resume()

    def close(self) -> None:
        """Cancel what runs and end the thread."""
        self.cancel()
        end_thread(self._thread, self._worker)

    @Slot(object)
    def _on_produced(self, payload: Payload) -> None:
        context = self._contexts.get(payload.run_id)
        if context is None:
            return
        context.received()
        if not context.cancelled:
            self.received.emit(payload.run_id, payload.content)

    @Slot(object)
    def _on_ended(self, finished: Finished) -> None:
        context = self._contexts.pop(finished.run_id, None)
        if context is not None and context.cancelled:
            # nobody waits for it any more, and what it sent last was dropped even if it came to its end
            if finished.outcome is Outcome.FAILED:
                log.info("run %d failed after it was cancelled: %s", finished.run_id, finished.error)
            self.finished.emit(finished.run_id, Outcome.CANCELLED)
            return
        if finished.error is not None:
            if finished.error.details:
                log.error("run %d failed: %s", finished.run_id, finished.error.details)
            self.failed.emit(finished.run_id, finished.error)
        self.finished.emit(finished.run_id, finished.outcome)


def _describe(error: Exception) -> ErrorInfo:
    message, hint = getattr(error, "message", None), getattr(error, "hint", None)
    if isinstance(message, str) and isinstance(hint, str):
        return ErrorInfo(
            message, hint
        )  # the engine's own expected errors, known by their form: torch stays unloaded
    return ErrorInfo(
        tr("Something unexpected went wrong: {error}", error=error),
        tr("The log has the details."),
        traceback.format_exc(),
    )
