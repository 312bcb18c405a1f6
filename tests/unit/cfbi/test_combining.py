"""One result out of several passes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cfbi import FrameResult
from cfbi.inference.combining import Seen, combined
from cfbi.inference.framing import Box
from tests.unit.cfbi.sessions import well_formed

SIZE = (4, 6)
WHOLE = Box(0, 0, *SIZE)


def result(size: tuple[int, int], ids: tuple[int, ...], *rows: float) -> FrameResult:
    """The same probabilities everywhere; the background first."""
    probability = np.broadcast_to(np.array(rows, np.float32)[:, None, None], (len(rows), *size))
    winner = np.array((0, *ids), np.uint8)[int(np.argmax(rows))]
    return FrameResult(np.full(size, winner), probability, ids)


def at(found: FrameResult, row: int, column: int) -> NDArray[np.float32]:
    return found.probability[:, row, column]


def test_windows_that_do_not_meet_keep_what_was_found_and_all_else_is_background() -> None:
    left = Seen(Box(0, 0, 4, 2), result((4, 2), (2,), 0.3, 0.7), (2,))
    right = Seen(Box(0, 4, 4, 6), result((4, 2), (1,), 0.6, 0.4), (1,))
    found = combined([left, right], (1, 2), SIZE)
    well_formed(found, *SIZE, (1, 2))
    np.testing.assert_array_equal(at(found, 0, 0), np.array([0.3, 0, 0.7], np.float32))
    np.testing.assert_array_equal(at(found, 0, 2), np.array([1, 0, 0], np.float32))
    np.testing.assert_array_equal(at(found, 0, 4), np.array([0.6, 0.4, 0], np.float32))
    assert found.index_mask[0].tolist() == [2, 2, 0, 0, 0, 0]
    assert not found.index_mask.flags.writeable
    assert not found.probability.flags.writeable


def test_an_object_of_another_pass_is_background() -> None:
    whole = Seen(WHOLE, result(SIZE, (1, 2), 0.1, 0.2, 0.7), (1,))
    found = combined([whole], (1, 2), SIZE)
    well_formed(found, *SIZE, (1, 2))
    np.testing.assert_allclose(at(found, 1, 1), [0.8, 0.2, 0], atol=1e-6)
    assert not found.index_mask.any()


def test_the_more_certain_pass_has_the_pixel() -> None:
    whole = Seen(WHOLE, result(SIZE, (1, 2), 0.3, 0.6, 0.1), (1,))
    close = Seen(Box(0, 0, 4, 2), result((4, 2), (1, 2), 0.1, 0.1, 0.8), (2,))
    found = combined([whole, close], (1, 2), SIZE)
    well_formed(found, *SIZE, (1, 2))
    # odds 0.6 : 0.4 of object 1, 0.8 : 0.2 of object 2
    np.testing.assert_allclose(at(found, 0, 0), np.array([1, 1.5, 4]) / 6.5, atol=1e-6)
    np.testing.assert_allclose(at(found, 0, 3), [0.4, 0.6, 0], atol=1e-6)
    assert found.index_mask[0].tolist() == [2, 2, 1, 1, 1, 1]


@pytest.mark.parametrize("certain", [1.0, 0.0])
def test_passes_that_are_certain_leave_a_distribution(certain: float) -> None:
    whole = Seen(WHOLE, result(SIZE, (1, 2), 1 - certain, certain, 0), (1,))
    close = Seen(Box(1, 1, 3, 4), result((2, 3), (1, 2), 0, 0, 1), (2,))
    well_formed(combined([whole, close], (1, 2), SIZE), *SIZE, (1, 2))
