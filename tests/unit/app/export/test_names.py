from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ExportError
from app.export.names import (
    LONGEST_NAME_BYTES,
    TOKENS,
    check_distinct,
    expand,
    expand_frames,
    safe_name,
    tokens_of,
)

VALUES = {
    "clip": "shot 7",
    "object": "Left/hand",
    "object_id": "2",
    "preset": "prores4444",
    "alpha": "straight",
    "date": "20260131",
    "time": "235959",
    "frame": 1001,
    "first": 1001,
    "last": 1100,
    "width": 1920,
    "height": 1080,
    "take": 3,
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{clip}_{object}", "shot 7_Left_hand"),
        ("{clip}/{object_id}/{frame}", "shot 7/2/01001"),
        ("{frame:04}", "1001"),
        ("{frame:7}", "0001001"),
        ("take{take:02}_{width}x{height}", "take03_1920x1080"),
        ("{{{clip}}}", "{shot 7}"),
        ("a:b|c*{date}", "a_b_c_20260131"),
        ("-{clip}", "_shot 7"),
        (".hidden", "_hidden"),
        ("name. ", "name"),
        ("con", "_con"),
        ("COM1.txt", "_COM1.txt"),
        ("conrad", "conrad"),
        ("Å", "Å"),
    ],
)
def test_templates(template: str, expected: str) -> None:
    assert expand(template, VALUES) == PurePosixPath(expected)


def test_every_token_has_a_use() -> None:
    assert set(TOKENS) == set(VALUES)
    for token in TOKENS:
        assert str(expand(f"{{{token}}}", VALUES)) not in ("", f"{{{token}}}")


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{klip}", "unknown token {klip}"),
        ("{}", "unknown token {}"),
        ("{clip", "brace without its partner"),
        ("clip}", "brace without its partner"),
        ("{clip:04}", "cannot be read"),
        ("{frame:x}", "cannot be read"),
        ("/{clip}", "root of a disk"),
        ("C:/{clip}", "root of a disk"),
        ("../{clip}", "leads out of the folder"),
        ("a//b", "empty name"),
        ("", "empty name"),
        ("x" * 300, "300 bytes long"),
    ],
)
def test_bad_templates_say_what_is_wrong(template: str, what: str) -> None:
    with pytest.raises(ExportError) as caught:
        expand(template, VALUES)
    assert what in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("template", ["../{clip}_{frame}", "/{frame}", "x" * 300 + "{frame}"])
def test_messages_about_many_frames_show_the_template_as_it_was_written(template: str) -> None:
    with pytest.raises(ExportError) as caught:
        expand_frames(template, {"clip": "a"}, range(10))
    assert "ue000" not in ascii(caught.value.message)
    assert template[:30] in caught.value.message


def test_a_token_without_a_value_is_named() -> None:
    with pytest.raises(ExportError, match=r"\{take\}, which has no value"):
        expand("{clip}_{take}", {"clip": "a"})


def test_tokens_of_a_template() -> None:
    assert tokens_of("{{x}}{clip}/{frame:04}_{clip}") == ("clip", "frame", "clip")
    with pytest.raises(ExportError, match="unknown token"):
        tokens_of("{nope}")
    with pytest.raises(ExportError, match="brace"):
        tokens_of("a{")


@given(st.text())
def test_any_text_becomes_one_name_and_stays_it(text: str) -> None:
    name = safe_name(text)
    assert name == safe_name(name)
    assert PurePosixPath(name).parts == (name,)
    assert name not in (".", "..")
    assert not name.startswith(("-", "."))
    assert not set(name) & set('<>:"/\\|?*\n\0')


@given(st.text(max_size=60), st.text(max_size=60))
def test_values_never_make_folders(clip: str, name: str) -> None:
    path = expand("{clip}/{object}", {"clip": clip, "object": name})
    assert len(path.parts) == 2
    assert not path.is_absolute()
    assert all(len(part.encode()) <= LONGEST_NAME_BYTES for part in path.parts)


def test_two_files_of_one_name_are_found() -> None:
    check_distinct([("A", PurePosixPath("x")), ("B", PurePosixPath("y/x"))])
    with pytest.raises(ExportError) as caught:
        check_distinct([("Object 1", PurePosixPath("Ball")), ("Object 2", PurePosixPath("bALL"))])
    assert caught.value.message == "Object 1 and Object 2 would both be written to bALL."
    assert "{object_id}" in caught.value.hint


@given(
    template=st.sampled_from(
        [
            "{clip}_{frame}",
            "{frame:04}/x{frame:04}",
            "{frame}_{frame:3}",
            "com{frame:1}",
            "{object}{frame:02}",
            "-{frame}",
        ]
    ),
    name=st.text(max_size=10),
    numbers=st.lists(st.integers(0, 10**6), min_size=1, max_size=6),
)
def test_many_frames_are_named_as_one_by_one(template: str, name: str, numbers: list[int]) -> None:
    values = {"clip": "a", "object": name}
    expected = [str(expand(template, {**values, "frame": number})) for number in numbers]
    assert expand_frames(template, values, numbers) == expected


def test_names_of_frames_are_too_long_as_one_by_one() -> None:
    with pytest.raises(ExportError, match="bytes long"):
        expand_frames("x" * 235 + "{frame}", {}, [1, 2, 1000000])
