"""Files that ``cfbi evaluate`` leaves beside the masks: tables, curves, the page, the zip to hand in."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.export.files import atomic_target

if TYPE_CHECKING:
    from cfbi.evaluation import EvaluationSequence, ScoreReport
    from cfbi.evaluation.page import FramePictures, WorstFrame

_EPOCH = (1980, 1, 1, 0, 0, 0)  # equal results give equal files


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole.

    Raises:
        ExportError: The disk is full, or the folder cannot be written.
    """
    with atomic_target(path) as draft:
        draft.write_text(text, encoding="utf-8")


def write_report(
    out: Path,
    report: ScoreReport,
    sequences: Sequence[EvaluationSequence],
    results: Path,
    facts: Mapping[str, str],
) -> None:
    """Write scores.csv, frames.csv, curves/SEQUENCE.svg and report.html.

    Args:
        out: Folder to write to.
        report: The scores.
        sequences: What was scored.
        results: Folder with ``SEQUENCE/FRAME.png``.
        facts: Said at the top of the page.

    Raises:
        ExportError: The disk is full, or the folder cannot be written.
    """
    from cfbi.evaluation.page import curve, report_page
    from cfbi.evaluation.tables import frames_csv, objects_csv

    write_text(out / "scores.csv", objects_csv(report))
    write_text(out / "frames.csv", frames_csv(report))
    for sequence in report.sequences:
        write_text(out / "curves" / f"{sequence.name}.svg", curve(sequence))
    by_name = {sequence.name: sequence for sequence in sequences}

    def pictures(frame: WorstFrame) -> FramePictures:
        return _pictures(by_name[frame.sequence], frame.stem, results)

    write_text(out / "report.html", report_page(report, facts, pictures))


def _pictures(sequence: EvaluationSequence, stem: str, results: Path) -> FramePictures:
    from cfbi.data.reading import read_picture
    from cfbi.evaluation import read_index_mask
    from cfbi.evaluation.page import FramePictures
    from cfbi.evaluation.sequences import merged

    frame = next(path for path in sequence.frames if path.stem == stem)
    result = read_index_mask(results / sequence.name / f"{stem}.png")
    if sequence.merge:
        result = merged(result)
    return FramePictures(read_picture(frame), sequence.truth(stem), result)


def write_submission(results: Path, sequences: Sequence[EvaluationSequence], target: Path) -> Path:
    """Write the zip that the YouTube-VOS server takes: ``Annotations/SEQUENCE/FRAME.png``.

    Args:
        results: The folder ``Annotations``.
        sequences: Whose results.
        target: The file to be.

    Returns:
        The file.

    Raises:
        ExportError: The disk is full, or the folder cannot be written.
    """
    with atomic_target(target) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
        for sequence in sequences:
            for frame in sequence.frames:
                name = f"{sequence.name}/{frame.stem}.png"
                entry = zipfile.ZipInfo(f"Annotations/{name}", _EPOCH)
                archive.writestr(entry, (results / name).read_bytes())
    return target
