"""Hints of errors in the words of the command line: the errors themselves speak as the dialogs do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from app.errors import ExportError, UserError

_OPTIONS = {
    "object_ids": "--objects",
    "layout": "--layout",
    "handles": "--handles",
    "timing": "--timing",
    "rate": "--rate",
    "start_number": "--start-number",
    "start_timecode": "--start-timecode",
    "alpha": "--alpha",
    "bit_depth": "--bit-depth",
    "background": "--background",
    "template": "--name",
    "missing": "--missing",
    "motion_blur": "--motion-blur",
    "round_trips": "--round-trip",
    "target": "--out",
    "preset": "--preset",
}
"""Of ``cfbi export``, by what an error is about: mostly a name of ``ExportOptions``."""

_FOR_COMMAND = {
    "no_mattes": "Propagate the masks first, or give frames that have mattes with --range.",
    "missing": "Propagate over them, or give --range without them or --missing black, hold or skip.",
    "skip": "Give --missing black or hold, or a --preset of pictures such as png.",
    "overwrite": "Replace with --force, or choose another --out or --name.",
    "object_ids": "Give numbers of objects that there are with --objects, with commas between.",
    "rate": "Give it with --rate, such as 25 or 24000/1001.",
    "timing": "Give --timing constant or conform as well, or no --rate.",
    "range": "Give --range A:B with A below B, frames counted from 0, and B at most how many there are.",
    "start_timecode": "Write it as --start-timecode 01:00:00:00.",
    "background": "Give #rrggbb or a PNG or JPEG picture with --background.",
}

_FOR_JOB = {
    "no_mattes": "Propagate the masks first, or give in_point and out_point of frames that have mattes.",
    "missing": 'Give the export missing = "black", "hold" or "skip", or in_point and out_point without them.',
    "skip": 'Give the export missing = "black" or "hold", or a preset of pictures such as "png".',
    "overwrite": "Give the export overwrite = true to replace it, or another out or template.",
    "folder": "Give the job another out or name, or delete what is there.",
    "object_ids": "Give numbers of objects that there are, as in object_ids = [1, 2].",
    "rate": 'Give it, as in rate = "25" or rate = "24000/1001".',
    "timing": 'Give timing = "constant" or "conform" as well, or no rate.',
    "range": "Give an in_point before the out_point, both inside the clip.",
    "start_timecode": 'Write it as start_timecode = "01:00:00:00".',
    "background": 'Give "#rrggbb" or a PNG or JPEG picture as background.',
}
_OTHER_KEYS = {"mask": "masks", "name": "template", "objects": "object_ids", "round_trip": "round_trips"}
"""Keys of a job that are not called as the option that does the same."""


def hint_for_command(error: ExportError) -> str:
    """The hint of an error in the words of ``cfbi export``."""
    option = _OPTIONS.get(error.about)
    told = error.hint if option is None else f"{error.hint} The option is {option}.".lstrip()
    return _FOR_COMMAND.get(error.about, told)


def hint_for_job(error: UserError) -> str:
    """The hint of an error in the words of ``cfbi run``, with the keys of its job file."""
    about = error.about if isinstance(error, ExportError) else ""
    key = "out" if about == "target" else about
    told = error.hint if about not in _OPTIONS else f"{error.hint} The key is {key}.".lstrip()
    return re.sub("--([a-z][a-z-]*[a-z])", _key, _FOR_JOB.get(about, told))


def _key(option: re.Match[str]) -> str:
    name = option[1].replace("-", "_")
    return _OTHER_KEYS.get(name, name)


@contextmanager
def hints_for_jobs() -> Iterator[None]:
    """Have errors of what is done inside name the keys of a job file."""
    try:
        yield
    except UserError as error:
        error.hint = hint_for_job(error)
        raise
