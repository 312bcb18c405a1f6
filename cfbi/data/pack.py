"""Packs training data into one small file, to be carried to another machine."""

import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cfbi.data.annotations import read_index_mask
from cfbi.data.layouts import SequenceLayout, folders_in, open_layout, pictures_in
from cfbi.data.reading import read_grey, read_picture
from cfbi.errors import CfbiError, DataError

Bytes = NDArray[np.uint8]
DAVIS, STILLS, FACTS = "davis", "stills", "pack.json"


@dataclass(frozen=True)
class PackPlan:
    """How to pack.

    Attributes:
        limit: Largest size of the file in bytes.
        short_side: Short side of sequences' frames in pixels; smaller ones stay.
        dev_long_side: Long side of the dev sequences' frames in pixels.
        still_side: Short side of stills in pixels.
        quality: Of the WebP pictures, 1..100; a third smaller than JPEGs that look alike.
    """

    limit: int = 55_000_000
    short_side: int = 224
    dev_long_side: int = 481
    still_side: int = 224
    quality: int = 75


@dataclass(frozen=True)
class Packed:
    """What went into a file.

    Attributes:
        size: Of the file in bytes.
        sequences: Number of sequences, dev ones included.
        stills: Pictures of each source.
        left_out: Stills for which there was no room, or that could not be read.
    """

    size: int
    sequences: int
    stills: dict[str, int]
    left_out: int


def pack(davis: Path | None, stills: Path | None, target: Path, plan: PackPlan) -> Packed:
    """Write training and dev sequences, and as many stills as there is room for.

    The file is a tar with ``davis`` and ``stills`` in the layouts that ``cfbi train`` reads. Stills are taken
    from all sources in turn, evenly over each, so that less room means fewer of every kind.

    Args:
        davis: Folder in the DAVIS layout, or None.
        stills: Folder of stills, or None.
        target: The file, replaced only when it is whole.
        plan: Sizes.

    Raises:
        DataError: There is nothing to pack, or the sequences alone are larger than the limit.
    """
    if davis is None and stills is None:
        raise DataError("There is nothing to pack.", "Give a folder of sequences, of stills, or both.")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as stream:
            sequences, counts, left_out = _write(davis, stills, stream, plan)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Packed(target.stat().st_size, sequences, counts, left_out)


def unpack(source: Path, folder: Path) -> tuple[Path | None, Path | None]:
    """Unpack a file that ``pack`` wrote.

    Returns:
        The folders of sequences and of stills, None for what it does not hold.

    Raises:
        DataError: It cannot be read.
    """
    try:
        with tarfile.open(source) as archive:
            archive.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise DataError(f"{source} cannot be unpacked: {error}.", "Pack the data again.") from error
    davis, stills = folder / DAVIS, folder / STILLS
    return (davis if davis.is_dir() else None), (stills if stills.is_dir() else None)


def _write(
    davis: Path | None, stills: Path | None, stream: io.BufferedWriter, plan: PackPlan
) -> tuple[int, dict[str, int], int]:
    with tarfile.open(fileobj=stream, mode="w") as archive:
        sequences = 0
        if davis is not None:
            for split in ("train", "val"):
                sequences += _add_split(archive, open_layout(davis, split), plan)
        if archive.offset > plan.limit:
            raise DataError(
                f"The sequences alone take {archive.offset / 1e6:.0f} MB of {plan.limit / 1e6:.0f}.",
                "Pack them smaller, or at a lower quality.",
            )
        counts: dict[str, int] = {}
        left_out = 0
        for source, picture, mask in [] if stills is None else _in_turns(stills):
            try:
                files = _still(source, picture, mask, plan)
            except CfbiError:
                left_out += 1
                continue
            # each file has a head of 512 bytes and is filled up to as much; so is the end of the archive
            needed = sum(1024 + len(content) for _, content in files)
            if archive.offset + needed > plan.limit - 16_384:
                left_out += 1
                continue
            for name, content in files:
                _add(archive, f"{STILLS}/{name}", content)
            counts[source] = counts.get(source, 0) + 1
        facts = {"sequences": sequences, "stills": counts, "left_out": left_out}
        _add(archive, FACTS, (json.dumps(facts, indent=1) + "\n").encode())
    return sequences, counts, left_out


def _add_split(archive: tarfile.TarFile, layout: SequenceLayout, plan: PackPlan) -> int:
    dev = layout.split == "val"
    names: list[str] = []
    for name in layout.names:
        files = layout.open(name)
        for frame in files.frames:
            picture = read_picture(frame)
            height, width = picture.shape[:2]
            wanted = plan.dev_long_side / max(height, width) if dev else plan.short_side / min(height, width)
            scale = min(1.0, wanted)
            folder = f"{DAVIS}/JPEGImages/480p/{name}"
            _add(archive, f"{folder}/{frame.stem}.webp", _webp(picture, scale, plan.quality))
            if frame.stem in files.masks:
                mask = _png(read_index_mask(files.masks[frame.stem]), scale)
                _add(archive, f"{DAVIS}/Annotations/480p/{name}/{frame.stem}.png", mask)
        names.append(name)
    listed = "".join(f"{name}\n" for name in names).encode()
    for year in (2016, 2017):
        _add(archive, f"{DAVIS}/ImageSets/{year}/{layout.split}.txt", listed)
    return len(names)


def _in_turns(stills: Path) -> Iterator[tuple[str, Path, Path | None]]:
    """Source, picture and mask (None for backgrounds), sources in turn, spread evenly over each."""
    pairs: dict[str, Sequence[tuple[Path, Path | None]]] = {}
    for folder in folders_in(stills):
        if folder.name == "backgrounds":
            pairs[folder.name] = [(path, None) for path in pictures_in(folder)]
            continue
        masks = {path.stem: path for path in pictures_in(folder / "masks")}
        pictures = [path for path in pictures_in(folder / "images") if path.stem in masks]
        pairs[folder.name] = [(path, masks[path.stem]) for path in pictures]
    order = [
        # i / n for the i-th of a random order: every stretch holds each source's share, and the first all
        (place / len(found), source, *found[index])
        for source, found in pairs.items()
        for place, index in enumerate(np.random.default_rng(0).permutation(len(found)))
    ]
    yield from (entry[1:] for entry in sorted(order, key=lambda entry: entry[:2]))


def _still(source: str, picture: Path, mask: Path | None, plan: PackPlan) -> list[tuple[str, bytes]]:
    colours = read_picture(picture)
    scale = min(1.0, plan.still_side / min(colours.shape[:2]))
    if mask is None:
        return [(f"{source}/{picture.stem}.webp", _webp(colours, scale, plan.quality))]
    stored = read_grey(mask)
    if stored.shape != colours.shape[:2]:
        raise DataError(f"The mask {mask} has another size than its picture.")
    return [
        (f"{source}/images/{picture.stem}.webp", _webp(colours, scale, plan.quality)),
        (f"{source}/masks/{picture.stem}.png", _png(stored, scale, soft=source.endswith("_alpha"))),
    ]


def _webp(picture: Bytes, scale: float, quality: int) -> bytes:
    small = cv2.resize(picture, _size(picture, scale), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(
        ".webp", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_WEBP_QUALITY, quality]
    )
    return encoded.tobytes()


def _png(mask: Bytes, scale: float, *, soft: bool = False) -> bytes:
    """A grey PNG; ids are taken from the nearest pixel, mattes averaged."""
    size = _size(mask, scale)
    small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA if soft else cv2.INTER_NEAREST_EXACT)
    stream = io.BytesIO()
    Image.fromarray(small).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _size(picture: Bytes, scale: float) -> tuple[int, int]:
    height, width = picture.shape[:2]
    return max(1, round(width * scale)), max(1, round(height * scale))


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))
