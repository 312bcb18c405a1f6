"""Project files: everything that was made of a clip, in one file. Free of Qt.

A ``.cfbiproj`` is a zip archive with ``project.json``, one member per frame with masks, one per locked
region, which many frames may share, and one per mask that only takes hold. The decision record on project
files says why.
"""

from __future__ import annotations

import json
import struct
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.document.locked import LockedRegion
from app.document.mask_store import StoredMask
from app.document.snapshot import Work
from app.document.storage.atomic import atomic_file
from app.document.storage.clip_reference import ClipReference
from app.document.storage.mask_codec import decode_mask, encode_mask
from app.document.storage.migrations import SCHEMA_VERSION, migrated
from app.document.storage.region_json import regions_from_json, regions_to_json
from app.document.storage.takes_json import takes_from_json, takes_to_json
from app.document.storage.work_json import frame_key, work_from_json, work_to_json
from app.errors import ProjectReadError, ProjectWriteError
from app.i18n import tr

SUFFIX = ".cfbiproj"
STATE_NAME = "project.json"
FIRST_STATE_NAME = "state.json"
"""Name of the state in schema version 1, which was a folder."""

_MAX_STATE_BYTES = 1 << 28
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RuntimeError,
    EOFError,
    OverflowError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)
"""What reading a damaged file may raise."""


def new_save_id() -> str:
    """A name for one state of a project."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Project:
    """A project as its file holds it.

    Attributes:
        path: The file.
        clip: Its clip, which may have moved since.
        work: What was made of it.
        save_id: Names this state, so that a journal can tell what it goes on from.
        session: The journal whose changes are in it; empty for none.
        sequence: Number of the last of those changes.
    """

    path: Path
    clip: ClipReference
    work: Work
    save_id: str = field(default_factory=new_save_id)
    session: str = ""
    sequence: int = 0


def is_project(path: Path) -> bool:
    """Whether a path names a project file, by its ending."""
    return path.suffix.lower() == SUFFIX


def write_project(project: Project) -> None:
    """Write a project in place of the file that is there, in one step.

    Raises:
        ProjectWriteError: It cannot be written; what was there before is whole.
    """
    try:
        with (
            atomic_file(project.path) as stream,
            zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive,  # masks are compressed already
        ):
            work = project.work
            names = {index: f"masks/{index:06d}.mask" for index in sorted(work.entries)}
            pool = _Pool({id(work.entries[index]): name for index, name in names.items()})
            takes = takes_to_json(work.takes, pool.name)
            locks, members = _locks(work.locked_regions)
            state = zipfile.ZipInfo(STATE_NAME, _FIXED_TIME)
            state.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(state, json.dumps(_state(project, names, locks, takes), indent=1))
            for name, data in members.items():
                archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), data)
            for index, name in names.items():
                archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), encode_mask(work.entries[index]))
            for name, mask in pool.added.items():
                archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), encode_mask(mask))
    except OSError as error:
        raise ProjectWriteError(
            tr("{path} could not be written: {reason}.", path=project.path, reason=error.strerror or error),
            tr("Make room, or save it somewhere else; your work is still here."),
        ) from error


def read_project(path: Path) -> Project:
    """Read a project with all its masks. Nothing is kept open.

    Args:
        path: A project file, or a folder of schema version 1.

    Raises:
        ProjectReadError: There is none, it is damaged, or it was saved by a later version.
    """
    try:
        if path.is_dir():
            return _read_folder(path)
        with zipfile.ZipFile(path) as archive:
            return _project(path, _member(archive, STATE_NAME), lambda name: _member(archive, name))
    except FileNotFoundError as error:
        missing = path if not path.exists() else Path(error.filename or path)
        raise ProjectReadError(
            tr("There is no {missing}.", missing=missing), tr("Look where it went.")
        ) from error
    except PermissionError as error:
        raise ProjectReadError(
            tr("{path} may not be read.", path=path), tr("Change its permissions.")
        ) from error
    except DAMAGE as error:
        detail = str(error) or type(error).__name__
        raise ProjectReadError(
            tr("{path} cannot be read as a project: {detail}.", path=path, detail=detail),
            tr("It may be damaged or not a project; try a backup of it."),
        ) from error


def holds_changes_up_to(path: Path, session: str) -> int:
    """Number of the last change of a journal that a project holds; 0 if it holds none, or is not there."""
    try:
        with zipfile.ZipFile(path) as archive:
            found, sequence = _journal(json.loads(_member(archive, STATE_NAME))["journal"])
    except DAMAGE:
        return 0
    return sequence if found == session else 0


def save_id_of(path: Path) -> str:
    """Names the state that a project file holds; empty if it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return str(json.loads(_member(archive, STATE_NAME))["save_id"])
    except DAMAGE:
        return ""


def _read_folder(folder: Path) -> Project:
    def member(name: str) -> bytes:
        if Path(name).name != name:
            raise ValueError(f"{name!r} is no file name")
        return (folder / name).read_bytes()

    return _project(folder, member(FIRST_STATE_NAME), member)


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is stored in a way that is not used here")
    if info.file_size > _MAX_STATE_BYTES:
        raise ValueError(f"{name} is too large")
    return archive.read(info)


def _project(path: Path, state_bytes: bytes, member: Callable[[str], bytes]) -> Project:
    state = json.loads(state_bytes)
    if not isinstance(state, dict):
        raise ValueError("it has no state")  # noqa: TRY004 - one kind of error for all damage
    current = migrated(state)
    clip = ClipReference.from_json(current["clip"])
    decoded: dict[str, StoredMask] = {}

    def mask(name: Any) -> StoredMask:
        if name not in decoded:
            decoded[name] = decode_mask(member(name))
        return decoded[name]

    entries = {frame_key(key): mask(name) for key, name in current["masks"].items()}
    regions = regions_from_json((item, member(item["name"])) for item in current["locked_regions"])
    locked = {index: region for index, region in regions.items() if region is not None}
    takes = takes_from_json(current["takes"], mask)
    check_shapes([*entries.values(), *(item for take in takes for item in take.masks())], clip, locked)
    work = replace(work_from_json(current), entries=entries, locked_regions=locked, takes=takes)
    session, sequence = _journal(current["journal"])
    save_id = current["save_id"]
    if not isinstance(save_id, str):
        raise ValueError("it has no save id")  # noqa: TRY004
    return Project(path, clip, work, save_id, session, sequence)


def _journal(data: Any) -> tuple[str, int]:
    if data is None:
        return "", 0
    session, sequence = data["session"], data["sequence"]
    if not isinstance(session, str) or not isinstance(sequence, int):
        raise ValueError("its journal is damaged")  # noqa: TRY004
    return session, sequence


def check_shapes(
    masks: Iterable[StoredMask], clip: ClipReference, locked: Mapping[int, LockedRegion]
) -> None:
    """Make sure that all masks and locked regions have the size of the clip.

    Raises:
        ValueError: One has not.
    """
    shapes = {mask.shape for mask in masks} | {region.shape for region in locked.values()}
    if clip.info is not None:
        shapes.add((clip.info.height, clip.info.width))
    if len(shapes) > 1:
        raise ValueError("masks are of different sizes")


def _locks(regions: Mapping[int, LockedRegion]) -> tuple[list[dict[str, Any]], dict[str, bytes]]:
    """The locked regions as the state has them, and the members that they name."""
    locks: list[dict[str, Any]] = []
    members: dict[str, bytes] = {}
    for item, data in regions_to_json(regions):
        name = f"locks/{item['frames'][0][0]:06d}.bits"
        assert data is not None
        members[name] = data
        locks.append({**item, "name": name})
    return locks, members


class _Pool:
    """Names of masks in the archive, each mask once.

    Args:
        names: Names of those that are there already, by identity.

    Attributes:
        added: The others.
    """

    def __init__(self, names: dict[int, str]) -> None:
        self._names = names
        self.added: dict[str, StoredMask] = {}

    def name(self, mask: StoredMask) -> str:
        """The name of a mask."""
        name = self._names.get(id(mask))
        if name is None:
            name = self._names[id(mask)] = f"takes/{len(self.added):06d}.mask"
            self.added[name] = mask
        return name


def _state(
    project: Project, names: Mapping[int, str], locks: list[dict[str, Any]], takes: list[dict[str, Any]]
) -> dict[str, Any]:
    session = {"session": project.session, "sequence": project.sequence} if project.session else None
    return {
        "format": "cfbi-studio project",
        "schema_version": SCHEMA_VERSION,
        "save_id": project.save_id,
        "journal": session,
        "clip": project.clip.to_json(),
        **work_to_json(project.work),
        "locked_regions": locks,
        "takes": takes,
        "masks": {str(index): name for index, name in names.items()},
    }
