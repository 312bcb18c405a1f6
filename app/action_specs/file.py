"""Commands: what opens, saves and exports."""

from __future__ import annotations

from app.action_specs.spec import ActionSpec
from app.i18n import mark

FILE: tuple[ActionSpec, ...] = (
    ActionSpec(
        "open",
        mark("Open…"),
        ("Ctrl+O",),
        "open",
        section=mark("File"),
        icon_text=mark("Open"),
        needs_clip=False,
    ),
    ActionSpec(
        "open_folder",
        mark("Open folder of pictures…"),
        ("Ctrl+Shift+O",),
        section=mark("File"),
        needs_clip=False,
    ),
    ActionSpec("save", mark("Save"), ("Ctrl+S",), section=mark("File"), tip=mark("Save the project")),
    ActionSpec(
        "save_as",
        mark("Save as…"),
        ("Ctrl+Shift+S",),
        section=mark("File"),
        tip=mark("Save the project to another file"),
    ),
    ActionSpec("open_sample", mark("Open sample"), (), "film", section=mark("File"), needs_clip=False),
    ActionSpec(
        "import_mask", mark("Import mask for this frame…"), ("Ctrl+I",), "import", section=mark("File")
    ),
    ActionSpec(
        "export", mark("Export…"), ("Ctrl+E",), "export", section=mark("File"), icon_text=mark("Export")
    ),
    ActionSpec(
        "export_queue", mark("Export queue"), ("Ctrl+Shift+E",), section=mark("File"), needs_clip=False
    ),
    ActionSpec("restore", mark("Restore unsaved work…"), (), section=mark("File"), needs_clip=False),
    ActionSpec("quit", mark("Quit"), ("Ctrl+Q",), section=mark("File"), needs_clip=False),
)
