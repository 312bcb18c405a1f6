from __future__ import annotations

from app.views.menu_titles import titles_beside


def test_a_letter_that_a_command_has_is_left_to_it() -> None:
    titles = ["&File", "&Tools", "T&imeline", "&View"]
    assert titles_beside(titles, set()) == titles
    assert titles_beside(titles, {"X"}) == titles
    assert titles_beside(titles, {"T"}) == ["&File", "T&ools", "T&imeline", "&View"]


def test_no_two_menus_get_the_same_letter() -> None:
    assert titles_beside(["&Ab", "&Ba", "&Bac"], {"A", "B"}) == ["Ab", "Ba", "Ba&c"]
    assert titles_beside(["&To", "&Fo"], {"T", "F"}) == ["T&o", "Fo"]


def test_an_ampersand_is_no_letter() -> None:
    assert titles_beside(["Cut && &Run", "Plain"], {"R"}) == ["&Cut && Run", "Plain"]
