"""Edits that are not made with the mouse, as one command each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from app.document.boxes import EMPTY_BOX, Box
from app.document.commands import AddObjectCommand, PaintCommand, SetPointsCommand, SetReferenceCommand
from app.document.document import Document
from app.document.editing import MaskPatch
from app.document.locked import held_text, hold
from app.document.mask_store import Mask, MaskSource, StoredMask, aged, anew, pack, told_by, without_objects
from app.document.objects import VOID, new_object
from app.errors import UserError
from app.i18n import tr

Tell = Callable[[str], None]


def _tell_nobody(text: str) -> None:
    pass


def import_mask(
    document: Document, frame_index: int, index_mask: Mask, limit: int, tell: Tell = _tell_nobody
) -> None:
    """Put a mask from a file on a frame; objects that it names and the document lacks are added.

    Args:
        document: Takes the mask.
        frame_index: 0-based.
        index_mask: (H, W) uint8, 0 = background, 255 = void, which counts as background here.
        limit: Largest object id that is allowed.
        tell: Hears of locked pixels that were left alone.

    Raises:
        UserError: Wrong size, no object, an id above the limit, or something there is locked.
    """
    height, width = document.masks.shape
    if index_mask.shape != (height, width):
        raise UserError(
            tr(
                "The mask is {mask_width}x{mask_height}, but the clip is {width}x{height}.",
                mask_width=index_mask.shape[1],
                mask_height=index_mask.shape[0],
                width=width,
                height=height,
            ),
            tr("Export the mask at the clip's own size."),
        )
    ids = [int(value) for value in np.unique(index_mask) if value not in (0, VOID)]
    if not ids:
        raise UserError(
            tr("The mask shows no object: all its pixels are background."), tr("Choose another file.")
        )
    if ids[-1] > limit:
        raise UserError(
            tr(
                "The mask has the object id {object_id}, but ids go up to {limit}.",
                object_id=ids[-1],
                limit=limit,
            ),
            tr("Renumber its objects 1, 2, 3..."),
        )
    document.offer_edit()
    before = document.masks.entry(frame_index)
    reason = document.why_locked(frame_index, [*ids, *(() if before is None else before.object_ids)])
    if reason:
        raise UserError(reason, tr("Unlock it to import a mask there."))
    clean = np.where(index_mask == VOID, np.uint8(0), index_mask)
    stack = document.undo_stack
    stack.beginMacro(tr("Import mask on frame {frame}", frame=frame_index))
    for object_id in ids:
        if document.object(object_id) is None:
            stack.push(AddObjectCommand(document, new_object(object_id)))
    held = hold(before, pack(clean, MaskSource.USER), document.locked_region(frame_index))
    patch = MaskPatch(frame_index, EMPTY_BOX, before, held.entry)
    stack.push(PaintCommand(document, patch, tr("Import mask"), applied=False))
    stack.endMacro()
    if held.pixel_count:
        tell(held_text({frame_index: held.pixel_count}))
    document.set_current_object(ids[0])


def clear_object(document: Document, frame_index: int, object_id: int, tell: Tell = _tell_nobody) -> bool:
    """Take an object's pixels off one frame, but for locked ones. Returns whether there were any.

    The frame says then that the object is not there, also if nothing else is: no run brings it back.

    Raises:
        UserError: The object or the frame is locked.
    """
    before = document.masks.entry(frame_index)
    if before is None or object_id not in before.object_ids:
        return False
    _check_locks(document, frame_index, [object_id])
    told = told_by(before, {object_id})
    rest = without_objects(before, {object_id}) or pack(np.zeros(before.shape, np.uint8), MaskSource.USER)
    after = aged(anew(rest, told), before, rest.known_ids)
    _push(document, frame_index, before, after, tr("Clear object on frame {frame}", frame=frame_index), tell)
    return True


def clear_frame(document: Document, frame_index: int, tell: Tell = _tell_nobody) -> bool:
    """Remove the mask of a frame, but for locked pixels, and its being a reference.

    Returns whether there was one.

    Raises:
        UserError: The frame, or an object on it, is locked.
    """
    before = document.masks.entry(frame_index)
    if before is None:
        return False
    _check_locks(document, frame_index, before.object_ids)
    _push(document, frame_index, before, None, tr("Clear frame {frame}", frame=frame_index), tell)
    return True


def set_in_point(document: Document, frame_index: int | None) -> None:
    """Move or clear the in point; an out point before it goes."""
    out_point = document.out_point
    if frame_index is not None and out_point is not None and out_point < frame_index:
        out_point = None
    _set_points(document, frame_index, out_point)


def set_out_point(document: Document, frame_index: int | None) -> None:
    """Move or clear the out point; an in point after it goes."""
    in_point = document.in_point
    if frame_index is not None and in_point is not None and in_point > frame_index:
        in_point = None
    _set_points(document, in_point, frame_index)


def clear_points(document: Document) -> None:
    """Remove in and out point."""
    _set_points(document, None, None)


def _set_points(document: Document, in_point: int | None, out_point: int | None) -> None:
    if (in_point, out_point) != (document.in_point, document.out_point):
        document.undo_stack.push(SetPointsCommand(document, in_point, out_point))


def _check_locks(document: Document, frame_index: int, object_ids: Iterable[int]) -> None:
    reason = document.why_locked(frame_index, object_ids)
    if reason:
        raise UserError(reason, tr("Unlock it first."))


def _push(
    document: Document,
    frame_index: int,
    before: StoredMask,
    after: StoredMask | None,
    text: str,
    tell: Tell,
) -> None:
    held = hold(before, after, document.locked_region(frame_index))
    if held.pixel_count:
        tell(held_text({frame_index: held.pixel_count}))
    if held.entry is before:
        return
    stack = document.undo_stack
    stack.beginMacro(text)
    if after is None and frame_index in document.reference_table:
        stack.push(SetReferenceCommand(document, frame_index, False))
    height, width = document.masks.shape
    box: Box = (0, 0, width, height)
    stack.push(PaintCommand(document, MaskPatch(frame_index, box, before, held.entry), text, applied=False))
    stack.endMacro()
