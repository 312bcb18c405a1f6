"""What can be exported without a window: a project, or a folder of masks with its clip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
from PIL import Image

from app.document.finish import MatteFinish
from app.document.mask_store import Mask, MaskSource, StoredMask, pack
from app.document.objects import new_object
from app.document.packed_matte import Fine
from app.document.project_file import is_project, read_project
from app.document.snapshot import DocumentSnapshot, Work
from app.document.storage.clip_reference import ClipSearch, locate
from app.errors import MediaError, UserError
from app.media import VideoInfo, open_source
from app.media.masks import VOID, read_mask

_NUMBERED = re.compile(r".*?([0-9]+)\.png", re.IGNORECASE)


def read_snapshot(path: Path, clip: Path | None = None, first_number: int = 0) -> DocumentSnapshot:
    """Read what is to be exported.

    Args:
        path: A project file, or a folder of index masks: pictures whose names end in the frame number, or
            what ``cfbi propagate`` wrote, with its soft mattes.
        clip: The clip of the masks; for a project, a clip to use in place of the one that it names.
        first_number: Number in the mask names that stands for the clip's first frame.

    Returns:
        The document.

    Raises:
        ProjectReadError: The project cannot be read.
        MediaError: The clip or a mask cannot be read, or they do not fit each other; or no clip was given
            and what lies in the place of the project's has another content.
        UserError: There is no clip.
    """
    clip = None if clip is None else clip.absolute()  # reports and timelines name it
    if is_project(path) or path.is_file():
        return _from_project(path, clip)
    if clip is None:
        raise UserError(
            f"{path} is no project, and a folder of masks does not say which clip it belongs to.",
            "Give the clip with --clip.",
        )
    with open_source(clip) as source:
        info = source.info
    return _from_folder(path, clip, info, first_number)


def _from_project(path: Path, clip: Path | None) -> DocumentSnapshot:
    project = read_project(path)
    search = locate(project.clip, path) if clip is None else ClipSearch(clip, is_same=True)
    place = search.path
    if place is not None and not search.is_same:
        raise MediaError(
            f"{place} is another clip than the one that {path} was made with.",
            "Say with --clip which clip is meant; this one will do if it is.",
        )
    if place is None:
        raise MediaError(
            f"The clip of {path} is not at {project.clip.absolute}, and not beside the project either.",
            "Say where it is with --clip.",
        )
    with open_source(place) as source:
        info = source.info
    work = {item.name: getattr(project.work, item.name) for item in fields(Work)}
    _check_sizes(project.work.entries, info, path)
    return DocumentSnapshot(path=place, info=info, **work)


def _from_folder(folder: Path, clip: Path, info: VideoInfo, first_number: int) -> DocumentSnapshot:
    index = folder / "index" if (folder / "index").is_dir() else folder
    found = _numbered(index)
    if not found:
        raise MediaError(
            f"There are no masks in {index}: no PNG pictures whose names end in a frame number.",
            "Give a folder such as `cfbi propagate` writes, or one of index masks 00000.png, 00001.png ...",
        )
    soft = _soft_mattes(folder / "matte", found) if index != folder else {}
    entries: dict[int, StoredMask] = {}
    for number, path in found.items():
        frame_index = number - first_number
        if not 0 <= frame_index < info.frame_count:
            raise MediaError(
                f"{path} is for frame {frame_index}, but {info.name} has frames 0 to {info.frame_count - 1}.",
                "Give the right clip, or the number of its first frame with --first-number.",
            )
        entries[frame_index] = _entry(path, soft.get(number, {}))
    _check_sizes(entries, info, index)
    ids = sorted(
        {value for entry in entries.values() for value in (*entry.object_ids, *entry.mattes)} - {VOID}
    )
    if not ids:
        raise MediaError(f"The masks in {index} show no object.", "Their pixels are all 0 or 255.")
    return DocumentSnapshot(
        path=clip,
        info=info,
        # finished mattes stay as the files have them
        objects=tuple(replace(new_object(value), finish=MatteFinish()) for value in ids),
        entries=entries,
    )


def _numbered(folder: Path) -> dict[int, Path]:
    try:
        matches = [(match, path) for path in folder.iterdir() if (match := _NUMBERED.fullmatch(path.name))]
    except OSError as error:
        raise MediaError(f"{folder} cannot be read: {error.strerror}.", "Check the path.") from error
    found: dict[int, Path] = {}
    for match, path in sorted(matches, key=lambda pair: pair[1].name):
        number = int(match[1])
        if number in found:
            raise MediaError(
                f"{found[number].name} and {path.name} in {folder} are both for frame {number}.",
                "Give a folder with the masks of one clip.",
            )
        found[number] = path
    return dict(sorted(found.items()))


def _soft_mattes(folder: Path, masks: Mapping[int, Path]) -> dict[int, dict[int, Path]]:
    """Per frame number and object id the file of the soft matte, as ``cfbi propagate`` lays them out."""
    if not folder.is_dir():
        return {}
    rooms = {int(path.name): path for path in folder.iterdir() if re.fullmatch("[0-9]{1,3}", path.name)}
    if not rooms:
        # one object, and its number only in the masks; a frame without it says nothing
        shown = next((ids for path in masks.values() if (ids := _shown(path))), frozenset())
        rooms = dict.fromkeys(shown, folder) if len(shown) == 1 else {}
    mattes: dict[int, dict[int, Path]] = {}
    for object_id, room in rooms.items():
        for number, path in _numbered(room).items():
            mattes.setdefault(number, {})[object_id] = path
    return mattes


def _shown(path: Path) -> frozenset[int]:
    return frozenset(np.unique(read_mask(path)).tolist()) - {0, VOID}


def _entry(path: Path, soft: Mapping[int, Path]) -> StoredMask:
    mattes: dict[int, Mask | Fine] = {}
    for object_id, file in soft.items():
        try:
            with Image.open(file) as picture:
                # Pillow makes white of most values when it turns 16 bits into 8
                is_fine = picture.mode.startswith("I")
                mattes[object_id] = (
                    np.array(picture).astype(np.uint16) if is_fine else np.array(picture.convert("L"))
                )
        except (OSError, ValueError) as error:
            raise MediaError(f"The matte {file} cannot be read: {error}.", "Make it again.") from error
    mask = read_mask(path)
    if any(matte.shape != mask.shape for matte in mattes.values()):
        raise MediaError(f"The mattes of {path.name} have another size than its mask.", "Make them again.")
    return pack(mask, MaskSource.PROPAGATED, mattes)


def _check_sizes(entries: Mapping[int, StoredMask], info: VideoInfo, place: Path) -> None:
    for frame_index, entry in entries.items():
        if entry.shape != (info.height, info.width):
            raise MediaError(
                f"The mask of frame {frame_index} in {place} is {entry.shape[1]}x{entry.shape[0]}, "
                f"but {info.name} is {info.width}x{info.height}.",
                "Give the clip that the masks were made from.",
            )
