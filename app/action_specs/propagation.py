"""Commands: what runs the network, and decides on what it wrote."""

from __future__ import annotations

from app.action_specs.spec import ActionSpec
from app.i18n import mark

PROPAGATION: tuple[ActionSpec, ...] = (
    ActionSpec(
        "propagate_backward",
        mark("Propagate backward"),
        ("Shift+B",),
        "backward",
        tip=mark("Carry the masks back from this frame"),
        icon_text=mark("Backward"),
        section=mark("Propagation"),
    ),
    ActionSpec(
        "propagate_both",
        mark("Propagate both ways"),
        ("Shift+P",),
        "both",
        tip=mark("Carry the masks both ways from this frame"),
        icon_text=mark("Both"),
        section=mark("Propagation"),
    ),
    ActionSpec(
        "propagate_forward",
        mark("Propagate forward"),
        ("Shift+F",),
        "forward",
        tip=mark("Carry the masks forward from this frame"),
        icon_text=mark("Forward"),
        section=mark("Propagation"),
    ),
    ActionSpec(
        "propagate_to_previous",
        mark("Propagate to the previous reference"),
        ("Ctrl+Shift+B",),
        section=mark("Propagation"),
    ),
    ActionSpec(
        "propagate_to_next",
        mark("Propagate to the next reference"),
        ("Ctrl+Shift+F",),
        section=mark("Propagation"),
    ),
    ActionSpec(
        "propagate_back_1", mark("Propagate one frame backward"), ("Shift+,",), section=mark("Propagation")
    ),
    ActionSpec(
        "propagate_forward_1", mark("Propagate one frame forward"), ("Shift+.",), section=mark("Propagation")
    ),
    ActionSpec(
        "stop",
        mark("Stop"),
        ("Esc",),
        "stop",
        section=mark("Propagation"),
        tip=mark("Stop the run, or the export; what is finished stays"),
    ),
    ActionSpec(
        "continue_run",
        mark("Continue the run"),
        ("Ctrl+Return",),
        section=mark("Propagation"),
        tip=mark("Let a run that waits for an answer go on"),
    ),
    ActionSpec(
        "compare",
        mark("Show masks before the last run"),
        ("Shift+A",),
        section=mark("Propagation"),
        icon_text="A/B",
        checkable=True,
        tip=mark("Show the masks from before the last run, to compare"),
    ),
    ActionSpec(
        "accept_take",
        mark("Accept changes"),
        ("Ctrl+Shift+A",),
        section=mark("Propagation"),
        icon_text=mark("Accept"),
        tip=mark("Keep the new masks of the chosen frames"),
    ),
    ActionSpec(
        "reject_take",
        mark("Reject changes"),
        ("Ctrl+Shift+R",),
        section=mark("Propagation"),
        icon_text=mark("Reject"),
        tip=mark("Bring back the masks from before the run on the chosen frames"),
    ),
    ActionSpec(
        "set_reference", mark("Make this frame a reference"), ("R",), "reference", section=mark("Propagation")
    ),
    ActionSpec("drop_reference", mark("Drop this reference"), ("Shift+R",), section=mark("Propagation")),
    ActionSpec(
        "close_up",
        mark("Look closely at small objects"),
        section=mark("Network"),
        checkable=True,
        tip=mark("Show the network the surroundings of the objects instead of the whole frame made smaller"),
        needs_clip=False,
    ),
    ActionSpec("import_weights", mark("Import weights…"), (), section=mark("Network"), needs_clip=False),
)
