"""What is kept of reference frames: pixels by object, and pooled embeddings."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cfbi.config import MatchingConfig
from cfbi.model.memory import ReferenceMemory, lookup, masked_pools
from tests.unit.cfbi.tiny import seeded

EPS = 1e-5
IDS = (0, 3, 7)


def random_labels(height: int, width: int, seed: int) -> torch.Tensor:
    """Ids 0, 3 and 7, and two that nobody asked for."""
    names = torch.tensor([0, 3, 7, 9, 255])
    return names[torch.randint(0, 5, (height, width), generator=torch.Generator().manual_seed(seed))]


@settings(max_examples=30)
@given(count=st.integers(1, 3), height=st.integers(1, 6), width=st.integers(1, 6), seed=st.integers(0, 2**31))
def test_pixels_and_pools_over_all_references(count: int, height: int, width: int, seed: int) -> None:
    embeddings = seeded(count, 4, height, width, seed=seed)
    labels = torch.stack([random_labels(height, width, seed + k) for k in range(count)])
    memory = ReferenceMemory()
    for embedding, label in zip(embeddings, labels, strict=True):
        memory.add(embedding, label, IDS, MatchingConfig())
        memory.pixels(IDS)  # reading in between must not spoil what comes later
    assert memory.count == count
    everything = embeddings.permute(0, 2, 3, 1)  # (T, h, w, C)
    inside, outside = memory.pools(IDS, EPS)
    for row, object_id in enumerate(IDS):
        mask = labels == object_id
        pixels = memory.pixels(IDS)[row]
        if mask.any():
            assert pixels is not None
            assert torch.equal(pixels, everything[mask])
        else:
            assert pixels is None
        expected_inside = everything[mask].sum(0) / (mask.sum() + EPS)
        expected_outside = everything[~mask].sum(0) / ((~mask).sum() + EPS)
        torch.testing.assert_close(inside[row], expected_inside, atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(outside[row], expected_outside, atol=1e-4, rtol=1e-3)


def test_an_object_that_appears_later_has_no_pixel_before() -> None:
    embeddings = seeded(2, 4, 3, 3, seed=1)
    early, late = torch.zeros(3, 3, dtype=torch.long), torch.zeros(3, 3, dtype=torch.long)
    early[0], late[1] = 3, 7
    memory = ReferenceMemory()
    memory.add(embeddings[0], early, (0, 3), MatchingConfig())
    memory.add(embeddings[1], late, (0, 3, 7), MatchingConfig())
    background, first, second = memory.pixels(IDS)
    assert background is not None
    assert first is not None
    assert second is not None
    assert [len(background), len(first), len(second)] == [12, 3, 3]
    assert torch.equal(first, embeddings[0][:, 0].T)
    assert torch.equal(second, embeddings[1][:, 1].T)
    inside, outside = memory.pools(IDS, EPS)
    torch.testing.assert_close(inside[2], second.mean(0), atol=1e-4, rtol=1e-4)
    everything = embeddings.permute(0, 2, 3, 1).reshape(-1, 4)
    torch.testing.assert_close(
        outside[2], (everything.sum(0) - second.sum(0)) / 15, atol=1e-4, rtol=1e-4
    )  # the earlier frame counts as "not this object"


def test_an_id_that_was_never_shown_pools_to_zero() -> None:
    memory = ReferenceMemory()
    memory.add(seeded(4, 3, 3, seed=1), torch.zeros(3, 3, dtype=torch.long), (0,), MatchingConfig())
    inside, _ = memory.pools((0, 5), EPS)
    assert torch.equal(inside[1], torch.zeros(4))
    assert memory.pixels((0, 5))[1] is None


@pytest.mark.parametrize(
    ("options", "matched", "pooled"),
    [
        ({"global_atrous": 2}, [9, 0], [32, 4]),
        ({"global_atrous": 2, "min_matching_pixels": 2}, [9, 4], [9, 4]),  # the authors' side effect
        (
            {"global_atrous": 2, "min_matching_pixels": 2, "attention_sees_subsample": False},
            [9, 4],
            [32, 4],
        ),
    ],
)
def test_subsampled_references(options: dict[str, int], matched: list[int], pooled: list[int]) -> None:
    labels = torch.zeros(6, 6, dtype=torch.long)
    labels[1, :4] = 3
    memory = ReferenceMemory()
    memory.add(torch.ones(1, 6, 6), labels, (0, 3), MatchingConfig(**options))  # type: ignore[arg-type]
    pixels = memory.pixels((0, 3))
    assert [0 if found is None else len(found) for found in pixels] == matched
    inside, _ = memory.pools((0, 3), eps=1.0)  # of ones: n / (n + 1), which tells the number of pixels
    counts = inside[:, 0] / (1 - inside[:, 0])
    torch.testing.assert_close(counts, torch.tensor(pooled, dtype=torch.float32), atol=1e-3, rtol=1e-4)


def test_pools_of_one_frame() -> None:
    embedding = torch.arange(12.0).view(2, 2, 3)
    masks = torch.tensor([[[1, 0, 0], [0, 0, 1]], [[0, 0, 0], [0, 0, 0]]])
    inside, outside = masked_pools(embedding, masks, 0.0)
    torch.testing.assert_close(inside[0], torch.tensor([2.5, 8.5]))
    torch.testing.assert_close(outside[0], torch.tensor([2.5, 8.5]))
    torch.testing.assert_close(outside[1], torch.tensor([2.5, 8.5]))
    inside, _ = masked_pools(embedding, masks, EPS)
    assert torch.equal(inside[1], torch.zeros(2))


def test_lookup_gives_rows_and_minus_one_for_strangers() -> None:
    labels = torch.tensor([[0, 3], [255, 7], [254, 1]])
    assert lookup(labels, {0: 0, 3: 1, 7: 2}).tolist() == [[0, 1], [-1, 2], [-1, -1]]


@pytest.mark.parametrize("size", [(41, 57), (121, 214)])
def test_nothing_outside_is_exactly_zero_whatever_the_rounding(size: tuple[int, int]) -> None:
    embedding = torch.rand(100, *size) * 3
    everything = torch.ones(1, *size)
    inside, outside = masked_pools(embedding, everything, 1e-5)
    assert torch.equal(outside, torch.zeros_like(outside))
    torch.testing.assert_close(inside[0], embedding.mean((1, 2)), atol=1e-4, rtol=1e-4)
    memory = ReferenceMemory()
    for _ in range(2):
        memory.add(embedding, torch.zeros(size, dtype=torch.long), (0,), MatchingConfig())
    inside, outside = memory.pools((0, 7), 1e-5)
    assert torch.equal(outside[0], torch.zeros(100))
    torch.testing.assert_close(outside[1], embedding.mean((1, 2)), atol=1e-4, rtol=1e-4)
    assert torch.equal(inside[1], torch.zeros(100))


def test_a_single_pixel_outside_is_that_pixel() -> None:
    embedding = torch.rand(100, 121, 214) * 3
    mask = torch.ones(1, 121, 214)
    mask[0, 60, 100] = 0
    _, outside = masked_pools(embedding, mask, 1e-5)
    torch.testing.assert_close(outside[0], embedding[:, 60, 100], atol=1e-4, rtol=1e-4)


def test_ids_that_come_and_go_count_as_outside_where_they_are_not() -> None:
    first, second, third = (torch.rand(4, 6, 8) for _ in range(3))
    labels = torch.zeros(6, 8, dtype=torch.long)
    labels[2:4, 3:6] = 5
    memory = ReferenceMemory()
    memory.add(first, torch.zeros(6, 8, dtype=torch.long), (0,), MatchingConfig())
    memory.add(second, labels, (0, 5), MatchingConfig())
    memory.add(third, torch.zeros(6, 8, dtype=torch.long), (0,), MatchingConfig())
    inside, outside = memory.pools((5,), 0.0)
    torch.testing.assert_close(inside[0], second[:, 2:4, 3:6].mean((1, 2)))
    pixels = torch.cat([first.flatten(1), second[:, labels != 5], third.flatten(1)], dim=1)
    torch.testing.assert_close(outside[0], pixels.mean(1))
