"""Pictures, masks and sequences written for tests."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image


def textured(size: tuple[int, int], seed: int, colour: tuple[int, int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 noise around a colour; ``size`` is (H, W)."""
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.normal(0, 60, (*size, 3)).astype(np.float32), (0, 0), 2)
    return np.clip(noise + np.array(colour), 0, 255).astype(np.uint8)


def save_picture(path: Path, rgb: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))


def save_palette(path: Path, mask: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(mask)
    picture.putpalette([value for index in range(256) for value in (index, 255 - index, index // 2)])
    picture.save(path)


def save_grey(path: Path, mask: NDArray[np.uint8]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), mask)


def write_sequence(
    root: Path,
    name: str,
    *,
    frames: int = 8,
    objects: int = 1,
    binary: bool = False,
    empty: tuple[int, ...] = (),
) -> None:
    """A sequence of 96x160 px in which discs move to the right over another texture."""
    ground = textured((96, 160), 1, (60, 120, 60))
    thing = textured((96, 160), 2, (210, 60, 60))
    for index in range(frames):
        mask = np.zeros((96, 160), np.uint8)
        if index not in empty:
            for object_id in range(1, objects + 1):
                centre = (40 * object_id - 10 + 3 * index, 30 + 12 * object_id)
                cv2.circle(mask, centre, 16, object_id, -1)
        rgb = np.where(mask[..., None] > 0, thing, ground).astype(np.uint8)
        save_picture(root / "JPEGImages" / "480p" / name / f"{index:05d}.jpg", rgb)
        annotation = root / "Annotations" / "480p" / name / f"{index:05d}.png"
        if binary:
            save_grey(annotation, (mask > 0).astype(np.uint8) * 255)
        else:
            save_palette(annotation, mask)


def write_lists(root: Path, train: list[str], val: list[str]) -> None:
    for split, names in (("train", train), ("val", val)):
        path = root / "ImageSets" / "2017" / f"{split}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def write_folders(
    base: Path,
    sequences: Mapping[str, Sequence[tuple[int, ...]]],
    *,
    meta: bool,
    categories: Mapping[int, str] | None = None,
) -> None:
    """Sequences in the YouTube-VOS layout; per frame the ids that it shows, as squares that move down.

    With ``meta`` there is a ``meta.json`` that names every object with its frames, and its category where
    ``categories`` has one for its id.
    """
    videos = {}
    for name, shown in sequences.items():
        objects: dict[str, dict[str, Any]] = {}
        for index, ids in enumerate(shown):
            stem = f"{5 * index:05d}"
            mask = np.zeros((64, 96), np.uint8)
            for object_id in ids:
                mask[8 + 2 * index : 30 + 2 * index, 30 * object_id - 24 : 30 * object_id] = object_id
                objects.setdefault(str(object_id), {"frames": []})["frames"].append(stem)
            rgb = textured((64, 96), 1, (60, 120, 60))
            rgb[mask > 0] = (220, 60, 60)
            save_picture(base / "JPEGImages" / name / f"{stem}.jpg", rgb)
            save_palette(base / "Annotations" / name / f"{stem}.png", mask)
        for object_id, told in objects.items():
            told |= {"category": categories[int(object_id)]} if categories else {}
        videos[name] = {"objects": objects}
    if meta:
        (base / "meta.json").write_text(json.dumps({"videos": videos}), encoding="utf-8")
