"""Commands: what says what the canvas shows, and how the window looks."""

from __future__ import annotations

from app.action_specs.spec import ActionSpec
from app.i18n import mark

VIEW: tuple[ActionSpec, ...] = (
    ActionSpec(
        "overlay",
        mark("Overlay"),
        ("F2",),
        "overlay",
        "view",
        mark("Picture with coloured masks"),
        section=mark("View"),
    ),
    ActionSpec(
        "matte",
        mark("Matte"),
        ("F3",),
        "matte",
        "view",
        mark("Soft mattes of the visible objects"),
        section=mark("View"),
    ),
    ActionSpec(
        "cutout",
        mark("Cut-out"),
        ("F4",),
        "cutout",
        "view",
        mark("The objects alone, on a checker or a colour"),
        section=mark("View"),
    ),
    ActionSpec(
        "outline",
        mark("Outline"),
        ("F6",),
        "outline",
        "view",
        mark("Picture with outlines"),
        section=mark("View"),
    ),
    ActionSpec(
        "confidence",
        mark("Confidence"),
        ("Shift+F3",),
        "confidence",
        "view",
        mark("How sure the network was: coloured where it was not, red where it was a toss-up"),
        section=mark("View"),
    ),
    ActionSpec(
        "original", mark("Original"), ("F5",), "original", "view", mark("Picture alone"), section=mark("View")
    ),
    ActionSpec(
        "onion",
        mark("Outlines of the neighbours"),
        ("F7",),
        section=mark("View"),
        tip=mark("Onion skin: the outlines of the frames before and after"),
        checkable=True,
    ),
    ActionSpec("wipe", mark("Compare with a divider"), ("F8",), section=mark("View"), checkable=True),
    ActionSpec(
        "show_locks",
        mark("Locked pixels"),
        (),
        section=mark("View"),
        tip=mark("A hatch over pixels that are locked"),
        checkable=True,
    ),
    ActionSpec("cutout_color", mark("Colour behind cut-outs…"), (), section=mark("View")),
    ActionSpec("cutout_checker", mark("Checker behind cut-outs"), (), section=mark("View")),
    ActionSpec("theme_dark", mark("Dark theme"), (), group="theme", section=mark("View"), needs_clip=False),
    ActionSpec("theme_light", mark("Light theme"), (), group="theme", section=mark("View"), needs_clip=False),
    ActionSpec("toggle_overlay", mark("Toggle overlay"), ("\\",), section=mark("View")),
    ActionSpec("zoom_in", mark("Zoom in"), ("Ctrl+=", "Ctrl++"), section=mark("View")),
    ActionSpec("zoom_out", mark("Zoom out"), ("Ctrl+-",), section=mark("View")),
    ActionSpec(
        "fit",
        mark("Fit"),
        ("Shift+Z", "Ctrl+0"),
        "fit",
        section=mark("View"),
        tip=mark("Show all of the picture"),
    ),
    ActionSpec(
        "actual",
        "100 %",
        ("Ctrl+1",),
        "actual",
        section=mark("View"),
        tip=mark("One image pixel per screen pixel"),
    ),
)
