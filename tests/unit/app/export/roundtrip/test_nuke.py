from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ExportError
from app.export.roundtrip.nuke import nuke_text
from tests.unit.app.export.roundtrip.trips import NASTY, movies, sequences


@dataclass
class Node:
    kind: str
    knobs: dict[str, str]
    inputs: list[Node]


WORD = re.compile(r'"((?:[^"\\\[\]{}$\n]|\\.)*)"|([^\s"{}\[\]$\\]+)')


def words(line: str) -> list[str]:
    """Words of a Tcl line without substitutions: anything that Tcl would run fails the test."""
    found, at = [], 0
    while at < len(line):
        if line[at] == " ":
            at += 1
            continue
        match = WORD.match(line, at)
        assert match, line
        found.append(match[2] if match[2] is not None else re.sub(r"\\(.)", r"\1", match[1]))
        at = match.end()
    return found


def read(text: str) -> list[Node]:
    """Run a script's stack as Nuke does; returns all nodes."""
    nodes: list[Node] = []
    stack: list[Node] = []
    names: dict[str, Node] = {}
    lines = iter(text.removesuffix("\n").split("\n"))
    for line in lines:
        if match := re.fullmatch(r"set (\w+) \[stack 0\]", line):
            names[match[1]] = stack[-1]
        elif match := re.fullmatch(r"push \$(\w+)", line):
            stack.append(names[match[1]])
        elif line.startswith("version "):
            continue
        else:
            match = re.fullmatch(r"(\w+) \{", line)
            assert match, line
            node = Node(match[1], {}, [])
            for knob_line in lines:
                if knob_line == "}":
                    break
                name, value = words(knob_line)
                node.knobs[name] = value
            count = int(node.knobs.get("inputs", "1"))
            node.inputs = [stack.pop() for _ in range(count)]
            stack.append(node)
            nodes.append(node)
    return nodes


def test_mattes_start_where_the_clip_does(tmp_path: Path) -> None:
    trip = movies(tmp_path)
    nodes = read(nuke_text(trip))
    reads = [node.knobs for node in nodes if node.kind == "Read"]
    assert [knobs["file"] for knobs in reads] == [
        str(trip.clip.path),
        *(str(matte.path) for matte in trip.mattes),
    ]
    assert [(knobs["first"], knobs["last"], knobs["frame"]) for knobs in reads] == [
        ("1", "100", "1"),
        *[("1", "90", "6")] * 3,
    ]
    assert {knobs["frame_mode"] for knobs in reads} == {"start at"}
    assert [knobs["premultiplied"] for knobs in reads] == ["false", "false", "false", "true"]
    assert reads[1]["label"] == f"{NASTY} straight"
    names = [node.knobs["name"] for node in nodes]
    assert len(set(names)) == len(names)


def test_straight_is_premultiplied_and_luma_becomes_the_alpha_of_the_clip(tmp_path: Path) -> None:
    nodes = read(nuke_text(movies(tmp_path)))
    assert [node.kind for node in nodes] == [
        "Read",
        "Read",
        "Premult",
        "Read",
        "Copy",
        "Premult",
        "Read",
    ]
    clip, straight, premult, luma, copy, last, _ = nodes
    assert premult.inputs == [straight]
    assert copy.inputs == [clip, luma]  # B is the picture, A the matte
    assert (copy.knobs["from0"], copy.knobs["to0"]) == ("rgba.red", "rgba.alpha")
    assert last.inputs == [copy]


def test_sequences_stay_at_their_numbers(tmp_path: Path) -> None:
    clip, matte = (node.knobs for node in read(nuke_text(sequences(tmp_path))))
    assert clip["file"] == str(tmp_path / "plate" / "a b.%04d.exr")
    assert (clip["first"], clip["last"], clip["frame"]) == ("100", "199", "996")
    assert matte["file"] == str(tmp_path / "out" / "m_%05d.exr")
    assert (matte["first"], matte["last"], matte["frame"]) == ("1001", "1090", "1001")


def test_brackets_in_a_path_are_no_code(tmp_path: Path) -> None:
    trip = movies(tmp_path / "[python os.remove] $HOME {x}")
    knobs = read(nuke_text(trip))[0].knobs
    # what the knob holds still has its brackets escaped, for Nuke evaluates it once more
    assert r"\[python os.remove\] $HOME {x}" in knobs["file"]


@pytest.mark.parametrize("name", ["shot#1.mov", "shot.%04d.mov", "%d.mov", "%V.mov"])
def test_names_that_nuke_reads_as_sequences_are_refused(tmp_path: Path, name: str) -> None:
    trip = movies(tmp_path)
    with pytest.raises(ExportError, match="stand for frame numbers"):
        nuke_text(replace(trip, clip=replace(trip.clip, path=tmp_path / name)))


@given(st.text())
def test_any_name_stays_a_name(name: str) -> None:
    nodes = read(nuke_text(movies(Path("/clips"), name=name)))
    assert len(nodes) == 7
