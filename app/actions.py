"""The table of commands that menus, tool bars and keys share."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from app.i18n import mark, tr, trn
from app.keymap import KeyMap, Keys
from app.views import theme


@dataclass(frozen=True)
class ActionSpec:
    """One command.

    Attributes:
        name: How the code calls it.
        text: How the user calls it.
        keys: Default shortcuts, the first one is shown.
        icon: File name of its icon, or empty.
        group: Commands of one group exclude each other, and are checkable.
        tip: More than the text says; the text if empty.
        icon_text: Short text under an icon.
        section: Heading on the shortcuts sheet.
        checkable: It is on or off by itself.
        shown_key: A key that is handled elsewhere and only shown.
        needs_clip: Only enabled with an open clip.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    group: str = ""
    tip: str = ""
    icon_text: str = ""
    section: str = ""
    checkable: bool = False
    shown_key: str = ""
    needs_clip: bool = True


SPECS: tuple[ActionSpec, ...] = (
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
    ActionSpec(
        "brush",
        mark("Brush"),
        ("B",),
        "brush",
        "tool",
        mark("Brush: paint the current object"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "eraser",
        mark("Eraser"),
        ("E",),
        "eraser",
        "tool",
        mark("Eraser: take pixels away"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "polygon",
        mark("Polygon"),
        ("P",),
        "polygon",
        "tool",
        mark("Polygon: click corners, double click or Enter closes it"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "lasso",
        mark("Lasso"),
        ("Q",),
        "lasso",
        "tool",
        mark("Lasso: go round what to fill"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "rectangle",
        mark("Rectangle"),
        ("M",),
        "rectangle",
        "tool",
        mark("Rectangle: drag from corner to corner, Shift makes a square"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "ellipse",
        mark("Ellipse"),
        ("Shift+M",),
        "ellipse",
        "tool",
        mark("Ellipse: drag from corner to corner, Shift makes a circle"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "fill",
        mark("Fill"),
        ("G",),
        "fill",
        "tool",
        mark("Fill: click a hole or an area; Alt takes a part away"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "smart",
        mark("Smart select"),
        ("W",),
        "smart",
        "tool",
        mark("Smart select: a box around the object, then scribbles; Enter keeps it, Esc drops it"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "move_mask",
        mark("Move mask"),
        ("T",),
        "move_mask",
        "tool",
        mark("Move, scale and turn the mask of the current object"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "pick",
        mark("Pick object"),
        ("V",),
        "pick",
        "tool",
        mark("Pick: click an object to choose it"),
        section=mark("Tools"),
    ),
    ActionSpec(
        "pan", mark("Pan"), ("H",), "pan", "tool", mark("Pan: drag the picture"), section=mark("Tools")
    ),
    ActionSpec(
        "lock_pixels",
        mark("Draw locked pixels"),
        ("Alt+L",),
        "lock_pixels",
        tip=mark("What the tools draw is locked, with Alt unlocked: nothing changes locked pixels"),
        section=mark("Tools"),
        checkable=True,
    ),
    ActionSpec(
        "lock_object_pixels",
        mark("Lock the object's pixels on this frame"),
        ("Alt+Shift+L",),
        section=mark("Tools"),
        tip=mark("Lock the pixels that the mask of the current object has here"),
    ),
    ActionSpec(
        "copy_locks",
        mark("Lock these pixels from in to out"),
        (),
        section=mark("Tools"),
        tip=mark("Lock what is locked on this frame on all frames from the in point to the out point"),
    ),
    ActionSpec("unlock_pixels", mark("Unlock all pixels of this frame"), (), section=mark("Tools")),
    ActionSpec("unlock_span", mark("Unlock all pixels from in to out"), (), section=mark("Tools")),
    ActionSpec(
        "key_cursor",
        mark("Draw with the keyboard"),
        ("F9",),
        section=mark("Tools"),
        checkable=True,
        tip=mark("A cursor on the picture that the arrow keys move; Space clicks, Shift and Space drag"),
    ),
    ActionSpec("swap", mark("Swap brush and eraser"), ("X",), section=mark("Tools")),
    ActionSpec("smaller", mark("Smaller brush"), ("[",), section=mark("Tools")),
    ActionSpec("larger", mark("Larger brush"), ("]",), section=mark("Tools")),
    ActionSpec("softer", mark("Softer brush"), ("Shift+[",), section=mark("Tools")),
    ActionSpec("harder", mark("Harder brush"), ("Shift+]",), section=mark("Tools")),
    ActionSpec("grow", mark("Grow mask by 1 px"), ("Alt+]",), section=mark("Edit")),
    ActionSpec("shrink", mark("Shrink mask by 1 px"), ("Alt+[",), section=mark("Edit")),
    ActionSpec("fill_holes", mark("Fill holes"), ("Shift+G",), section=mark("Edit")),
    ActionSpec("invert", mark("Invert mask"), ("Ctrl+Shift+I",), section=mark("Edit")),
    ActionSpec("copy_next", mark("Copy mask to next frame"), ("Alt+Right",), section=mark("Edit")),
    ActionSpec("copy_previous", mark("Copy mask to previous frame"), ("Alt+Left",), section=mark("Edit")),
    ActionSpec("add_object", mark("New object"), ("Ctrl+Shift+N",), "add", section=mark("Objects")),
    ActionSpec("object_above", mark("Choose the object above"), ("Ctrl+Up",), section=mark("Objects")),
    ActionSpec("object_below", mark("Choose the object below"), ("Ctrl+Down",), section=mark("Objects")),
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
    ActionSpec("import_weights", mark("Import weights…"), (), section=mark("Network"), needs_clip=False),
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


class Actions:
    """All actions by name, made for one window.

    Args:
        window: Their owner; their keys work in all of it.
    """

    def __init__(self, window: QWidget) -> None:
        self._table: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self.keymap = KeyMap(default_keys())
        for spec in SPECS:
            self._table[spec.name] = self._make(spec, window)
        self.set_keymap(self.keymap)

    def __getitem__(self, name: str) -> QAction:
        return self._table[name]

    def names(self, start: str) -> list[str]:
        """Names of the actions that begin with ``start``."""
        return [name for name in self._table if name.startswith(start)]

    def set_keymap(self, keymap: KeyMap) -> None:
        """Give every action its keys, and name them in its tool tip."""
        self.keymap = keymap
        for spec in SPECS:
            action = self._table[spec.name]
            action.setShortcuts([QKeySequence(key) for key in keymap.keys(spec.name)])
            set_tip(action, tr(spec.tip) or tr(spec.text).rstrip("…"), self.shown_key(spec))
        leap = keymap.preset.leap
        back, forward = tr("1 second back"), tr("1 second forward")
        if leap:
            back = trn("{count} frame back", "{count} frames back", leap)
            forward = trn("{count} frame forward", "{count} frames forward", leap)
        for name, text in (("leap_back", back), ("leap_forward", forward)):
            self._table[name].setText(text)
            set_tip(self._table[name], text, next(iter(self._native_keys(name)), ""))

    def shown_key(self, spec: ActionSpec) -> str:
        """The key to show for a command, as the platform writes it; empty if it has none."""
        return _native(spec.shown_key) or next(iter(self._native_keys(spec.name)), "")

    def text(self, name: str) -> str:
        """What a command is called when nothing special is the case."""
        return next(tr(spec.text) for spec in SPECS if spec.name == name)

    def set_shown_text(self, name: str, text: str) -> None:
        """Call a command something else for the time being, in menu and tool tip."""
        spec = next(spec for spec in SPECS if spec.name == name)
        key = self.shown_key(spec)
        self._table[name].setText(f"{text}\t{key}" if spec.shown_key else text)
        set_tip(self._table[name], text, key)

    def key_of(self, name: str) -> str:
        """The key of a command, as the platform writes it; "no key" if it has none."""
        return next(iter(self._native_keys(name)), tr("no key"))

    def shown_keys(self, spec: ActionSpec) -> str:
        """All keys of a command, as the platform writes them."""
        return _native(spec.shown_key) or ", ".join(self._native_keys(spec.name))

    def _native_keys(self, name: str) -> list[str]:
        return [_native(key) for key in self.keymap.keys(name)]

    def set_clip_open(self, is_open: bool) -> None:
        """Enable what needs a clip."""
        for spec in SPECS:
            if spec.needs_clip:
                self._table[spec.name].setEnabled(is_open)

    def _make(self, spec: ActionSpec, window: QWidget) -> QAction:
        text = tr(spec.text)
        action = QAction(text, window)
        action.setObjectName(spec.name)
        if spec.icon:
            action.setIcon(theme.icon(spec.icon))
        if spec.icon_text:
            action.setIconText(tr(spec.icon_text))
        if spec.shown_key:
            action.setText(f"{text}\t{_native(spec.shown_key)}")
        action.setCheckable(spec.checkable or bool(spec.group))
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(window))
            group.addAction(action)
        window.addAction(action)
        return action


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def default_keys() -> dict[str, Keys]:
    """Per command its keys when nobody changed anything."""
    return {spec.name: spec.keys for spec in SPECS}


def set_tip(action: QAction, text: str, key: str) -> None:
    """Give an action a tool tip that names its key."""
    action.setToolTip(f"{text} ({key})" if key else text)
    action.setStatusTip("")
