"""Which objects of a split are of kinds that the training split doesn't have, as YouTube-VOS scores them.

Its ``meta.json`` files name a category for every object. Those of the training split are "seen", the others
"unseen"; both are scored apart, to tell how well a network does with what it never met.
"""

from pathlib import Path

from cfbi.data.meta import read_objects

_TRAIN = "train"


def unseen_objects(base: Path) -> dict[str, frozenset[int]] | None:
    """Find the objects of a split whose category the training split doesn't have.

    Args:
        base: Folder of the split, with its ``meta.json``. The training split is the folder ``train`` in it or
            beside it.

    Returns:
        Sequence to object ids, for every sequence of the split; None where nothing tells: no training split,
        ``base`` is the training split itself, or an object without a category.

    Raises:
        DataError: A ``meta.json`` cannot be read.
    """
    training = next(
        (path for path in (base / _TRAIN, base.parent / _TRAIN) if (path / "meta.json").is_file()), None
    )
    if training is None or training.resolve() == base.resolve():
        return None
    own, trained = _categories(base / "meta.json"), _categories(training / "meta.json")
    if any(not name for objects in own.values() for name in objects.values()):
        return None  # as in validation sets that keep the categories secret
    seen = {name for objects in trained.values() for name in objects.values() if name}
    if not seen:
        return None
    return {
        sequence: frozenset(object_id for object_id, name in objects.items() if name not in seen)
        for sequence, objects in own.items()
    }


def _categories(path: Path) -> dict[str, dict[int, str]]:
    """Sequence to object id to category, empty where it isn't told."""
    return read_objects(path, lambda item: str(item.get("category") or ""))
