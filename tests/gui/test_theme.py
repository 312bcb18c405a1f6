from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject, QSize
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import Settings
from app.views import theme
from tests.paint_turns import PaintTurns


@pytest.fixture(autouse=True)
def dark_again(qapp: QApplication) -> Iterator[None]:
    yield
    theme.apply_theme(qapp)


def middle(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> tuple[int, int, int]:
    """Colour of the darkest-covered pixel of a filled icon."""
    image = icon.pixmap(QSize(48, 48), mode).toImage()
    pixel = image.pixelColor(20, 24)
    return pixel.red(), pixel.green(), pixel.blue()


def test_both_themes_have_the_same_roles_and_text_can_be_read() -> None:
    assert theme.DARK.keys() == theme.LIGHT.keys()
    for colors in theme.THEMES.values():
        for text in ("text", "muted"):  # the second for labels, and for what an empty field stands for
            for ground in ("window", "panel", "base", "raised", "info_fill", "error_fill"):
                assert contrast(colors[text], colors[ground]) >= 4.5, (text, ground)
        assert contrast(colors["faint"], colors["window"]) >= 3
        assert contrast("#ffffff", colors["accent_down"]) >= 4.5  # buttons, the number of the playhead
        assert contrast("#ffffff", colors["accent_hover"]) >= 3.5
        assert contrast("#ffffff", colors["stop"]) >= 4.5


@pytest.mark.parametrize("name", theme.THEMES)
def test_what_is_selected_can_be_read(qapp: QApplication, name: str) -> None:
    theme.apply_theme(qapp, name)
    palette = qapp.palette()
    text, ground = (
        palette.color(QPalette.ColorRole.HighlightedText),
        palette.color(QPalette.ColorRole.Highlight),
    )
    assert contrast(text.name(), ground.name()) >= 4.5
    assert palette.color(QPalette.ColorRole.Highlight).name() == theme.THEMES[name]["checked"]
    assert "selection-background-color: " + theme.THEMES[name]["checked"] in theme.style_sheet(name)


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two colours, 1..21."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_icons_follow_the_theme(qapp: QApplication) -> None:
    icon = theme.icon("play")
    theme.apply_theme(qapp, "dark")
    assert middle(icon) == (0xDD, 0xE0, 0xE5)
    assert middle(icon, QIcon.Mode.Disabled) == (0x75, 0x7D, 0x88)
    theme.apply_theme(qapp, "light")
    assert middle(icon) == (0x1E, 0x22, 0x27)


def test_the_menu_changes_the_theme_and_it_is_remembered(open_window: MainWindow) -> None:
    canvas = open_window.canvas
    open_window.actions_table["theme_light"].trigger()
    assert Settings().theme == "light"
    assert open_window.actions_table["theme_light"].isChecked()
    assert canvas.grab().toImage().pixelColor(2, 2).name() == theme.LIGHT["canvas"]
    open_window.actions_table["theme_dark"].trigger()
    assert canvas.grab().toImage().pixelColor(2, 2).name() == theme.DARK["canvas"]


def test_an_unknown_theme_is_the_default(qapp: QApplication) -> None:
    theme.apply_theme(qapp, "no such")
    assert theme.current_theme() == "dark"


def test_every_colour_of_the_style_sheet_is_known() -> None:
    for name in theme.THEMES:
        assert "@" not in theme.style_sheet(name)


def test_another_theme_is_painted_part_by_part(qtbot: QtBot, open_window: MainWindow) -> None:
    parts = [open_window.canvas, open_window.timeline, open_window.side, open_window.options_bar]
    painted = PaintTurns(parts)
    for name in ("light", "dark", "light"):
        open_window.set_theme(name)
    qtbot.waitUntil(lambda: all(painted.turns))
    assert len({turns[0] for turns in painted.turns}) == len(parts)
    assert all(part.updatesEnabled() for part in parts)
    assert open_window.menuBar().updatesEnabled()
    assert theme.LIGHT["panel"] in open_window.styleSheet()


class _StyleChanges(QObject):
    """Counts how often widgets are styled anew."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.StyleChange
        return False


def test_a_widget_is_not_styled_anew_for_each_of_its_parents(
    open_window: MainWindow, qapp: QApplication
) -> None:
    changes = _StyleChanges()
    qapp.installEventFilter(changes)
    open_window.set_theme("light")
    qapp.removeEventFilter(changes)
    assert 0 < changes.count <= 3 * len(qapp.allWidgets())
