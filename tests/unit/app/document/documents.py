"""A small document, and edits of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from app.document.commands import PaintCommand
from app.document.document import Document
from app.document.history import History
from app.document.mask_store import MaskSource, StoredMask, pack
from app.media import VideoInfo

INFO = VideoInfo(16, 12, 20, Fraction(25), "clip")


def new_document() -> Document:
    document = Document()
    document.open_clip(Path("clip"), INFO)
    return document


def paint(
    document: Document, frame: int, box: tuple[int, int, int, int], object_id: int, erase: bool = False
) -> None:
    document.set_current_frame(frame)
    if document.why_not_editable():
        return
    edit = document.begin_edit()
    coverage = np.ones((box[3] - box[1], box[2] - box[0]), bool)
    edit.paint(coverage, box, object_id, erase=erase)
    document.edit_changed(box)
    patch = document.finish_edit()
    if patch is not None:
        document.undo_stack.push(PaintCommand(document, patch, "Paint"))


def step_to(stack: History, index: int) -> None:
    """Undo or do again until so many steps are done."""
    while stack.index() > index:
        stack.undo()
    while stack.index() < index:
        stack.redo()


def propagated(object_id: int = 1) -> object:
    mask = np.zeros((12, 16), np.uint8)
    mask[2:6, 2:6] = object_id
    return pack(mask, MaskSource.PROPAGATED, {object_id: np.where(mask > 0, 200, 0).astype(np.uint8)})


def both_propagated() -> StoredMask:
    """What a run found of objects 1 and 2."""
    mask = np.zeros((12, 16), np.uint8)
    mask[2:6, 2:5], mask[2:6, 8:12] = 1, 2
    return pack(mask, MaskSource.PROPAGATED, {key: 255 * (mask == key).astype(np.uint8) for key in (1, 2)})


def state(document: Document) -> object:
    return (
        document.objects,
        document.masks.entries(),
        dict(document.reference_table),
        document.declined_references,
        (document.in_point, document.out_point),
        document.locked_frames,
        dict(document.locked_regions),
        document.reviewed,
    )
