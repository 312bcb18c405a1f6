"""Starts threads, and ends them, even those that are in the middle of something long."""

from __future__ import annotations

import logging

from PySide6.QtCore import QDeadlineTimer, QObject, QThread

log = logging.getLogger(__name__)

CLOSE_WAIT_MS = 5000

# Destroying a QThread that runs ends the process at once, so those that do not end in time are kept here.
_late: list[tuple[QThread, QObject]] = []


def start_thread(name: str, worker: QObject, owner: QObject) -> QThread:
    """Start an event loop in a thread of its own.

    Args:
        name: For the log.
        worker: Lives there from now on, and is deleted when the thread ends.
        owner: Of the thread.
    """
    thread = QThread(owner)
    thread.setObjectName(name)
    worker.moveToThread(thread)
    thread.finished.connect(worker.deleteLater)
    thread.start()
    return thread


def end_thread(thread: QThread, worker: QObject, wait_ms: int = CLOSE_WAIT_MS) -> bool:
    """Leave a thread's event loop and wait for its end.

    Args:
        thread: What to end; its work was asked to stop.
        worker: What lives in it.
        wait_ms: How long to wait.

    Returns:
        Whether it ended. If not, `wait_for_late_threads` must be called before the process ends.
    """
    thread.quit()
    if thread.wait(QDeadlineTimer(wait_ms)):
        return True
    log.info("the %s thread did not end within %d ms", thread.objectName(), wait_ms)
    thread.setParent(None)
    _late.append((thread, worker))
    return False


def wait_for_late_threads(wait_ms: int) -> bool:
    """Give threads that did not end in time some more of it. Returns whether all have ended."""
    deadline = QDeadlineTimer(wait_ms)
    for pair in list(_late):
        if pair[0].wait(deadline):
            _late.remove(pair)
        else:
            log.error("the %s thread does not end", pair[0].objectName())
    return not _late
