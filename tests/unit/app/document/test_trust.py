from __future__ import annotations

import math
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.facts import FrameFacts, Jumps
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.trust import BIAS, WEIGHTS, clip_trust, features, frame_trust, trust_of

NO_JUMP = Jumps(0.0, 0.0)
SHARE = st.floats(0, 1)


def mask(source: MaskSource, facts: dict[int, FrameFacts]) -> StoredMask:
    index = np.zeros((8, 8), np.uint8)
    index[2:4, 2:4] = 1
    return replace(pack(index, source), facts=MappingProxyType(facts))


def test_features_are_relative_to_the_object() -> None:
    facts = FrameFacts(400, (5.0, 5.0), 0.8, 0.9, 0.25)
    assert features(facts, Jumps(0.125, 0.25)) == (0.8, 0.9, 0.25, 0.375)
    assert features(FrameFacts(400), Jumps(0.9, 3.0)) == (0.0, 0.0, 0.0, 1.0)


def test_trust_is_the_logistic_of_the_weighted_features() -> None:
    total = BIAS + WEIGHTS[0] * 0.8 + WEIGHTS[1] * 0.9
    expected = 1 / (1 + math.exp(-total))
    assert trust_of(FrameFacts(400, (5.0, 5.0), 0.8, 0.9)) == pytest.approx(expected)
    assert trust_of(FrameFacts(0)) == 0


@given(SHARE, SHARE, SHARE, SHARE, st.integers(0, 3), SHARE)
def test_a_better_fact_never_lowers_trust(
    edge: float, inside: float, differ: float, leap: float, which: int, other: float
) -> None:
    def made(values: list[float]) -> float:
        facts = FrameFacts(400, (5.0, 5.0), values[0], values[1], values[2])
        return trust_of(facts, Jumps(values[3], 0.0))

    values = [edge, inside, differ, leap]
    low, high = sorted((values[which], other))
    worse, better = (low, high) if which < 2 else (high, low)
    lower = made([*values[:which], worse, *values[which + 1 :]])
    upper = made([*values[:which], better, *values[which + 1 :]])
    assert 0 <= lower <= upper <= 1


def test_painted_frames_are_sure_and_others_unknown_without_facts() -> None:
    facts = FrameFacts(4, (2.5, 2.5), 0.5, 0.5)
    assert frame_trust(mask(MaskSource.USER, {}), 1) == 1.0
    assert math.isnan(frame_trust(None, 1))
    assert math.isnan(frame_trust(mask(MaskSource.PROPAGATED, {}), 1))
    alone = frame_trust(mask(MaskSource.PROPAGATED, {1: facts}), 1)
    assert alone == trust_of(facts, NO_JUMP)
    away = mask(MaskSource.PROPAGATED, {1: replace(facts, area=40)})
    jumped = frame_trust(mask(MaskSource.PROPAGATED, {1: facts}), 1, away, away)
    assert jumped == trust_of(facts, Jumps(0.9, 0.0))


def test_a_frame_is_as_good_as_its_worst_object() -> None:
    good, bad = FrameFacts(400, (5.0, 5.0), 0.9, 0.9), FrameFacts(400, (5.0, 5.0), 0.2, 0.5)
    found = clip_trust([{1: good, 2: bad}, {1: good, 2: bad}, None, {1: good, 2: FrameFacts(0)}, {}])
    assert found == [trust_of(bad), trust_of(bad), 1.0, 0.0, 0.0]


def test_a_leap_counts_against_the_neighbours_in_the_clip() -> None:
    near, far = FrameFacts(400, (5.0, 5.0), 0.9, 0.9), FrameFacts(400, (45.0, 5.0), 0.9, 0.9)
    found = clip_trust([{1: near}, {1: far}, {1: near}, None])
    assert found == [
        trust_of(near, Jumps(0, 2)),
        trust_of(far, Jumps(0, 2)),
        trust_of(near, Jumps(0, 2)),
        1.0,
    ]


def test_a_painted_mask_says_nothing_of_an_object_that_it_never_showed() -> None:
    """An object that was added later had a mark on the strip at every reference."""
    mask = np.zeros((4, 4), np.uint8)
    mask[1, 1] = 1
    entry = pack(mask, MaskSource.USER)
    assert frame_trust(entry, 1) == 1.0
    assert math.isnan(frame_trust(entry, 2))
    # but it does where the user took it away
    assert frame_trust(replace(entry, told_ids=frozenset({1, 2})), 2) == 1.0
