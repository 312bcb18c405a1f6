"""Does what a job file says, job after job; a job that fails does not stop the others."""

from __future__ import annotations

import enum
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from app.errors import UserError
from app.worker.batch.jobs_file import BatchJob, ExportStep
from app.worker.batch.state import BatchState, fingerprint_of

log = logging.getLogger(__name__)


class JobOutcome(enum.Enum):
    """How a job went."""

    DONE = "done"
    SKIPPED = "done before"
    FAILED = "failed"


class Workshop(Protocol):
    """Does the steps."""

    def propagate(self, job: BatchJob, *, again: bool, began: Callable[[], None]) -> Iterable[Path]:
        """Carry the job's masks through its clip.

        Args:
            job: Which.
            again: An earlier try may have left a part, which may be replaced.
            began: To be called before anything is written, once it is known that nothing is in the way.

        Returns:
            Files that say that it was done.
        """

    def export(
        self, job: BatchJob, step: ExportStep, *, again: bool, began: Callable[[], None]
    ) -> Iterable[Path]:
        """Write one export of the job; arguments and result as for ``propagate``."""


def run_batch(
    jobs: Sequence[BatchJob], state: BatchState, workshop: Workshop, say: Callable[[str], None]
) -> dict[str, JobOutcome]:
    """Do all jobs that are not done.

    Args:
        jobs: In order.
        state: What was done before; kept up after every step.
        workshop: Does the steps.
        say: Hears a line about every job.

    Returns:
        Outcome by job name.

    Raises:
        UserError: The state cannot be written.
    """
    outcomes: dict[str, JobOutcome] = {}
    for number, job in enumerate(jobs, 1):
        where = f"[{number}/{len(jobs)}] {job.name}"
        try:
            worked = _run_job(job, state, workshop, partial(_say_where, say, where))
        except Exception as error:  # noqa: BLE001 - the one place that keeps a job from stopping the others
            text = _reason(error)
            state.failed(job.name, text)
            outcomes[job.name] = JobOutcome.FAILED
            say(f"{where}: failed: {text}")
            continue
        state.succeeded(job.name)
        outcomes[job.name] = JobOutcome.DONE if worked else JobOutcome.SKIPPED
        if not worked:
            say(f"{where}: done before")
    return outcomes


def _run_job(job: BatchJob, state: BatchState, workshop: Workshop, say: Callable[[str], None]) -> bool:
    """Do what is left of a job. Returns whether there was anything."""
    worked = False
    inputs = [path for path in (job.project, job.clip, job.mattes) if path is not None]
    inputs += [mask.path for mask in job.masks]
    look: dict[str, Any] = {"source": [str(path) for path in inputs], "first": job.first_number}
    if job.masks:
        look["masks"] = [[str(mask.path), mask.frame_index] for mask in job.masks]
        look["propagate"] = list(job.propagate)
    source = fingerprint_of(look, inputs)
    if job.masks and not state.is_done(job.name, "masks", source):
        say("propagating")
        again, began = state.has_begun(job.name, "masks"), partial(state.began, job.name, "masks")
        state.done(job.name, "masks", source, workshop.propagate(job, again=again, began=began))
        worked = True
    for number, step in enumerate(job.exports, 1):
        name = f"export {number}"
        wanted = {
            "source": source,
            "preset": step.preset,
            "options": step.options.to_json(),
            "target": str(step.target),
            "round_trips": list(step.round_trips),
        }
        mark = fingerprint_of(wanted)
        if state.is_done(job.name, name, mark):
            continue
        say(f"exporting {step.preset}")
        again, began = state.has_begun(job.name, name), partial(state.began, job.name, name)
        state.done(job.name, name, mark, workshop.export(job, step, again=again, began=began))
        worked = True
    return worked


def _say_where(say: Callable[[str], None], where: str, text: str) -> None:
    say(f"{where}: {text}")


def _reason(error: Exception) -> str:
    """What went wrong, in words; what nobody foresaw goes to the log with its traceback."""
    message = getattr(error, "message", None)
    engine = sys.modules.get("cfbi.errors")
    expected: tuple[type[Exception], ...] = (UserError,)
    if engine is not None:
        expected = (UserError, engine.CfbiError)
    if isinstance(error, expected) and isinstance(message, str):
        return f"{message} {getattr(error, 'hint', '')}".strip()
    if isinstance(error, MemoryError):
        return "There is not enough memory for frames of this size. Give a smaller max_side."
    log.error("unexpected error", exc_info=error)
    return f"Something unexpected went wrong: {error}"
