"""Sequences with several objects, made of sequences with one: the object of one is pasted over another.

Ids are true and occlusions real: a guest crosses the host's object twice, once in front of it and once behind
it. Everything follows from the names and the frames, so equal data give equal composites. They measure
whether a network keeps objects apart; they are not training data.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.data.clip import VOID
from cfbi.data.cutouts import Cutout, lift, tint
from cfbi.errors import DataError

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

_MATCHED_COLOUR = 0.3
_SMALLEST_SHARE = 0.001  # of the first frame, for an object to be worth following


@dataclass(frozen=True)
class Guest:
    """An object that visits another sequence.

    Attributes:
        sequence: Where it comes from.
        front_first: It passes in front of the host's object first and behind it on the way back.
        mirror: Turned left to right.
        side: Where it starts: -1 left, 1 right of the host's object.
        size: Square root of its area, as a share of the host's object's.
        rise: How much higher its lower edge is, as a share of that size.
    """

    sequence: str
    front_first: bool
    mirror: bool = False
    side: int = -1
    size: float = 0.9
    rise: float = 0.0


@dataclass(frozen=True)
class CompositePlan:
    """One composite.

    Attributes:
        name: Of the new sequence.
        host: The sequence that the guests visit; its objects are object 1.
        guests: Objects 2, 3, ...
    """

    name: str
    host: str
    guests: tuple[Guest, ...]


@dataclass(frozen=True)
class SourceFrames:
    """Frames of a sequence with one object.

    Attributes:
        pictures: (H, W, 3) uint8 RGB each.
        masks: (H, W) uint8 each, nonzero = object, 255 = void.
    """

    pictures: Sequence[Bytes]
    masks: Sequence[Bytes]


class ReadFrames(Protocol):
    """Reads the first frames of a sequence."""

    def __call__(self, name: str, count: int, /) -> SourceFrames:
        """At most ``count`` frames."""


def plan_composites(names: Sequence[str]) -> list[CompositePlan]:
    """Composites of a list of sequences: every one as host, a trio, and a host with its own mirror image.

    Args:
        names: At least two.

    Raises:
        DataError: There are fewer.
    """
    if len(names) < 2:
        raise DataError("Composites need at least two sequences.", "Give a longer list.")
    plans = []
    for place, host in enumerate(names):
        other = names[(place + 1) % len(names)]
        guest = Guest(other, front_first=place % 2 == 0, side=-1 if place % 2 == 0 else 1)
        plans.append(CompositePlan(f"{host}+{other}", host, (guest,)))
    last, first = names[-1], names[0]
    trio = (
        Guest(names[1], front_first=True, size=0.8, rise=0.15),
        Guest(last if len(names) > 2 else first, front_first=False, side=1, size=0.8, rise=-0.1),
    )
    plans.append(CompositePlan(f"{first}+trio", first, trio))
    twin = Guest(last, front_first=False, mirror=True, size=1.0)
    plans.append(CompositePlan(f"{last}+twin", last, (twin,)))
    return plans


def compose_sequence(plan: CompositePlan, read: ReadFrames, count: int) -> Iterator[tuple[Bytes, Bytes]]:
    """Make the frames of a composite.

    Args:
        plan: What visits what.
        read: Reads the sequences.
        count: Most frames; the shortest sequence limits them too.

    Yields:
        Picture (H, W, 3) uint8 RGB and index mask (H, W) uint8 of each frame, of the host's size.

    Raises:
        DataError: A sequence shows no object where it must.
    """
    host = read(plan.host, count)
    visitors = [_visitor(guest, read(guest.sequence, count), host) for guest in plan.guests]
    length = min(len(host.pictures), *(len(visitor.cutout.pictures) for visitor in visitors))
    for index in range(length):
        picture, mask = host.pictures[index].copy(), host.masks[index].copy()
        mask[(mask != 0) & (mask != VOID)] = 1
        cover = cv2.GaussianBlur((mask == 1).astype(np.float32), (0, 0), 0.8)
        phase = index / max(1, length - 1)
        anchor = _foot(host.masks[: index + 1])
        # those behind the host's object first, so that the others lie over them
        for object_id, visitor in sorted(
            enumerate(visitors, start=2), key=lambda entry: entry[1].is_front(phase)
        ):
            behind = None if visitor.is_front(phase) else cover
            _draw(picture, mask, visitor, index, visitor.place(phase, anchor), object_id, behind)
        if index == 0:
            _require_all(mask, plan)
        yield picture, mask


@dataclass(frozen=True)
class _Visitor:
    """A guest, cut out and scaled.

    Attributes:
        guest: How it moves.
        cutout: Its pictures.
        reach: How far from the host's object it starts, px.
        lift_px: How much higher its lower edge is, px.
        width: Of the host's frames, px.
    """

    guest: Guest
    cutout: Cutout
    reach: float
    lift_px: float
    width: int

    def is_front(self, phase: float) -> bool:
        """Whether it is before the host's object, at a time of 0..1."""
        return (phase < 0.5) == self.guest.front_first

    def place(self, phase: float, anchor: Floats) -> Floats:
        """(2,) x, y of the middle of its lower edge: over to the other side, and back."""
        swing = float(np.cos(2 * np.pi * phase))
        x = np.clip(anchor[0] + self.guest.side * self.reach * swing, 0.08 * self.width, 0.92 * self.width)
        return np.array([x, anchor[1] - self.lift_px])


def _visitor(guest: Guest, frames: SourceFrames, host: SourceFrames) -> _Visitor:
    masks = [((mask != 0) & (mask != VOID)).astype(np.uint8) for mask in frames.masks]
    pictures = frames.pictures
    if guest.mirror:
        masks = [np.ascontiguousarray(mask[:, ::-1]) for mask in masks]
        pictures = [np.ascontiguousarray(picture[:, ::-1]) for picture in pictures]
    cutout = lift(pictures, masks, guest.sequence)
    if cutout is None:
        raise DataError(f"The first frame of {guest.sequence} shows no object.", "Leave it out of the list.")
    goal = guest.size * _side(host.masks[0])
    scale = goal / cutout.side
    cutout = _resized(tint(cutout, host.pictures[0], _MATCHED_COLOUR), scale)
    host_width = cv2.boundingRect(((host.masks[0] != 0) & (host.masks[0] != VOID)).astype(np.uint8))[2]
    own_width = cv2.boundingRect((cutout.alphas[0] > 127).astype(np.uint8))[2]
    reach = 0.55 * (host_width + own_width)
    return _Visitor(guest, cutout, reach, guest.rise * goal, host.pictures[0].shape[1])


def _resized(cutout: Cutout, scale: float) -> Cutout:
    height, width = cutout.alphas[0].shape
    size = (max(4, round(width * scale)), max(4, round(height * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    pictures, alphas = (
        tuple(np.asarray(cv2.resize(plane, size, interpolation=how), np.uint8) for plane in planes)
        for planes in (cutout.pictures, cutout.alphas)
    )
    return Cutout(pictures, alphas, cutout.source)


def _draw(
    picture: Bytes,
    mask: Bytes,
    visitor: _Visitor,
    index: int,
    foot: Floats,
    object_id: int,
    cover: NDArray[np.float32] | None,
) -> None:
    """Lay a guest's frame over picture and mask; ``cover`` is the opacity of what hides it."""
    alpha = visitor.cutout.alphas[index]
    own = _foot_of(alpha)
    if own is None:
        return  # out of sight in its own sequence
    left, top = (int(value) for value in np.round(foot - own))
    height, width = mask.shape
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + alpha.shape[1], width), min(top + alpha.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    source = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    target = (slice(y0, y1), slice(x0, x1))
    weight = alpha[source].astype(np.float32) / np.float32(255)
    if cover is not None:
        weight = weight * (1 - cover[target])
    area = picture[target].astype(np.float32)
    mixed = area + (visitor.cutout.pictures[index][source].astype(np.float32) - area) * weight[..., None]
    picture[target] = (mixed + np.float32(0.5)).astype(np.uint8)
    mask[target][weight > 0.5] = object_id


def _side(mask: Bytes) -> float:
    area = float(np.count_nonzero((mask != 0) & (mask != VOID)))
    if area == 0:
        raise DataError("The first frame of a host shows no object.", "Leave it out of the list.")
    return float(np.sqrt(area))


def _foot(masks: Sequence[Bytes]) -> Floats:
    """Middle of the lower edge of the object, in the last frame that shows it."""
    for mask in reversed(masks):
        foot = _foot_of(np.where((mask != 0) & (mask != VOID), 255, 0).astype(np.uint8))
        if foot is not None:
            return foot
    raise DataError("The first frame of a host shows no object.", "Leave it out of the list.")


def _foot_of(alpha: Bytes) -> Floats | None:
    x, y, width, height = cv2.boundingRect((alpha > 127).astype(np.uint8))
    return np.array([x + width / 2, y + height]) if width else None


def _require_all(mask: Bytes, plan: CompositePlan) -> None:
    counts = np.bincount(mask.ravel(), minlength=len(plan.guests) + 2)
    for object_id in range(1, len(plan.guests) + 2):
        if counts[object_id] < _SMALLEST_SHARE * mask.size:
            raise DataError(
                f"Object {object_id} is hardly to be seen in the first frame of {plan.name}.",
                "Leave one of its sequences out of the list.",
            )
