from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.actions import default_keys
from app.keymap import PRESETS, KeyMap, KeyPreset, conflicts, from_text, to_text

DEFAULTS = {"cut": ("C",), "play": ("Space", "P"), "fit": ("F",), "odd": ()}
KEYS = st.sampled_from(["C", "P", "F", "Space", "X", "Ctrl+X"])
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(DEFAULTS)), st.lists(KEYS, max_size=2, unique=True)), max_size=6
)


def test_the_user_wins_over_the_preset_and_the_preset_over_the_default() -> None:
    preset = KeyPreset("other", "Other", {"cut": ("P",)})
    keymap = KeyMap(DEFAULTS, preset)
    assert keymap.keys("cut") == ("P",)
    assert keymap.keys("play") == ("Space",)  # P went to another command
    keymap = keymap.changed("fit", ("P",))
    assert keymap.table() == {"cut": (), "play": ("Space",), "fit": ("P",), "odd": ()}
    assert keymap.reset("fit").keys("fit") == ("F",)


def test_resetting_a_taken_key_gives_it_back() -> None:
    keymap = KeyMap(DEFAULTS).changed("odd", ("C",))
    assert keymap.keys("cut") == ()
    assert keymap.owner("C") == "odd"
    keymap = keymap.changed("cut", ("C",)).reset("odd")
    assert keymap.table() == DEFAULTS


def test_assigning_the_default_again_is_no_change() -> None:
    assert KeyMap(DEFAULTS).changed("fit", ("X",)).changed("fit", ("F",)).changes == {}


@given(STEPS)
def test_no_sequence_of_changes_makes_a_conflict(steps: list[tuple[str, list[str]]]) -> None:
    keymap = KeyMap(DEFAULTS)
    for command, keys in steps:
        keymap = keymap.changed(command, tuple(keys))
        assert keymap.keys(command) == tuple(keys)
        assert conflicts(keymap.table()) == {}
    assert from_text(to_text(keymap.changes), DEFAULTS) == dict(keymap.changes)
    assert replace(keymap, changes={}).table() == DEFAULTS


def test_what_cannot_be_read_is_left_out() -> None:
    assert from_text("no json", DEFAULTS) == {}
    assert from_text('["cut"]', DEFAULTS) == {}
    assert from_text('{"cut": ["X"], "gone": ["Y"], "play": 3}', DEFAULTS) == {"cut": ("X",)}


def test_no_preset_gives_one_key_to_two_commands() -> None:
    for preset in PRESETS.values():
        assert conflicts(KeyMap(default_keys(), preset).table()) == {}, preset.name


def test_after_effects_keys_for_keyframes_and_the_work_area() -> None:
    table = KeyMap(default_keys(), PRESETS["after_effects"]).table()
    wanted = {"J": "previous_reference", "K": "next_reference", "B": "set_in", "N": "set_out"}
    assert {key: command for command, keys in table.items() for key in keys if key in wanted} == wanted
    for command in ("brush", "worst_frame"):  # those whose keys they were
        assert table[command], command
