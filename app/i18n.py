"""The language of the program: every text that a user reads goes through here. Free of Qt.

Texts stand in the code in English, as whole sentences with named placeholders::

    tr("Opening {name}…", name=path.name)
    trn("{count} frame", "{count} frames", len(frames))

A constant that is made before the language is known is marked, and translated where it is shown::

    _DEVICES = {"cpu": mark("Processor (cpu)")}
    tr(_DEVICES[name])
"""

from __future__ import annotations

import gettext
import numbers
import os
import string
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import resources

SOURCE_LANGUAGE = "en"
FOLDER = Path(resources.__file__).parent / "locale"
VARIABLE = "CFBI_LANGUAGE"
"""Environment variable that wins over settings and system."""

_translations: gettext.NullTranslations = gettext.NullTranslations()
_language = SOURCE_LANGUAGE


def tr(message: str, /, **values: object) -> str:
    """A text in the user's language.

    Args:
        message: In English, a literal or something that was marked; ``{name}`` stands for a value.
        values: What to put there. Numbers get the signs of the language.
    """
    # the empty text stands for the header of a catalogue
    return _filled(_translations.gettext(message), values) if message else ""


def trn(singular: str, plural: str, count: int, /, **values: object) -> str:
    """A text that depends on a number, which ``{count}`` stands for."""
    return _filled(_translations.ngettext(singular, plural, count), {"count": count, **values})


def trc(context: str, message: str, /, **values: object) -> str:
    """A text that means different things in different places; the context tells the translator which."""
    return _filled(_translations.pgettext(context, message), values)


def mark(message: str, /) -> str:
    """The text itself, so that it can be found and translated when it is shown."""
    return message


class Message(str):
    """A text in English that remembers how it was made, so that it can be shown in the user's language.

    For what is written to files in English and also shown.

    Attributes:
        forms: The message; of those that depend on a number, singular and plural.
        values: What stands for the placeholders, the number as ``count``.
    """

    __slots__ = ("forms", "values")
    forms: tuple[str, ...]
    values: Mapping[str, object]


def say(message: str, /, **values: object) -> Message:
    """A text in English for now; ``shown`` gives it in the user's language."""
    made = Message(message.format(**values) if values else message)
    made.forms, made.values = (message,), values
    return made


def sayn(singular: str, plural: str, count: int, /, **values: object) -> Message:
    """A text in English for now that depends on a number, which ``{count}`` stands for."""
    values = {"count": count, **values}
    made = Message((singular if count == 1 else plural).format(**values))
    made.forms, made.values = (singular, plural), values
    return made


def shown(text: str) -> str:
    """In the user's language what was said; other texts, such as names, stay as they are."""
    if not isinstance(text, Message):
        return text
    values = {name: shown(value) if isinstance(value, str) else value for name, value in text.values.items()}
    if len(text.forms) == 1:
        return tr(text.forms[0], **values)
    count = values.pop("count")
    assert isinstance(count, int)
    return trn(text.forms[0], text.forms[1], count, **values)


def number(value: float, spec: str = "g") -> str:
    """A number as the language writes it.

    Args:
        value: The number.
        spec: As in ``format``.
    """
    return _Formatter().format_field(float(value), spec)


def language() -> str:
    """The code of the language in use."""
    return _language


def languages() -> dict[str, str]:
    """The languages that there are: code and own name, English first."""
    found = {SOURCE_LANGUAGE: "English"}
    for path in sorted(FOLDER.glob("*.mo")):
        found[path.stem] = _load(path.stem).pgettext("name of this language in itself", "English")
    return found


def pick(wanted: str, system: Iterable[str]) -> str:
    """The language to use.

    Args:
        wanted: What the user chose; empty for that of the system.
        system: Languages of the system, the dearest first, as "de-AT" or "de_AT".

    Returns:
        A code out of ``languages``; English if nothing fits.
    """
    known = languages()
    for code in (os.environ.get(VARIABLE, ""), wanted, *system):
        for form in (code.replace("-", "_"), code.replace("-", "_").partition("_")[0]):
            if form in known:
                return form
    return SOURCE_LANGUAGE


def use(code: str) -> None:
    """Speak a language from now on. Called once, before there is a window."""
    use_translations(gettext.NullTranslations() if code == SOURCE_LANGUAGE else _load(code), code)


def use_translations(translations: gettext.NullTranslations, code: str) -> None:
    """Speak with a catalogue of one's own."""
    global _translations, _language
    _translations, _language = translations, code


def _load(code: str) -> gettext.NullTranslations:
    with (FOLDER / f"{code}.mo").open("rb") as stream:
        return gettext.GNUTranslations(stream)


def _filled(text: str, values: Mapping[str, object]) -> str:
    return _Formatter().vformat(text, (), values) if values else text


class _Formatter(string.Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        text: str = super().format_field(value, format_spec)
        if not isinstance(value, numbers.Real):
            return text
        signs = {".": trc("decimal sign", "."), ",": trc("sign between thousands", ",")}
        return "".join(signs.get(letter, letter) for letter in text)
