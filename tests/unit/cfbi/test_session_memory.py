"""What the inference session holds on to, and for how long, on a tiny network."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.unit.cfbi.sessions import FRAMES, MASK, H, W, network, same, session, started
from tests.unit.cfbi.tiny import noise_frame, two_objects


def test_propagation_takes_a_frame_only_when_a_result_is_asked_for() -> None:
    taken = []

    def frames() -> Iterator[NDArray[np.uint8]]:
        for index, frame in enumerate(FRAMES[1:]):
            taken.append(index)
            yield frame

    results = started().propagate(frames())
    assert taken == []
    next(results)
    assert taken == [0]
    next(results)
    assert taken == [0, 1]


def live_tensor_bytes() -> int:
    gc.collect()
    storages = {
        thing.untyped_storage().data_ptr(): thing.untyped_storage().nbytes()
        for thing in gc.get_objects()
        if issubclass(type(thing), torch.Tensor)
    }
    return sum(storages.values())


def test_memory_does_not_grow_with_the_clip() -> None:
    network()
    before, held = live_tensor_bytes(), []
    run = started(flip=True)
    for index in range(12):
        run.step(noise_frame(H, W, index))
        if index in (2, 6, 11):
            held.append(live_tensor_bytes() - before)
    assert held[0] > 0
    assert held[0] == held[1] == held[2]
    run.clear_references()
    assert live_tensor_bytes() == before


def test_a_callers_buffer_may_be_filled_again() -> None:
    buffer = np.empty((H, W, 3), np.uint8)
    run, expected = session(), started()
    buffer[...] = FRAMES[0]
    run.add_reference(buffer, MASK)
    for frame in FRAMES[1:4]:
        buffer[...] = frame
        same(run.step(buffer), expected.step(frame))
    buffer[...] = FRAMES[4]
    run.add_reference(buffer, MASK)
    expected.add_reference(FRAMES[4], MASK)
    same(run.step(FRAMES[0]), expected.step(FRAMES[0]))


def test_a_read_only_view_of_a_buffer_may_be_filled_again() -> None:
    buffer = np.empty((H, W, 3), np.uint8)
    view = buffer.view()
    view.setflags(write=False)
    run, expected = session(), started()
    buffer[...] = FRAMES[0]
    run.add_reference(view, MASK)
    buffer[...] = FRAMES[1]
    same(run.step(view), expected.step(FRAMES[1]))


def test_a_callers_mask_may_be_filled_again() -> None:
    mask = MASK.copy()
    run = session()
    run.add_reference(FRAMES[0], mask)
    mask[...] = 0
    same(run.step(FRAMES[1]), started().step(FRAMES[1]))


def test_a_run_comes_back_to_its_references_without_extracting_them_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, calls, extract = session(), [], network().extract

    def counted(images: torch.Tensor) -> Any:
        calls.append(1)
        return extract(images)

    monkeypatch.setattr(network(), "extract", counted)
    mask = two_objects(33, 49)
    for seed in range(3):
        run.add_reference(noise_frame(33, 49, seed=seed), mask)
    assert len(calls) == 3
    run.set_previous(noise_frame(33, 49, seed=0), mask)  # decoded again: another array, the same picture
    expected = run.step(noise_frame(33, 49, seed=9))
    assert len(calls) == 4
    plain = session()
    for seed in (1, 2, 0):
        plain.add_reference(noise_frame(33, 49, seed=seed), mask)
    same(plain.step(noise_frame(33, 49, seed=9)), expected, 1e-5)
    for seed in range(3, 8):
        run.set_previous(noise_frame(33, 49, seed=seed), mask)
    before = len(calls)
    run.set_previous(noise_frame(33, 49, seed=7), mask)
    assert len(calls) == before
    run.set_previous(noise_frame(33, 49, seed=0), mask)  # too long ago
    assert len(calls) == before + 1


def test_correcting_the_newest_frame_does_not_extract_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    run, calls, extract = started(), [], network().extract

    def counted(images: torch.Tensor) -> Any:
        calls.append(tuple(images.shape))
        return extract(images)

    monkeypatch.setattr(network(), "extract", counted)
    run.step(FRAMES[1])
    run.add_reference(FRAMES[1], MASK)
    run.set_previous(FRAMES[1], MASK)
    assert calls == [(1, 3, 49, 65)]
    run.step(FRAMES[2])
    assert len(calls) == 2
