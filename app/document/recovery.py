"""Keeps a copy of the work on disk while it goes on, so that it survives a crash. Free of Qt.

A session is a folder with one file per masked frame and a ``state.json`` that names them. Mask files never
change: a new mask is a new file, the state is replaced in one step, and only then are files that nothing
names removed. So whenever the program dies, the state on disk is whole.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from app.document.mask_store import MaskSource, StoredMask
from app.document.objects import ObjectInfo
from app.errors import ProjectReadError

SCHEMA_VERSION = 1
STATE_NAME = "state.json"
_MAGIC = b"CFBIMASK"


@dataclass(frozen=True)
class RecoveredWork:
    """What a session's folder holds.

    Attributes:
        folder: The session.
        clip: Path of the clip.
        objects: All objects.
        entries: Masks by frame index.
        references: Reference frames.
        saved_at: When it was written, seconds since the epoch.
    """

    folder: Path
    clip: Path
    objects: tuple[ObjectInfo, ...]
    entries: dict[int, StoredMask]
    references: frozenset[int]
    saved_at: float


@dataclass(frozen=True)
class SavedSession:
    """What can be said of a session without reading its masks.

    Attributes:
        folder: The session.
        clip: Path of the clip.
        mask_count: Frames with a mask.
        saved_at: When it was written, seconds since the epoch.
    """

    folder: Path
    clip: Path
    mask_count: int
    saved_at: float


class RecoveryWriter:
    """Writes the state of one session, only what changed since the last time.

    Args:
        folder: Of the session; made at the first save.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._written: dict[int, tuple[StoredMask, str]] = {}

    def save(
        self,
        clip: Path,
        objects: tuple[ObjectInfo, ...],
        entries: Mapping[int, StoredMask],
        references: frozenset[int],
    ) -> None:
        """Bring the folder up to date.

        Raises:
            OSError: It cannot be written; what was there before is still whole.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        for index, entry in entries.items():
            former = self._written.get(index)
            if former is None or former[0] is not entry:
                data = encode_mask(entry)
                name = f"{index:06d}_{zlib.crc32(data):08x}.mask"
                write_atomically(self.folder / name, data)
                self._written[index] = (entry, name)
        for index in set(self._written) - set(entries):
            del self._written[index]
        state = {
            "schema_version": SCHEMA_VERSION,
            "clip": str(clip),
            "objects": [
                {"id": info.object_id, "name": info.name, "color": info.color, "visible": info.visible}
                for info in objects
            ],
            "references": sorted(references),
            "masks": {str(index): name for index, (_, name) in sorted(self._written.items())},
        }
        write_atomically(self.folder / STATE_NAME, json.dumps(state, indent=1).encode())
        named = {name for _, name in self._written.values()}
        for path in self.folder.glob("*.mask"):
            if path.name not in named:
                path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Remove the session from disk."""
        self._written.clear()
        shutil.rmtree(self.folder, ignore_errors=True)


def read_summary(folder: Path) -> SavedSession:
    """Read what is needed to offer a session: one small file.

    Raises:
        ProjectReadError: There is none, or it is damaged.
    """
    path = folder / STATE_NAME
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        _check_version(state["schema_version"])
        return SavedSession(folder, Path(state["clip"]), len(state["masks"]), path.stat().st_mtime)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(folder, error) from error


def read_session(folder: Path) -> RecoveredWork:
    """Read a session with its masks, which may take a while.

    Raises:
        ProjectReadError: There is none, or it is damaged.
    """
    path = folder / STATE_NAME
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        _check_version(state["schema_version"])
        objects = tuple(_object(item) for item in state["objects"])
        entries = {
            int(key): decode_mask((folder / _plain(name)).read_bytes())
            for key, name in state["masks"].items()
        }
        references = frozenset(int(index) for index in state["references"])
        return RecoveredWork(
            folder, Path(state["clip"]), objects, entries, references & set(entries), path.stat().st_mtime
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(folder, error) from error


def _unreadable(folder: Path, error: Exception) -> ProjectReadError:
    return ProjectReadError(f"The work saved in {folder} cannot be read: {error}", "Delete that folder.")


def encode_mask(entry: StoredMask) -> bytes:
    """The bytes of a mask file: magic, length of the header, header as JSON, the compressed planes."""
    blobs = [entry.index, *entry.mattes.values()]
    header = json.dumps(
        {
            "shape": entry.shape,
            "source": entry.source.value,
            "object_ids": entry.object_ids,
            "hidden": sorted(entry.hidden),
            "mattes": list(entry.mattes),
            "lengths": [len(blob) for blob in blobs],
            "crc32": zlib.crc32(b"".join(blobs)),
        }
    ).encode()
    return b"".join([_MAGIC, struct.pack("<I", len(header)), header, *blobs])


def decode_mask(data: bytes) -> StoredMask:
    """The mask of a file.

    Raises:
        ValueError: It is damaged.
    """
    start = len(_MAGIC) + 4
    if not data.startswith(_MAGIC) or len(data) < start:
        raise ValueError("not a mask file")
    (length,) = struct.unpack("<I", data[len(_MAGIC) : start])
    header = json.loads(data[start : start + length])
    body = data[start + length :]
    if zlib.crc32(body) != header["crc32"] or sum(header["lengths"]) != len(body):
        raise ValueError("a mask file is damaged")
    blobs, position = [], 0
    for size in header["lengths"]:
        blobs.append(body[position : position + size])
        position += size
    height, width = (int(value) for value in header["shape"])
    mattes = {int(key): blob for key, blob in zip(header["mattes"], blobs[1:], strict=True)}
    entry = StoredMask(
        (height, width),
        MaskSource(header["source"]),
        blobs[0],
        MappingProxyType(mattes),
        tuple(int(value) for value in header["object_ids"]),
        frozenset(_object_id(value) for value in header.get("hidden", ())),
    )
    for blob in blobs:
        if len(zlib.decompress(blob)) != height * width:
            raise ValueError("a mask file has planes of another size")
    return entry


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, even if the power fails.

    Raises:
        OSError: It cannot be written.
    """
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _object(item: dict[str, Any]) -> ObjectInfo:
    red, green, blue = (int(value) for value in item["color"])
    return ObjectInfo(int(item["id"]), str(item["name"]), (red, green, blue), bool(item["visible"]))


def _object_id(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value <= 255:
        raise ValueError(f"{value!r} is no object id")
    return value


def _check_version(version: object) -> None:
    if version != SCHEMA_VERSION:
        raise ValueError(f"schema version {version}")


def _plain(name: str) -> str:
    """A file name that does not lead out of its folder."""
    if Path(name).name != name:
        raise ValueError(f"{name!r} is no file name")
    return name
