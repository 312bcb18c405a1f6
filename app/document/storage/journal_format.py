"""The bytes of a journal: its head and its records. Free of Qt."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from app.document.locked import LockedRegion
from app.document.mask_store import StoredMask
from app.document.snapshot import Work
from app.document.storage.clip_reference import ClipReference
from app.document.storage.mask_codec import encode_mask
from app.document.storage.migrations import SCHEMA_VERSION
from app.document.storage.region_json import regions_from_json, regions_to_json
from app.document.storage.takes_change import TakesChange
from app.document.storage.takes_json import takes_from_json, takes_to_json
from app.document.storage.work_json import frame_key, work_from_json, work_to_json
from app.errors import ProjectReadError
from app.i18n import tr

MAGIC = b"CFBIJRN2"
_READABLE = (2, 3, 4, 5, SCHEMA_VERSION)
"""Journals of version 5 have references of the former kind, those of version 4 mattes of 8 bits as well;
those of version 3 lack takes besides, and those of version 2 locked pixels."""
_FRAME = struct.Struct("<III")  # length of the body, length of its header, CRC-32 of the body


@dataclass(frozen=True)
class JournalHead:
    """What the changes go on from.

    Attributes:
        session: Name of the journal.
        clip: The clip.
        project: Path of the project file; empty while the work was never saved.
        sequence: Number of the last change that the project file holds.
        save_id: Of the project file; empty in older journals, and while the work was never saved.
    """

    session: str
    clip: ClipReference
    project: str = ""
    sequence: int = 0
    save_id: str = ""


@dataclass(frozen=True)
class Change:
    """What one or more commands did.

    Attributes:
        sequence: Grows with every change of a journal.
        masks: Frames whose masks changed; None for those that have none any more.
        work: Everything but the masks and the locked pixels; None if that did not change.
        regions: Frames whose locked pixels changed; None for those that have none any more.
        takes: What happened to takes; None if nothing.
    """

    sequence: int
    masks: Mapping[int, StoredMask | None] = field(default_factory=dict)
    work: Work | None = None
    regions: Mapping[int, LockedRegion | None] = field(default_factory=dict)
    takes: TakesChange | None = None


def encode_head(head: JournalHead) -> bytes:
    """The first record of a journal."""
    data = {
        "schema_version": SCHEMA_VERSION,
        "session": head.session,
        "clip": head.clip.to_json(),
        "project": head.project,
        "sequence": head.sequence,
        "save_id": head.save_id,
    }
    return _record(data, [])


def encode_change(change: Change) -> bytes:
    """A change as a record."""
    blobs = {index: None if entry is None else encode_mask(entry) for index, entry in change.masks.items()}
    locks = regions_to_json(change.regions)
    # a mask that the record has anyway is named by its frame, others by their place behind the rest
    names: dict[int, str | int] = {
        id(entry): str(index) for index, entry in change.masks.items() if entry is not None
    }
    pool: list[bytes] = []

    def name(mask: StoredMask) -> str | int:
        if id(mask) not in names:
            names[id(mask)] = len(pool)
            pool.append(encode_mask(mask))
        return names[id(mask)]

    takes = change.takes
    header = {
        "sequence": change.sequence,
        "masks": {str(index): None if blob is None else len(blob) for index, blob in blobs.items()},
        "locked": [{**item, "length": None if data is None else len(data)} for item, data in locks],
        "work": None if change.work is None else work_to_json(change.work),
        "takes": None
        if takes is None
        else {"order": takes.order, "records": takes_to_json(takes.records, name)},
        "pool": [len(data) for data in pool],
    }
    planes = [*blobs.values(), *(data for _, data in locks), *pool]
    return _record(header, [blob for blob in planes if blob is not None])


@dataclass(frozen=True)
class Record:
    """A change as it was read, with its masks still as bytes.

    Attributes:
        number: Of the change.
        masks: By frame; None for those that have none any more.
        work: Everything but the masks; None if that did not change.
        regions: Locked pixels by frame; None for those that have none any more.
        takes: What happened to takes, as JSON types; None if nothing.
        pool: Masks that only takes hold.
    """

    number: int
    masks: Mapping[int, bytes | None]
    work: Work | None
    regions: Mapping[int, LockedRegion | None]
    takes: Mapping[str, Any] | None
    pool: tuple[bytes, ...]

    def takes_change(self, decode: Callable[[bytes], StoredMask]) -> TakesChange | None:
        """What happened to takes.

        Args:
            decode: Makes masks of bytes.

        Raises:
            ValueError: It is damaged.
            LookupError: Something is missing.
        """
        if self.takes is None:
            return None

        def mask(name: Any) -> StoredMask:
            data = self.masks[frame_key(name)] if isinstance(name, str) else self.pool[name]
            if data is None:
                raise ValueError("a take has no mask")
            return decode(data)

        records = takes_from_json(self.takes["records"], mask)
        order = tuple(int(value) for value in self.takes["order"])
        if len(set(order)) != len(order):
            raise ValueError("two takes have one id")
        return TakesChange(order, records)


def decode_record(header: Mapping[str, Any], blobs: bytes) -> Record:
    """A change from its header and what follows it.

    Raises:
        ValueError: It is damaged.
        KeyError: Something is missing.
    """
    number = header["sequence"]
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError(f"{number!r} is no number")  # noqa: TRY004 - one kind of error for all damage
    position = 0

    def cut(length: int | None) -> bytes | None:
        nonlocal position
        if length is None:
            return None
        position += length
        return blobs[position - length : position]

    changed = {} if header["masks"] is None else header["masks"]
    masks = {frame_key(key): cut(length) for key, length in changed.items()}
    locks = [(item, cut(item["length"])) for item in header.get("locked", ())]
    pool = tuple(cut(length) or b"" for length in header.get("pool", ()))
    work = None if header["work"] is None else work_from_json(header["work"])
    return Record(number, masks, work, regions_from_json(locks), header.get("takes"), pool)


def _record(header: Mapping[str, Any], blobs: list[bytes]) -> bytes:
    text = json.dumps(header).encode()
    body = b"".join([text, *blobs])
    return _FRAME.pack(len(body), len(text), zlib.crc32(body)) + body


def read_head(stream: BinaryIO) -> JournalHead:
    """Read the magic and the first record.

    Raises:
        ProjectReadError: Another version wrote it.
        ValueError: It is damaged.
        KeyError: It lacks something.
    """
    if stream.read(len(MAGIC)) != MAGIC:
        raise ValueError("it is no journal")
    data, _ = next(records(stream), ({}, b""))
    if data["schema_version"] not in _READABLE:
        raise ProjectReadError(
            tr("The journal {name} was written by another version of the studio.", name=stream.name),
            tr("Use that version."),
        )
    texts = data["session"], data["project"], data.get("save_id", "")
    if not all(isinstance(text, str) for text in texts) or not isinstance(data["sequence"], int):
        raise ValueError("its head is damaged")
    session, project, save_id = texts
    return JournalHead(session, ClipReference.from_json(data["clip"]), project, data["sequence"], save_id)


def records(stream: BinaryIO) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Headers and masks of the records that are whole."""
    while len(frame := stream.read(_FRAME.size)) == _FRAME.size:
        length, header_length, checksum = _FRAME.unpack(frame)
        if not length:
            return  # zeros, as a power failure may leave them
        body = stream.read(length)
        if len(body) < length or zlib.crc32(body) != checksum or header_length > length:
            return
        header = json.loads(body[:header_length])
        if not isinstance(header, dict):
            return
        yield header, body[header_length:]
