"""The masks of a frame as bytes, as project files and journals hold them. Free of Qt."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from app.document import facts
from app.document.mask_store import MaskSource, StoredMask, note_serial
from app.document.packed_matte import PackedMatte

MAGIC = b"CFBIMSK2"
_MAGIC_1 = b"CFBIMASK"
_MAX_SIDE_PX = 1 << 16
_MAX_SERIAL = 1 << 53


def encode_mask(entry: StoredMask) -> bytes:
    """The bytes of a frame's masks: magic, CRC-32 of the rest, length of the header, header, planes.

    The header is JSON; the planes stay compressed as they are in memory: the index mask, the mattes in 8
    bits, and what those under "fine" have beyond that.
    """
    fine = [key for key, matte in entry.mattes.items() if matte.rest]
    coarse = [matte.coarse for matte in entry.mattes.values()]
    blobs = [entry.index, *coarse, *(entry.mattes[key].rest for key in fine)]
    header = json.dumps(
        {
            "shape": entry.shape,
            "source": entry.source.value,
            "object_ids": entry.object_ids,
            "hidden": sorted(entry.hidden),
            "serial": entry.serial,
            "older": {str(key): serial for key, serial in entry.older.items()},
            "told": None if entry.told_ids is None else sorted(entry.told_ids),
            "facts": {str(key): facts.to_json(value) for key, value in entry.facts.items()},
            "mattes": list(entry.mattes),
            "fine": fine,
            "lengths": [len(blob) for blob in blobs],
        }
    ).encode()
    rest = b"".join([struct.pack("<I", len(header)), header, *blobs])
    return MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest


def decode_mask(data: bytes) -> StoredMask:
    """The masks that `encode_mask` or earlier schema versions wrote; before version 5, mattes had 8 bits.

    Raises:
        ValueError: They are damaged.
        KeyError: The header lacks something.
        TypeError: The header has something of the wrong type.
    """
    magic, rest = data[: len(MAGIC)], data[len(MAGIC) :]
    if magic == MAGIC:
        checksum, rest = _number(rest)
        if zlib.crc32(rest) != checksum:
            raise ValueError("masks are damaged")
    elif magic != _MAGIC_1:
        raise ValueError("no masks")
    length, rest = _number(rest)
    header, body = json.loads(rest[:length]), rest[length:]
    entry = _entry(header, body)
    if magic == _MAGIC_1:
        _check_first_version(entry, header, body)
    return entry


def _number(data: bytes) -> tuple[int, bytes]:
    if len(data) < 4:
        raise ValueError("masks are cut short")
    return struct.unpack("<I", data[:4])[0], data[4:]


def _entry(header: dict[str, Any], body: bytes) -> StoredMask:
    height, width = header["shape"]
    for side in (height, width):
        if not isinstance(side, int) or not 0 < side <= _MAX_SIDE_PX:
            raise ValueError(f"{side!r} is no size")
    lengths = header["lengths"]
    if any(not isinstance(length, int) or length < 0 for length in lengths) or sum(lengths) != len(body):
        raise ValueError("masks have planes of another size")
    blobs, position = [], 0
    for length in lengths:
        blobs.append(body[position : position + length])
        position += length
    keys = [_object_id(key) for key in header["mattes"]]
    fine = [_object_id(key) for key in header.get("fine", ())]
    rests = dict(zip(fine, blobs[1 + len(keys) :], strict=True))
    if not rests.keys() <= set(keys):
        raise ValueError("a matte has a fine part only")
    mattes = {
        key: PackedMatte(coarse, rests.get(key, b""))
        for key, coarse in zip(keys, blobs[1 : 1 + len(keys)], strict=True)
    }
    entry = StoredMask(
        (height, width),
        MaskSource(header["source"]),
        blobs[0],
        MappingProxyType(mattes),
        tuple(_object_id(value) for value in header["object_ids"]),
        frozenset(_object_id(value) for value in header.get("hidden", ())),
    )
    told = header.get("told")
    entry = replace(
        entry,
        told_ids=None if told is None else frozenset(_object_id(value) for value in told),
        facts=MappingProxyType(
            {_object_id(int(key)): facts.from_json(value) for key, value in header.get("facts", {}).items()}
        ),
    )
    if header.get("serial") is None:  # the first schema had none: as old as the order of reading
        return entry
    serial = _serial(header["serial"])
    older = {_object_id(int(key)): _serial(value) for key, value in header.get("older", {}).items()}
    note_serial(max((serial, *older.values())))
    return replace(entry, serial=serial, older=MappingProxyType(older))


def _serial(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _MAX_SERIAL:
        raise ValueError(f"{value!r} is no serial number")
    return value


def _check_first_version(entry: StoredMask, header: dict[str, Any], body: bytes) -> None:
    # its checksum left out the header, so the size has to be proved
    if zlib.crc32(body) != header["crc32"]:
        raise ValueError("masks are damaged")
    pixels = entry.shape[0] * entry.shape[1]
    for blob in (entry.index, *(matte.coarse for matte in entry.mattes.values())):
        if len(zlib.decompressobj().decompress(blob, pixels + 1)) != pixels:
            raise ValueError("masks have planes of another size")


def _object_id(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 255:
        raise ValueError(f"{value!r} is no object id")
    return value
