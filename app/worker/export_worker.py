"""Carries out an export as a job of the export lane. Free of Qt."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.export.perform import perform_export
from app.export.planned import ExportSnapshot
from app.export.report import ExportProgress
from app.export.request import ExportRequest
from app.export.run import ExportStoppedError
from app.worker.job import JobCancelledError, JobContext

_INTERVAL_S = 0.1


class ExportJob:
    """One export of the queue. Sends ``ExportProgress`` as it goes on, an ``ExportResult`` at the end.

    Args:
        request: What and where to.
        snapshot: The document as it was when the export was asked for.
    """

    def __init__(self, request: ExportRequest, snapshot: ExportSnapshot) -> None:
        self._request = request
        self._snapshot = snapshot

    def run(self, context: JobContext) -> None:
        """Write and verify.

        Raises:
            UserError: It cannot be written; outputs finished before stay, parts of others are removed.
            JobCancelledError: It was stopped; likewise.
        """
        try:
            result = perform_export(
                self._request, self._snapshot, seldom(context.emit), lambda: context.cancelled
            )
        except ExportStoppedError as error:
            raise JobCancelledError from error
        context.emit(result)


def seldom(
    tell: Callable[[ExportProgress], None], clock: Callable[[], float] = time.monotonic
) -> Callable[[ExportProgress], None]:
    """Pass on no more progress than eyes can follow, so that small frames do not wait for the window.

    The first message is passed on, and the one that says that all is done.

    Args:
        tell: Where to.
        clock: Seconds; for tests.
    """
    last = float("-inf")

    def tell_seldom(progress: ExportProgress) -> None:
        nonlocal last
        now = clock()
        if now - last >= _INTERVAL_S or progress.done >= progress.total:
            last = now
            tell(progress)

    return tell_seldom
