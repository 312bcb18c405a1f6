"""What sessions share of the frames that they meet again: the same results, less work, bounded memory."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbi import FeatureCache, InferenceSession
from cfbi.config import MatchingConfig
from cfbi.inference.cache import name_of
from cfbi.model import memory as memory_module
from cfbi.model.build import build_model
from cfbi.model.memory import ReferenceMemory
from cfbi.model.network import FrameFeatures, Network
from tests.golden.filler import fill
from tests.unit.cfbi.sessions import FRAMES, MASK, H, W, network, same
from tests.unit.cfbi.tiny import TINY_PLUS, seeded

PLENTY = 1 << 30
SHIFTED = np.roll(MASK, 9, axis=1)


def corrected_run(run: InferenceSession) -> list[Any]:
    """Forth from two references, back from the second, then forth again from all three."""
    run.add_reference(FRAMES[0], MASK)
    run.add_reference(FRAMES[3], SHIFTED)
    run.set_previous(FRAMES[0], MASK)
    found = [run.step(FRAMES[1]), run.step(FRAMES[2])]
    run.set_previous(FRAMES[3], SHIFTED)
    found += [run.step(FRAMES[2]), run.step(FRAMES[1])]
    run.add_reference(FRAMES[1], np.where(SHIFTED == 2, 0, SHIFTED).astype(np.uint8))
    return [*found, run.step(FRAMES[2]), run.step(FRAMES[4])]


def plus() -> Network:
    model = build_model(TINY_PLUS)
    fill(model)
    return model


@pytest.mark.parametrize(
    ("make", "options", "budget"),
    [
        (network, {}, PLENTY),
        (network, {}, 60_000),
        (network, {"scales": (1.0, 0.7), "flip": True}, 60_000),
        (plus, {}, PLENTY),
    ],
)
def test_results_are_the_same_to_the_last_bit(make: Any, options: dict[str, Any], budget: int) -> None:
    model, cache = make(), FeatureCache(budget)
    expected = corrected_run(InferenceSession(model, **options))
    for _ in range(2):
        for found, wanted in zip(
            corrected_run(InferenceSession(model, cache=cache, **options)), expected, strict=True
        ):
            same(found, wanted)
        assert cache.held_bytes <= budget


def test_nothing_is_computed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    model, cache = network(), FeatureCache(PLENTY)
    extracted, matched = [], []
    extract, nearest = model.extract, memory_module.nearest_distance
    monkeypatch.setattr(model, "extract", lambda image: (extracted.append(1), extract(image))[1])
    monkeypatch.setattr(
        memory_module, "nearest_distance", lambda q, r: (matched.append(len(r)), nearest(q, r))[1]
    )
    run = InferenceSession(model, cache=cache)
    run.add_reference(FRAMES[0], MASK)
    run.step(FRAMES[1])
    run.step(FRAMES[2])
    assert (len(extracted), len(matched)) == (3, 6)  # background and two objects, of one reference
    back = InferenceSession(model, cache=cache)
    back.add_reference(FRAMES[0], MASK)
    back.step(FRAMES[2])
    back.step(FRAMES[1])
    assert (len(extracted), len(matched)) == (3, 6)
    back.add_reference(FRAMES[2], SHIFTED)
    back.step(FRAMES[1])
    assert (len(extracted), len(matched)) == (3, 9)  # the new reference alone
    other = np.where(MASK == 2, 0, MASK).astype(np.uint8)  # object 1 is painted as before
    repainted = InferenceSession(model, cache=cache)
    repainted.add_reference(FRAMES[0], other)
    repainted.step(FRAMES[1])
    assert (len(extracted), len(matched)) == (3, 10)  # the larger background


def features(seed: int, size: int) -> FrameFeatures:
    image = seeded(3, 2, size, seed=seed)
    name = name_of(image.numpy().view(np.uint8), "")
    return FrameFeatures((image,), torch.zeros(1, 1, 1, 1), name, ({},))


@settings(max_examples=25, deadline=None)
@given(asked=st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=60), budget=st.integers(0, 2000))
def test_the_budget_holds_whatever_is_asked_for(asked: list[tuple[int, bool]], budget: int) -> None:
    cache = FeatureCache(budget)
    for number, grows in asked:
        made = features(number, 5 + number)
        found = cache.features(made.name, lambda made=made: made)  # type: ignore[misc]
        torch.testing.assert_close(found.embeddings[0], made.embeddings[0], rtol=0, atol=0)
        assert cache.held_bytes <= budget
        if grows:
            found.distances[0][bytes([number])] = torch.zeros(20)
    cache.features(features(99, 1).name, lambda: features(99, 1))
    counted = sum(kept.held_bytes for kept in cache._kept.values())
    assert cache.held_bytes == counted
    cache.clear()
    assert cache.held_bytes == 0


def sweep(cache: FeatureCache, numbers: range) -> int:
    """How many frames had to be computed."""
    computed = []
    for number in numbers:
        made = features(number, 10)
        cache.features(made.name, lambda made=made: (computed.append(made), made)[1])  # type: ignore[misc]
    return len(computed)


def test_what_is_dropped_is_not_held_elsewhere() -> None:
    cache = FeatureCache(2000)
    alive = []
    for number in range(40):
        made = features(number, 10)
        alive.append(weakref.ref(cache.features(made.name, lambda made=made: made)))  # type: ignore[misc]
    del made
    gc.collect()
    held = [left for reference in alive if (left := reference()) is not None]
    assert sum(left.held_bytes for left in held) <= 2000


def test_a_sweep_longer_than_the_budget_still_finds_its_share() -> None:
    cache = FeatureCache(20 * features(0, 10).held_bytes)
    assert sweep(cache, range(60)) == 60
    assert sweep(cache, range(60)) == 40
    assert sweep(cache, range(59, -1, -1)) == 40


def test_frames_of_another_clip_make_room_in_the_end() -> None:
    cache = FeatureCache(20 * features(0, 10).held_bytes)
    sweep(cache, range(60))
    for _ in range(12):
        sweep(cache, range(100, 120))
    assert sweep(cache, range(100, 120)) == 0


def test_names_tell_pictures_shapes_and_views_apart() -> None:
    frame = FRAMES[0]
    assert name_of(frame, "1.0 False") == name_of(frame.copy(), "1.0 False")
    others = [frame[:, ::-1], frame.reshape(W, H, 3), FRAMES[1]]
    names = {
        name_of(frame, "1.0 False"),
        name_of(frame, "1.0 True"),
        *(name_of(f, "1.0 False") for f in others),
    }
    assert len(names) == 5


def test_distances_of_dropped_references_are_forgotten() -> None:
    embedding, query = seeded(4, 3, 5, seed=2), seeded(4, 3, 5, seed=3)
    labels = torch.zeros(3, 5, dtype=torch.long)
    labels[1] = 7
    known: dict[bytes, torch.Tensor] = {}
    for name in (b"first", b"second"):
        memory = ReferenceMemory()
        memory.add(embedding, labels, (0, 7), MatchingConfig(), name)
        memory.add(seeded(4, 3, 5, seed=4), labels, (0, 7), MatchingConfig())  # without a name
        distances = memory.distances(query, (0, 7, 9), known)
        assert len(known) == 2
        for row, key in enumerate((0, 7)):
            pixels = memory.pixels((key,))[0]
            assert pixels is not None
            expected = torch.cdist(query.flatten(1).T, pixels).amin(1).square()
            torch.testing.assert_close(distances[row], expected, rtol=1e-4, atol=1e-4)
        assert (distances[2] == 5e4).all()
