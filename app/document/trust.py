"""How far a mask can be trusted: one number from what a run knows of it. Free of Qt.

A logistic model over few facts that an editor can follow: a sharp edge, a sure inside, runs from both sides
that agree, and no leap. Every weight has the sign that its fact must have, so a better fact never lowers
trust. The weights were fitted to true J, but for that of disagreement; docs/trust.md tells how, and how well
they rank frames. Chatter is left out: the fit gave it no weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from app.document.facts import FrameFacts, Jumps, jumps
from app.document.mask_store import StoredMask

UNKNOWN = math.nan
NO_JUMPS = Jumps(0.0, 0.0)
STALE_SHARE = 0.5
"""What a mask older than the reference that governs it keeps of its trust."""

FEATURES = ("edge", "inside", "disagreement", "leap")
BIAS = -8.25
WEIGHTS = (2.67, 8.62, -1.0, -0.08)
"""One for each of ``FEATURES``; the first two are not negative, the others not positive."""


def features(facts: FrameFacts, leap: Jumps) -> tuple[float, ...]:
    """What the model looks at, in the order of ``FEATURES``; each is 0..1.

    Disagreement that is not known counts as none; an edge or an inside that is not known as unsure.

    Args:
        facts: Of an object that is there.
        leap: How far it lies off its neighbours.
    """
    return (
        facts.confidence if facts.confidence is not None else 0.0,
        facts.certainty if facts.certainty is not None else 0.0,
        facts.disagreement or 0.0,
        min(1.0, leap.area + leap.centroid),
    )


def trust_of(facts: FrameFacts, leap: Jumps = NO_JUMPS) -> float:
    """Trust of one propagated mask, 0..1: about the J that is to be expected of it.

    An object of which nothing was found has 0: either it is hidden, or it was lost, and an editor wants to
    be led there.
    """
    if not facts.area:
        return 0.0
    total = BIAS + sum(weight * value for weight, value in zip(WEIGHTS, features(facts, leap), strict=True))
    return 1 / (1 + math.exp(-total))


def frame_trust(
    entry: StoredMask | None,
    object_id: int,
    before: StoredMask | None = None,
    after: StoredMask | None = None,
) -> float:
    """Trust of an object on a frame, 0..1; NaN where nothing is known of it.

    What the user painted has 1. A mask of a run that left no facts is as good as none.

    Args:
        entry: The masks of the frame.
        object_id: Of which object.
        before: The masks of the frame before.
        after: The masks of the frame after.
    """
    if entry is None:
        return UNKNOWN
    if entry.tells_of(object_id):
        # where a mask speaks of all objects, some may have been added since
        is_meant = entry.told_ids is not None or object_id in entry.known_ids
        return 1.0 if is_meant else UNKNOWN
    facts = entry.facts.get(object_id)
    if facts is None:
        return UNKNOWN
    return trust_of(facts, jumps(_facts_of(before, object_id), facts, _facts_of(after, object_id)))


def clip_trust(frames: Sequence[Mapping[int, FrameFacts] | None]) -> list[float]:
    """Trust of every frame of a clip: that of its least trusted object, 0..1; 0 without objects.

    Args:
        frames: Facts of a frame by object id; None for one that the user painted, which has 1.
    """
    found = []
    for index, objects in enumerate(frames):
        if objects is None:
            found.append(1.0)
            continue
        before, after = (
            frames[place] or {} if 0 <= place < len(frames) else {} for place in (index - 1, index + 1)
        )
        trusts = (
            trust_of(facts, jumps(before.get(key), facts, after.get(key))) for key, facts in objects.items()
        )
        found.append(min(trusts, default=0.0))
    return found


def _facts_of(entry: StoredMask | None, object_id: int) -> FrameFacts | None:
    return None if entry is None else entry.facts.get(object_id)
