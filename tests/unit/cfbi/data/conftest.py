"""Small training folders made on the spot."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.cfbi.data.writing import (
    save_grey,
    save_picture,
    textured,
    write_folders,
    write_lists,
    write_sequence,
)


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    """Three training sequences (palette, 0/255, two objects) and one of the dev list."""
    root = tmp_path / "davis"
    write_sequence(root, "one")
    write_sequence(root, "binary", binary=True, empty=(7,))
    write_sequence(root, "two", objects=2)
    write_sequence(root, "held-out")
    write_lists(root, ["one", "binary", "two"], ["held-out"])
    return root


@pytest.fixture
def youtubevos(tmp_path: Path) -> Path:
    """Two training sequences, in one of which an object comes late, and a validation sequence."""
    root = tmp_path / "youtubevos"
    late = {"early": [(1, 2)] * 6, "late": [(1,), (1,), (1, 2), (1, 2), (2,), (1, 2)]}
    write_folders(root / "train", late, meta=True)
    write_folders(root / "valid", {"other": [(1,)] * 4}, meta=True)
    return root


@pytest.fixture
def stills(tmp_path: Path) -> Path:
    """A source with ids and ignored pixels, a binary one, mattes, and a background."""
    root = tmp_path / "stills"
    ground, thing = textured((90, 120), 3, (70, 70, 150)), textured((90, 120), 4, (220, 200, 40))
    mask = np.zeros((90, 120), np.uint8)
    cv2.circle(mask, (40, 45), 18, 1, -1)
    cv2.rectangle(mask, (70, 30), (100, 60), 2, -1)
    rgb = np.where(mask[..., None] > 0, thing, ground).astype(np.uint8)
    with_void = mask.copy()
    with_void[:, 110:] = 255
    for number in range(2):
        save_picture(root / "voc_regions" / "images" / f"{number}.webp", rgb)
        save_grey(root / "voc_regions" / "masks" / f"{number}.png", with_void)
        save_picture(root / "weizmann_horse" / "images" / f"{number}.png", rgb)
        save_grey(root / "weizmann_horse" / "masks" / f"{number}.png", (mask == 1).astype(np.uint8))
    matte = cv2.GaussianBlur((mask == 1).astype(np.uint8) * 255, (0, 0), 2)[20:70, 15:65]
    save_picture(root / "toys_alpha" / "images" / "a.webp", np.ascontiguousarray(thing[20:70, 15:65]))
    save_grey(root / "toys_alpha" / "masks" / "a.png", np.asarray(matte, np.uint8))
    save_picture(root / "backgrounds" / "b.webp", ground)
    return root
