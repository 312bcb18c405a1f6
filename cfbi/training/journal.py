"""The log of a run, ``log.jsonl``: one JSON object a line, no line twice, whatever ended the run before."""

import json
import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from cfbi.weights.saving import write_atomically

FILE_NAME = "log.jsonl"

log = logging.getLogger(__name__)


class Journal:
    """Appends to the log of a run.

    Args:
        folder: Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def rewind(self, step: int, scored: Collection[float]) -> None:
        """Drop what a killed run wrote after its last checkpoint, and a line that it did not finish.

        Args:
            step: Of the checkpoint.
            scored: Steps whose dev scores the checkpoint knows; others will be made again.
        """
        if not self._path.is_file():
            return
        text = self._path.read_text(encoding="utf-8")
        kept = [line for line in text.splitlines() if _holds(line, step, scored)]
        content = "".join(f"{line}\n" for line in kept)
        if content != text:
            write_atomically(self._path, content.encode())

    def add(self, line: Mapping[str, object]) -> None:
        """Append a line; a full disk must not end a run that could still go on."""
        try:
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
        except OSError as error:
            log.warning("the log line of step %s was lost: %s", line.get("step"), error.strerror)

    def add_once(self, line: Mapping[str, object]) -> None:
        """Append a line unless it is there already."""
        known = self._path.read_text(encoding="utf-8").splitlines() if self._path.is_file() else []
        if json.dumps(line) not in known:
            self.add(line)


def _holds(text: str, step: int, scored: Collection[float]) -> bool:
    try:
        line: Any = json.loads(text)
        return bool(line["step"] <= step and ("dev_JF" not in line or line["step"] in scored))
    except (ValueError, KeyError, TypeError):
        return False
