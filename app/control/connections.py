"""Which part of the window tells which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

if TYPE_CHECKING:
    from app.main_window import MainWindow


def connect_parts(window: MainWindow) -> None:
    """Connect views, tools and controllers of a window with each other.

    What follows several of them at once is `app.control.following`.
    """
    document, canvas = window.document, window.canvas
    window.timeline.frame_chosen.connect(document.set_current_frame)
    window.timeline.object_chosen.connect(document.set_current_object)
    window.timeline.menu_wanted.connect(window.commands.show_frame_menu)
    panel, objects = window.object_panel, window.objects
    panel.merge_wanted.connect(objects.merge)
    panel.split_wanted.connect(objects.split)
    panel.move_wanted.connect(objects.move)
    panel.lock_wanted.connect(objects.toggle_lock)
    panel.remove_wanted.connect(objects.remove)
    panel.solo_wanted.connect(objects.toggle_solo)
    window.tools.refused.connect(window.status_text.setText)
    window.tools.redraw_wanted.connect(canvas.update)
    window.tools.stroke_done.connect(window.temporal.carry)
    window.tool_options.changed.connect(window.tools.smart.refresh)
    canvas.hardness_changed.connect(window.tool_options.show_settings)
    window.tool_options.changed.connect(window.options_bar.refit)
    # later: the key that ended the typing must not count for the canvas as well
    for entered in (window.tool_options.entered, window.player_bar.entered):
        entered.connect(canvas.setFocus, Qt.ConnectionType.QueuedConnection)
    window.bulk.progressed.connect(window.status_text.setText)
    window.bulk.left_alone.connect(window.status_text.setText)
    window.player_bar.frame_chosen.connect(document.set_current_frame)
    window.reference_panel.frame_chosen.connect(document.set_current_frame)
    window.options_bar.brush_changed.connect(canvas.set_brush_px)
    canvas.brush_changed.connect(window.options_bar.set_brush_px)
    window.reporter.report_wanted.connect(window.help.copy_report)
    window.take_panel.frame_chosen.connect(document.set_current_frame)
    window.propagation.engine_ready.connect(window.status_engine.setText)
    window.propagation.progressed.connect(window.status_text.setText)
    window.propagation.running_changed.connect(window.export.follow_run)
    window.network.described.connect(window.status_engine.setText)
    window.network.progressed.connect(window.status_text.setText)
    window.export.progressed.connect(window.status_text.setText)
    window.clip.progressed.connect(window.status_text.setText)
    window.trust.told.connect(window.status_text.setText)
    window.temporal.told.connect(window.status_text.setText)
    window.projects.progressed.connect(window.status_text.setText)
