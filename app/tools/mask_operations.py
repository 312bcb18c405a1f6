"""Changes of the current object's mask on the current frame that need no mouse, each one undo step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.document.commands import PaintCommand
from app.document.document import Document
from app.document.edited_matte import HALF
from app.document.editing import MaskEdit
from app.document.locked import held_text
from app.document.packed_matte import WHITE, Fine
from app.i18n import tr
from app.matte.shape import grown
from app.tools.pixels.regions import holes

Refuse = Callable[[str], None]


def grow(document: Document, refuse: Refuse, pixels: int) -> bool:
    """Move the edge outward by so many px, inward if negative. Returns whether anything changed."""

    def change(edit: MaskEdit, object_id: int) -> Fine:
        moved = grown(edit.fine_matte(object_id).astype(np.float32), pixels)
        return np.asarray(np.rint(moved), np.uint16)

    return _change(document, refuse, tr("Grow") if pixels > 0 else tr("Shrink"), change)


def fill_all_holes(document: Document, refuse: Refuse) -> bool:
    """Fill what the object encloses. Returns whether anything changed."""

    def change(edit: MaskEdit, object_id: int) -> Fine:
        matte: Fine = edit.fine_matte(object_id).copy()
        matte[holes(matte >= HALF)] = WHITE
        return matte

    return _change(document, refuse, tr("Fill holes"), change)


def invert(document: Document, refuse: Refuse) -> bool:
    """What was out is in; objects out of reach keep their pixels. Returns whether anything changed."""
    return _change(document, refuse, tr("Invert"), lambda edit, object_id: WHITE - edit.fine_matte(object_id))


def copy_to(document: Document, refuse: Refuse, step: int) -> bool:
    """Copy the object's mask to a neighbouring frame, and go there. Returns whether that worked.

    Args:
        document: Whose mask.
        refuse: Told why not.
        step: 1 for the next frame, -1 for the one before.
    """
    frame, object_id = document.current_frame, document.current_object_id
    goal = frame + step
    if not 0 <= goal < document.frame_count:
        refuse(tr("There is no frame on that side."))
        return False
    entry = document.masks.entry(frame)
    if entry is None or object_id not in entry.object_ids:
        refuse(tr("The current object has no mask on this frame."))
        return False
    matte = entry.fine_matte(object_id)
    document.set_current_frame(goal)
    reason = document.why_not_editable()
    if reason:
        document.set_current_frame(frame)
        refuse(reason)
        return False
    return _change(document, refuse, tr("Copy mask"), lambda edit, _: matte)


def _change(document: Document, refuse: Refuse, verb: str, change: Callable[[MaskEdit, int], Fine]) -> bool:
    document.cancel_edit()
    reason = document.why_not_editable()
    if reason:
        refuse(reason)
        return False
    edit, object_id = document.begin_edit(), document.current_object_id
    document.edit_changed(edit.replace(change(edit, object_id), object_id))
    left = edit.left_px
    patch = document.finish_edit()
    if left:
        refuse(held_text({document.current_frame: left}))
    if patch is None:
        return False
    document.undo_stack.push(
        PaintCommand(document, patch, tr("{verb} on frame {frame}", verb=verb, frame=patch.frame_index))
    )
    return True
