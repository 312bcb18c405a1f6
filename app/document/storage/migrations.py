"""Brings projects of older schema versions up to date, one version at a time. Free of Qt.

Version 1 was the safety copy of the first studio: a folder with ``state.json`` and a file per mask. Version 2
is the project file, with references as a table, locks, finishes, marks, and a clip known by its content.
Version 3 has locked pixels, version 4 takes, version 5 mattes of more than 8 bits, version 6 references that
tell which objects were confirmed and which are left out. Journals have references of either kind, so
``work_json`` reads both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.errors import ProjectReadError
from app.i18n import tr

SCHEMA_VERSION = 6


def migrated(state: Mapping[str, Any]) -> Mapping[str, Any]:
    """The state as the present schema has it.

    Raises:
        ProjectReadError: It was written by a later version.
        ValueError: It has no version.
        KeyError: It lacks something that its version has.
    """
    version = state["schema_version"]
    if not isinstance(version, int) or version < 1:
        raise ValueError(f"{version!r} is no schema version")
    if version > SCHEMA_VERSION:
        raise ProjectReadError(
            tr(
                "The project was saved by a later version of the studio (schema {version}, known up to "
                "{known}).",
                version=version,
                known=SCHEMA_VERSION,
            ),
            tr("Open it with that version, or update this one."),
        )
    for step in range(version, SCHEMA_VERSION):
        state = _MIGRATIONS[step](state)
    return state


def _from_1(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "schema_version": 2,
        "save_id": "",
        "journal": None,
        "clip": {"absolute": state["clip"], "relative": "", "fingerprint": "", "size": None},
        "objects": [{**item, "solo": False, "locked": False, "finish": {}} for item in state["objects"]],
        "retired_ids": [],
        "references": [
            {"frame": frame_index, "objects": None, "enabled": True}
            for frame_index in state["references"]
            if str(frame_index) in state["masks"]
        ],
        "in_point": None,
        "out_point": None,
        "locked_frames": [],
        "reviewed": {},
        "view": {"frame": min((int(key) for key in state["masks"]), default=0), "object": 0},
        "unfinished_run": None,
        "masks": state["masks"],
    }


def _from_2(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**state, "schema_version": 3, "locked_regions": []}


def _from_3(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**state, "schema_version": 4, "takes": []}


def _from_4(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**state, "schema_version": 5}  # mattes of 8 bits are read as they are


def _from_5(state: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**state, "schema_version": 6}


_MIGRATIONS: Mapping[int, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    1: _from_1,
    2: _from_2,
    3: _from_3,
    4: _from_4,
    5: _from_5,
}
