"""The numbers of the timeline's ruler and the playhead."""

from __future__ import annotations

from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.views import theme
from app.views.painting import painting
from app.views.timeline.painting import paint_playhead, paint_ruler
from app.views.timeline.rows import RULER_PX
from app.views.timeline.scale import TimeScale


def shown_of_ten(playhead: int) -> int:
    """How many pixels of the ruler's number 10 are seen left of its middle."""
    scale = TimeScale()
    scale.set_strip(100, 750)
    scale.set_count(75)
    image = QImage(900, 60, QImage.Format.Format_RGB32)
    ground = theme.color("window")
    image.fill(ground)
    with painting(image) as painter:
        font = painter.font()
        font.setPointSizeF(8.0)
        painter.setFont(font)
        paint_ruler(painter, scale, 0)
        paint_playhead(painter, scale, playhead, str(playhead), 60)
    middle = round(scale.x_of(10))
    places = [(x, y) for x in range(middle - 10, middle) for y in range(2, RULER_PX - 9)]
    return sum(image.pixelColor(*place) != ground for place in places)


def test_a_number_behind_the_playhead_is_not_cut_off(qtbot: QtBot) -> None:
    whole = shown_of_ten(30)
    assert whole > 5
    assert shown_of_ten(15) == whole  # beside it
    assert shown_of_ten(12) == 0  # partly behind it
