"""Compares, accepts and rejects what the last run changed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction

from app.control.bulk import BulkEdits
from app.control.reporter import ErrorReporter
from app.document.commands import SettleTakeCommand
from app.document.document import Document
from app.document.mask_store import StoredMask
from app.document.takes import Take
from app.i18n import tr, trn
from app.views.take_panel import TakePanel


class TakeController(QObject):
    """What the user decides about the newest take.

    Args:
        document: Whose takes.
        panel: Lists them, and says for which frames a decision holds.
        compare: Checked while the former masks are shown.
        reporter: Says what a decision did not reach.
        bulk: Works out former masks on frames with locked pixels.
        parent: Owner.

    Signals:
        changed: There is something else to decide, or nothing.
    """

    changed = Signal()

    def __init__(
        self,
        document: Document,
        panel: TakePanel,
        compare: QAction,
        reporter: ErrorReporter,
        bulk: BulkEdits,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._panel = panel
        self._compare = compare
        self._reporter = reporter
        self._bulk = bulk
        document.takes_changed.connect(self._on_takes_changed)
        document.clip_changed.connect(self._on_takes_changed)
        document.takes_dropped.connect(self._on_takes_dropped)
        document.former_shown_changed.connect(compare.setChecked)

    @property
    def is_open(self) -> bool:
        """Whether the last run changed frames that are neither accepted nor rejected."""
        take = self._document.take
        return take is not None and take.is_open

    def compare(self) -> None:
        """Show the former masks, or the new ones again."""
        self._document.show_former(not self._document.shows_former)

    def accept(self) -> None:
        """Keep the new masks of the chosen frames."""
        self._settle(accept=True)

    def reject(self) -> None:
        """Bring back the former masks of the chosen frames."""
        self._settle(accept=False)

    def _settle(self, *, accept: bool) -> None:
        document, take = self._document, self._document.take
        if take is None:
            return
        frames = take.open_in(self._panel.chosen_span.frames(document))
        if not frames:
            self._reporter.refuse(tr("The last run changed none of these frames."), tr("Choose other ones."))
            return
        document.cancel_edit()
        with_locks = frozenset(document.locked_regions) & frozenset(frames)
        if accept or not with_locks:
            self._push(take, frames, accept=accept)
            return

        # the thread that works them out must not look at the take, which may be given up meanwhile
        former_masks = {index: take[index].before for index in with_locks}

        def former(index: int, entry: StoredMask) -> StoredMask | None:
            return former_masks[index]

        def push(masks: Mapping[int, StoredMask | None]) -> None:
            if document.take is take:
                self._push(
                    take,
                    frames,
                    accept=False,
                    former={index: masks.get(index, document.masks.entry(index)) for index in with_locks},
                )

        self._bulk.start(tr("Bringing back the former masks"), former, push, with_locks)

    def _push(
        self,
        take: Take,
        frames: list[int],
        *,
        accept: bool,
        former: Mapping[int, StoredMask | None] | None = None,
    ) -> None:
        document = self._document
        command = SettleTakeCommand(document, take, frames, accept=accept, former=former)
        document.undo_stack.push(command)
        kept = [] if accept else command.skipped
        if kept:
            self._reporter.inform(
                trn(
                    "Frame {frame} changed after the run, or is locked, and kept what is there now.",
                    "{count} frames changed after the run, or are locked, and kept what is there now.",
                    len(kept),
                    frame=kept[0],
                )
            )

    @Slot()
    def _on_takes_changed(self) -> None:
        if not self.is_open:
            self._document.show_former(False)
        self.changed.emit()

    @Slot(int)
    def _on_takes_dropped(self, count: int) -> None:
        budget = f"{self._document.takes_budget_bytes / 2**20:.0f} MiB"
        if self._document.take is None:
            self._reporter.inform(
                tr(
                    "What this run replaced takes more than {budget} and is not kept for comparison.",
                    budget=budget,
                ),
                tr("Undo still brings it back, until the window is closed."),
            )
        else:
            self._reporter.inform(
                trn(
                    "The oldest run can no longer be compared, accepted or rejected.",
                    "The {count} oldest runs can no longer be compared, accepted or rejected.",
                    count,
                ),
                tr("What runs replaced is kept up to {budget}.", budget=budget),
            )
