from __future__ import annotations

import os
import threading

import pytest

from app.export.feeder import Feeder


def pipe() -> tuple[int, Feeder]:
    reader, writer = os.pipe()
    return reader, Feeder(os.fdopen(writer, "wb", buffering=0))


def test_all_pieces_arrive_in_order_through_a_narrow_pipe() -> None:
    reader, feeder = pipe()
    got: list[bytes] = []

    def drain() -> None:
        with os.fdopen(reader, "rb", buffering=0) as file:
            while data := file.read(1 << 15):
                got.append(data)

    thread = threading.Thread(target=drain)
    thread.start()
    pieces = [bytes([index]) * 300_000 for index in range(9)]
    assert all(feeder.put(piece, lambda: None) for piece in pieces)
    assert feeder.close(lambda: None)
    thread.join()
    assert b"".join(got) == b"".join(pieces)


def test_a_reader_that_sleeps_can_be_given_up() -> None:
    reader, feeder = pipe()
    waits = 0

    def check() -> None:
        nonlocal waits
        waits += 1
        if waits > 8:
            raise KeyboardInterrupt

    def fill() -> None:
        while True:
            feeder.put(b"x" * (1 << 20), check)

    with pytest.raises(KeyboardInterrupt):
        fill()
    os.close(reader)  # as when the process is killed
    feeder.abandon()


def test_a_reader_that_has_gone_is_told() -> None:
    reader, feeder = pipe()
    os.close(reader)
    results = [feeder.put(b"x" * (1 << 20), lambda: None) for _ in range(5)]
    assert results[-1] is False
    assert feeder.close(lambda: None) is False
    feeder.abandon()
