"""What mattes finer than 8 bits cost, in bytes and in time, on the masks of a project.

    python -m benchmarks.matte_storage PROJECT.cfbiproj

Masks that a run made are compared with themselves cut to 8 bits: bytes in memory, of the journal and of the
project file, and the least processor time of several tries for packing a matte, reading it, making it twice
as steep for the canvas, and packing it again after an edit. Only mattes of more than 8 bits are looked at.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from app.document.finish import MatteFinish
from app.document.mask_store import StoredMask
from app.document.packed_matte import PackedMatte, pack_matte
from app.document.project_file import Project, read_project, write_project
from app.document.snapshot import Work
from app.document.storage.journal import Change, JournalHead, JournalWriter
from app.matte.levels import clipped_bytes, clipped_stored

_TRIES = 7
_TIMED_FRAMES = 8
_STEEP = MatteFinish(clip_black=0.25, clip_white=0.75)


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("project", type=Path)
    project = read_project(parser.parse_args().project)
    fine = {
        index: entry
        for index, entry in project.work.entries.items()
        if any(matte.rest for matte in entry.mattes.values())
    }
    if not fine:
        sys.stdout.write("No matte of the project has more than 8 bits.\n")
        return 1
    coarse = {index: _in_eight_bits(entry) for index, entry in fine.items()}
    for name, before, after in (
        ("memory", _memory(coarse), _memory(fine)),
        ("journal", _journal(project, coarse), _journal(project, fine)),
        ("project", _file(project, coarse), _file(project, fine)),
    ):
        shares = before / len(fine), after / len(fine), 100 * (after / before - 1)
        sys.stdout.write("{:8} {:9.0f} -> {:9.0f} bytes a frame, {:+.1f} %\n".format(name, *shares))
    step = max(1, len(fine) // _TIMED_FRAMES)
    for name, before, after in _times([fine[index] for index in sorted(fine)[::step]]):
        sys.stdout.write(f"{name:8} {before:9.2f} -> {after:9.2f} ms a matte\n")
    return 0


def _in_eight_bits(entry: StoredMask) -> StoredMask:
    mattes = {key: PackedMatte(matte.coarse) for key, matte in entry.mattes.items()}
    return replace(entry, mattes=MappingProxyType(mattes))


def _memory(entries: Mapping[int, StoredMask]) -> int:
    return sum(entry.nbytes for entry in entries.values())


def _journal(project: Project, entries: Mapping[int, StoredMask]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        writer = JournalWriter(path, JournalHead("benchmark", project.clip))
        for number, (index, entry) in enumerate(entries.items(), start=1):
            writer.append(Change(number, {index: entry}))
        return path.stat().st_size


def _file(project: Project, entries: Mapping[int, StoredMask]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.cfbiproj"
        write_project(Project(path, project.clip, Work(objects=project.work.objects, entries=entries)))
        return path.stat().st_size


def _times(entries: list[StoredMask]) -> list[tuple[str, float, float]]:
    totals: dict[str, list[tuple[float, float]]] = {}
    for entry in entries:
        for key, matte in entry.mattes.items():
            eight, sixteen = entry.matte(key), entry.fine_matte(key)
            cut = PackedMatte(matte.coarse)
            eight_edited, edited = eight.copy(), sixteen.copy()
            for plane in (eight_edited, edited):
                plane[: plane.shape[0] // 3] = 0
            shown = replace(entry, mattes=MappingProxyType({key: matte}))
            pairs: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
                "pack": (lambda a=eight: pack_matte(a), lambda a=sixteen: pack_matte(a)),
                "read": (
                    lambda p=cut, e=entry: p.bytes_of(e.shape),
                    lambda p=matte, e=entry: p.fine(e.shape),
                ),
                "show": (
                    lambda e=shown, k=key: clipped_bytes(e.matte(k), _STEEP),
                    lambda e=shown, k=key: clipped_stored(e, k, _STEEP),
                ),
                "edit": (lambda a=eight_edited: pack_matte(a), lambda a=edited: pack_matte(a)),
            }
            for name, (before, after) in pairs.items():
                totals.setdefault(name, []).append((_least_ms(before), _least_ms(after)))
    return [
        (name, sum(a for a, _ in found) / len(found), sum(b for _, b in found) / len(found))
        for name, found in totals.items()
    ]


def _least_ms(work: Callable[[], object]) -> float:
    tries = []
    for _ in range(_TRIES):
        begun = time.thread_time()
        work()
        tries.append(time.thread_time() - begun)
    return 1000 * min(tries)


if __name__ == "__main__":
    sys.exit(main())
