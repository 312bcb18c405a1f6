from __future__ import annotations

import gettext
import json
from collections.abc import Iterator

import numpy as np
import pytest

from app import i18n
from app.i18n import mark, number, say, sayn, shown, tr, trc, trn


class _Other(gettext.NullTranslations):
    """A language with three forms: none, one, many."""

    def gettext(self, message: str) -> str:
        return {"Opening {name}…": "{name} wird geöffnet…"}.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return ("kein Bild", "ein Bild", "{count} Bilder")[min(n, 2)]

    def pgettext(self, context: str, message: str) -> str:
        texts = {
            ("decimal sign", "."): ",",
            ("sign between thousands", ","): ".",
            ("a verb", "Open"): "Öffnen",
        }
        return texts.get((context, message), message)


class _Marked(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return f"<{message}>"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def other() -> Iterator[None]:
    i18n.use_translations(_Other(), "xx")
    yield
    i18n.use(i18n.SOURCE_LANGUAGE)


def test_without_a_catalogue_the_texts_are_the_english_ones() -> None:
    assert tr("Opening {name}…", name="a{b}c") == "Opening a{b}c…"
    assert trn("{count} frame", "{count} frames", 1) == "1 frame"
    assert trn("{count} frame of {name}", "{count} frames of {name}", 2, name="x") == "2 frames of x"
    assert trc("a verb", "Open") == mark("Open") == "Open"
    assert tr("a {brace} stays") == "a {brace} stays"  # nothing to put in
    assert tr("{value:.2f} and {share:.0%}", value=0.5, share=0.25) == "0.50 and 25%"


@pytest.mark.usefixtures("other")
def test_values_take_their_place_in_the_other_order() -> None:
    assert i18n.language() == "xx"
    assert tr("Opening {name}…", name="clip") == "clip wird geöffnet…"
    assert [trn("a frame", "{count} frames", count) for count in (0, 1, 7)] == [
        "kein Bild",
        "ein Bild",
        "7 Bilder",
    ]
    assert trc("a verb", "Open") == "Öffnen"


@pytest.mark.usefixtures("other")
def test_numbers_get_the_signs_of_the_language_and_texts_do_not() -> None:
    values = {"plain": 0.5, "array": np.float32(1.25), "whole": 1000, "text": "1.0"}
    assert tr("{plain:.1f} {array} {whole} {text}", **values) == "0,5 1,25 1000 1.0"
    assert tr("{pixels:,} {area:,.1f}", pixels=1234567, area=1234.5) == "1.234.567 1.234,5"
    assert number(2.5) == "2,5"
    assert number(2.5, ".2f") == "2,50"


@pytest.mark.parametrize(
    ("wanted", "system", "picked"),
    [
        ("", ["de-AT", "en"], "de"),
        ("", ["de"], "de"),
        ("en", ["de"], "en"),
        ("de", ["fr"], "de"),
        ("", ["tlh", "de_CH"], "de"),
        ("tlh", ["fr"], "en"),
        ("", [], "en"),
        ("../x", ["C"], "en"),
    ],
)
def test_the_users_choice_goes_before_the_systems(
    wanted: str, system: list[str], picked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(i18n.VARIABLE)
    assert i18n.pick(wanted, system) == picked


def test_the_environment_goes_before_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(i18n.VARIABLE, "de_DE")
    assert i18n.pick("en", ["en"]) == "de"


def test_what_is_said_is_english_for_files_and_shown_in_the_language() -> None:
    part = say("they get no file")
    told = sayn("{count} frame ({parts})", "{count} frames ({parts})", 2, parts=part)
    assert told == "2 frames (they get no file)"
    assert json.dumps([told]) == '["2 frames (they get no file)"]'
    i18n.use_translations(_Marked(), "xx")
    try:
        assert shown(told) == "<2 frames (<they get no file>)>"
        assert shown("they get no file") == "they get no file"  # a name that the user gave
    finally:
        i18n.use(i18n.SOURCE_LANGUAGE)


def test_an_empty_text_is_not_the_header_of_the_catalogue() -> None:
    i18n.use("de")
    try:
        assert tr("") == ""
        assert tr("Open…") == "Öffnen…"
    finally:
        i18n.use(i18n.SOURCE_LANGUAGE)
