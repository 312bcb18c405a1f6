from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from app.document.packed_matte import PackedMatte, fine_from, in_bytes, pack_matte

RAMP = np.arange(65536, dtype=np.uint16).reshape(256, 256)
SHAPE = RAMP.shape
mattes = hnp.arrays(np.uint16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9))


def test_eight_bits_are_the_rounded_value() -> None:
    np.testing.assert_array_equal(in_bytes(RAMP), np.rint(RAMP / 257))
    np.testing.assert_array_equal(pack_matte(RAMP).bytes_of(SHAPE), np.rint(RAMP / 257))


def test_what_is_wholly_out_or_in_stays_exactly_so() -> None:
    found = pack_matte(RAMP).fine(SHAPE)
    np.testing.assert_array_equal(found == 0, RAMP <= 128)
    np.testing.assert_array_equal(found == 65535, RAMP >= 65535 - 128)


def test_a_soft_value_comes_back_within_a_fraction_of_an_eight_bit_step() -> None:
    found = pack_matte(RAMP).fine(SHAPE).astype(int)
    error, steps = np.abs(found - RAMP), in_bytes(RAMP)
    edge = (steps >= 13) & (steps <= 242)
    veil = ((steps > 0) & (steps < 13)) | ((steps > 242) & (steps < 255))
    above = RAMP - 257 * steps.astype(int)
    assert error[edge & (above <= 120)].max() <= 257 / 32 + 1
    assert error[edge].max() <= 257 / 16 + 1
    assert error[veil & (above <= 96)].max() <= 257 / 8 + 1
    assert error[veil].max() <= 257 / 4 + 1
    assert len(np.unique(found)) == 230 * 16 + 24 * 4 + 2


def test_no_value_crosses_one_half() -> None:
    np.testing.assert_array_equal(pack_matte(RAMP).fine(SHAPE) > 32767, RAMP > 32767)


@given(mattes)
def test_what_came_back_once_comes_back_the_same(matte: np.ndarray) -> None:
    packed = pack_matte(matte)
    assert pack_matte(packed.fine(matte.shape)) == packed
    np.testing.assert_array_equal(in_bytes(packed.fine(matte.shape)), packed.bytes_of(matte.shape))


@given(hnp.arrays(np.uint8, (5, 7)))
def test_eight_bits_need_no_more(matte: np.ndarray) -> None:
    packed = pack_matte(matte)
    assert packed.rest == b""
    np.testing.assert_array_equal(packed.fine(matte.shape), matte.astype(np.uint16) * 257)
    assert pack_matte(packed.fine(matte.shape)) == packed


def test_probabilities_at_full_scale() -> None:
    row = np.array([[0, 0.25, 0.5, 1]], np.float32)
    assert fine_from(row).tolist() == [[0, 16384, 32768, 65535]]
    assert row.tolist() == [[0, 0.25, 0.5, 1]]  # it is not written to


@pytest.mark.parametrize("rest", [b"x", b"xxxxx"])
def test_a_fine_part_of_another_size_is_refused(rest: bytes) -> None:
    coarse = pack_matte(np.array([[0, 5, 100, 101, 102, 255]], np.uint8)).coarse
    with pytest.raises(ValueError, match="fine part"):
        PackedMatte(coarse, rest).fine((1, 6))
