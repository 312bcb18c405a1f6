"""Colours, icons and the style sheet."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

COLORS = {
    "canvas": "#131518",
    "base": "#181a1e",
    "window": "#1f2226",
    "panel": "#26292e",
    "raised": "#31353b",
    "hover": "#3a3f46",
    "border": "#15171a",
    "line": "#383d44",
    "text": "#dde0e5",
    "muted": "#98a0ab",
    "faint": "#666d77",
    "accent": "#4c9ffe",
    "accent_hover": "#66aeff",
    "accent_down": "#3a87de",
    "reference": "#ffc24b",
    "edited": "#6db3ff",
    "propagated": "#3fae7a",
    "error": "#ff6b6b",
    "warning": "#ffc24b",
}
"""The dark theme by role."""


def color(role: str) -> QColor:
    """A colour of the theme."""
    return QColor(COLORS[role])


@lru_cache(maxsize=128)
def icon(name: str, tint: str = "text") -> QIcon:
    """An icon of ours in a colour of the theme; greyed when disabled, in the accent colour when switched on.

    Args:
        name: File name in ``resources/icons`` without suffix.
        tint: Role of the colour.
    """
    source = (resources.files("resources") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    made = QIcon()
    states = (
        (tint, QIcon.Mode.Normal, QIcon.State.Off),
        (tint, QIcon.Mode.Normal, QIcon.State.On),
        ("faint", QIcon.Mode.Disabled, QIcon.State.Off),
    )
    for role, mode, state in states:
        data = QByteArray(source.replace("currentColor", COLORS[role]).encode())
        for pixels in (24, 48, 96):
            made.addPixmap(_render(data, pixels), mode, state)
    return made


def apply_theme(app: QApplication) -> None:
    """Give the application the dark look."""
    app.setStyle("Fusion")
    app.setPalette(_palette())
    sheet = (resources.files("resources") / "styles" / "dark.qss").read_text(encoding="utf-8")
    for role in sorted(COLORS, key=len, reverse=True):
        sheet = sheet.replace(f"@{role}", COLORS[role])
    app.setStyleSheet(sheet)
    font = QGuiApplication.font()
    font.setPointSizeF(9.5)
    app.setFont(font)


def _render(data: QByteArray, pixels: int) -> QPixmap:
    pixmap = QPixmap(QSize(pixels, pixels))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(data).render(painter, QRectF(0, 0, pixels, pixels))
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
        role.PlaceholderText: "faint",
        role.Button: "raised",
        role.ButtonText: "text",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.Highlight: "accent",
        role.Link: "accent",
        role.Light: "hover",
        role.Mid: "line",
        role.Dark: "border",
        role.Shadow: "border",
    }
    for key, name in table.items():
        palette.setColor(key, color(name))
    palette.setColor(role.HighlightedText, QColor("#ffffff"))
    for key in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, color("faint"))
    return palette
