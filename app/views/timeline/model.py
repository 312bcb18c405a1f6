"""What the timeline shows of a document, kept up to date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, QRect, Signal, Slot

from app.document.document import Document
from app.document.mask_store import MaskSource
from app.document.objects import ObjectInfo
from app.i18n import tr, trn
from app.views.timeline.heat import Trust
from app.views.timeline.lanes import Kind, Lanes, runs

ByObject = Mapping[int, Sequence[int]]
"""Frame indices, ascending, by object id."""


class TimelineModel(QObject):
    """The lanes, the progress of a run and the trust in masks, as the document has them now.

    Args:
        document: What is shown.
        parent: Owner.

    Attributes:
        document: What is shown.
        lanes: Masks per object and frame.
        pending: Frames that a run may change, by object id; empty when no run is under way.
        pending_spans: First and last frame of each of their stretches, by object id.
        done: Frames that it has finished.
        affected: Frames that a run would change, by object id, to look at before it starts.
        affected_spans: First and last frame of each of their stretches, by object id.
        trust: Per object id (frames,) float32 in 0..1, NaN for unknown.

    Signals:
        changed: Something is to be told of masks and references that was not before.
        clip_changed: Another clip is open, or more frames of it are known (whether it is another one).
        objects_changed: There are other objects.
        frame_changed: The current frame is another one (frame index).
    """

    changed = Signal()
    clip_changed = Signal(bool)
    objects_changed = Signal()
    frame_changed = Signal(int)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.lanes = Lanes()
        self.done: set[int] = set()
        self._set_pending({})
        self._set_affected({})
        self.trust: dict[int, Trust] = {}
        document.clip_changed.connect(self._on_clip_changed)
        document.clip_extended.connect(self._on_clip_extended)
        document.mask_changed.connect(self._on_mask_changed)
        document.masks_changed.connect(self._on_masks_changed)
        document.objects_changed.connect(self._on_objects_changed)
        document.references_changed.connect(self._on_references_changed)
        document.current_frame_changed.connect(self.frame_changed)
        for signal in (
            document.current_object_changed,
            document.points_changed,
            document.locked_frames_changed,
            document.locked_regions_changed,
            document.reviewed_changed,
        ):
            signal.connect(self._on_other_change)
        self._reset_lanes()

    @property
    def lane_objects(self) -> list[ObjectInfo]:
        """The object of each lane: the one on top of the stack is the top lane."""
        return list(reversed(self.document.objects))

    # ---- the run ----

    def set_pending(self, frames: ByObject) -> None:
        """The frames that a run may change, by object id; empty when no run is under way."""
        self._set_pending(frames)
        self.done.clear()
        self.changed.emit()

    def set_affected(self, frames: ByObject) -> None:
        """The frames that a run would change, by object id; empty when none is in question."""
        if frames != self.affected:
            self._set_affected(frames)
            self.changed.emit()

    def _set_pending(self, frames: ByObject) -> None:
        self.pending, self.pending_spans = frames, {key: runs(mine) for key, mine in frames.items()}

    def _set_affected(self, frames: ByObject) -> None:
        self.affected, self.affected_spans = frames, {key: runs(mine) for key, mine in frames.items()}

    def add_done(self, frame_index: int) -> None:
        """The run has finished a frame."""
        self.done.add(frame_index)
        self.changed.emit()

    def set_trust(self, trust: dict[int, Trust]) -> None:
        """How far each frame can be trusted."""
        self.trust = trust
        self.changed.emit()

    # ---- telling ----

    def describe(self, frame_index: int, lane: int | None = None) -> str:
        """What is known about a frame, for the tool tip; of one object if ``lane`` is given."""
        return tr("Frame {frame}: {facts}", frame=frame_index, facts=self._facts(frame_index, lane))

    def describe_place(self) -> str:
        """What is known about the frame that is shown, and about the current object there.

        Without the number of the frame: that is the value of the slider, which readers tell too.
        """
        document, frame = self.document, self.document.current_frame
        facts = self._facts(frame, None)
        info = document.object(document.current_object_id)
        if info is not None and info.object_id in self.lanes:
            lane = self.lane_objects.index(info)
            facts = "; ".join([facts, ", ".join([self._kind_of(frame, lane), *self._remarks(frame, info)])])
        return facts

    def _facts(self, frame_index: int, lane: int | None) -> str:
        document = self.document
        words = [self._kind_of(frame_index, lane)]
        words += self._of_reference(frame_index, lane)
        if frame_index in document.locked_frames:
            words.append(tr("locked"))
        region = document.locked_region(frame_index)
        if region is not None:
            words.append(trn("{count:,} locked pixel", "{count:,} locked pixels", region.pixel_count))
        if lane is not None:
            words += self._remarks(frame_index, self.lane_objects[lane])
        return ", ".join(words)

    def _of_reference(self, frame_index: int, lane: int | None) -> list[str]:
        reference = self.document.reference_table.get(frame_index)
        if reference is None:
            return []
        if lane is not None:
            on, object_id = replace(reference, enabled=True), self.lane_objects[lane].object_id
            if not self.lanes.references_of(object_id, {frame_index: on}):
                return [tr("reference of others")] if reference.enabled else []
        return [tr("reference") if reference.enabled else tr("reference, off")]

    def _kind_of(self, frame_index: int, lane: int | None) -> str:
        if lane is not None:
            info = self.lane_objects[lane]
            shown = self.lanes[info.object_id]
            kind = Kind(shown.kinds[frame_index])
            if shown.absent[frame_index]:
                return tr("nothing of {name} found", name=info.name)
            if kind is Kind.NONE and shown.ages[frame_index]:
                return tr("{name} is not here, as you said", name=info.name)
            return {
                Kind.NONE: tr("no {name}", name=info.name),
                Kind.EDITED: tr("{name} painted", name=info.name),
                Kind.PROPAGATED: tr("{name} propagated", name=info.name),
            }[kind]
        source = self.document.masks.source(frame_index)
        return {
            None: tr("no mask"),
            MaskSource.USER: tr("painted"),
            MaskSource.PROPAGATED: tr("propagated"),
        }[source]

    def _remarks(self, frame_index: int, info: ObjectInfo) -> list[str]:
        words = []
        references = self.lanes.references_of(info.object_id, self.document.reference_table)
        if self.lanes[info.object_id].stale(references)[frame_index]:
            words.append(tr("older than its reference"))
        trust = self.trust.get(info.object_id)
        if trust is not None and not np.isnan(trust[frame_index]):
            words.append(tr("trust {percent:.0f} %", percent=100 * float(trust[frame_index])))
        if self.document.is_reviewed(frame_index, info.object_id):
            words.append(tr("reviewed"))
        return words

    # ---- following the document ----

    def _reset_lanes(self) -> None:
        document = self.document
        self.lanes.reset(
            document.frame_count,
            (info.object_id for info in document.objects),
            document.masks.entries(),
        )

    @Slot()
    def _on_clip_changed(self) -> None:
        self.trust = {}
        self._set_affected({})
        self._set_pending({})
        self.done.clear()
        self._reset_lanes()
        self.clip_changed.emit(True)

    @Slot()
    def _on_clip_extended(self) -> None:
        self._reset_lanes()
        self.clip_changed.emit(False)

    @Slot()
    def _on_objects_changed(self) -> None:
        ids = [info.object_id for info in self.document.objects]
        self.lanes.set_objects(ids, self.document.masks.entries())
        self.objects_changed.emit()

    @Slot(int, QRect)
    def _on_mask_changed(self, frame_index: int, _: QRect) -> None:
        edit = self.document.edit
        if edit is None or edit.frame_index != frame_index:
            self._on_masks_changed((frame_index,))

    @Slot(object)
    def _on_masks_changed(self, frames: Collection[int]) -> None:
        masks = self.document.masks
        self.lanes.put({index: masks.entry(index) for index in frames})
        self.changed.emit()

    @Slot()
    def _on_references_changed(self) -> None:
        self.lanes.forget_stale()
        self.changed.emit()

    @Slot()
    def _on_other_change(self, *_: object) -> None:
        self.changed.emit()
