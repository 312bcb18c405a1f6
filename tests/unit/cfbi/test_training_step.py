"""One training clip: what the network is told, and what it is blamed for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from cfbi.model.build import build_model
from cfbi.model.matching import grid_labels
from cfbi.model.network import Network, PreviousFrame
from cfbi.training.step import ClipOutcome, clip_outcome
from tests.golden.filler import fill
from tests.unit.cfbi.tiny import TINY_PLUS, filled_tiny, noise_frame, two_objects

SIDE, GRID = 33, (9, 9)
FRAMES = np.stack([noise_frame(SIDE, SIDE, seed) for seed in range(5)])
MASKS = np.stack([np.roll(two_objects(SIDE, SIDE), 2 * index, axis=1) for index in range(5)])
MASKS[:, :2, :5] = 255


@pytest.fixture
def model() -> Network:
    return filled_tiny().eval()  # no dropout


def outcome(model: Network, masks: NDArray[np.uint8] = MASKS, **options: Any) -> ClipOutcome:
    settings: dict[str, Any] = {"hard_ratio": 1.0, "dice_weight": 0.5} | options
    return clip_outcome(model, FRAMES[: len(masks)], masks, **settings)


def told_previous_labels(
    model: Network, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> tuple[list[torch.Tensor], ClipOutcome]:
    """The previous labels of each call of the network."""
    told, forward = [], model.forward

    def watched(current: Any, memory: Any, previous: PreviousFrame, ids: Any) -> Any:
        told.append(previous.grids[0])
        return forward(current, memory, previous, ids)

    monkeypatch.setattr(model, "forward", watched)
    return told, outcome(model, **options)


def test_the_previous_mask_is_the_networks_own(model: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    told, found = told_previous_labels(model, monkeypatch)
    assert found.predictions.shape == (3, SIDE, SIDE)
    assert len(told) == 3
    assert torch.equal(told[0], grid_labels(torch.from_numpy(MASKS[1]), GRID))
    for index in (1, 2):
        assert torch.equal(told[index], grid_labels(found.predictions[index - 1], GRID))
        truth = grid_labels(torch.from_numpy(MASKS[index + 1]), GRID)
        assert not torch.equal(told[index], truth)


def test_a_damaged_first_mask_takes_the_place_of_the_true_one(
    model: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = np.roll(MASKS[1], 7, axis=0)
    told, found = told_previous_labels(model, monkeypatch, previous_mask=damaged)
    assert torch.equal(told[0], grid_labels(torch.from_numpy(damaged), GRID))
    assert torch.equal(told[1], grid_labels(found.predictions[0], GRID))


def test_a_careless_reference_takes_the_place_of_the_true_one(
    model: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cfbi.model.memory import ReferenceMemory

    told: list[torch.Tensor] = []
    add = ReferenceMemory.add

    def watched(self: Any, embedding: Any, labels: torch.Tensor, *more: Any) -> None:
        told.append(labels)
        add(self, embedding, labels, *more)

    monkeypatch.setattr(ReferenceMemory, "add", watched)
    painted = np.roll(MASKS[0], 5, axis=0)
    found = outcome(model, reference_mask=painted)
    assert torch.equal(told[0], grid_labels(torch.from_numpy(painted), GRID))
    assert not torch.equal(found.predictions, outcome(model).predictions)


def test_outlines_count_more_when_asked(model: Network) -> None:
    plain, heavy = (outcome(model, boundary_weight=weight).loss.item() for weight in (0.0, 3.0))
    assert heavy != pytest.approx(plain, rel=1e-3)
    gone = MASKS[:3].copy()
    gone[2] = 0  # nothing has an outline: all pixels count the same
    losses = [outcome(model, gone, boundary_weight=weight).loss.item() for weight in (0.0, 3.0)]
    assert losses[1] == pytest.approx(losses[0], rel=1e-6)


def test_predictions_are_those_of_a_session(model: Network) -> None:
    from cfbi import InferenceSession

    found = outcome(model).predictions
    session = InferenceSession(model, max_side=SIDE)
    session.add_reference(FRAMES[0], MASKS[0])
    session.set_previous(FRAMES[1], MASKS[1])
    for frame, prediction in zip(FRAMES[2:], found, strict=True):
        agreement = (session.step(frame).index_mask == prediction.numpy()).mean()
        assert agreement > 0.995  # the extractor sees a batch here and single frames there


def test_overlap_is_the_mean_over_objects_and_frames_of_the_pixels_that_count(model: Network) -> None:
    found = outcome(model)
    scores = []
    for prediction, truth in zip(found.predictions.numpy(), MASKS[2:], strict=True):
        for row in (1, 2):
            ours, theirs = (prediction == row) & (truth != 255), truth == row
            scores.append((ours & theirs).sum() / (ours | theirs).sum())
    assert found.jaccard == pytest.approx(np.mean(scores), abs=1e-5)


def test_dice_is_added_with_its_weight(model: Network) -> None:
    losses = [outcome(model, dice_weight=weight).loss.item() for weight in (0.0, 0.5, 2.0)]
    assert losses[1] > losses[0]
    assert losses[2] - losses[0] == pytest.approx(4 * (losses[1] - losses[0]), rel=1e-4)


def test_fewer_pixels_are_harder_ones(model: Network) -> None:
    losses = [outcome(model, hard_ratio=ratio).loss.item() for ratio in (1.0, 0.5, 0.15)]
    assert losses[0] < losses[1] < losses[2]


def test_labels_under_ignored_pixels_do_not_matter(model: Network) -> None:
    masks = MASKS[:3].copy()
    masks[2] = 255
    nothing = outcome(model, masks)
    assert nothing.loss.item() == 0
    assert nothing.jaccard == 1.0


def test_every_parameter_gets_a_gradient(model: Network) -> None:
    outcome(model).loss.backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.abs().max() > 0, name


def test_gradients_do_not_pass_through_the_previous_mask(model: Network) -> None:
    found = outcome(model)
    assert not found.predictions.requires_grad
    assert found.loss.requires_grad


def test_bfloat16_is_near_enough(model: Network) -> None:
    exact, rough = outcome(model, MASKS[:3]), outcome(model, MASKS[:3], precision="bfloat16")
    assert rough.loss.dtype == torch.float32
    assert rough.loss.item() == pytest.approx(exact.loss.item(), rel=0.1)
    assert (rough.predictions == exact.predictions).float().mean() > 0.9


def test_a_clip_without_any_object_is_all_background(model: Network) -> None:
    found = outcome(model, np.zeros_like(MASKS[:3]))
    assert found.loss.item() == 0
    assert found.predictions.max() == 0


def test_cfbi_plus_learns_at_all_scales() -> None:
    model = build_model(TINY_PLUS).eval()
    fill(model)
    found = outcome(model)
    found.loss.backward()  # type: ignore[no-untyped-call]
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        if name.endswith("_bias"):
            assert (parameter.grad != 0).all(), name  # one bias for each scale
        else:
            assert parameter.grad.abs().max() > 0, name
