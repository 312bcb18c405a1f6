"""Colours, icons and the style sheet."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication, QWidget

DARK = {
    "canvas": "#131518",
    "lane": "#131518",
    "base": "#181a1e",
    "window": "#1f2226",
    "panel": "#26292e",
    "raised": "#31353b",
    "hover": "#3a3f46",
    "border": "#15171a",
    "line": "#383d44",
    "text": "#dde0e5",
    "bright": "#ffffff",
    "muted": "#98a0ab",
    "faint": "#757d88",
    "accent": "#4c9ffe",
    "accent_hover": "#3a83d8",
    "accent_down": "#2f74c6",
    "checked": "#2b4a6f",
    "current": "#2a3f5a",
    "current_line": "#3f6ea6",
    "reference": "#ffc24b",
    "edited": "#6db3ff",
    "propagated": "#3fae7a",
    "error": "#ff6b6b",
    "error_fill": "#43282b",
    "error_line": "#7d3d42",
    "warning": "#ffc24b",
    "warning_fill": "#413722",
    "warning_line": "#7a6531",
    "info_fill": "#24374d",
    "info_line": "#3c618c",
    "stop": "#6d2f34",
    "stop_line": "#a14850",
}
"""The dark theme by role."""

LIGHT = {
    "canvas": "#8d9196",  # a neutral grey: white around a picture changes how it looks
    "lane": "#d3d8de",
    "base": "#ffffff",
    "window": "#eceef1",
    "panel": "#f6f7f9",
    "raised": "#ffffff",
    "hover": "#dfe3e8",
    "border": "#c9cdd3",
    "line": "#c3c8cf",
    "text": "#1e2227",
    "bright": "#000000",
    "muted": "#555d67",
    "faint": "#7c848e",
    "accent": "#1e7fe8",
    "accent_hover": "#1f7ad9",
    "accent_down": "#176fce",
    "checked": "#c9e0fb",
    "current": "#dcebfc",
    "current_line": "#8dbdf2",
    "reference": "#c98500",
    "edited": "#2f86dd",
    "propagated": "#2b9463",
    "error": "#c62f2f",
    "error_fill": "#fbe3e3",
    "error_line": "#e3a5a5",
    "warning": "#b07600",
    "warning_fill": "#fdf1d6",
    "warning_line": "#e3c98d",
    "info_fill": "#e1eefc",
    "info_line": "#a9cdf3",
    "stop": "#c0464e",
    "stop_line": "#a8333b",
}
"""The light theme by role."""

THEMES = {"dark": DARK, "light": LIGHT}
DEFAULT_THEME = "dark"


class _Current:
    """The theme in use; one for the whole application."""

    name = DEFAULT_THEME


def current_theme() -> str:
    """Name of the theme in use."""
    return _Current.name


def color(role: str) -> QColor:
    """A colour of the theme in use."""
    return QColor(THEMES[_Current.name][role])


class _ThemedIcon(QIconEngine):
    """Draws an icon in the colours of the theme that is in use when it is drawn."""

    def __init__(self, name: str, tint: str) -> None:
        super().__init__()
        self._name, self._tint = name, tint

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        picture = self.pixmap(rect.size() * ratio, mode, state)
        painter.drawPixmap(rect, picture)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        role = "faint" if mode is QIcon.Mode.Disabled else self._tint
        return _render(self._name, THEMES[_Current.name][role], max(1, size.width()), max(1, size.height()))

    def clone(self) -> QIconEngine:
        return _ThemedIcon(self._name, self._tint)


def icon(name: str, tint: str = "text") -> QIcon:
    """An icon of ours in a colour of the theme; greyed when disabled. It follows a change of the theme.

    Args:
        name: File name in ``resources/icons`` without suffix.
        tint: Role of the colour.
    """
    return QIcon(_ThemedIcon(name, tint))


def apply_theme(app: QApplication, name: str = DEFAULT_THEME) -> None:
    """Give the application its colours; unknown names mean the default.

    The style sheet goes to each window, see `dress`: Qt takes twice as long to replace an application's.
    """
    _Current.name = name if name in THEMES else DEFAULT_THEME
    if app.style().name() != "fusion":  # the same one again would count as another
        app.setStyle("Fusion")
    app.setPalette(_palette())
    font = QGuiApplication.font()
    font.setPointSizeF(9.5)
    app.setFont(font)


def dress(window: QWidget) -> None:
    """Give a window, and the dialogs and menus that it owns, the style sheet of the theme in use."""
    window.setStyleSheet(style_sheet(_Current.name))


@lru_cache
def style_sheet(name: str) -> str:
    """The style sheet of a theme."""
    colors, folder = THEMES[name], resources.files("resources")
    sheet = (folder / "styles" / "studio.qss").read_text(encoding="utf-8")
    sheet = sheet.replace("@icons", Path(str(folder / "icons")).as_posix())
    for role in sorted(colors, key=len, reverse=True):
        sheet = sheet.replace(f"@{role}", colors[role])
    return sheet


@lru_cache
def _drawing(name: str) -> str:
    return (resources.files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _render(name: str, tint: str, width: int, height: int) -> QPixmap:
    pixmap = QPixmap(QSize(width, height))
    if pixmap.isNull():  # a button that has no room in its first layout
        return pixmap
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side = min(width, height)
    box = QRectF((width - side) / 2, (height - side) / 2, side, side)
    QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", tint).encode())).render(painter, box)
    painter.end()
    return pixmap


def _palette() -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    table = {
        role.Window: "window",
        role.WindowText: "text",
        role.Base: "base",
        role.AlternateBase: "panel",
        role.Text: "text",
        role.PlaceholderText: "muted",
        role.Button: "raised",
        role.ButtonText: "text",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.Highlight: "checked",
        role.HighlightedText: "bright",
        role.Link: "accent",
        role.Light: "hover",
        role.Mid: "line",
        role.Dark: "border",
        role.Shadow: "border",
    }
    for key, name in table.items():
        palette.setColor(key, color(name))
    for key in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, color("faint"))
    return palette
