from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.matte.jumps import is_jump

AREA = 1600.0  # 40 px across: 10 px are always within its reach


def test_a_jump_is_longer_than_three_times_the_ways_beside_it() -> None:
    assert is_jump(41, AREA, (10.0, 2.0))
    assert not is_jump(40, AREA, (10.0, 2.0))
    assert not is_jump(40, AREA, (2.0, 10.0))
    assert is_jump(10.1, AREA, (0.0,))
    assert not is_jump(10, AREA, (0.0, 0.0))


def test_without_ways_to_compare_with_there_is_none() -> None:
    assert not is_jump(1000, AREA, ())


def test_ways_are_asked_for_only_as_long_as_they_matter() -> None:
    def ways() -> Iterator[float]:
        yield 20.0
        pytest.fail("the first way was long enough")

    assert not is_jump(50, AREA, ways())

    def none_matters() -> Iterator[float]:
        pytest.fail("so short a way is no jump, whatever lies beside it")
        yield 0.0

    assert not is_jump(5, AREA, none_matters())
