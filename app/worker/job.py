"""What a background job is: its messages, its cancelling and its back-pressure. Free of Qt."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

PERMITS = 2
"""How many messages of a job may wait for the window at once.

One for the window to take while the job makes the next. Each more would only make the window late for the
user: it takes all that wait, and what follows from them, before it looks at mouse and keys.
"""

_PERMIT_WAIT_S = 0.05


class Outcome(enum.Enum):
    """How a job ended."""

    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class ErrorInfo:
    """An error on its way to the user.

    Attributes:
        message: What went wrong and where.
        hint: What to do about it; may be empty.
        details: Traceback of an unexpected error, empty for an expected one.
    """

    message: str
    hint: str = ""
    details: str = ""


@dataclass(frozen=True)
class Payload:
    """A message from a job: a frozen dataclass of arrays and numbers, with the run that it belongs to."""

    run_id: int
    content: object


@dataclass(frozen=True)
class Finished:
    """The last message of a run; each run sends exactly one."""

    run_id: int
    outcome: Outcome
    error: ErrorInfo | None = None


class JobCancelledError(Exception):
    """Unwinds a job that was cancelled. Not an error for anybody."""


class JobContext:
    """A job's side of its run.

    Args:
        run_id: Of the run.
        send: Delivers a payload to the window's thread.
    """

    def __init__(self, run_id: int, send: Callable[[Payload], None]) -> None:
        self.run_id = run_id
        self._send = send
        self._cancel = threading.Event()
        # owned by the job: a shared one would lose permits when a run is cancelled
        self._permits = threading.Semaphore(PERMITS)
        self._go_on = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether the job should end; test it at every frame."""
        return self._cancel.is_set()

    def check(self) -> None:
        """Raise `JobCancelledError` if the job should end."""
        if self._cancel.is_set():
            raise JobCancelledError

    def emit(self, content: object) -> None:
        """Send a message; waits while too many are on their way.

        Raises:
            JobCancelledError: The job was cancelled.
        """
        while not self._permits.acquire(timeout=_PERMIT_WAIT_S):
            self.check()
        self.check()
        self._send(Payload(self.run_id, content))

    def ask(self, content: object) -> None:
        """Send a message and wait until the user says how to go on.

        Raises:
            JobCancelledError: The job was cancelled.
        """
        self._go_on.clear()
        self.emit(content)
        while not self._go_on.wait(_PERMIT_WAIT_S):
            self.check()
        self.check()

    def resume(self) -> None:
        """Let a job that has asked go on. May be called from any thread."""
        self._go_on.set()

    def cancel(self) -> None:
        """Ask the job to end. May be called from any thread."""
        self._cancel.set()

    def received(self) -> None:
        """The window has taken a message."""
        self._permits.release()


class Job(Protocol):
    """Work for a lane. Everything it needs is a snapshot that it was made with."""

    def run(self, context: JobContext) -> None:
        """Do it, in the lane's thread.

        Raises:
            UserError: Expected failure, shown as a message.
            JobCancelledError: From ``context``.
        """
