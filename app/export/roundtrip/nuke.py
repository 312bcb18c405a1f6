"""A Nuke script to import or paste: clip and mattes at the same frame numbers, the alpha ready to comp."""

from __future__ import annotations

import re
from pathlib import Path

from app.errors import ExportError
from app.export.options import Alpha
from app.export.roundtrip.trip import Footage, RoundTrip
from app.i18n import tr

_STEP_PX = 150


def nuke_text(trip: RoundTrip) -> str:
    """The nodes as Nuke writes them.

    A straight matte is premultiplied by a node; a luma matte becomes the alpha of the clip, then the same.

    Args:
        trip: What to load.

    Raises:
        ExportError: A path that Nuke would take for a sequence.
    """
    nodes = [_read(trip, trip.clip, "clip", 0), "set Nclip [stack 0]\n"]
    for row, matte in enumerate(trip.mattes, start=1):
        across = row * _STEP_PX
        nodes.append(_read(trip, matte, f"matte_{row}", across))
        if matte.alpha is Alpha.MATTE:
            nodes.append("push $Nclip\n")
            nodes.append(
                _node(
                    "Copy",
                    inputs="2",
                    from0="rgba.red",
                    to0="rgba.alpha",
                    name=f"matte_{row}_alpha",
                    xpos=str(across),
                    ypos="120",
                )
            )
        if matte.alpha in (Alpha.MATTE, Alpha.STRAIGHT):
            nodes.append(
                _node(
                    "Premult",
                    name=f"matte_{row}_premult",
                    label=_quoted(matte.name),
                    xpos=str(across),
                    ypos="180",
                )
            )
    return "".join(["version 12.0 v1\n", *nodes])


def _read(trip: RoundTrip, footage: Footage, name: str, across: int) -> str:
    first = footage.start if footage.is_sequence else 1
    return _node(
        "Read",
        inputs="0",
        file=_quoted(_file(footage)),
        first=str(first),
        last=str(first + footage.frame_count - 1),
        frame_mode='"start at"',
        frame=f'"{trip.frame_number + footage.first}"',
        origfirst=str(first),
        origlast=str(first + footage.frame_count - 1),
        origset="true",
        premultiplied="true" if footage.alpha is Alpha.PREMULT else "false",
        name=name,
        label=_quoted(footage.name),
        xpos=str(across),
        ypos="0",
    )


def _node(kind: str, **knobs: str) -> str:
    return f"{kind} {{\n{''.join(f' {knob} {value}' + chr(10) for knob, value in knobs.items())}}}\n"


def _file(footage: Footage) -> str:
    path: Path = footage.path.resolve()
    fixed = path.parent / footage.prefix if footage.is_sequence else path
    if "#" in fixed.as_posix() or re.search(r"%[0-9]*[dvV]", fixed.as_posix()):
        raise ExportError(
            tr(
                "Nuke would read the name {path} as that of a sequence: # and %d stand for frame numbers.",
                path=path,
            ),
            tr("Give the file or folder another name, or leave the Nuke file out."),
        )
    # brackets in a path are code to Nuke, even after the script was read
    plain = re.sub(r"([\[\]])", r"\\\1", fixed.as_posix())
    return f"{plain}%0{footage.digits}d{path.suffix}" if footage.is_sequence else plain


def _quoted(text: str) -> str:
    flat = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text)
    return '"' + re.sub(r'([\\"\[\]{}$])', r"\\\1", flat) + '"'
