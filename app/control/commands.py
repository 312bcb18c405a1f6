"""What each action does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QMenu

from app.control.locks import LockCommands
from app.control.range_commands import RangeCommands
from app.document.commands import SetReferenceCommand
from app.document.operations import clear_frame, clear_object
from app.document.run_plan import Direction, Reach
from app.errors import UserError
from app.i18n import mark, tr
from app.tools.tool import ToolMode
from app.views import theme
from app.views.menu_titles import MenuTitles
from app.views.view_mode import ViewMode

if TYPE_CHECKING:
    from app.main_window import MainWindow

RECENT = "recent projects"
LANGUAGE = "language"

_MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        mark("&File"),
        (
            "open",
            "open_folder",
            RECENT,
            "open_sample",
            "",
            "save",
            "save_as",
            "",
            "import_mask",
            "export",
            "export_queue",
            "",
            "restore",
            "quit",
        ),
    ),
    (
        mark("&Edit"),
        (
            "undo",
            "redo",
            "",
            "clear_object",
            "clear_frame",
            "",
            "grow",
            "shrink",
            "fill_holes",
            "invert",
            "copy_previous",
            "copy_next",
            "",
            "add_object",
            "object_above",
            "object_below",
        ),
    ),
    (
        mark("&Tools"),
        (
            *(mode.value for mode in ToolMode),
            "",
            "key_cursor",
            "lock_pixels",
            "lock_object_pixels",
            "copy_locks",
            "unlock_pixels",
            "unlock_span",
            "",
            "swap",
            "smaller",
            "larger",
            "softer",
            "harder",
        ),
    ),
    (
        mark("&View"),
        (
            "overlay",
            "matte",
            "cutout",
            "outline",
            "confidence",
            "original",
            "toggle_overlay",
            "",
            "onion",
            "wipe",
            "show_locks",
            "cutout_checker",
            "cutout_color",
            "",
            "zoom_in",
            "zoom_out",
            "fit",
            "actual",
            "",
            "theme_dark",
            "theme_light",
            LANGUAGE,
        ),
    ),
    (
        mark("&Playback"),
        (
            "play",
            "play_back",
            "pause",
            "play_forward",
            "toggle_loop",
            "",
            "step_back",
            "step_forward",
            "leap_back",
            "leap_forward",
            "first",
            "last",
            "",
            "previous_reference",
            "next_reference",
            "",
            "worst_frame",
            "next_worst_frame",
            "mark_reviewed",
        ),
    ),
    (
        mark("T&imeline"),
        (
            "set_in",
            "set_out",
            "go_in",
            "go_out",
            "clear_in_out",
            "lock_frame",
            "",
            "timeline_zoom_in",
            "timeline_zoom_out",
            "timeline_fit",
            "toggle_thumbnails",
        ),
    ),
    (
        mark("P&ropagation"),
        (
            "propagate_backward",
            "propagate_both",
            "propagate_forward",
            "propagate_to_previous",
            "propagate_to_next",
            "propagate_back_1",
            "propagate_forward_1",
            "continue_run",
            "stop",
            "",
            "compare",
            "accept_take",
            "reject_take",
            "",
            "set_reference",
            "drop_reference",
        ),
    ),
    (
        mark("&Help"),
        (
            "shortcuts",
            "edit_shortcuts",
            "",
            "tour",
            "",
            "show_log",
            "copy_report",
            "clear_cache",
            "",
            "about",
        ),
    ),
)

_FRAME_MENU = (
    "set_reference",
    "drop_reference",
    "",
    "set_in",
    "set_out",
    "clear_in_out",
    "",
    "mark_reviewed",
    "lock_frame",
    "unlock_pixels",
    "clear_frame",
    "",
    "timeline_fit",
    "toggle_thumbnails",
)


class CommandTable(QObject):
    """Connects every action of a window to what it does, and fills the menus."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._connect()
        self._fill_menus()
        self._titles = MenuTitles(window.menuBar())
        self._leave_letters()
        window.keys.changed.connect(self._leave_letters)

    def _connect(self) -> None:
        window, document = self._window, self._window.document
        canvas = window.canvas
        table: dict[str, Callable[[], object]] = {
            "open": window.files.choose_clip,
            "save": window.projects.save,
            "save_as": window.projects.save_as,
            "open_folder": window.files.choose_folder,
            "restore": window.recovery.ask,
            "open_sample": window.files.open_sample,
            "import_mask": window.files.choose_mask,
            "export": window.export.ask,
            "export_queue": window.export.show_queue,
            "import_weights": window.network.ask_for_weights,
            "quit": window.close,
            "undo": document.undo,
            "redo": document.redo,
            "clear_object": self._clear_object,
            "clear_frame": self._clear_frame,
            "swap": self._swap,
            "add_object": window.object_panel.add_object,
            "toggle_overlay": window.toggle_overlay,
            "fit": canvas.fit,
            "play": window.clip.playback.toggle,
            "stop": window.stop,
            "toggle_loop": self._toggle_loop,
            "play_back": partial(window.clip.playback.shuttle, -1),
            "pause": window.pause_key.pause,
            "play_forward": partial(window.clip.playback.shuttle, 1),
            "propagate_back_1": partial(self._propagate, Direction.BACKWARD, Reach.COUNT),
            "propagate_forward_1": partial(self._propagate, Direction.FORWARD, Reach.COUNT),
            "propagate_to_previous": partial(self._propagate, Direction.BACKWARD, Reach.REFERENCE),
            "propagate_to_next": partial(self._propagate, Direction.FORWARD, Reach.REFERENCE),
            "continue_run": window.propagation.go_on,
            "compare": window.takes.compare,
            "accept_take": window.takes.accept,
            "reject_take": window.takes.reject,
            "set_reference": self._set_reference,
            "drop_reference": self._drop_reference,
            "shortcuts": window.keys.show_sheet,
            "edit_shortcuts": window.keys.edit,
            "show_log": window.help.show_log,
            "copy_report": window.help.copy_report,
            "tour": window.tour.start,
            "about": window.help.about,
            "clear_cache": window.clip.clear_cache,
            **window.tools.commands(),
            "onion": lambda: canvas.set_onion(window.actions_table["onion"].isChecked()),
            "wipe": self._wipe,
            "key_cursor": lambda: canvas.set_key_cursor(window.actions_table["key_cursor"].isChecked()),
            "show_locks": lambda: canvas.set_locks_shown(window.actions_table["show_locks"].isChecked()),
            "lock_pixels": lambda: canvas.set_locking(window.actions_table["lock_pixels"].isChecked()),
            "cutout_color": self._cutout_color,
            "cutout_checker": lambda: canvas.set_cutout_ground(None),
            "softer": lambda: canvas.set_hardness(window.tool_settings.hardness - 0.25),
            "harder": lambda: canvas.set_hardness(window.tool_settings.hardness + 0.25),
            "smaller": lambda: canvas.scale_brush(1 / 1.15),
            "larger": lambda: canvas.scale_brush(1.15),
            "timeline_zoom_in": lambda: window.timeline.zoom(1.6),
            "timeline_zoom_out": lambda: window.timeline.zoom(1 / 1.6),
            "timeline_fit": window.timeline.fit,
            "zoom_in": lambda: canvas.zoom_by(1),
            "zoom_out": lambda: canvas.zoom_by(-1),
            "actual": lambda: canvas.zoom_to(1.0),
            "step_back": lambda: self._go(-1),
            "step_forward": lambda: self._go(1),
            "leap_back": lambda: self._leap(-1),
            "leap_forward": lambda: self._leap(1),
            "first": lambda: self._go(-document.frame_count),
            "last": lambda: self._go(document.frame_count),
            "previous_reference": lambda: self._go_to_reference(-1),
            "next_reference": lambda: self._go_to_reference(1),
        }
        table.update(RangeCommands(document, self._go_to).table())
        table.update(LockCommands(document, window.status_text.setText).table())
        table.update(window.trust.table(self._go_to))
        table.update(window.digits.table())
        for name in theme.THEMES:
            table[f"theme_{name}"] = partial(window.set_theme, name)
        for mode in ToolMode:
            table[mode.value] = partial(canvas.set_tool, mode)
        for view in ViewMode:
            table[view.value] = partial(canvas.set_mode, view)
        for direction in Direction:
            table[f"propagate_{direction.value}"] = partial(window.propagation.start_towards, direction)
        for name, slot in table.items():
            window.actions_table[name].triggered.connect(_without_arguments(slot))

    def _fill_menus(self) -> None:
        for title, names in _MENUS:
            menu = QMenu(tr(title), self._window)
            for name in names:
                if name == RECENT:
                    menu.addMenu(self._window.recent_menu)
                elif name == LANGUAGE:
                    menu.addMenu(self._window.language_menu)
                elif name:
                    menu.addAction(self._window.actions_table[name])
                else:
                    menu.addSeparator()
            if title == "&Help":
                self._window.menuBar().addMenu(self._window.network_menu)
            self._window.menuBar().addMenu(menu)

    @Slot()
    def _leave_letters(self) -> None:
        self._titles.give_way(self._window.keys.all_keys)

    def _propagate(self, direction: Direction, reach: Reach) -> None:
        chosen = self._window.propagate_panel.options(direction)
        self._window.propagation.start(replace(chosen, reach=reach, count=1))

    @Slot()
    def _clear_object(self) -> None:
        document = self._window.document
        frame, object_id = document.current_frame, document.current_object_id
        self._try(partial(clear_object, document, frame, object_id, self._window.status_text.setText))

    @Slot()
    def _clear_frame(self) -> None:
        document = self._window.document
        tell = self._window.status_text.setText
        self._try(partial(clear_frame, document, document.current_frame, tell))

    def _try(self, operation: Callable[[], object]) -> None:
        try:
            operation()
        except UserError as error:
            self._window.reporter.refuse(error.message, error.hint)

    def _swap(self) -> None:
        erasing = self._window.canvas.tool_mode is ToolMode.ERASER
        self._window.actions_table["brush" if erasing else "eraser"].trigger()

    def _go(self, frames: int) -> None:
        self._window.clip.playback.stop()
        document = self._window.document
        document.set_current_frame(document.current_frame + frames)

    def _toggle_loop(self) -> None:
        window = self._window
        window.clip.playback.loops = window.settings.loops = window.actions_table["toggle_loop"].isChecked()

    def _go_to(self, frame_index: int) -> None:
        self._go(frame_index - self._window.document.current_frame)

    def show_frame_menu(self, frame_index: int, place: QPoint) -> None:
        """The menu of a frame on the timeline; its commands work on that frame."""
        self._go_to(frame_index)
        menu = QMenu(self._window)
        for name in _FRAME_MENU:
            if name:
                menu.addAction(self._window.actions_table[name])
            else:
                menu.addSeparator()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _wipe(self) -> None:
        window = self._window
        on = window.actions_table["wipe"].isChecked()
        window.canvas.set_former_mask(window.document.b_mask if on else None)

    def _cutout_color(self) -> None:
        chosen = QColorDialog.getColor(QColor(0, 177, 64), self._window, tr("Colour behind cut-outs"))
        if chosen.isValid():
            self._window.canvas.set_cutout_ground(chosen)

    def _leap(self, step: int) -> None:
        info = self._window.document.info
        frames = self._window.keys.leap or (1 if info is None else max(1, round(info.fps)))
        self._go(step * frames)

    def _go_to_reference(self, step: int) -> None:
        document = self._window.document
        current = document.current_frame
        beyond = [index for index in document.references if (index - current) * step > 0]
        if beyond:
            document.set_current_frame(min(beyond) if step > 0 else max(beyond))

    def _set_reference(self) -> None:
        document = self._window.document
        frame = document.current_frame
        if frame in document.masks and frame not in document.references:
            document.undo_stack.push(SetReferenceCommand(document, frame, True))

    def _drop_reference(self) -> None:
        document = self._window.document
        if document.current_frame in document.references:
            document.undo_stack.push(SetReferenceCommand(document, document.current_frame, False))


def _without_arguments(slot: Callable[[], object]) -> Callable[..., None]:
    """A slot that ignores what the signal says. For signals of the window's own thread only."""

    def call(*_: object) -> None:
        slot()

    return call
