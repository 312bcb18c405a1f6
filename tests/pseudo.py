"""A language for tests: every text is marked and 40 % longer, and values in it are marked as such."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager

from app import i18n

_VALUE = re.compile(r"(?<!\{)\{[^{}]+\}(?!\})")


class Pseudo(gettext.NullTranslations):
    """``Open {name}`` becomes ``⟦Open ⟨{name}⟩ ~~~⟧``. Mnemonics and line breaks stay."""

    def gettext(self, message: str) -> str:
        marked = _VALUE.sub(lambda value: f"⟨{value[0]}⟩", message)
        return f"⟦{marked}{'~' * round(0.4 * len(message))}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        is_for_people = not context.startswith(("decimal", "sign", "date", "name of this"))
        return self.gettext(message) if is_for_people else message


@contextmanager
def spoken() -> Iterator[None]:
    """Speak it for a while."""
    i18n.use_translations(Pseudo(), "pseudo")
    try:
        yield
    finally:
        i18n.use(i18n.SOURCE_LANGUAGE)


def unmarked(text: str) -> str:
    """What of a text did not go through the translation: all outside of marks, and values inside of them."""
    left, inside = [], [False]
    for letter in text:
        if letter == "⟦":
            inside.append(True)
        elif letter == "⟨":
            inside.append(False)
        elif letter in "⟧⟩":
            inside.pop()
            left.append(" ")
        elif not inside[-1]:
            left.append(letter)
    return "".join(left).strip()
