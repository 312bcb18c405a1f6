from __future__ import annotations

import ast
import builtins
import gettext
import re
import string
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "packaging"))

import catalogues

SOURCE = catalogues.template()
LANGUAGES = sorted(path.stem for path in catalogues.FOLDER.glob("*.po"))
_UPDATE = "run `python packaging/catalogues.py`"


def _texts(catalog: Catalog) -> dict[tuple[str | None, str | tuple[str, ...]], Message]:
    return {
        (message.context, message.id if isinstance(message.id, str) else tuple(message.id)): message
        for message in catalog
        if message.id
    }


def _forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _placeholders(text: str) -> set[tuple[str, str, str | None]]:
    found = string.Formatter().parse(text.replace("{{ ", "").replace(" }}", ""))
    return {(name, spec or "", conversion) for _, name, spec, conversion in found if name}


def test_there_are_texts_and_german() -> None:
    assert len(_texts(SOURCE)) > 1000
    assert "de" in LANGUAGES


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_catalogue_has_the_texts_of_the_program_and_no_others(code: str) -> None:
    kept, wanted = set(_texts(catalogues.read(catalogues.FOLDER / f"{code}.po"))), set(_texts(SOURCE))
    assert (sorted(map(str, wanted - kept)), sorted(map(str, kept - wanted))) == ([], []), _UPDATE


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_text_is_translated_in_all_its_forms(code: str) -> None:
    catalog = catalogues.read(catalogues.FOLDER / f"{code}.po")
    missing = [message.id for message in _texts(catalog).values() if not catalogues.is_translated(message)]
    assert missing == []
    assert [message.id for message in _texts(catalog).values() if message.fuzzy] == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_translation_has_the_placeholders_keys_and_ends_of_its_text(code: str) -> None:
    catalog = catalogues.read(catalogues.FOLDER / f"{code}.po")
    wrong = []
    for (context, _), message in _texts(catalog).items():
        texts, translations = _forms(message.id), _forms(message.string)
        for place, translation in enumerate(translations):
            text = texts[min(place, len(texts) - 1)]
            ends = {re.sub(r"[^….:?]", "", each[-1:]) for each in (text, translation)}
            same = (
                _placeholders(text) == _placeholders(translation)
                and text.count("\n") == translation.count("\n")
                and (context is not None or len(ends) == 1)
                and text.count("&") == translation.count("&")
            )
            if not same:
                wrong.append((text, translation))
    assert wrong == []


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_the_text(code: str) -> None:
    expected = {}
    catalog = catalogues.read(catalogues.FOLDER / f"{code}.po")
    for (context, _), message in _texts(catalog).items():
        key = _forms(message.id)[0] if context is None else f"{context}\x04{_forms(message.id)[0]}"
        if isinstance(message.id, str):
            expected[key] = message.string
        else:
            expected |= {(key, number): form for number, form in enumerate(message.string)}
    with (catalogues.FOLDER / f"{code}.mo").open("rb") as stream:
        compiled = dict(vars(gettext.GNUTranslations(stream))["_catalog"])
    compiled.pop("")
    assert compiled == expected, _UPDATE


def test_texts_are_literals_with_named_placeholders_that_get_values() -> None:
    """What is built from parts cannot be found by the extraction, nor be put into another order."""
    wrong = []
    for path in sorted((catalogues.ROOT / "app").rglob("*.py")):
        if {"cli", "batch"} & set(path.parts):
            continue  # the command line is in English
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                # not all Pythons let the extraction see into these
                inner = [part for part in ast.walk(node) if isinstance(part, ast.Call)]
                hidden = any(_texts_of(call) and isinstance(call.args[0], ast.Constant) for call in inner)
                wrong += [f"{path.name}:{node.lineno}: inside an f-string"] if hidden else []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                wrong += [f"{path.name}:{node.lineno}: {fault}" for fault in _faults(node)]
    assert wrong == []


def _texts_of(call: ast.Call) -> list[ast.expr]:
    """Where a call of the translation has its texts; empty for other calls."""
    counts = {"tr": 1, "say": 1, "mark": 1, "trc": 2, "trn": 2, "sayn": 2}
    if not isinstance(call.func, ast.Name) or len(call.args) < counts.get(call.func.id, 99):
        return []
    return call.args[1:2] if call.func.id == "trc" else call.args[: counts[call.func.id]]


def _faults(call: ast.Call) -> list[str]:
    assert isinstance(call.func, ast.Name)
    given = {keyword.arg for keyword in call.keywords}
    if call.func.id in ("trn", "sayn"):
        given.add("count")
    faults = []
    for text in _texts_of(call):
        if isinstance(text, ast.JoinedStr | ast.BinOp):
            faults.append("built from parts")
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and given:
            named = {name for _, name, _, _ in string.Formatter().parse(text.value) if name is not None}
            if not named <= given or "" in named:
                faults.append(f"{text.value!r} has no values for {named - given}")
    return faults


_TOLD = re.compile(r"(Error|ErrorInfo|RunStage|\.inform|\.refuse|refuse|\.show_message|\.showMessage)$")
_OF_PYTHON = {name for name in dir(builtins) if name.endswith("Error")}
_ENGLISH = {
    # of the command line alone
    "app/export/sources.py",
    "app/worker/propagation.py",
}


def test_what_is_told_to_the_user_is_translated() -> None:
    """No error, refusal or message is made of a bare text: windows that tests do not open count, too."""
    wrong = []
    for path in sorted((catalogues.ROOT / "app").rglob("*.py")):
        place = path.relative_to(catalogues.ROOT).as_posix()
        if {"cli", "batch"} & set(path.parts) or place in _ENGLISH:
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(call, ast.Call) or not _TOLD.search(ast.unparse(call.func)):
                continue
            if ast.unparse(call.func) in _OF_PYTHON:
                continue
            bare = [
                arg for arg in call.args if isinstance(arg, ast.Constant | ast.JoinedStr) and _has_words(arg)
            ]
            wrong += [f"{place}:{arg.lineno}: {ast.unparse(arg)}" for arg in bare]
    assert wrong == []


def _has_words(text: ast.Constant | ast.JoinedStr) -> bool:
    parts = [text] if isinstance(text, ast.Constant) else text.values
    plain = " ".join(str(part.value) for part in parts if isinstance(part, ast.Constant) and part.value)
    return bool(re.search(r"[^\W\d_]{2,}", plain))
