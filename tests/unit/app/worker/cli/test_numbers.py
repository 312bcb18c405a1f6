from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from app.worker.cli.numbers import count, positive, threads


@pytest.mark.parametrize(
    ("kind", "good", "wrong", "words"),
    [
        (positive, {"1": 1, "007": 7}, ("0", "-1", "x", "1.5", "", "²"), "no whole number above 0"),
        (count, {"0": 0, "12": 12}, ("-1", "x", "nan", ""), "no whole number from 0 on"),
        (threads, {"1": 1, "1024": 1024}, ("0", "1025", "-2", "many"), "no number of threads from 1 to 1024"),
    ],
)
def test_numbers(
    kind: Callable[[str], int], good: dict[str, int], wrong: tuple[str, ...], words: str
) -> None:
    assert {text: kind(text) for text in good} == good
    for text in wrong:
        with pytest.raises(argparse.ArgumentTypeError, match=words):
            kind(text)


@pytest.mark.parametrize("arguments", [("--threads", "-1"), ("--workers", "-1"), ("--dev-every", "x")])
def test_training_is_not_begun_with_numbers_that_make_no_sense(
    arguments: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    from app.worker.cli import main

    with pytest.raises(SystemExit):
        main(["train", "--stills", "STILLS", "--out", "RUN", *arguments])
    assert f"argument {arguments[0]}: '{arguments[1]}' is no" in capsys.readouterr().err
