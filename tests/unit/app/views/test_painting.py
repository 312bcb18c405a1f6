"""A painter ends, also where painting fails."""

import pytest
from PySide6.QtGui import QColor, QPixmap
from pytestqt.qtbot import QtBot

from app.views.painting import painting


def test_a_painter_ends_where_painting_fails(qtbot: QtBot) -> None:
    picture = QPixmap(4, 4)
    painters = []

    def paint() -> None:
        with painting(picture) as painter:
            painters.append(painter)
            painter.fillRect(0, 0, 4, 4, QColor("red"))
            raise ValueError("half-way")

    with pytest.raises(ValueError, match="half-way"):
        paint()
    assert [painter.isActive() for painter in painters] == [False]
    assert not picture.paintingActive()
    assert picture.toImage().pixelColor(2, 2) == QColor("red")
