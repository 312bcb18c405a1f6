"""``meta.json`` of YouTube-VOS and others: what it tells of the objects of every sequence."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from cfbi.errors import DataError

Told = TypeVar("Told")


def read_objects(path: Path, tell: Callable[[Mapping[str, Any]], Told]) -> dict[str, dict[int, Told]]:
    """Read what the file tells of every object.

    Args:
        path: The file.
        tell: From what stands there of an object ("frames", "category") to what is wanted of it.

    Returns:
        Sequence to object id to that.

    Raises:
        DataError: It cannot be read, or is no such description.
    """
    try:
        videos = json.loads(path.read_text("utf-8"))["videos"]
        return {
            str(name): {int(object_id): tell(told) for object_id, told in video["objects"].items()}
            for name, video in videos.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path} cannot be read as the description of a data set: {error!r}.",
            'It should hold {"videos": {SEQUENCE: {"objects": {ID: {"category": NAME, "frames": [...]}}}}}.',
        ) from error
