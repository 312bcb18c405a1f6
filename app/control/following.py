"""What of a window follows its document, its run and its playback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QTimer

from app.document.objects import drawn
from app.i18n import tr, trn
from app.media.describe import long_description, short_description
from app.tools.tool import ToolMode
from app.views import theme
from app.views.view_mode import ViewMode

if TYPE_CHECKING:
    from app.main_window import MainWindow


class Following(QObject):
    """Keeps title, status line, enabled commands and what else looks at several parts up to date."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._is_closed = False
        window.canvas.tool_changed.connect(self._on_tool_changed)
        window.options_bar.opacity_changed.connect(self._on_opacity)
        window.canvas.zoom_changed.connect(self._on_zoom)
        window.canvas.pointer_moved.connect(self._on_pointer)
        window.canvas.stroke_begins.connect(self._on_stroke_begins)
        window.document.clip_changed.connect(self.refresh)
        window.document.clip_extended.connect(self._show_clip_facts)
        window.document.dirty_changed.connect(self._update_title)
        window.document.mask_changed.connect(self._on_mask_changed)
        window.document.masks_changed.connect(self._on_masks_changed)
        window.document.references_changed.connect(self._update_enabled)
        window.document.current_frame_changed.connect(self._update_enabled)
        window.document.current_object_changed.connect(self._on_current_object)
        window.document.undo_stack.indexChanged.connect(self._update_enabled)
        window.document.undo_stack.indexChanged.connect(self._on_step)
        window.propagation.running_changed.connect(self._update_enabled)
        window.takes.changed.connect(self._update_enabled)
        window.export.running_changed.connect(self._update_enabled)
        window.projects.changed.connect(self._update_title)
        window.clip.frame_shown.connect(self._fill_thumbnails)
        window.document.references_changed.connect(self._fill_thumbnails)
        window.clip.playback.playing_changed.connect(self._on_playing)
        window.clip.playback.dropped_changed.connect(self._on_dropped)
        window.clip.playback.speed_changed.connect(self._on_speed)
        window.finishing.changed.connect(self._on_mattes)

    def refresh(self) -> None:
        """Another clip is open, or none: show all that there is to know."""
        info = self._window.document.info
        self._window.pages.setCurrentWidget(self._window.welcome if info is None else self._window.canvas)
        self._window.actions_table.set_clip_open(info is not None)
        self._show_clip_facts()
        if info is not None:
            self._window.banner.dismiss_passing()
            self._window.canvas.setFocus()
        self._update_title()
        self._update_enabled()

    def close(self) -> None:
        """Follow the history no more: it tells of its own end when the window's actions are gone already."""
        if not self._is_closed:
            self._is_closed = True
            self._window.document.undo_stack.indexChanged.disconnect(self._update_enabled)
            self._window.document.undo_stack.indexChanged.disconnect(self._on_step)
            self._window.document.dirty_changed.disconnect(self._update_title)

    def _show_clip_facts(self) -> None:
        info = self._window.document.info
        self._window.status_clip.setText("" if info is None else short_description(info))
        self._window.status_clip.setToolTip("" if info is None else long_description(info))

    def _update_title(self) -> None:
        info = self._window.document.info
        path = self._window.projects.path
        shown = "" if info is None else info.name if path is None else path.stem
        name = "" if info is None else f"{'*' if self._window.document.is_dirty else ''}{shown} – "
        self._window.setWindowTitle(f"{name}CFBI Studio")

    def _update_enabled(self) -> None:
        acts, document = self._window.actions_table, self._window.document
        is_open, running = document.info is not None, self._window.propagation.is_running
        frame = document.current_frame
        has_mask = frame in document.masks
        for name in acts.names("propagate_"):
            acts[name].setEnabled(is_open and not running)
        acts["stop"].setEnabled(running or self._window.export.is_running)
        acts["continue_run"].setEnabled(self._window.propagation.is_paused)
        for name in ("compare", "accept_take", "reject_take"):
            acts[name].setEnabled(self._window.takes.is_open)
        acts["set_reference"].setEnabled(has_mask and frame not in document.references)
        acts["drop_reference"].setEnabled(frame in document.references)
        acts["clear_frame"].setEnabled(has_mask)
        stack = document.undo_stack
        for name, able, step, text in (
            ("undo", document.can_undo, stack.undoText(), tr("Undo: {step}", step=stack.undoText())),
            ("redo", stack.canRedo(), stack.redoText(), tr("Redo: {step}", step=stack.redoText())),
        ):
            acts[name].setEnabled(able)
            acts[name].setText(text if step else acts.text(name))

    def _on_current_object(self, _: int) -> None:
        QTimer.singleShot(0, self, self._show_current_row)  # a new row has its place only then

    def _show_current_row(self) -> None:
        object_id = self._window.document.current_object_id
        if not self._is_closed and self._window.document.object(object_id) is not None:
            self._window.side.scroll_to(self._window.object_panel.row(object_id))

    def _on_step(self) -> None:
        self._window.banner.dismiss_refusal()

    def _on_mask_changed(self, frame_index: int, _: QRect) -> None:
        self._on_masks_changed(frozenset((frame_index,)))

    def _on_masks_changed(self, frames: frozenset[int]) -> None:
        if self._window.document.current_frame in frames:
            self._update_enabled()

    def _on_mattes(self, frame_index: int) -> None:
        self._window.canvas.set_finished(self._window.finishing.mattes(frame_index))

    def _fill_thumbnails(self) -> None:
        """Give the list of references the pictures that were decoded anyway."""
        for index in self._window.document.reference_table:
            frame = self._window.clip.lane.cached(index)
            if frame is not None:
                self._window.reference_panel.put_frame(index, frame)

    def _on_tool_changed(self, mode: ToolMode) -> None:
        self._window.tool_options.set_mode(mode)
        self._window.options_bar.set_shown(
            brush=self._window.canvas.tool.shows_brush, options=not self._window.tool_options.is_empty
        )

    def _on_opacity(self, opacity: float) -> None:
        self._window.canvas.set_opacity(opacity)
        self._window.settings.opacity = opacity

    def _on_zoom(self, zoom: float) -> None:
        self._window.options_bar.set_zoom(zoom if self._window.document.info is not None else 0)

    def _on_pointer(self, x: int, y: int) -> None:
        self._window.status_pointer.setText(f"{x}, {y}" if x >= 0 else "")

    def _on_stroke_begins(self) -> None:
        if self._window.clip.playback.is_playing:
            self._window.clip.playback.stop()
            self._window.document.set_current_frame(self._window.canvas.shown_frame)  # paint on what is seen
        if self._window.canvas.mode is ViewMode.ORIGINAL:
            self._window.actions_table["overlay"].trigger()
            self._window.status_text.setText(tr("Overlay is on again, to show what you paint."))
        if self._window.canvas.tool.locks:
            if not self._window.canvas.shows_locks:
                self._window.actions_table["show_locks"].trigger()
            return
        info = self._window.document.object(self._window.document.current_object_id)
        if info is not None and info not in drawn(self._window.document.objects):
            self._window.document.set_visible(info.object_id, True)
            if any(other.solo for other in self._window.document.objects):
                self._window.document.set_solo(info.object_id, True)
            # not in the banner: that would move the picture under the pointer
            self._window.status_text.setText(
                tr("{name} is shown again, to see what you paint.", name=info.name)
            )

    def _on_playing(self, playing: bool) -> None:
        action = self._window.actions_table["play"]
        action.setIcon(theme.icon("pause" if playing else "play"))
        text = tr("Pause") if playing else tr("Play")
        self._window.actions_table.set_shown_text("play", text)

    def _on_dropped(self, count: int) -> None:
        dropped = trn("{count} dropped", "{count} dropped", count)
        self._window.player_bar.set_note(dropped if count else "")

    def _on_speed(self, speed: int) -> None:
        if speed not in (0, 1):
            self._window.player_bar.set_note(f"{'−' if speed < 0 else ''}{abs(speed)}×")
        elif speed == 1:
            self._window.player_bar.set_note("")
