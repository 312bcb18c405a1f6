from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

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


@pytest.mark.parametrize(
    ("text", "message"),
    [("abc", "'abc' is no whole number of pixels"), ("5", "5 is too small, the network needs at least 17")],
)
@pytest.mark.parametrize("command", ["cfbi", "studio"])
def test_max_side_errors_say_what_is_wrong(
    capsys: pytest.CaptureFixture[str], text: str, message: str, command: str
) -> None:
    from app.__main__ import main as studio

    if command == "cfbi":
        call = partial(
            cli.main, ["propagate", "clip.mp4", "--mask", "a.png", "--out", "out", "--max-side", text]
        )
    else:
        call = partial(studio, ["clip.mp4", "--max-side", text])
    with pytest.raises(SystemExit):
        call()
    assert message in capsys.readouterr().err


def test_the_studio_refuses_a_mask_without_a_frame_number(capsys: pytest.CaptureFixture[str]) -> None:
    from app.__main__ import main as studio

    with pytest.raises(SystemExit):
        studio(["clip.mp4", "--mask", "a.png@x"])
    assert "after @ comes a frame number" in capsys.readouterr().err
