from __future__ import annotations

import io

from app.worker.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_log_gets_a_line_now_and_then() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress("propagate", 40, stream=stream, clock=clock) as progress:
        for _ in range(40):
            clock.now += 0.75
            progress.advance()
    assert progress.seconds == 30
    assert stream.getvalue().splitlines() == [
        "propagate 14/40 frames, 1.3/s, 0:20 left",
        "propagate 28/40 frames, 1.3/s, 0:09 left",
    ]


def test_short_work_leaves_a_log_alone() -> None:
    stream = io.StringIO()
    with Progress("score", 3, stream=stream, clock=Clock()) as progress:
        for _ in range(3):
            progress.advance()
    assert stream.getvalue() == ""


def test_a_terminal_gets_one_bar_that_is_redrawn() -> None:
    stream, clock = Terminal(), Clock()
    with Progress("score", 4, unit="sequences", stream=stream, clock=clock) as progress:
        for _ in range(4):
            clock.now += 1000
            progress.advance()
    text = stream.getvalue()
    assert text.count("\n") == 1
    bars = [part.rstrip() for part in text.split("\r")[1:]]
    assert bars[0] == "score [######..................] 1/4 sequences, 0.0/s, 50:00 left"
    assert bars[-1] == "score [########################] 4/4 sequences, 0.0/s"


def test_a_terminal_is_not_redrawn_for_every_piece() -> None:
    stream, clock = Terminal(), Clock()
    with Progress("p", 1000, stream=stream, clock=clock) as progress:
        for _ in range(1000):
            clock.now += 0.001
            progress.advance()
    assert stream.getvalue().count("\r") <= 13
    assert "1000/1000" in stream.getvalue()


def test_an_unfinished_bar_says_how_far_it_came() -> None:
    stream, clock = Terminal(), Clock()
    with Progress("p", 10000, stream=stream, clock=clock) as progress:
        clock.now += 2
        progress.advance()
    assert "1/10000 frames, 0.5/s, 5:33:18 left" in stream.getvalue()


def test_what_was_done_before_counts_as_done_but_not_as_speed() -> None:
    stream, clock = io.StringIO(), Clock()
    with Progress("correct", 40, unit="rounds", stream=stream, clock=clock) as progress:
        progress.skip(30)
        clock.now += 20
        progress.advance()
    assert progress.done == 31
    assert stream.getvalue() == "correct 31/40 rounds, 0.1/s, 3:00 left\n"


def test_a_bar_of_which_all_is_skipped_is_full() -> None:
    stream = Terminal()
    with Progress("correct", 8, unit="rounds", stream=stream, clock=Clock()) as progress:
        progress.skip(8)
    assert stream.getvalue().rstrip().endswith(f"[{'#' * 24}] 8/8 rounds, 0.0/s")
