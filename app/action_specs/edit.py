"""Commands: what changes the mask of a frame, or the list of objects."""

from __future__ import annotations

from app.action_specs.spec import ActionSpec
from app.i18n import mark

EDIT: tuple[ActionSpec, ...] = (
    ActionSpec("undo", mark("Undo"), ("Ctrl+Z",), "undo", section=mark("Edit")),
    ActionSpec("redo", mark("Redo"), ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", section=mark("Edit")),
    ActionSpec("clear_object", mark("Clear object on this frame"), ("Del",), section=mark("Edit")),
    ActionSpec(
        "clear_frame",
        mark("Clear frame"),
        ("Ctrl+Del",),
        section=mark("Edit"),
        tip=mark("Remove the mask of this frame"),
    ),
    ActionSpec("grow", mark("Grow mask by 1 px"), ("Alt+]",), section=mark("Edit")),
    ActionSpec("shrink", mark("Shrink mask by 1 px"), ("Alt+[",), section=mark("Edit")),
    ActionSpec("fill_holes", mark("Fill holes"), ("Shift+G",), section=mark("Edit")),
    ActionSpec("invert", mark("Invert mask"), ("Ctrl+Shift+I",), section=mark("Edit")),
    ActionSpec("copy_next", mark("Copy mask to next frame"), ("Alt+Right",), section=mark("Edit")),
    ActionSpec("copy_previous", mark("Copy mask to previous frame"), ("Alt+Left",), section=mark("Edit")),
    ActionSpec("add_object", mark("New object"), ("Ctrl+Shift+N",), "add", section=mark("Objects")),
    ActionSpec("object_above", mark("Choose the object above"), ("Ctrl+Up",), section=mark("Objects")),
    ActionSpec("object_below", mark("Choose the object below"), ("Ctrl+Down",), section=mark("Objects")),
)
