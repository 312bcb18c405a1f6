"""The letters that open menus with Alt, beside keys of commands."""

from __future__ import annotations

from collections.abc import Sequence, Set

from PySide6.QtWidgets import QMenuBar


def titles_beside(titles: Sequence[str], taken: Set[str]) -> list[str]:
    """Titles whose letters are not taken.

    Args:
        titles: Each with its letter after an ampersand; "&&" is an ampersand.
        taken: Upper-case letters of commands. A key of two callers calls neither.

    Returns:
        The titles as they were, but for those whose letter is taken: they get the first of their letters that
        is free, or none.
    """
    own = [_letter(title) for title in titles]
    used = {letter for letter in own if letter not in taken} | taken
    found = []
    for title, letter in zip(titles, own, strict=True):
        if letter in taken:
            plain = title.replace("&&", "\0").replace("&", "")
            place = next(
                (at for at, sign in enumerate(plain) if sign.isalpha() and sign.upper() not in used), None
            )
            if place is not None:
                used.add(plain[place].upper())
                plain = f"{plain[:place]}&{plain[place:]}"
            title = plain.replace("\0", "&&")
        found.append(title)
    return found


def _letter(title: str) -> str:
    _, _, after = title.replace("&&", "").partition("&")
    return after[:1].upper()


class MenuTitles:
    """Keeps the letters of a menu bar out of the way of keys.

    Args:
        bar: With all its menus.
    """

    def __init__(self, bar: QMenuBar) -> None:
        self._titles = {action: action.text() for action in bar.actions()}

    def give_way(self, keys: Set[str]) -> None:
        """Leave keys to their commands.

        Args:
            keys: Of all commands, as Qt's portable text ("Alt+T").
        """
        taken = {key[4:] for key in keys if key.startswith("Alt+") and len(key) == 5}
        for action, title in zip(self._titles, titles_beside([*self._titles.values()], taken), strict=True):
            action.setText(title)
