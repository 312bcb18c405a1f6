"""What is kept on disk about clips: lists of frames and small pictures for scrubbing.

It lies in the user's cache folder (``platformdirs``), never beside the clip, so read-only and network folders
will do. All of it can be made again: whatever cannot be written or read is done without.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

log = logging.getLogger(__name__)

_VERSION = 1
_LABEL = "clip.json"


@dataclass(frozen=True)
class ClipKey:
    """A clip in the state that it has now.

    Attributes:
        path: The file, or the first picture.
        state: Size and time of change of the file (or of the first and the last picture), and their count.
    """

    path: Path
    state: tuple[int, ...]

    @classmethod
    def of(cls, *files: Path) -> ClipKey:
        """The key of a clip.

        Args:
            files: The video file, or all pictures in order.

        Raises:
            OSError: A file cannot be looked at.
        """
        ends = [path.stat() for path in dict.fromkeys((files[0], files[-1]))]
        numbers = [number for stat in ends for number in (stat.st_size, stat.st_mtime_ns)]
        return cls(files[0].resolve(), (len(files), *numbers))

    @property
    def name(self) -> str:
        """A name for its folder."""
        return hashlib.sha256(repr((_VERSION, str(self.path), self.state)).encode()).hexdigest()[:32]


class DiskCache:
    """The folder that holds a folder for each clip.

    Args:
        root: Where; in the user's cache folder if None.
        max_bytes: How much all of it may take.
    """

    def __init__(self, root: Path | None = None, max_bytes: int = 4 << 30) -> None:
        self.root = user_cache_path("cfbi-studio", appauthor=False) / "clips" if root is None else root
        self.max_bytes = max_bytes

    def folder(self, key: ClipKey) -> Path | None:
        """The folder of a clip, made if needed; it counts as used now. None if it cannot be made."""
        folder = self.root / key.name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            label = folder / _LABEL
            if not label.exists():
                label.write_text(json.dumps({"path": str(key.path), "state": key.state}), encoding="utf-8")
            os.utime(label)
        except OSError as error:
            log.info("no disk cache for %s: %s", key.path, error)
            return None
        return folder

    def clean(self, keep: ClipKey | None = None) -> int:
        """Remove what is of no use any more, then what was not used for longest until the rest fits.

        Args:
            keep: A clip whose folder stays whatever it takes.

        Returns:
            Bytes freed.
        """
        kept: list[tuple[float, int, Path]] = []
        freed = 0
        for folder in self._folders():
            used, size = _last_use(folder), folder_bytes(folder)
            if keep is not None and folder.name == keep.name:
                kept.append((float("inf"), size, folder))
            elif _is_stale(folder):
                freed += _remove(folder, size)
            else:
                kept.append((used, size, folder))
        total = sum(size for _, size, _ in kept)
        for used, size, folder in sorted(kept):
            if total <= self.max_bytes or used == float("inf"):
                break
            freed += _remove(folder, size)
            total -= size
        return freed

    def clear(self) -> int:
        """Remove everything. Returns the bytes freed."""
        return sum(_remove(folder, folder_bytes(folder)) for folder in self._folders())

    def _folders(self) -> list[Path]:
        try:
            return [path for path in self.root.iterdir() if path.is_dir() and not path.is_symlink()]
        except OSError:
            return []


def folder_bytes(folder: Path) -> int:
    """What the files of a folder take, those in its folders included."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total


def _last_use(folder: Path) -> float:
    try:
        return (folder / _LABEL).stat().st_mtime
    except OSError:
        return 0.0


def _is_stale(folder: Path) -> bool:
    """Whether the clip has changed or is gone. A clip on a drive that is not there may come back."""
    try:
        label = json.loads((folder / _LABEL).read_text(encoding="utf-8"))
        path, state = Path(label["path"]), tuple(label["state"])
    except (OSError, ValueError, KeyError, TypeError):
        return True
    if ClipKey(path, state).name != folder.name:
        return True  # of another version of this program
    try:
        stat = path.stat()
    except FileNotFoundError:
        return path.parent.exists()
    except OSError:
        return False
    return (stat.st_size, stat.st_mtime_ns) != state[1:3]


def _remove(folder: Path, size: int) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    return 0 if folder.exists() else size
