"""What the inference session does not take, on a tiny network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from cfbi import InputError
from tests.unit.cfbi.sessions import FRAMES, MASK, H, W, network, same, session, started
from tests.unit.cfbi.tiny import noise_frame, two_objects

FLOAT_FRAME = np.zeros((H, W, 3), np.float32)


@pytest.mark.parametrize(
    ("frame", "mask", "message"),
    [
        (
            FRAMES[0],
            np.zeros((H, W), np.uint8),
            "The reference mask shows no object (all pixels are 0 or 255).",
        ),
        (FRAMES[0], np.full((H, W), 255, np.uint8), "The reference mask shows no object"),
        (FRAMES[0][..., 0], MASK, "A frame must be (H, W, 3) uint8 RGB, but is (49, 65) uint8."),
        (FLOAT_FRAME, MASK, "A frame must be (H, W, 3) uint8 RGB, but is (49, 65, 3) float32."),
        (np.zeros((H, W, 4), np.uint8), MASK, "but is (49, 65, 4) uint8."),
        (np.zeros((0, W, 3), np.uint8), np.zeros((0, W), np.uint8), "but is (0, 65, 3) uint8."),
        (FRAMES[0], MASK[..., None], "A mask must be (H, W) uint8, but is (49, 65, 1) uint8."),
        (FRAMES[0], MASK.astype(np.int64), "A mask must be (H, W) uint8, but is (49, 65) int64."),
        (FRAMES[0], MASK > 0, "A mask must be (H, W) uint8, but is (49, 65) bool."),
        (FRAMES[0], MASK.T.copy(), "The mask is 49x65, but the frame is 65x49."),
    ],
)
def test_a_bad_first_reference_is_refused(frame: Any, mask: Any, message: str) -> None:
    run = session()
    with pytest.raises(InputError) as caught:
        run.add_reference(frame, mask)
    assert message in caught.value.message
    assert (run.object_ids, run.reference_count) == ((), 0)
    run.add_reference(noise_frame(30, 30, 0), two_objects(30, 30))  # nothing stuck, the size included


def test_a_clip_has_one_size() -> None:
    run = started()
    small, mask = noise_frame(30, 40, 0), two_objects(30, 40)
    expected = "The frame is 40x30, but the references are 65x49."
    for refused in (
        lambda: run.step(small),
        lambda: run.add_reference(small, mask),
        lambda: run.set_previous(small, mask),
    ):
        with pytest.raises(InputError) as caught:
            refused()
        assert caught.value.message == expected
        assert caught.value.hint == "All frames of a clip must have the same size."
    same(run.step(FRAMES[1]), started().step(FRAMES[1]))  # the refusals changed nothing


def test_a_refused_reference_changes_nothing() -> None:
    run = started()
    with pytest.raises(InputError):
        run.add_reference(FRAMES[1], two_objects(30, 40, 8, 9))
    assert run.object_ids == (1, 2)
    same(run.step(FRAMES[1]), started().step(FRAMES[1]))


def test_steps_need_a_reference() -> None:
    run = session()
    for refused in (lambda: run.step(FRAMES[0]), lambda: run.set_previous(FRAMES[0], MASK)):
        with pytest.raises(InputError) as caught:
            refused()
        assert caught.value.message == "There is no reference frame."
        assert caught.value.hint == "Add a frame with a painted mask first."


def test_a_reference_that_fails_on_the_way_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    run = session()

    def out_of_memory(images: torch.Tensor) -> Any:
        raise RuntimeError("not enough memory")

    with monkeypatch.context() as patch:
        patch.setattr(network(), "extract", out_of_memory)
        with pytest.raises(RuntimeError, match="not enough memory"):
            run.add_reference(FRAMES[0], MASK)
    assert run.object_ids == ()
    with pytest.raises(InputError, match="There is no reference frame"):
        run.step(FRAMES[1])
    run.add_reference(noise_frame(30, 30, 0), two_objects(30, 30))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_side": 16}, "max_side is 16, but the network needs at least 17 pixels."),
        ({"scales": ()}, "scales is (), but needs at least one positive factor."),
        ({"scales": (1.0, -0.5)}, "scales is (1.0, -0.5), but needs at least one positive factor."),
    ],
)
def test_impossible_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        session(**options)
    assert caught.value.message == message
