"""The objects of a clip and their colours. Free of Qt."""

from collections.abc import Set
from dataclasses import dataclass, field

from app.document.finish import STANDARD_FINISH, MatteFinish
from app.document.palette import Color, object_colors
from app.i18n import tr

BACKGROUND = 0
VOID = 255
MAX_OBJECTS = 254


@dataclass(frozen=True)
class ObjectInfo:
    """One object that the user cuts out.

    Attributes:
        object_id: 1..254, immutable: the same id is the same object in every mask.
        name: What the user calls it.
        color: Of its overlay.
        visible: Whether its overlay is drawn. Does not change masks or exports.
        solo: While any object is solo, only solo ones are drawn. Does not change masks or exports.
        locked: Tools and runs leave its pixels alone.
        finish: How its matte is finished.
    """

    object_id: int
    name: str
    color: Color
    visible: bool = True
    solo: bool = False
    locked: bool = False
    finish: MatteFinish = field(default_factory=MatteFinish)


def palette_color(object_id: int) -> Color:
    """The default colour of an object id."""
    colors = object_colors()
    return colors[(object_id - 1) % len(colors)]


def new_object(object_id: int) -> ObjectInfo:
    """An object with the default name and colour for its id, and solid black and white."""
    name = tr("Object {object_id}", object_id=object_id)
    return ObjectInfo(object_id, name, palette_color(object_id), finish=STANDARD_FINISH)


def next_object_id(
    taken: tuple[ObjectInfo, ...], retired: Set[int] = frozenset(), limit: int = MAX_OBJECTS
) -> int | None:
    """An id for a new object.

    Args:
        taken: Objects that exist.
        retired: Ids of removed objects, which are given again only when no other is left.
        limit: Largest id.

    Returns:
        The smallest such id, or None when all are taken.
    """
    used = {info.object_id for info in taken}
    free = [candidate for candidate in range(1, limit + 1) if candidate not in used]
    return next((candidate for candidate in free if candidate not in retired), free[0] if free else None)


def drawn(objects: tuple[ObjectInfo, ...]) -> tuple[ObjectInfo, ...]:
    """The objects that views draw: the solo ones while there are any, else the visible ones."""
    solo = tuple(info for info in objects if info.solo)
    return solo or tuple(info for info in objects if info.visible)
