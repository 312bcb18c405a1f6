"""The window: puts the parts together and connects them."""

from __future__ import annotations

from platformdirs import user_data_path
from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QLabel,
    QLineEdit,
    QMainWindow,
    QStackedWidget,
    QWidget,
)

from app.actions import Actions
from app.control.bulk import BulkEdits
from app.control.clip import ClipController
from app.control.commands import CommandTable
from app.control.connections import connect_parts
from app.control.digits import DigitKeys
from app.control.drawing import DrawingController
from app.control.export import ExportController
from app.control.files import FileCommands
from app.control.finishing import FinishController
from app.control.folding import Folding
from app.control.following import Following
from app.control.help import Help
from app.control.journal import JournalController
from app.control.keys import KeyController
from app.control.language import LanguageController
from app.control.network import NetworkController
from app.control.objects import ObjectCommands
from app.control.pause_key import PauseKey
from app.control.projects import ProjectController
from app.control.propagation import PropagationController
from app.control.recent import RecentMenu
from app.control.recovery import RecoveryController, ResumeController
from app.control.reporter import ErrorReporter
from app.control.searching import Searching
from app.control.speaking import Speaking
from app.control.takes import TakeController
from app.control.temporal import TemporalStrokes
from app.control.thumbnails import ThumbnailController
from app.control.tools import ToolController
from app.control.tour import Tour
from app.control.trust import TrustController
from app.document.document import Document
from app.document.run_plan import Direction
from app.document.shared_data import counting, data_of
from app.i18n import languages, tr
from app.media.frame_cache import FrameCache
from app.recent_log import RecentLog
from app.settings import APPLICATION, Settings
from app.tools.tool import ToolMode, ToolSettings
from app.views import faces, theme
from app.views.action_words import tell_actions
from app.views.banner import Banner
from app.views.canvas import Canvas
from app.views.field_keys import FieldKeys
from app.views.finish_panel import FinishPanel
from app.views.language import LanguageMenu
from app.views.memory_label import MemoryLabel
from app.views.network_menu import NetworkMenu
from app.views.objects.panel import ObjectPanel
from app.views.options_bar import OptionsBar
from app.views.player_bar import PlayerBar
from app.views.propagate_panel import PropagatePanel
from app.views.reference_panel import ReferencePanel
from app.views.shell import SideBar, central_widget, tool_bar
from app.views.status_text import StatusText
from app.views.tab_order import go_on
from app.views.take_panel import TakePanel
from app.views.theme_change import ThemeChange
from app.views.timeline.widget import Timeline
from app.views.tool_options import ToolOptions
from app.views.view_mode import ViewMode
from app.views.welcome import Welcome
from app.worker.engine import Engine


class MainWindow(QMainWindow):
    """One document and all that works on it.

    Args:
        settings: What the program remembers.
        engine: The network.
        log: The last lines of the log, for Help; a log of its own if None.
        log_path: The log file, empty if there is none.
    """

    def __init__(
        self, settings: Settings, engine: Engine, log: RecentLog | None = None, log_path: str = ""
    ) -> None:
        super().__init__()
        faces.install()
        self.setWindowIcon(theme.icon("app"))
        self.setAcceptDrops(True)
        self.settings = settings
        self._engine_text = engine.description
        self._may_close = False
        self._is_closing = False
        self.actions_table = Actions(self)
        self.keys = KeyController(self.actions_table, settings, self)
        self.document = Document(self)
        self.tool_settings = ToolSettings(settings.brush_px)
        self._build_views()
        self._build_controllers(engine)
        self._build_layout()
        self._build_status(engine)
        self.help = Help(self.document, log or RecentLog(), log_path, self)
        self.tour = Tour(self)
        self.recent_menu = RecentMenu(settings, self.files.open, self)
        self.language_menu = LanguageMenu(languages(), settings.language, self)
        LanguageController(self.language_menu, settings, self.reporter, self)
        self.digits = DigitKeys(self.document, self)
        self.pause_key = PauseKey(self.actions_table["pause"], self.clip.playback, self)
        Speaking(self)
        self.searching = Searching(self.tools, self.canvas, self.status_text, self)
        self.commands = CommandTable(self)
        connect_parts(self)
        self.following = Following(self)
        theme.dress(self)
        self._theme_change = ThemeChange(self)
        self._restore()

    # ---- building ----

    def _build_views(self) -> None:
        acts, document = self.actions_table, self.document
        self.tools = ToolController(document, self.tool_settings, self)
        self.drawn = FrameCache(self.settings.drawn_bytes)
        self.canvas = Canvas(document, self.tools.tools, self.tool_settings, self.drawn)
        self.banner = Banner()
        self.timeline = Timeline(document)
        self.object_panel = ObjectPanel(document, acts["add_object"])
        self.finish_panel = FinishPanel(document)
        self.reference_panel = ReferencePanel(document, acts["set_reference"], acts["drop_reference"])
        ways = (Direction.BACKWARD, Direction.BOTH, Direction.FORWARD)
        self.propagate_panel = PropagatePanel(
            {way: acts[f"propagate_{way.value}"] for way in ways}, acts["stop"], acts["continue_run"]
        )
        self.take_panel = TakePanel(document, acts["compare"], acts["accept_take"], acts["reject_take"])
        steps = ("first", "step_back", "play", "step_forward", "last", "toggle_loop")
        self.player_bar = PlayerBar(document, [acts[name] for name in steps])
        self.options_bar = OptionsBar(
            [acts["open"], acts["export"]],
            [acts["undo"], acts["redo"]],
            [acts[mode.value] for mode in ViewMode],
            [acts["fit"], acts["actual"]],
            self,
        )
        self.tool_options = ToolOptions(self.tool_settings, acts["softer"], acts["harder"])
        self.options_bar.add_options(self.tool_options)
        self.network_menu = NetworkMenu((acts["close_up"], acts["import_weights"]), self)
        self.welcome = Welcome(acts["open"], acts["open_sample"])

    def _build_controllers(self, engine: Engine) -> None:
        self.reporter = ErrorReporter(self.banner, self)
        settings = self.settings
        self.clip = ClipController(
            self.document,
            self.canvas,
            self.reporter,
            settings.cache_bytes,
            settings.disk_cache_bytes,
            self,
        )
        self.tools.picture = self.clip.lane.cached
        self.drawing = DrawingController(self.document, self.canvas, self.clip.lane.cached, self.drawn, self)
        self.clip.lane.went_ahead.connect(self.drawing.plan)
        self.bulk = BulkEdits(self.document, self.reporter, self)
        self.temporal = TemporalStrokes(self.document, self.tool_settings, self.bulk, self)
        self.objects = ObjectCommands(self.document, self.bulk, self.reporter, self)
        self.finishing = FinishController(self.document, self.clip.lane.cached, self.reporter, self)
        self.clip.frame_shown.connect(self.finishing.refresh)
        self.propagation = PropagationController(
            self.document,
            engine,
            self.propagate_panel,
            self.timeline,
            self.reporter,
            self.banner,
            self,
        )
        self.takes = TakeController(
            self.document, self.take_panel, self.actions_table["compare"], self.reporter, self.bulk, self
        )
        self.trust = TrustController(self.document, self.timeline, self)
        self._thumbnails = ThumbnailController(
            self.document,
            self.clip.lane,
            self.timeline,
            self.reference_panel,
            settings,
            self.actions_table["toggle_thumbnails"],
            self,
        )
        self.network = NetworkController(
            engine, self.network_menu, self.actions_table["close_up"], self.settings, self.reporter, self
        )
        self.export = ExportController(
            self.document,
            self.settings,
            self.banner,
            self.reporter,
            self,
        )
        sessions = user_data_path(APPLICATION) / "recovery"
        self.journal = JournalController(sessions, self.document, self.reporter, self)
        self.projects = ProjectController(
            self.document, self.clip, self.journal, self.settings, self.reporter, self
        )
        self.projects.is_running = lambda: self.propagation.is_running
        self.files = FileCommands(self.document, self.clip, self.projects, self.settings, self.reporter, self)
        self.recovery = RecoveryController(
            sessions, self.projects, self.clip, self.banner, self.reporter, self.files, self
        )
        self._resume = ResumeController(self.document, self.projects, self.propagation, self.banner, self)

    def _build_layout(self) -> None:
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.options_bar)
        modes = [self.actions_table[mode.value] for mode in ToolMode]
        self.tool_bar = tool_bar(modes, [self.actions_table["lock_pixels"]], self)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_bar)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self.canvas)
        lists = (self.object_panel, self.finish_panel, self.reference_panel)
        self.side = SideBar(lists, (self.take_panel, self.propagate_panel))
        names = ("objects", "finish", "references", "take", "propagate")
        panels = dict(zip(names, (*lists, self.take_panel, self.propagate_panel), strict=True))
        self.folding = Folding(panels, self.settings, self)
        self.setCentralWidget(
            central_widget(self.banner, self.pages, self.side, [self.player_bar, self.timeline])
        )
        FieldKeys(self).watch((self.options_bar, self.side, self.player_bar))
        tell_actions(self)

    def _build_status(self, engine: Engine) -> None:
        self.status_text = StatusText()
        self.status_pointer = QLabel("")
        self.status_clip = QLabel("")
        self.status_engine = QLabel(self._engine_text)
        document = self.document
        self.status_memory = MemoryLabel(
            {
                tr("Decoded frames"): lambda: self.clip.lane.bytes_used,
                tr("Drawn frames"): lambda: self.drawn.bytes_used,
                tr("Masks"): lambda: counting(data_of(document.masks.entries().values())),
                tr("Finished mattes"): lambda: self.finishing.lane.bytes_used,
                tr("History"): document.undo_stack.counting,
                tr("Features of frames"): lambda: engine.bytes_used,
            }
        )
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.addWidget(self.status_text, 1)
        for label in (self.status_pointer, self.status_clip, self.status_memory, self.status_engine):
            bar.addPermanentWidget(label)

    def _restore(self) -> None:
        settings = self.settings
        self.resize(1440, 900)
        geometry = settings.geometry
        if geometry is not None:
            self.restoreGeometry(geometry)
        self.actions_table["brush"].setChecked(True)
        self.actions_table["overlay"].setChecked(True)
        self.actions_table["show_locks"].setChecked(self.canvas.shows_locks)
        self.actions_table[f"theme_{theme.current_theme()}"].setChecked(True)
        self.actions_table["toggle_loop"].setChecked(settings.loops)
        self.clip.playback.loops = settings.loops
        self.canvas.set_brush_px(settings.brush_px)
        self.canvas.set_opacity(settings.opacity)
        self.options_bar.set_opacity(settings.opacity)
        self.following.refresh()

    # ---- what the user asked for ----

    def toggle_overlay(self) -> None:
        """Switch between the overlay and the picture alone."""
        shown = self.canvas.mode is ViewMode.OVERLAY
        self.actions_table["original" if shown else "overlay"].trigger()

    def export_button(self) -> QWidget:
        """The button that opens the export dialog."""
        return self.options_bar.button(self.actions_table["export"])

    def set_theme(self, name: str) -> None:
        """Change the look of the program."""
        self.settings.theme = name
        self._theme_change.apply(name)

    def stop(self) -> None:
        """Drop what the tool has in hand, or else end the run, or else the export."""
        if self.canvas.tool.cancel():
            return
        if self.propagation.is_running:
            self.propagation.stop()
        else:
            self.export.stop()

    # ---- Qt overrides ----

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: D102 - Qt override
        parts = (self.tour.bubble, self.options_bar, self.tool_bar, self.banner, self.pages, self.side)
        return go_on([*parts, self.player_bar, self.timeline], forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt override
        # widgets that want Space for themselves (text, buttons) do not let it come here
        if event.key() == Qt.Key.Key_Space and self.document.info is not None:
            if not event.isAutoRepeat():
                self.canvas.set_space_held(True)
        elif is_text_field(self.focusWidget()) or not self.canvas.tool_key(event.key()):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt override
        # Space plays when it is released, unless it was held to pan
        if event.key() == Qt.Key.Key_Space and self.canvas.space_held:
            if not event.isAutoRepeat():
                meant_pan = self.canvas.space_used
                self.canvas.set_space_held(False)
                if not meant_pan:
                    self.clip.playback.toggle()
        else:
            super().keyReleaseEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt override
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 - Qt override
        paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.files.open_dropped(paths[0])

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - Qt override
        self._is_closing = True
        if not self._may_close and self.export.may_close():
            self.projects.when_safe(self._close_now)
        self._is_closing = False
        if not self._may_close:
            event.ignore()
            return
        self.settings.geometry = self.saveGeometry()
        self.settings.brush_px = self.tool_settings.brush_px
        self.settings.save()
        self.shut_down(in_peace=True)
        event.accept()

    def _close_now(self) -> None:
        self._may_close = True
        if not self._is_closing:  # the answer was to save first, which took a while
            self.close()

    def shut_down(self, *, in_peace: bool = False) -> None:
        """End all threads. The window cannot be used after that.

        Args:
            in_peace: The user has closed the window, so the journal is needed no more.
        """
        self.hide()
        self.following.close()
        self.journal.close(in_peace=in_peace)
        self.projects.close()
        self.propagation.close()
        self.network.close()
        self.bulk.close()
        self.tools.close()
        self.finishing.close()
        self.export.close()
        self.drawing.close()
        self.clip.close()


def is_text_field(widget: QWidget | None) -> bool:
    """Whether the user may type into a widget, so that Enter and Esc are its own."""
    typed = isinstance(widget, QLineEdit) and not widget.isReadOnly()
    return typed or isinstance(widget, QAbstractSpinBox)
