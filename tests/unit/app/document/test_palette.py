from __future__ import annotations

import numpy as np

from app.document.objects import MAX_OBJECTS, new_object, palette_color
from app.document.palette import object_colors, oklab
from app.views.theme import DARK, LIGHT


def test_the_first_colours_stay() -> None:
    assert [palette_color(object_id) for object_id in (1, 2, 3, 10)] == [
        (255, 92, 92),
        (74, 214, 130),
        (86, 156, 255),
        (154, 164, 255),
    ]
    assert [palette_color(object_id) for object_id in (11, 12, 24)] == [
        (120, 120, 0),
        (195, 15, 150),
        (195, 120, 150),
    ]
    assert new_object(11).color == palette_color(11)


def test_the_colours_are_told_apart() -> None:
    colors = object_colors()
    assert len(set(colors)) == len(colors) == MAX_OBJECTS
    places = oklab(np.array(colors))
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    np.fill_diagonal(apart, np.inf)
    chosen = apart[:10, :10].min()
    # those that are computed are further apart than the nearest two of those chosen by hand
    assert apart[:32, 10:32].min() > apart[10:24, :24].min() - 0.03 > chosen
    assert apart[10:24, :24].min() > 0.11
    assert apart.min() > 0.03  # a difference of 0.02 is just about seen


def test_they_are_seen_on_both_themes() -> None:
    places = oklab(np.array(object_colors()))
    for theme in (DARK, LIGHT):
        for role in ("lane", "panel", "base"):
            ground = oklab(np.array([int(theme[role][k : k + 2], 16) for k in (1, 3, 5)]))
            apart = np.linalg.norm(places - ground, axis=-1)
            assert apart[:32].min() > 0.12, role
            assert apart.min() > 0.08, role


def test_lightness_of_known_colours() -> None:
    found = oklab(np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0]]))
    assert np.allclose(found, [[0, 0, 0], [1, 0, 0], [0.628, 0.2249, 0.1258]], atol=1e-3)
