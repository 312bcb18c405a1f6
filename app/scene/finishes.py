"""What the finish of an object comes to on a frame that is shown. Free of Qt."""

from __future__ import annotations

from collections.abc import Callable

from app.document.finish import MatteFinish
from app.document.mask_store import StoredMask
from app.export.mattes import finish_on, neighbours_of


def finish_there(
    finish: MatteFinish,
    masks: StoredMask,
    object_id: int,
    frame_index: int,
    entry: Callable[[int], StoredMask | None],
    *,
    has_locks: bool,
) -> tuple[MatteFinish, tuple[StoredMask | None, ...]]:
    """The finish as it works on a frame, and the masks around that it looks at there, nearest first.

    What it does not look at is left out: a matte need not be made anew where only that has changed.

    Args:
        finish: Of the object.
        masks: Of the frame.
        object_id: Which object.
        frame_index: 0-based.
        entry: The masks of a frame by its index.
        has_locks: Whether pixels of the frame are locked.
    """
    if has_locks:
        finish = finish.beside_locks
    around = neighbours_of(entry, frame_index, finish)
    finish = finish_on(finish, masks, object_id, around)
    return finish, tuple(around[: 2 * finish.reach_frames])
