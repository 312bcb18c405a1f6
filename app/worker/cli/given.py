"""Frames with given masks among those that the network made, as the studio stores and finishes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, StoredMask, pack, pack_probability
from app.document.objects import VOID
from app.export.mattes import Matte, finished_matte, neighbours_of
from app.worker.propagation import object_ids

if TYPE_CHECKING:
    from app.worker.engine import Result


@dataclass(frozen=True)
class GivenMasks:
    """The masks that a run starts from.

    Attributes:
        masks: Frame index to index mask, (H, W) uint8: 0 background, 1..254 object ids, 255 void.
        late: Frames of those that speak only of the objects that they show, and lie over what a run brought.
    """

    masks: Mapping[int, NDArray[np.uint8]]
    late: Set[int] = frozenset()

    def entry(self, frame_index: int) -> StoredMask:
        """A given mask as it is stored."""
        mask = self.masks[frame_index]
        return pack(np.where(mask == VOID, np.uint8(0), mask), MaskSource.USER)

    def entry_of(self, frame_index: int, result: Result) -> StoredMask:
        """A frame that was reached as it is stored; given masks stay as they are."""
        if frame_index in self.masks and frame_index not in self.late:
            return self.entry(frame_index)
        entry = pack_probability(result.index_mask, result.probability, result.object_ids)
        if frame_index not in self.late:
            return entry
        return replace(
            entry, source=MaskSource.USER, told_ids=frozenset(object_ids([self.masks[frame_index]]))
        )


@dataclass
class GivenEdges:
    """Keeps the frames around given masks, so that these get edges as soft as theirs.

    Attributes:
        given: The masks that the run starts from.
        finish: Of all objects.
        aspect: Width of a pixel on screen divided by its height.
    """

    given: GivenMasks
    finish: MatteFinish
    aspect: float = 1.0
    _entries: dict[int, StoredMask] = field(default_factory=dict)

    def add(self, frame_index: int, result: Result) -> None:
        """Take a frame that was reached; kept is what lies near a given mask."""
        reach = self.finish.reach_frames
        if self.finish.match_edges and any(abs(frame_index - index) <= reach for index in self.given.masks):
            self._entries[frame_index] = self.given.entry_of(frame_index, result)

    def mattes(self) -> Iterator[tuple[int, int, Matte]]:
        """Frame index, object id and (H, W) float32 matte of all objects on frames with given masks."""
        for frame_index in sorted(self._entries.keys() & self.given.masks.keys()):
            entry = self._entries[frame_index]
            around = neighbours_of(self._entries.get, frame_index, self.finish)
            for key in sorted(entry.known_ids):
                if entry.tells_of(key):
                    yield frame_index, key, finished_matte(entry, key, self.finish, None, around, self.aspect)
