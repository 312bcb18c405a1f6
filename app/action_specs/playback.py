"""Commands: what moves the playhead and works on the timeline."""

from __future__ import annotations

from app.action_specs.spec import ActionSpec
from app.i18n import mark

PLAYBACK: tuple[ActionSpec, ...] = (
    ActionSpec("play", mark("Play"), (), "play", section=mark("Playback"), shown_key="Space"),
    ActionSpec("play_back", mark("Play backward"), ("J",), section=mark("Playback")),
    ActionSpec("pause", mark("Pause"), ("K",), section=mark("Playback")),
    ActionSpec("play_forward", mark("Play forward"), ("L",), section=mark("Playback")),
    ActionSpec(
        "toggle_loop",
        mark("Loop"),
        ("Ctrl+Alt+L",),
        "loop",
        tip=mark("Play from the in point to the out point again and again"),
        section=mark("Playback"),
        checkable=True,
    ),
    ActionSpec("step_back", mark("Previous frame"), ("Left",), "step_back", section=mark("Playback")),
    ActionSpec("step_forward", mark("Next frame"), ("Right",), "step_forward", section=mark("Playback")),
    ActionSpec("leap_back", mark("10 frames back"), ("Shift+Left",), section=mark("Playback")),
    ActionSpec("leap_forward", mark("10 frames forward"), ("Shift+Right",), section=mark("Playback")),
    ActionSpec("first", mark("First frame"), ("Home",), "first", section=mark("Playback")),
    ActionSpec("last", mark("Last frame"), ("End",), "last", section=mark("Playback")),
    ActionSpec(
        "previous_reference", mark("Previous reference"), ("Up", "Ctrl+Left"), section=mark("Playback")
    ),
    ActionSpec("next_reference", mark("Next reference"), ("Down", "Ctrl+Right"), section=mark("Playback")),
    ActionSpec(
        "worst_frame",
        mark("Go to the worst frame"),
        ("N",),
        section=mark("Playback"),
        tip=mark("The mask with the least trust that you have neither painted nor reviewed, of all objects"),
    ),
    ActionSpec(
        "next_worst_frame",
        mark("Go to the next worst frame"),
        ("Shift+N",),
        section=mark("Playback"),
        tip=mark("The mask that comes after this one in order of trust"),
    ),
    ActionSpec(
        "mark_reviewed",
        mark("Mark this frame as reviewed"),
        ("Ctrl+R",),
        section=mark("Playback"),
        tip=mark("The masks of this frame are good, or (again) are not; a new mask takes the mark away"),
    ),
    ActionSpec("set_in", mark("Set in point"), ("I",), section=mark("Timeline")),
    ActionSpec("set_out", mark("Set out point"), ("O",), section=mark("Timeline")),
    ActionSpec("go_in", mark("Go to in point"), ("Shift+I",), section=mark("Timeline")),
    ActionSpec("go_out", mark("Go to out point"), ("Shift+O",), section=mark("Timeline")),
    ActionSpec("clear_in_out", mark("Clear in and out"), ("Alt+X",), section=mark("Timeline")),
    ActionSpec(
        "lock_frame",
        mark("Lock or unlock this frame"),
        ("Ctrl+L",),
        section=mark("Timeline"),
        tip=mark("Nothing changes the masks of a locked frame"),
    ),
    ActionSpec("timeline_zoom_in", mark("Zoom in on the timeline"), ("Alt+=",), section=mark("Timeline")),
    ActionSpec("timeline_zoom_out", mark("Zoom out on the timeline"), ("Alt+-",), section=mark("Timeline")),
    ActionSpec(
        "timeline_fit", mark("Show the whole clip on the timeline"), ("Alt+0",), section=mark("Timeline")
    ),
    ActionSpec(
        "toggle_thumbnails",
        mark("Thumbnails on the timeline"),
        section=mark("Timeline"),
        tip=mark("Show pictures of the clip along the timeline, or hide them"),
        checkable=True,
        needs_clip=False,
    ),
)
