"""The kinds of round-trip files, and writing them next to the mattes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import ExportError
from app.export.files import atomic_target
from app.export.roundtrip import otio
from app.export.roundtrip.after_effects import after_effects_script
from app.export.roundtrip.fcpxml import fcpxml_text
from app.export.roundtrip.nuke import nuke_text
from app.export.roundtrip.trip import RoundTrip
from app.i18n import mark, tr


@dataclass(frozen=True)
class RoundTripKind:
    """A kind of file that another program opens.

    Attributes:
        key: On the command line.
        title: For people.
        suffix: Of the file.
        takes_sequences: Whether it can name sequences of pictures.
        text: Makes the file's text for a path.
    """

    key: str
    title: str
    suffix: str
    takes_sequences: bool
    text: Callable[[RoundTrip, Path], str]


KINDS: dict[str, RoundTripKind] = {
    kind.key: kind
    for kind in (
        RoundTripKind(
            "otio",
            mark("OpenTimelineIO (Resolve, Premiere, Avid, Hiero)"),
            ".otio",
            True,
            lambda trip, _: otio.otio_text(trip),
        ),
        RoundTripKind(
            "fcpxml",
            mark("FCPXML 1.10 (Final Cut Pro, Resolve)"),
            ".fcpxml",
            False,
            lambda trip, _: fcpxml_text(trip),
        ),
        RoundTripKind("jsx", mark("After Effects script"), ".jsx", True, after_effects_script),
        RoundTripKind("nk", mark("Nuke nodes"), ".nk", True, lambda trip, _: nuke_text(trip)),
    )
}
"""By key."""


def check_kinds(keys: Sequence[str]) -> None:
    """Make sure, before anything is exported, that these kinds can be written here.

    Raises:
        ExportError: An unknown kind, or one whose library is missing.
    """
    for key in keys:
        if key not in KINDS:
            raise ExportError(
                tr("There is no round-trip file of the kind {key!r}.", key=key),
                tr("There are {names}.", names=", ".join(KINDS)),
            )
        if key == "otio":
            otio.require()


def write_round_trip(trip: RoundTrip, base: Path, keys: Sequence[str]) -> tuple[Path, ...]:
    """Write round-trip files; each appears whole or not at all.

    Args:
        trip: What they describe.
        base: Path without ending.
        keys: Of ``KINDS``.

    Returns:
        The files.

    Raises:
        ExportError: A kind that cannot be written, see ``check_kinds``; or the disk is full.
    """
    check_kinds(keys)
    written: list[Path] = []
    for key in keys:
        kind = KINDS[key]
        path = base.with_name(f"{base.name}{kind.suffix}")
        text = kind.text(trip, path)
        with atomic_target(path) as draft:
            draft.write_bytes(text.encode("utf-8", "replace"))  # a name may come from bytes that are no text
        written.append(path)
    return tuple(written)
