"""The table of commands that menus, tool bars and keys share."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

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
    ActionSpec("open", "Open…", ("Ctrl+O",), "open", section="File", icon_text="Open", needs_clip=False),
    ActionSpec(
        "open_folder", "Open folder of pictures…", ("Ctrl+Shift+O",), section="File", needs_clip=False
    ),
    ActionSpec("save", "Save", ("Ctrl+S",), section="File", tip="Save the project"),
    ActionSpec(
        "save_as", "Save as…", ("Ctrl+Shift+S",), section="File", tip="Save the project to another file"
    ),
    ActionSpec("open_sample", "Open sample", (), "film", section="File", needs_clip=False),
    ActionSpec("import_mask", "Import mask for this frame…", ("Ctrl+I",), "import", section="File"),
    ActionSpec("export", "Export…", ("Ctrl+E",), "export", section="File", icon_text="Export"),
    ActionSpec("export_queue", "Export queue", ("Ctrl+Shift+E",), section="File", needs_clip=False),
    ActionSpec("restore", "Restore unsaved work…", (), section="File", needs_clip=False),
    ActionSpec("quit", "Quit", ("Ctrl+Q",), section="File", needs_clip=False),
    ActionSpec("undo", "Undo", ("Ctrl+Z",), "undo", section="Edit"),
    ActionSpec("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", section="Edit"),
    ActionSpec("clear_object", "Clear object on this frame", ("Del",), section="Edit"),
    ActionSpec(
        "clear_frame", "Clear frame", ("Ctrl+Del",), section="Edit", tip="Remove the mask of this frame"
    ),
    ActionSpec("brush", "Brush", ("B",), "brush", "tool", "Brush: paint the current object", section="Tools"),
    ActionSpec("eraser", "Eraser", ("E",), "eraser", "tool", "Eraser: take pixels away", section="Tools"),
    ActionSpec(
        "polygon",
        "Polygon",
        ("P",),
        "polygon",
        "tool",
        "Polygon: click corners, double click or Enter closes it",
        section="Tools",
    ),
    ActionSpec("lasso", "Lasso", ("Q",), "lasso", "tool", "Lasso: go round what to fill", section="Tools"),
    ActionSpec(
        "rectangle",
        "Rectangle",
        ("M",),
        "rectangle",
        "tool",
        "Rectangle: drag from corner to corner, Shift makes a square",
        section="Tools",
    ),
    ActionSpec(
        "ellipse",
        "Ellipse",
        ("Shift+M",),
        "ellipse",
        "tool",
        "Ellipse: drag from corner to corner, Shift makes a circle",
        section="Tools",
    ),
    ActionSpec(
        "fill",
        "Fill",
        ("G",),
        "fill",
        "tool",
        "Fill: click a hole or an area; Alt takes a part away",
        section="Tools",
    ),
    ActionSpec(
        "smart",
        "Smart select",
        ("W",),
        "smart",
        "tool",
        "Smart select: a box around the object, then scribbles; Enter keeps it, Esc drops it",
        section="Tools",
    ),
    ActionSpec(
        "move_mask",
        "Move mask",
        ("T",),
        "move_mask",
        "tool",
        "Move, scale and turn the mask of the current object",
        section="Tools",
    ),
    ActionSpec(
        "pick", "Pick object", ("V",), "pick", "tool", "Pick: click an object to choose it", section="Tools"
    ),
    ActionSpec("pan", "Pan", ("H",), "pan", "tool", "Pan: drag the picture", section="Tools"),
    ActionSpec("swap", "Swap brush and eraser", ("X",), section="Tools"),
    ActionSpec("smaller", "Smaller brush", ("[",), section="Tools"),
    ActionSpec("larger", "Larger brush", ("]",), section="Tools"),
    ActionSpec("softer", "Softer brush", ("Shift+[",), section="Tools"),
    ActionSpec("harder", "Harder brush", ("Shift+]",), section="Tools"),
    ActionSpec("grow", "Grow mask by 1 px", ("Alt+]",), section="Edit"),
    ActionSpec("shrink", "Shrink mask by 1 px", ("Alt+[",), section="Edit"),
    ActionSpec("fill_holes", "Fill holes", ("Shift+G",), section="Edit"),
    ActionSpec("invert", "Invert mask", ("Ctrl+Shift+I",), section="Edit"),
    ActionSpec("copy_next", "Copy mask to next frame", ("Alt+Right",), section="Edit"),
    ActionSpec("copy_previous", "Copy mask to previous frame", ("Alt+Left",), section="Edit"),
    ActionSpec("add_object", "New object", ("Ctrl+Shift+N",), "add", section="Objects"),
    ActionSpec(
        "overlay", "Overlay", ("F2",), "overlay", "view", "Picture with coloured masks", section="View"
    ),
    ActionSpec(
        "matte", "Matte", ("F3",), "matte", "view", "Soft mattes of the visible objects", section="View"
    ),
    ActionSpec(
        "cutout",
        "Cut-out",
        ("F4",),
        "cutout",
        "view",
        "The objects alone, on a checker or a colour",
        section="View",
    ),
    ActionSpec("outline", "Outline", ("F6",), "outline", "view", "Picture with outlines", section="View"),
    ActionSpec("original", "Original", ("F5",), "original", "view", "Picture alone", section="View"),
    ActionSpec(
        "onion",
        "Outlines of the neighbours",
        ("F7",),
        section="View",
        tip="Onion skin: the outlines of the frames before and after",
        checkable=True,
    ),
    ActionSpec("wipe", "Compare with a divider", ("F8",), section="View", checkable=True),
    ActionSpec("cutout_color", "Colour behind cut-outs…", (), section="View"),
    ActionSpec("cutout_checker", "Checker behind cut-outs", (), section="View"),
    ActionSpec("theme_dark", "Dark theme", (), group="theme", section="View", needs_clip=False),
    ActionSpec("theme_light", "Light theme", (), group="theme", section="View", needs_clip=False),
    ActionSpec("toggle_overlay", "Toggle overlay", ("\\",), section="View"),
    ActionSpec("zoom_in", "Zoom in", ("Ctrl+=", "Ctrl++"), section="View"),
    ActionSpec("zoom_out", "Zoom out", ("Ctrl+-",), section="View"),
    ActionSpec("fit", "Fit", ("Shift+Z", "Ctrl+0"), "fit", section="View", tip="Show all of the picture"),
    ActionSpec(
        "actual", "100 %", ("Ctrl+1",), "actual", section="View", tip="One image pixel per screen pixel"
    ),
    ActionSpec("play", "Play", (), "play", section="Playback", shown_key="Space"),
    ActionSpec("play_back", "Play backward", ("J",), section="Playback"),
    ActionSpec("pause", "Pause", ("K",), section="Playback"),
    ActionSpec("play_forward", "Play forward", ("L",), section="Playback"),
    ActionSpec(
        "toggle_loop",
        "Loop",
        ("Ctrl+Alt+L",),
        "loop",
        tip="Play from the in point to the out point again and again",
        section="Playback",
        checkable=True,
    ),
    ActionSpec("step_back", "Previous frame", ("Left",), "step_back", section="Playback"),
    ActionSpec("step_forward", "Next frame", ("Right",), "step_forward", section="Playback"),
    ActionSpec("leap_back", "10 frames back", ("Shift+Left",), section="Playback"),
    ActionSpec("leap_forward", "10 frames forward", ("Shift+Right",), section="Playback"),
    ActionSpec("first", "First frame", ("Home",), "first", section="Playback"),
    ActionSpec("last", "Last frame", ("End",), "last", section="Playback"),
    ActionSpec("previous_reference", "Previous reference", ("Up", "Ctrl+Left"), section="Playback"),
    ActionSpec("next_reference", "Next reference", ("Down", "Ctrl+Right"), section="Playback"),
    ActionSpec("set_in", "Set in point", ("I",), section="Playback"),
    ActionSpec("set_out", "Set out point", ("O",), section="Playback"),
    ActionSpec("go_in", "Go to in point", ("Shift+I",), section="Playback"),
    ActionSpec("go_out", "Go to out point", ("Shift+O",), section="Playback"),
    ActionSpec("clear_in_out", "Clear in and out", ("Alt+X",), section="Playback"),
    ActionSpec(
        "lock_frame",
        "Lock or unlock this frame",
        ("Ctrl+L",),
        section="Playback",
        tip="Nothing changes the masks of a locked frame",
    ),
    ActionSpec(
        "worst_frame",
        "Go to the worst frame",
        ("N",),
        section="Playback",
        tip="The mask with the least trust that you have neither painted nor reviewed, of all objects",
    ),
    ActionSpec(
        "next_worst_frame",
        "Go to the next worst frame",
        ("Shift+N",),
        section="Playback",
        tip="The mask that comes after this one in order of trust",
    ),
    ActionSpec(
        "mark_reviewed",
        "Mark this frame as reviewed",
        ("Ctrl+R",),
        section="Playback",
        tip="The masks of this frame are good, or (again) are not; a new mask takes the mark away",
    ),
    ActionSpec("timeline_zoom_in", "Zoom in on the timeline", ("Alt+=",), section="Playback"),
    ActionSpec("timeline_zoom_out", "Zoom out on the timeline", ("Alt+-",), section="Playback"),
    ActionSpec("timeline_fit", "Show the whole clip on the timeline", ("Alt+0",), section="Playback"),
    ActionSpec(
        "toggle_thumbnails",
        "Thumbnails on the timeline",
        section="Playback",
        tip="Show pictures of the clip along the timeline, or hide them",
        checkable=True,
        needs_clip=False,
    ),
    ActionSpec(
        "propagate_backward",
        "Propagate backward",
        ("Shift+B",),
        "backward",
        tip="Carry the masks back from this frame",
        icon_text="Backward",
        section="Propagation",
    ),
    ActionSpec(
        "propagate_both",
        "Propagate both ways",
        ("Shift+P",),
        "both",
        tip="Carry the masks both ways from this frame",
        icon_text="Both",
        section="Propagation",
    ),
    ActionSpec(
        "propagate_forward",
        "Propagate forward",
        ("Shift+F",),
        "forward",
        tip="Carry the masks forward from this frame",
        icon_text="Forward",
        section="Propagation",
    ),
    ActionSpec(
        "propagate_to_previous",
        "Propagate to the previous reference",
        ("Ctrl+Shift+B",),
        section="Propagation",
    ),
    ActionSpec(
        "propagate_to_next", "Propagate to the next reference", ("Ctrl+Shift+F",), section="Propagation"
    ),
    ActionSpec("propagate_back_1", "Propagate one frame backward", ("Shift+,",), section="Propagation"),
    ActionSpec("propagate_forward_1", "Propagate one frame forward", ("Shift+.",), section="Propagation"),
    ActionSpec(
        "stop",
        "Stop",
        ("Esc",),
        "stop",
        section="Propagation",
        tip="Stop the run, or the export; what is finished stays",
    ),
    ActionSpec(
        "continue_run",
        "Continue the run",
        ("Ctrl+Return",),
        section="Propagation",
        tip="Let a run that waits for an answer go on",
    ),
    ActionSpec(
        "compare",
        "Show masks before the last run",
        ("Shift+A",),
        section="Propagation",
        icon_text="A/B",
        checkable=True,
        tip="Show the masks from before the last run, to compare",
    ),
    ActionSpec(
        "accept_take",
        "Accept changes",
        ("Ctrl+Shift+A",),
        section="Propagation",
        icon_text="Accept",
        tip="Keep the new masks of the chosen frames",
    ),
    ActionSpec(
        "reject_take",
        "Reject changes",
        ("Ctrl+Shift+R",),
        section="Propagation",
        icon_text="Reject",
        tip="Bring back the masks from before the run on the chosen frames",
    ),
    ActionSpec("set_reference", "Make this frame a reference", ("R",), "reference", section="Propagation"),
    ActionSpec("drop_reference", "Drop this reference", ("Shift+R",), section="Propagation"),
    ActionSpec("import_weights", "Import weights…", (), section="Network", needs_clip=False),
    ActionSpec("shortcuts", "Keyboard shortcuts", ("F1",), section="Help", needs_clip=False),
    ActionSpec("edit_shortcuts", "Edit keyboard shortcuts…", (), section="Help", needs_clip=False),
    ActionSpec(
        "clear_cache",
        "Clear cache",
        section="Help",
        tip="Remove lists of frames and small pictures of clips from the disk; they can be made again",
        needs_clip=False,
    ),
    ActionSpec("tour", "Take the tour", (), section="Help", needs_clip=False),
    ActionSpec("show_log", "Show the log", (), section="Help", needs_clip=False),
    ActionSpec("copy_report", "Copy a report", (), section="Help", needs_clip=False),
    ActionSpec("about", "About CFBI Studio", (), section="Help", needs_clip=False),
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
            set_tip(action, spec.tip or spec.text.rstrip("…"), self.shown_key(spec))
        leap = f"{keymap.preset.leap} frames" if keymap.preset.leap else "1 second"
        for name, way in (("leap_back", "back"), ("leap_forward", "forward")):
            self._table[name].setText(f"{leap} {way}")
            set_tip(self._table[name], f"{leap} {way}", next(iter(self._native_keys(name)), ""))

    def shown_key(self, spec: ActionSpec) -> str:
        """The key to show for a command, as the platform writes it; empty if it has none."""
        return spec.shown_key or next(iter(self._native_keys(spec.name)), "")

    def key_of(self, name: str) -> str:
        """The key of a command, as the platform writes it; "no key" if it has none."""
        return next(iter(self._native_keys(name)), "no key")

    def shown_keys(self, spec: ActionSpec) -> str:
        """All keys of a command, as the platform writes them."""
        return spec.shown_key or ", ".join(self._native_keys(spec.name))

    def _native_keys(self, name: str) -> list[str]:
        native = QKeySequence.SequenceFormat.NativeText
        return [QKeySequence(key).toString(native) for key in self.keymap.keys(name)]

    def set_clip_open(self, is_open: bool) -> None:
        """Enable what needs a clip."""
        for spec in SPECS:
            if spec.needs_clip:
                self._table[spec.name].setEnabled(is_open)

    def _make(self, spec: ActionSpec, window: QWidget) -> QAction:
        action = QAction(spec.text, window)
        action.setObjectName(spec.name)
        if spec.icon:
            action.setIcon(theme.icon(spec.icon))
        if spec.icon_text:
            action.setIconText(spec.icon_text)
        if spec.shown_key:
            action.setText(f"{spec.text}\t{spec.shown_key}")
        action.setCheckable(spec.checkable or bool(spec.group))
        if spec.group:
            group = self._groups.setdefault(spec.group, QActionGroup(window))
            group.addAction(action)
        window.addAction(action)
        return action


def default_keys() -> dict[str, Keys]:
    """Per command its keys when nobody changed anything."""
    return {spec.name: spec.keys for spec in SPECS}


def set_tip(action: QAction, text: str, key: str) -> None:
    """Give an action a tool tip that names its key."""
    action.setToolTip(f"{text} ({key})" if key else text)
    action.setStatusTip("")
