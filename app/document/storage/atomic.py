"""Files that are there whole or not at all. Free of Qt."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """A stream whose content takes the place of a file at the end, even if the power fails in between.

    Args:
        path: The file to be; its folder exists. Of a link, what it leads to.

    Raises:
        OSError: It cannot be written; what was there before is untouched.
    """
    path = path.resolve()
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
