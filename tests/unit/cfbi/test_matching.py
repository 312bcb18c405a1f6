"""Matching against the textbook form: every distance of Eq. 1-4 written out in double precision."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from cfbi.config import MatchingConfig
from cfbi.model import matching
from cfbi.model.matching import (
    global_matching,
    grid_labels,
    local_matching,
    match_score,
    relative_background,
    subsample_row_masks,
)
from cfbi.model.memory import ReferenceMemory
from tests.unit.cfbi.tiny import seeded

SEEDS = st.integers(0, 2**31)


def labels_with_strangers(height: int, width: int, rows: int, seed: int) -> Tensor:
    """(height, width) int64 in coarse patches: rows 0..rows-1, unknown ids 7 and 255 here and there."""
    generator = torch.Generator().manual_seed(seed)
    names = torch.tensor([*range(rows), 7 + rows, 255])
    coarse = names[torch.randint(0, len(names), (height // 2 + 1, width // 2 + 1), generator=generator)]
    return coarse.repeat_interleave(2, 0).repeat_interleave(2, 1)[:height, :width].contiguous()


def paper_score(distance: Tensor, bias: Tensor) -> Tensor:
    """Eq. 1."""
    return 1 - 2 / (1 + torch.exp(distance + bias))


def textbook_global(
    query: Tensor, references: Sequence[Tensor], labels: Sequence[Tensor], bias: Tensor
) -> Tensor:
    """Rows x queries, each the smallest of all distances to the row's pixels (Eq. 2)."""
    pixels = torch.cat([reference.flatten(1).T for reference in references])
    names = torch.cat([label.flatten() for label in labels])
    everything = (query.flatten(1).T[:, None] - pixels[None]).pow(2).sum(2)  # (Q, R)
    maps = []
    for row in range(len(bias)):
        if (names == row).any():
            maps.append(paper_score(everything[:, names == row].amin(1), bias[row]))
        else:
            maps.append(everything[:, 0] * bias.sum() * 0 + 1)  # keeps the graph
    return torch.stack(maps).view(len(bias), 1, *query.shape[1:])


def textbook_local(
    query: Tensor,
    previous: Tensor,
    labels: Tensor,
    bias: Tensor,
    windows: Sequence[int],
    half: bool,
    atrous: int,
) -> Tensor:
    """Eq. 4, one pixel, window and row at a time; the largest window comes first."""
    full = query.shape[1:]
    if half:
        height, width = full[0] // 2 + 1, full[1] // 2 + 1
        labels = labels[torch.arange(height) * full[0] // height][:, torch.arange(width) * full[1] // width]
        query, previous = (
            F.interpolate(x[None], size=(height, width), mode="bilinear", align_corners=True)[0]
            for x in (query, previous)
        )
    _, height, width = query.shape
    ys, xs = torch.arange(height)[:, None], torch.arange(width)
    nothing = (query * previous).sum() * bias.sum() * 0 + 1  # keeps the graph
    rows = []
    for row in range(len(bias)):
        channels = []
        for window in [windows[-1], *windows[:-1]]:
            scores = []
            for y in range(height):
                for x in range(width):
                    offset_y, offset_x = (ys - y).abs(), (xs - x).abs()
                    near = (offset_y <= window) & (offset_x <= window) & (labels == row)
                    near &= (offset_y % atrous == 0) & (offset_x % atrous == 0)
                    if near.any():
                        distances = (query[:, y, x, None] - previous[:, near]).pow(2).sum(0)
                        scores.append(paper_score(distances.amin(), bias[row]))
                    else:
                        scores.append(nothing)
            channels.append(torch.stack(scores).view(height, width))
        rows.append(torch.stack(channels))
    return F.interpolate(torch.stack(rows), size=full, mode="bilinear", align_corners=True)


def same_values_and_gradients(
    ours: Callable[..., Tensor], textbook: Callable[..., Tensor], arguments: Sequence[Tensor], seed: int
) -> None:
    """Both functions of the same tensors; ours without gradients, with them in float32, theirs in float64."""
    with torch.no_grad():
        plain = ours(*arguments)
    single = [x.clone().requires_grad_() for x in arguments]
    double = [x.double().requires_grad_() for x in arguments]
    found, expected = ours(*single), textbook(*double)
    torch.testing.assert_close(found.double(), expected, atol=2e-5, rtol=0)
    torch.testing.assert_close(plain, found.detach(), atol=2e-5, rtol=0)
    weights = seeded(*found.shape, seed=seed)
    if found.requires_grad:  # there is no graph where no row has any pixel
        (found * weights).sum().backward()  # type: ignore[no-untyped-call]
    (expected * weights).sum().backward()  # type: ignore[no-untyped-call]
    for one, other in zip(single, double, strict=True):
        assert other.grad is not None
        gradient = torch.zeros_like(one) if one.grad is None else one.grad
        torch.testing.assert_close(gradient.double(), other.grad, atol=1e-4, rtol=1e-4)


@settings(max_examples=25)
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    channels=st.integers(1, 5),
    rows=st.integers(1, 4),
    count=st.integers(1, 3),
    atrous=st.sampled_from([1, 1, 2, 3]),
    seed=SEEDS,
)
def test_global_matching_is_the_textbook_form(
    height: int, width: int, channels: int, rows: int, count: int, atrous: int, seed: int
) -> None:
    labels = [labels_with_strangers(height, width, rows, seed + k) for k in range(count)]
    used = [torch.full_like(label, -1) for label in labels]
    for label, kept in zip(labels, used, strict=True):
        kept[::atrous, ::atrous] = label[::atrous, ::atrous]
    embeddings = seeded(count + 1, channels, height, width, seed=seed)

    def ours(stack: Tensor, bias: Tensor) -> Tensor:
        memory = ReferenceMemory()
        for embedding, label in zip(stack[1:], labels, strict=True):
            memory.add(embedding, label, range(rows), MatchingConfig(global_atrous=atrous))
        return global_matching(stack[0], memory.pixels(range(rows)), bias)

    same_values_and_gradients(
        ours,
        lambda stack, bias: textbook_global(stack[0], stack[1:], used, bias),
        [embeddings, seeded(rows, seed=seed + 9) * 0.5],
        seed,
    )


@settings(max_examples=20)
@given(
    height=st.integers(1, 9),
    width=st.integers(1, 9),
    channels=st.integers(1, 4),
    rows=st.integers(1, 3),
    windows=st.sampled_from([(1,), (2, 4), (1, 2, 5), (2, 4, 6, 8, 10, 12)]),
    half=st.booleans(),
    seed=SEEDS,
)
def test_local_matching_is_the_textbook_form(
    height: int, width: int, channels: int, rows: int, windows: tuple[int, ...], half: bool, seed: int
) -> None:
    check_local(height, width, channels, rows, windows, half, 1, seed)


@settings(max_examples=12)
@given(
    height=st.integers(2, 9),
    width=st.integers(2, 9),
    rows=st.integers(1, 3),
    windows=st.sampled_from([(4, 6, 8), (2, 3, 7), (3, 5)]),
    half=st.booleans(),
    atrous=st.sampled_from([2, 3]),
    seed=SEEDS,
)
def test_local_matching_with_holes_is_the_textbook_form(
    height: int, width: int, rows: int, windows: tuple[int, ...], half: bool, atrous: int, seed: int
) -> None:
    check_local(height, width, 3, rows, windows, half, atrous, seed)


def check_local(
    height: int,
    width: int,
    channels: int,
    rows: int,
    windows: tuple[int, ...],
    half: bool,
    atrous: int,
    seed: int,
) -> None:
    labels = labels_with_strangers(height, width, rows, seed)
    same_values_and_gradients(
        lambda query, previous, bias: local_matching(
            query, previous, labels, bias, windows=windows, half_resolution=half, atrous=atrous
        ),
        lambda query, previous, bias: textbook_local(query, previous, labels, bias, windows, half, atrous),
        [
            seeded(channels, height, width, seed=seed),
            seeded(channels, height, width, seed=seed + 1),
            seeded(rows, seed=seed + 2) * 0.5,
        ],
        seed,
    )


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("block", [1, 5000, 9000])
def test_blocks_do_not_change_the_result(
    monkeypatch: pytest.MonkeyPatch, block: int, gradients: bool
) -> None:
    query, reference = seeded(7, 3, 4, seed=1), seeded(5000, 7, seed=2)  # more than one block of references
    query.requires_grad_(gradients)

    def run() -> tuple[Tensor, Tensor | None]:
        query.grad = None
        found = global_matching(query, [reference, None], torch.tensor([0.3, 0.1]))
        if gradients:
            found.pow(2).sum().backward()  # type: ignore[no-untyped-call]
        return found.detach(), query.grad

    whole, gradient = run()
    monkeypatch.setattr(matching, "_BLOCK_ELEMENTS", block)
    pieces, gradient_of_pieces = run()
    torch.testing.assert_close(pieces, whole, atol=1e-6, rtol=0)
    expected = (query.detach().flatten(1).T[:, None] - reference).pow(2).sum(2).amin(1) + 0.3
    torch.testing.assert_close(pieces[0].flatten(), 2 * expected.sigmoid() - 1, atol=1e-5, rtol=0)
    assert torch.equal(pieces[1], torch.ones(1, 3, 4))
    torch.testing.assert_close(gradient_of_pieces, gradient, atol=1e-6, rtol=1e-5)


@settings(max_examples=40)
@given(rows=st.integers(1, 6), channels=st.integers(1, 3), seed=SEEDS, ties=st.booleans())
def test_relative_background_is_the_smallest_of_the_other_rows(
    rows: int, channels: int, seed: int, ties: bool
) -> None:
    scores = seeded(rows, channels, 3, 4, seed=seed)
    if ties:
        scores = scores.round()
    found = relative_background(scores)
    if rows == 1:
        assert torch.equal(found, scores)
        return
    for row in range(rows):
        others = [scores[other] for other in range(rows) if other != row]
        assert torch.equal(found[row], torch.stack(others).amin(0))


def test_score_is_the_papers_and_says_one_where_nothing_is() -> None:
    distance, bias = torch.tensor([0.0, 0.7, 3.0]), torch.tensor(-0.4)
    torch.testing.assert_close(match_score(distance, bias), paper_score(distance, bias))
    assert match_score(torch.tensor(matching.UNREACHABLE), torch.tensor(-5.0)).item() == 1.0


@settings(max_examples=40)
@given(
    height=st.integers(1, 40), width=st.integers(1, 40), out=st.tuples(st.integers(1, 12), st.integers(1, 12))
)
def test_grid_labels_take_the_pixel_at_floor(height: int, width: int, out: tuple[int, int]) -> None:
    labels = torch.arange(height * width).view(height, width) % 251
    ys, xs = (torch.arange(o) * n // o for o, n in zip(out, (height, width), strict=True))
    assert torch.equal(grid_labels(labels.to(torch.uint8), out), labels[ys][:, xs])


def test_subsampling_spares_small_rows_only_when_told_so() -> None:
    masks = torch.zeros(2, 6, 6, dtype=torch.bool)
    masks[0, :, :4] = True  # 24 pixels
    masks[1, 1:3, 5] = True  # 2 pixels, none of them at a kept grid point
    assert subsample_row_masks(masks, 2, 0).flatten(1).sum(1).tolist() == [6, 0]
    assert subsample_row_masks(masks, 2, 5).flatten(1).sum(1).tolist() == [6, 2]
    assert subsample_row_masks(masks, 2, 6).flatten(1).sum(1).tolist() == [24, 2]
    assert torch.equal(subsample_row_masks(masks, 1, 3), masks)


class Allocations(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Remembers the largest number of elements that any operation allocated."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.largest = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple | list) else [result]:
            if isinstance(tensor, Tensor):
                elements = tensor.untyped_storage().nbytes() // tensor.element_size()
                self.largest = max(self.largest, elements)
        return result


def measured_matching(side: int, objects: int, *, local: bool, gradients: bool) -> tuple[int, int]:
    """(multiply-adds in products, largest allocation in elements) of a frame of ``side`` squared."""
    query, other = seeded(2, 4, side, side, seed=3).unbind(0)
    query = query.clone().requires_grad_(gradients)
    rows = objects + 1
    labels = (torch.arange(side**2) * 7919 % rows).view(side, side)
    bias = torch.zeros(rows)
    memory = ReferenceMemory()
    memory.add(other, labels, range(rows), MatchingConfig())
    with FlopCounterMode(display=False) as flops, Allocations() as allocations:
        if local:
            local_matching(query, other, labels, bias, half_resolution=False)
        else:
            global_matching(query, memory.pixels(range(rows)), bias)
    return flops.get_total_flops(), allocations.largest


@pytest.mark.parametrize("gradients", [False, True])
@pytest.mark.parametrize("local", [False, True])
def test_products_do_not_grow_with_the_number_of_objects(local: bool, gradients: bool) -> None:
    one, _ = measured_matching(27, 1, local=local, gradients=gradients)
    ten, _ = measured_matching(27, 10, local=local, gradients=gradients)
    assert ten == one > 0


@pytest.mark.parametrize("gradients", [False, True])
def test_distances_are_never_all_held_at_once(gradients: bool) -> None:
    pixels = 61**2
    _, largest = measured_matching(61, 10, local=False, gradients=gradients)
    assert largest <= matching._BLOCK_ELEMENTS < pixels * pixels
    pixels = 27**2
    _, largest = measured_matching(27, 10, local=True, gradients=gradients)
    minima = pixels * 6 * 12
    winners = pixels * 6 * 11 * 4 if gradients else 0  # the embedding of each nearest pixel
    assert largest <= max(minima, winners) < pixels * 625
