"""File names from a template with tokens: ``{clip}_{object}_{frame:04}``. Pure text, nothing is written.

A slash in the template makes a folder; a slash in a value does not. Values come from people and clips, so
whatever a file system refuses is replaced in them, and two files of one name are found before any is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from app.errors import ExportError
from app.i18n import mark, tr

TOKENS: Mapping[str, str] = {
    "clip": mark("name of the clip without its ending"),
    "object": mark("name of the object, or `combined`"),
    "object_id": mark("number of the object, or all numbers with a plus between them"),
    "preset": mark("short name of the preset"),
    "alpha": mark("`straight`, `premult` or `matte`: how the alpha is meant"),
    "date": mark("day of the export, 20260131"),
    "time": mark("time of the export, 235959"),
    "frame": mark("number of the frame in the file's own numbering, 5 digits; {frame:04} for 4"),
    "first": mark("number of the first frame"),
    "last": mark("number of the last frame"),
    "width": mark("of the picture in pixels"),
    "height": mark("of the picture in pixels"),
    "take": mark("number of the take, 1 if there is none"),
}
"""What may stand between braces, with a description for people."""

LONGEST_NAME_BYTES = 240
"""Of one folder or file name in UTF-8; common file systems end at 255, and a rendering program adds some."""

_NUMBERS = {"frame", "first", "last", "width", "height", "take"}
_FRAME_DIGITS = 5
_PLACE = "\ue000"  # stands for the number of a frame; no keyboard has it
_ILLEGAL = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def safe_name(text: str, fallback: str = "unnamed") -> str:
    """One folder or file name that every common system takes, as close to ``text`` as can be.

    Args:
        text: Anything a person may have typed.
        fallback: Where nothing is left.

    Returns:
        ``text`` composed (NFC), with ``_`` for what Windows, macOS or Linux refuse: separators, control
        characters, a leading dash or dot, dots and spaces at the end, the names of devices.
    """
    name = _ILLEGAL.sub("_", unicodedata.normalize("NFC", text)).strip()
    name = re.sub(r"[. ]+$", "", name)
    name = re.sub(r"^[-.]", "_", name)  # programs take a leading dash for an option; a dot hides the file
    # lone surrogates stand for bytes that were no UTF-8
    name = name.encode("utf-8", "replace").decode("utf-8").replace("?", "_")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return name or fallback


def tokens_of(template: str) -> tuple[str, ...]:
    """The tokens of a template, in order.

    Raises:
        ExportError: A brace without its partner, an unknown token, or a width that is no number.
    """
    return tuple(_token(match[1], template)[0] for match in _matches(template))


def expand(template: str, values: Mapping[str, str | int]) -> PurePosixPath:
    """Make a relative path from a template.

    Args:
        template: Text with tokens of ``TOKENS``; ``{{`` and ``}}`` stand for braces.
        values: By token; numbers for those that count something.

    Returns:
        A relative path without ``..``; its last part has no ending unless the template has one.

    Raises:
        ExportError: A broken template, a token without a value, an empty or too long name, or a path that
            leads out of the folder.
    """
    pieces: list[str] = []
    end = 0
    for match in _PART.finditer(template):
        pieces.append(_ILLEGAL_IN_TEMPLATE.sub("_", template[end : match.start()]))
        end = match.end()
        if match[0] in ("{{", "}}"):
            pieces.append(match[0][0])
        else:
            if match[1] is None:
                raise _unpaired(template)
            pieces.append(_value(match[1], template, values))
    pieces.append(_ILLEGAL_IN_TEMPLATE.sub("_", template[end:]))
    text = "".join(pieces)
    shown = template.replace(_PLACE, "{frame}")
    if text.startswith("/") or re.match(r"[A-Za-z]:[/\\]", template):
        raise ExportError(
            tr("The name template {shown!r} begins at the root of a disk.", shown=shown),
            tr("Choose the folder apart, and give the name only."),
            about="template",
        )
    parts = [part.strip() for part in text.split("/")]
    if any(part in ("", ".", "..") for part in parts):
        raise ExportError(
            tr("The name template {shown!r} makes an empty name or leads out of the folder.", shown=shown),
            tr("Give every folder and file a name."),
            about="template",
        )
    path = PurePosixPath(*(safe_name(part) for part in parts))
    for part in path.parts:
        if len(part.encode("utf-8")) > LONGEST_NAME_BYTES:
            raise ExportError(
                tr(
                    "The name {start}… is {size} bytes long; at most {most} are safe.",
                    start=part[:40],
                    size=len(part.encode("utf-8")),
                    most=LONGEST_NAME_BYTES,
                ),
                tr("Use a shorter name template, or a shorter name of the object."),
                about="template",
            )
    return path


def expand_frames(template: str, values: Mapping[str, str | int], numbers: Sequence[int]) -> list[str]:
    """Make the paths of many frames, as ``expand`` would one by one, in a small part of the time.

    Args:
        template: As for ``expand``.
        values: Without "frame".
        numbers: Of the frames.

    Returns:
        Relative paths with forward slashes.

    Raises:
        ExportError: As for ``expand``.
    """
    widths = {int(match[1] or _FRAME_DIGITS) for match in re.finditer(r"\{frame(?::0?([0-9]+))?\}", template)}
    if len(widths) != 1 or len(numbers) < 3 or min(numbers) < 0:
        return [str(expand(template, {**values, "frame": number})) for number in numbers]
    (width,) = widths
    # digits change nothing about a name but whether it is that of a device
    model = str(expand(re.sub(r"\{frame(:[0-9]+)?\}", _PLACE, template), values))
    longest = expand(template, {**values, "frame": max(numbers)})
    if _PLACE not in model or any(_RESERVED.fullmatch(part) for part in longest.parts):
        return [str(expand(template, {**values, "frame": number})) for number in numbers]
    return [model.replace(_PLACE, f"{number:0{width}d}") for number in numbers]


def check_distinct(names: Iterable[tuple[str, PurePosixPath | str]]) -> None:
    """Make sure that no two files would have one name, on a disk that does not tell upper from lower case.

    Args:
        names: What each file holds, in words, and its path.

    Raises:
        ExportError: Two of them are one file.
    """
    seen: dict[str, str] = {}
    for what, path in names:
        key = unicodedata.normalize("NFC", str(path)).casefold()
        if key in seen:
            raise ExportError(
                tr(
                    "{first} and {second} would both be written to {path}.",
                    first=seen[key],
                    second=what,
                    path=path,
                ),
                tr("Tell them apart in the name template, for example with {object_id}."),
                about="template",
            )
        seen[key] = what


# a slash is a folder here; the rest is as illegal as in a value
_ILLEGAL_IN_TEMPLATE = re.compile(r'[<>:"\\|?*\x00-\x1f\x7f]')


def _matches(template: str) -> Iterable[re.Match[str]]:
    for match in _PART.finditer(template):
        if match[0] in ("{", "}"):
            raise _unpaired(template)
        if match[1] is not None:
            yield match


def _unpaired(template: str) -> ExportError:
    return ExportError(
        tr("The name template {template!r} has a brace without its partner.", template=template),
        tr("Write {{ or }} for a brace that is meant as such."),
        about="template",
    )


def _token(inside: str, template: str) -> tuple[str, int | None]:
    name, colon, digits = inside.partition(":")
    if name not in TOKENS:
        raise ExportError(
            tr(
                "The name template {template!r} has the unknown token {{{inside}}}.",
                template=template,
                inside=inside,
            ),
            tr("There are {names}.", names=", ".join(f"{{{token}}}" for token in TOKENS)),
            about="template",
        )
    if not colon:
        return name, None
    if name not in _NUMBERS or not re.fullmatch(r"0?[0-9]{1,2}", digits):
        raise ExportError(
            tr(
                "The name template {template!r} has {{{inside}}}, which cannot be read.",
                template=template,
                inside=inside,
            ),
            tr("A number of digits may follow tokens that are numbers, as in {frame:04}."),
            about="template",
        )
    return name, int(digits)


def _value(inside: str, template: str, values: Mapping[str, str | int]) -> str:
    name, digits = _token(inside, template)
    if name not in values:
        raise ExportError(
            tr(
                "The name template {template!r} has {{{name}}}, which has no value here.",
                template=template,
                name=name,
            ),
            tr("Leave this token out: it belongs to another kind of export."),
            about="template",
        )
    value = values[name]
    if isinstance(value, int):
        width = digits if digits is not None else (_FRAME_DIGITS if name == "frame" else 0)
        # the sign counts as a digit in Python's own padding
        return f"{'-' if value < 0 else ''}{abs(value):0{width}d}"
    return safe_name(value)
