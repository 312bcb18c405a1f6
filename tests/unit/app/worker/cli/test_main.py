from __future__ import annotations

import argparse
from collections.abc import Callable

import pytest

from app.errors import ExportError
from app.worker import cli
from cfbi import WeightsError

Fail = Callable[[BaseException], None]


@pytest.fixture
def fail_with(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Makes ``cfbi weights list`` raise an error."""

    def arrange(error: BaseException) -> None:
        def run(_: argparse.Namespace) -> int:
            raise error

        monkeypatch.setattr("app.worker.cli.weights.run_list", run)

    return arrange


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ExportError("The disk is full.", "Make room."), 1, "cfbi: error: The disk is full.\n  Make room.\n"),
        (WeightsError("No such weights."), 1, "cfbi: error: No such weights.\n"),
        (KeyboardInterrupt(), 130, "cfbi: stopped; files written before are complete\n"),
        (
            MemoryError(),
            1,
            "cfbi: error: There is not enough memory for frames of this size.\n"
            "  Give a smaller --max-side, or --device cpu.\n",
        ),
        (
            RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
            1,
            "cfbi: error: There is not enough memory for frames of this size.\n"
            "  Give a smaller --max-side, or --device cpu.\n",
        ),
    ],
)
def test_expected_errors_become_messages_and_codes(
    fail_with: Fail, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, said: str
) -> None:
    fail_with(error)
    assert cli.main(["weights", "list"]) == code
    assert capsys.readouterr() == ("", said)


def test_a_mistake_of_the_program_is_not_hidden(fail_with: Fail) -> None:
    fail_with(ZeroDivisionError("bug"))
    with pytest.raises(ZeroDivisionError):
        cli.main(["weights", "list"])
