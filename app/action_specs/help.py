"""Commands: what helps."""

from __future__ import annotations

from app.action_specs.spec import ActionSpec
from app.i18n import mark

HELP: tuple[ActionSpec, ...] = (
    ActionSpec("shortcuts", mark("Keyboard shortcuts"), ("F1",), section=mark("Help"), needs_clip=False),
    ActionSpec(
        "edit_shortcuts", mark("Edit keyboard shortcuts…"), (), section=mark("Help"), needs_clip=False
    ),
    ActionSpec(
        "clear_cache",
        mark("Clear cache"),
        section=mark("Help"),
        tip=mark("Remove lists of frames and small pictures of clips from the disk; they can be made again"),
        needs_clip=False,
    ),
    ActionSpec("tour", mark("Take the tour"), (), section=mark("Help"), needs_clip=False),
    ActionSpec("show_log", mark("Show the log"), (), section=mark("Help"), needs_clip=False),
    ActionSpec("copy_report", mark("Copy a report"), (), section=mark("Help"), needs_clip=False),
    ActionSpec("about", mark("About CFBI Studio"), (), section=mark("Help"), needs_clip=False),
)
