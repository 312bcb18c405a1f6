"""Folders of annotated sequences: which layout it is, which sequences there are, which files belong together.

* ``davis``: ``JPEGImages/480p/SEQUENCE``, ``Annotations/480p/SEQUENCE``, lists in ``ImageSets`` (or
  ``Full-Resolution`` in the place of ``480p``).
* ``youtubevos``: ``JPEGImages/SEQUENCE``, ``Annotations/SEQUENCE`` and ``meta.json``, in the folder itself or
  in one of its folders ``train``, ``valid``.
* ``folders``: the same without ``meta.json``, as MOSE and LVOS have it; a list ``ImageSets/SPLIT.txt`` counts
  if there is one.
* ``stills``: ``SOURCE/images`` and ``SOURCE/masks``, see ``cfbi.data.stills``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cfbi.data.davis import natural_key, split_names
from cfbi.data.meta import read_objects
from cfbi.data.reading import PICTURE_SUFFIXES
from cfbi.errors import DataError

Layout = Literal["davis", "youtubevos", "folders", "stills"]

_SUBFOLDERS: dict[str, tuple[str, ...]] = {"val": ("valid", "val")}
_HINT = (
    "Known are: the DAVIS layout (JPEGImages/480p, Annotations/480p, ImageSets), the YouTube-VOS layout "
    "(JPEGImages, Annotations, meta.json), the same without meta.json, and stills (SOURCE/images, "
    "SOURCE/masks)."
)


@dataclass(frozen=True)
class SequenceFiles:
    """The files of one sequence.

    Attributes:
        name: Name of its folder.
        frames: All pictures, in order.
        masks: Frame stem to annotation; frames may lack one.
        stray: Annotations without a frame.
        births: Object id to the stem of the first frame that shows it, where ``meta.json`` tells.
    """

    name: str
    frames: tuple[Path, ...]
    masks: Mapping[str, Path]
    stray: tuple[Path, ...] = ()
    births: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SequenceLayout:
    """Where the sequences of a split lie.

    Attributes:
        kind: Which layout.
        root: The folder that was given.
        split: The split that was asked for.
        pictures: Folder with a folder of pictures per sequence.
        annotations: Folder with a folder of masks per sequence.
        listed: The names of the split's list, or None where all sequences belong to it.
        meta: Content of ``meta.json``: sequence to object id to frame stems.
    """

    kind: Layout
    root: Path
    split: str
    pictures: Path
    annotations: Path
    listed: tuple[str, ...] | None
    meta: Mapping[str, Mapping[int, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The sequences of the split, those of a list in its order."""
        if self.listed is not None:
            return self.listed
        return tuple(sorted(path.name for path in folders_in(self.pictures)))

    def open(self, name: str) -> SequenceFiles:
        """Find the files of a sequence.

        Raises:
            DataError: Its folders are missing, or it has no pictures.
        """
        frames = pictures_in(self.pictures / name)
        masks = pictures_in(self.annotations / name)
        told = self.meta.get(name, {})
        births: dict[int, str] = {}
        if told:  # the pictures of frames in between are there too, in some releases
            wanted = {stem for stems in told.values() for stem in stems}
            frames = [path for path in frames if path.stem in wanted] or frames
            births = {object_id: stems[0] for object_id, stems in told.items()}
        if not frames:
            raise DataError(f"{self.pictures / name} holds no pictures.", _HINT)
        stems = {path.stem for path in frames}
        return SequenceFiles(
            name,
            tuple(frames),
            {path.stem: path for path in masks if path.stem in stems},
            tuple(path for path in masks if path.stem not in stems),
            births,
        )


def recognise(root: Path) -> Layout:
    """Tell which layout a folder has.

    Raises:
        DataError: None that we know.
    """
    if not root.is_dir():
        raise DataError(f"There is no folder {root}.", "Check the path.")
    if _resolution(root) is not None:
        return "davis"
    bases = [root, *(root / name for name in ("train", "valid", "val", "test"))]
    bases = [base for base in bases if (base / "JPEGImages").is_dir()]
    if bases:
        return "youtubevos" if any((base / "meta.json").is_file() for base in bases) else "folders"
    if (root / "images").is_dir() or any((path / "images").is_dir() for path in folders_in(root)):
        return "stills"
    raise DataError(f"{root} has no layout of a data set.", _HINT)


def open_layout(root: Path, split: str) -> SequenceLayout:
    """Find the sequences of a split.

    Args:
        root: Folder of the data set.
        split: "train", "val", or the name of another list.

    Raises:
        DataError: No layout of sequences, or no such split.
    """
    kind = recognise(root)
    if kind == "stills":
        raise DataError(f"{root} holds stills and no sequences.", "Give it as stills.")
    if kind == "davis":
        resolution = _resolution(root)
        assert resolution is not None
        return SequenceLayout(
            kind,
            root,
            split,
            root / "JPEGImages" / resolution,
            root / "Annotations" / resolution,
            tuple(listed_names(root, split)),
        )
    base = _base(root, split)
    listed = _listed(base, split)
    meta = base / "meta.json"
    return SequenceLayout(
        kind,
        root,
        split,
        base / "JPEGImages",
        base / "Annotations",
        listed,
        _read_meta(meta) if meta.is_file() else {},
    )


def splits_of(root: Path) -> list[str]:
    """Names of the splits of a folder of sequences; "train" where nothing tells.

    Raises:
        DataError: No layout that we know.
    """
    if recognise(root) == "davis":
        lists = root / "ImageSets"
        return sorted(
            {path.stem for year in ("2016", "2017", "480p") for path in lists.glob(f"{year}/*.txt")}
        )
    names = [path.name for path in folders_in(root) if (path / "JPEGImages").is_dir()]
    return names or sorted(path.stem for path in root.glob("ImageSets/*.txt")) or ["train"]


def listed_names(root: Path, split: str) -> list[str]:
    """Sequences of a list, from ``ImageSets/2017`` and, where a name is only there, ``ImageSets/2016``.

    Raises:
        DataError: There is no such list, or it is empty.
    """
    names: dict[str, None] = {}
    failure: DataError | None = None
    for year in (2017, 2016):
        try:
            names.update(dict.fromkeys(split_names(root, split, year)))
        except DataError as error:
            failure = error
    if failure is not None and not names:
        raise failure
    return list(names)


def folders_in(folder: Path) -> list[Path]:
    """Folders in a folder, hidden ones left out."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")


def pictures_in(folder: Path) -> list[Path]:
    """Pictures in a folder, in natural order, hidden ones left out; none if there is no such folder."""
    if not folder.is_dir():
        return []
    found = [
        path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES and path.name[0] != "."
    ]
    return sorted(found, key=lambda path: natural_key(path.name))


def _resolution(root: Path) -> str | None:
    """Folder of the pictures' size, which is what tells DAVIS from the other layouts; None in those."""
    lists = root / "ImageSets"
    for name in ("480p", "Full-Resolution"):
        if (root / "JPEGImages" / name).is_dir() and lists.is_dir():
            return name
    return "480p" if any((lists / name).is_dir() for name in ("2016", "2017", "480p")) else None


def _base(root: Path, split: str) -> Path:
    """The folder of a split: a folder of its name, or ``root`` itself."""
    for name in (split, *_SUBFOLDERS.get(split, ())):
        if (root / name / "JPEGImages").is_dir():
            return root / name
    if (root / "JPEGImages").is_dir():
        return root
    there = [path.name for path in folders_in(root) if (path / "JPEGImages").is_dir()]
    raise DataError(f"{root} has no split {split!r}.", f"It has: {', '.join(there)}.")


def _listed(base: Path, split: str) -> tuple[str, ...] | None:
    path = base / "ImageSets" / f"{split}.txt"
    if not path.is_file():
        return None
    names = tuple(
        dict.fromkeys(line.strip() for line in path.read_text("utf-8").splitlines() if line.strip())
    )
    if not names:
        raise DataError(f"The list of sequences {path} is empty.", "Name one sequence in every line.")
    return names


def _read_meta(path: Path) -> dict[str, dict[int, tuple[str, ...]]]:
    """Frames of every object, as far as told; LVOS, for one, tells ranges that add nothing to the masks."""
    told = read_objects(path, lambda item: tuple(str(stem) for stem in item.get("frames") or ()))
    return {name: {key: stems for key, stems in objects.items() if stems} for name, objects in told.items()}
