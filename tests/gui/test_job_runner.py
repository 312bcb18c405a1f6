from __future__ import annotations

import gc
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PySide6.QtCore import QObject, QThread, QTimer, Signal
from pytestqt.qtbot import QtBot

from app.errors import UserError
from app.worker.job import PERMITS, ErrorInfo, JobContext, Outcome
from app.worker.job_runner import JobRunner


@dataclass(frozen=True)
class Number:
    value: int
    thread: int


class Counting:
    """Sends numbers; waits for the gate before each, if there is one."""

    def __init__(
        self, count: int, gate: threading.Event | None = None, error: Exception | None = None
    ) -> None:
        self.count, self.gate, self.error = count, gate, error
        self.sent = 0
        self.begun = threading.Event()

    def run(self, context: JobContext) -> None:
        self.begun.set()
        for value in range(self.count):
            while self.gate is not None and not self.gate.wait(0.01):
                context.check()
            context.emit(Number(value, threading.get_ident()))
            self.sent += 1
        if self.error is not None:
            raise self.error


class Listener(QObject):
    """Hears everything a runner says."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self.values: list[tuple[int, int]] = []
        self.ends: list[tuple[int, Outcome]] = []
        self.errors: list[tuple[int, ErrorInfo]] = []
        self.threads: set[object] = set()
        self.worker_threads: set[int] = set()
        runner.received.connect(self.on_received)
        runner.finished.connect(self.on_finished)
        runner.failed.connect(self.on_failed)

    def on_received(self, run_id: int, content: Number) -> None:
        self.values.append((run_id, content.value))
        self.threads.add(threading.get_ident())
        self.worker_threads.add(content.thread)

    def on_finished(self, run_id: int, outcome: Outcome) -> None:
        self.ends.append((run_id, outcome))
        self.threads.add(threading.get_ident())

    def on_failed(self, run_id: int, error: ErrorInfo) -> None:
        self.errors.append((run_id, error))
        self.threads.add(threading.get_ident())


@pytest.fixture
def runner(qtbot: QtBot) -> Iterator[JobRunner]:
    made = JobRunner("test")
    yield made
    made.close()


def test_messages_come_in_order_and_in_the_window_thread(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    with qtbot.waitSignal(runner.finished):
        runner.start(Counting(30))
    assert listener.values == [(1, value) for value in range(30)]
    assert listener.ends == [(1, Outcome.DONE)]
    # T2: a method of a QObject of this thread runs in this thread, and the job in another
    assert listener.threads == {threading.get_ident()}
    assert threading.get_ident() not in listener.worker_threads
    assert runner.is_idle


class Turns(QObject):
    """Counts the turns of the event loop, and how many messages come in each; takes its time for them."""

    def __init__(self, runner: JobRunner) -> None:
        super().__init__()
        self.messages = [0]
        self.timer = QTimer(self)
        self.timer.timeout.connect(lambda: self.messages.append(0))
        self.timer.start(0)
        runner.received.connect(self.on_received)

    def on_received(self, run_id: int, content: Number) -> None:
        self.messages[-1] += 1
        time.sleep(0.005)  # long enough for the job to send the next one


def test_a_job_that_sends_faster_than_the_window_takes_leaves_it_time_for_the_user(
    qtbot: QtBot, runner: JobRunner
) -> None:
    turns = Turns(runner)
    with qtbot.waitSignal(runner.finished):
        runner.start(Counting(30))
    turns.timer.stop()
    assert sum(turns.messages) == 30
    assert max(turns.messages) <= PERMITS <= 2


def test_one_job_at_a_time(qtbot: QtBot, runner: JobRunner) -> None:
    gate = threading.Event()
    runner.start(Counting(3, gate))
    with pytest.raises(RuntimeError, match="busy"):
        runner.start(Counting(3))
    with qtbot.waitSignal(runner.finished):
        gate.set()


def test_cancel_ends_once_and_drops_what_was_on_its_way(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    job = Counting(1000)
    runner.start(job)
    assert job.begun.wait(5)
    # the window's thread is busy here, so only as many messages as there are permits can be on their way
    while job.sent < PERMITS:
        pass
    runner.cancel()
    with qtbot.waitSignal(runner.finished):
        pass
    assert job.sent == PERMITS
    assert listener.values == []
    assert listener.ends == [(1, Outcome.CANCELLED)]


def test_a_new_run_after_a_cancelled_one_and_twelve_cancels_in_a_row(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    for _ in range(12):
        runner.start(Counting(1000, threading.Event()))
        runner.cancel()
    with qtbot.waitSignal(runner.finished, check_params_cb=lambda run_id, outcome: run_id == 13):
        runner.start(Counting(PERMITS * 3))
    assert listener.ends == [*((run, Outcome.CANCELLED) for run in range(1, 13)), (13, Outcome.DONE)]
    assert listener.values == [(13, value) for value in range(PERMITS * 3)]


def test_expected_errors_keep_their_words(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    with qtbot.waitSignal(runner.finished):
        runner.start(Counting(2, error=UserError("No clip.", "Open one.")))
    assert listener.errors == [(1, ErrorInfo("No clip.", "Open one."))]
    assert listener.ends == [(1, Outcome.FAILED)]


@pytest.mark.allow_logs
def test_an_unexpected_error_is_logged_and_the_next_run_works(qtbot: QtBot, runner: JobRunner) -> None:
    listener = Listener(runner)
    with qtbot.waitSignal(runner.finished):
        runner.start(Counting(2, error=ZeroDivisionError("oops")))
    assert listener.ends == [(1, Outcome.FAILED)]
    assert "oops" in listener.errors[0][1].message
    assert "ZeroDivisionError" in listener.errors[0][1].details
    with qtbot.waitSignal(runner.finished):
        runner.start(Counting(2))
    assert listener.ends[-1] == (2, Outcome.DONE)


def test_closing_in_mid_run_ends_the_thread(qtbot: QtBot) -> None:
    runner = JobRunner("test")
    thread = runner.findChild(QThread)
    assert thread is not None
    runner.start(Counting(1000, threading.Event()))
    runner.close()
    assert thread.isFinished()


def test_a_job_that_does_not_stop_in_time_is_waited_for_at_the_end(qtbot: QtBot) -> None:
    from app.worker.threads import end_thread, wait_for_late_threads

    class Stubborn:
        def __init__(self) -> None:
            self.gate, self.begun = threading.Event(), threading.Event()

        def run(self, context: JobContext) -> None:
            self.begun.set()
            assert self.gate.wait(20)

    runner, job = JobRunner("stubborn"), Stubborn()
    runner.start(job)
    assert job.begun.wait(5)
    assert not end_thread(runner._thread, runner._worker, wait_ms=20)
    threading.Timer(0.1, job.gate.set).start()
    assert wait_for_late_threads(10000)


def test_a_runner_and_its_jobs_are_freed(qtbot: QtBot) -> None:
    runner = JobRunner("test")
    job = Counting(3)
    with qtbot.waitSignal(runner.finished):
        runner.start(job)
    runner.close()
    watch = weakref.ref(job)
    del job
    gc.collect()
    assert watch() is None


def test_arrays_cross_without_a_copy(qtbot: QtBot, runner: JobRunner) -> None:
    array = np.arange(6)
    array.setflags(write=False)

    class Sending:
        def run(self, context: JobContext) -> None:
            context.emit(array)

    with qtbot.waitSignal(runner.received) as blocker:
        runner.start(Sending())
    qtbot.waitUntil(lambda: runner.is_idle)
    assert blocker.args[1] is array


def test_emitting_signals_leaks_no_reference_to_true(qtbot: QtBot) -> None:
    class Source(QObject):
        fired = Signal(bool)

    source = Source()
    source.fired.emit(True)
    before = sys.getrefcount(True)
    for _ in range(1000):
        source.fired.emit(True)
    assert abs(sys.getrefcount(True) - before) < 50


def test_a_run_that_fails_after_it_was_cancelled_is_no_error(qtbot: QtBot) -> None:
    gate, begun = threading.Event(), threading.Event()

    class Late:
        def run(self, context: JobContext) -> None:
            begun.set()
            assert gate.wait(20)
            raise RuntimeError("too late to matter")

    runner = JobRunner("test")
    listener = Listener(runner)
    run_id = runner.start(Late())
    assert begun.wait(20)
    runner.cancel()
    gate.set()
    qtbot.waitUntil(lambda: runner.is_idle, timeout=10000)
    assert listener.errors == []
    assert listener.ends == [(run_id, Outcome.CANCELLED)]
    runner.close()


def test_a_job_that_ended_before_it_heard_that_it_was_cancelled_counts_as_cancelled(qtbot: QtBot) -> None:
    runner = JobRunner("test")
    listener, ended = Listener(runner), threading.Event()

    class Quick(Counting):
        def run(self, context: JobContext) -> None:
            super().run(context)
            ended.set()

    run_id = runner.start(Quick(1))
    assert ended.wait(10)
    runner.cancel()  # its number, and the word that it is done, are still on the way
    qtbot.waitUntil(lambda: bool(listener.ends), timeout=10000)
    assert listener.values == []
    assert listener.ends == [(run_id, Outcome.CANCELLED)]  # nobody got what it made
    runner.close()
