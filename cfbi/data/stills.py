"""Folders of still pictures: ``<source>/{images,masks}`` with equal stems, and ``backgrounds``.

A folder that holds ``images`` and ``masks`` itself is a single source. Masks are index masks (grey or
palette) or mattes; which of them, a source's name or its first masks tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.data.clip import VOID
from cfbi.data.cutouts import Cutout, lift
from cfbi.data.held_out import refuse_held_out
from cfbi.data.layouts import folders_in, pictures_in
from cfbi.data.reading import Complaints, read_grey, read_picture
from cfbi.errors import DataError

Bytes = NDArray[np.uint8]

FAMILIES: dict[str, tuple[float, tuple[str, ...]]] = {
    "coco": (0.30, ("coco_subset",)),
    "voc": (0.25, ("voc_regions",)),
    "salient": (0.10, ("sod_bsds",)),
    "animals": (0.10, ("endangered_animals", "weizmann_horse", "caltech_animals", "msrc_cow")),
    "people": (0.10, ("ccp_person", "human290", "davidgh_human_alpha")),
}
"""Share of the draws and sources of each family. All other sources share the rest, 15 %."""

WITH_VOID = ("coco_subset", "endangered_animals", "voc_regions", "pallets", "via_")
"""Starts of the sources whose masks hold ids and, with 255, pixels to ignore."""

_PROBED = 5
_MATTE_VALUES = 40  # more values than a still has objects, fewer than a soft rim has opacities


@dataclass(frozen=True)
class Still:
    """A picture with its objects.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        index_mask: (H, W) uint8, 0 = background, 1.. = objects, 255 = ignored.
        source: Name of its folder.
    """

    picture: Bytes
    index_mask: Bytes
    source: str


class StillFolder:
    """Draws pictures and cut-outs by source, so that large sources do not drown small ones.

    Args:
        root: Folder of sources, or a single source.

    Raises:
        DataError: No source with pictures and masks, or one with the name of a validation sequence.
    """

    def __init__(self, root: Path) -> None:
        self._complaints = Complaints()
        candidates = still_sources(root)
        sources = {folder.name: pairs for folder in candidates if (pairs := self._pairs(folder))}
        refuse_held_out(sources, root)
        if not sources:
            raise DataError(
                f"{root} holds no still pictures with masks.",
                "It needs folders <source>/images and <source>/masks with files of equal names.",
            )
        self._sources = sources
        self._mattes = {name for name, pairs in sources.items() if holds_mattes(name, pairs)}
        self._weights = _weights({name: len(pairs) for name, pairs in sources.items()})
        folder = root / "backgrounds"
        self.backgrounds = sorted(pictures_in(folder))

    @property
    def sources(self) -> dict[str, float]:
        """Probability of each source."""
        return dict(zip(self._sources, self._weights.tolist(), strict=True))

    @property
    def counts(self) -> dict[str, int]:
        """Pictures of each source."""
        return {name: len(pairs) for name, pairs in self._sources.items()}

    def still(self, rng: np.random.Generator) -> Still:
        """Draw a picture with at least one object; never one from a matte source, which has no surroundings.

        Raises:
            DataError: Nothing usable was found in many draws.
        """
        for _ in range(60):
            still = self._read(rng, whole=True)
            if isinstance(still, Still):
                return still
        raise DataError("No still picture could be read.", "See the warnings in the log.")

    def background(self, rng: np.random.Generator) -> Bytes:
        """Draw a picture to paste on, (H, W, 3) uint8 RGB: a background, or a still without its labels."""
        if self.backgrounds and rng.random() < 0.55:
            path = self.backgrounds[int(rng.integers(len(self.backgrounds)))]
            if path not in self._complaints:
                try:
                    return read_picture(path)
                except DataError as error:
                    self._complaints.add(path, error.message)
        return self.still(rng).picture

    def cutout(self, rng: np.random.Generator) -> Cutout:
        """Draw an object.

        Raises:
            DataError: Nothing usable was found in many draws.
        """
        spare: Cutout | None = None
        for attempt in range(60):
            found = self._read(rng, whole=False)
            if isinstance(found, Cutout):
                return found
            if found is None:
                continue
            mask = _one_object(found.index_mask, rng)
            if mask is None:
                continue
            cutout = lift([found.picture], [mask], f"stills/{found.source}")
            if cutout is None:
                continue
            if not _cropped(mask) or attempt >= 6:
                return cutout
            spare = spare or cutout
        if spare is not None:
            return spare
        raise DataError("No object could be cut out of the stills.", "See the warnings in the log.")

    def _read(self, rng: np.random.Generator, *, whole: bool) -> Still | Cutout | None:
        name = str(rng.choice(list(self._sources), p=self._weights))
        pairs = self._sources[name]
        picture_path, mask_path = pairs[int(rng.integers(len(pairs)))]
        matte = name in self._mattes
        if picture_path in self._complaints or (matte and whole):
            return None
        try:
            picture, mask = read_picture(picture_path), read_grey(mask_path)
        except DataError as error:
            self._complaints.add(picture_path, error.message)
            return None
        if picture.shape[:2] != mask.shape:
            self._complaints.add(picture_path, f"its mask has another size, {mask.shape}")
            return None
        if matte:
            colours = np.pad(picture, ((2, 2), (2, 2), (0, 0)), mode="edge")
            return Cutout((colours,), (np.pad(mask, 2),), f"stills/{name}")
        if not name.startswith(WITH_VOID) and mask.max() == VOID and not np.any((mask > 0) & (mask < VOID)):
            mask = (mask > 0).astype(np.uint8)
        return Still(picture, mask, name) if np.any((mask > 0) & (mask < VOID)) else None

    def _pairs(self, folder: Path) -> list[tuple[Path, Path]]:
        masks = {path.stem: path for path in pictures_in(folder / "masks")}
        pictures = sorted(pictures_in(folder / "images"))
        for path in pictures:
            if path.stem not in masks:
                self._complaints.add(path, "it has no mask")
        return [(path, masks[path.stem]) for path in pictures if path.stem in masks]


def still_sources(root: Path) -> list[Path]:
    """Folders of a stills folder that may be sources: its folders, or itself."""
    return [root] if (root / "images").is_dir() and (root / "masks").is_dir() else folders_in(root)


def holds_mattes(name: str, pairs: Sequence[tuple[Path, Path]]) -> bool:
    """Whether the masks of a source are mattes: by its name, or by the many grey values of its first masks.

    Args:
        name: Of the source.
        pairs: Its pictures and masks.
    """
    if name.endswith("_alpha"):
        return True
    if name.startswith(WITH_VOID) or any(name in members for _, members in FAMILIES.values()):
        return False
    seen = [mask for _, path in pairs[:_PROBED] if (mask := _try_grey(path)) is not None]
    return bool(seen) and float(np.median([len(np.unique(mask)) for mask in seen])) > _MATTE_VALUES


def _try_grey(path: Path) -> Bytes | None:
    try:
        return read_grey(path)
    except DataError:
        return None  # it is named when it is drawn


def object_ids(index_mask: Bytes, *, share: float = 0.008) -> NDArray[np.intp]:
    """Ids whose area is at least ``share`` of the picture, in ascending order."""
    counts = np.bincount(index_mask.ravel(), minlength=256)
    counts[[0, VOID]] = 0
    return np.flatnonzero(counts >= max(40, share * index_mask.size))


def _one_object(index_mask: Bytes, rng: np.random.Generator) -> Bytes | None:
    ids = object_ids(index_mask)
    if not len(ids):
        return None
    mask = (index_mask == ids[int(rng.integers(len(ids)))]).astype(np.uint8)
    # a mask that fills its picture is scenery, not an object that could stand elsewhere
    return mask if mask.mean() < 0.75 else None


def _cropped(mask: Bytes) -> bool:
    """Whether the border of the picture cuts the object off, which shows as a straight edge."""
    touching = mask[0].sum() + mask[-1].sum() + mask[:, 0].sum() + mask[:, -1].sum()
    _, _, width, height = cv2.boundingRect(mask)
    return bool(touching > 0.06 * 2 * (width + height))


def _weights(counts: dict[str, int]) -> NDArray[np.float64]:
    """Probability of each source: its family's share, split by the square root of the number of pictures."""
    family = {name: key for key, (_, members) in FAMILIES.items() for name in members}
    shares = {key: share for key, (share, _) in FAMILIES.items()}
    shares["rest"] = 1 - sum(shares.values())
    groups = [family.get(name, "rest") for name in counts]
    roots = np.sqrt(np.array(list(counts.values()), float))
    totals = {key: sum(r for g, r in zip(groups, roots, strict=True) if g == key) for key in set(groups)}
    weights = np.array([shares[g] * r / totals[g] for g, r in zip(groups, roots, strict=True)])
    return np.asarray(weights / weights.sum(), np.float64)
