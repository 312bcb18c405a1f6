"""``cfbi weights``: what there is, where it comes from, and how to bring in more."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cfbi.weights import WeightsInfo

_DESCRIPTION = """\
List, describe and import network weights.

Files are read as data: nothing in them is run. Imported weights are kept in your data folder as
safetensors, under a name that --weights of the other commands takes."""

_EPILOG = """\
examples:
  cfbi weights list
  cfbi weights show lite_cfbi
  cfbi weights card lite_cfbi --out lite_cfbi.md
  cfbi weights import resnet101_cfbi.pth --name resnet101"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser(
        "list", help="one line for each, name first", description="List all weights."
    )
    listing.set_defaults(run=run_list)
    show = actions.add_parser(
        "show",
        aliases=["info"],
        help="where weights come from",
        description="Show network, preprocessing, licence, checksum and provenance.",
    )
    show.add_argument("name", metavar="NAME", help="a name of `cfbi weights list`")
    show.add_argument("--json", action="store_true", help="print JSON")
    show.set_defaults(run=run_show)
    card = actions.add_parser(
        "card", help="the same as a page", description="Write a card in Markdown, from the provenance."
    )
    card.add_argument("name", metavar="NAME", help="a name of `cfbi weights list`")
    card.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: print it)")
    card.set_defaults(run=run_card)
    importing = actions.add_parser(
        "import",
        help="register a file",
        description="Check a file, find the network that it fits, convert it and register it.",
    )
    importing.add_argument("file", type=Path, metavar="FILE", help=".safetensors, .pth or .pt")
    importing.add_argument(
        "--name", metavar="NAME", help="name to register under (default: that of the file)"
    )
    importing.add_argument(
        "--model", metavar="NAME", help="network to use it with, where it fits several (CFBI+ has two)"
    )
    importing.set_defaults(run=run_import)


def run_list(_: argparse.Namespace) -> int:
    """Print one line per weights file, then the published ones that were not imported.

    Returns:
        The exit code.
    """
    from cfbi.weights import available
    from cfbi.weights.published import PUBLISHED, WHERE

    entries = available()
    rows = [("NAME", "NETWORK", "FROM", "LICENCE")]
    rows += [(e.name, e.model, "shipped" if e.shipped else "imported", e.licence) for e in entries]
    _print_columns(rows)
    print(f"\nPublished by the authors of CFBI ({WHERE}); bring a file in with `cfbi weights import FILE`:")
    imported = {str(entry.provenance.get("imported_from", "")).lower() for entry in entries}
    published = [("FILE", "NETWORK", "TRAINED ON", "")]
    for entry in PUBLISHED:
        notes = [] if entry.is_name_sure else ["may be called otherwise"]
        if entry.file_name in imported:
            notes.append("imported")
        published.append((entry.file_name, entry.model, entry.trained_on, ", ".join(notes)))
    _print_columns(published)
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Print all that is known of one weights file.

    Args:
        args: With ``name`` and ``json``.

    Returns:
        The exit code.

    Raises:
        cfbi.WeightsError: There is none of that name.
    """
    from cfbi.weights import info

    entry = info(args.name)
    if args.json:
        print(json.dumps(_plain(entry), indent=2))
    else:
        _print_nested(_plain(entry), "")
    return 0


def run_card(args: argparse.Namespace) -> int:
    """Print or write the card of one weights file.

    Args:
        args: With ``name`` and ``out``.

    Returns:
        The exit code.

    Raises:
        cfbi.WeightsError: There is none of that name.
        ExportError: The file cannot be written.
    """
    from app.worker.cli.report_files import write_text
    from cfbi.weights import info
    from cfbi.weights.card import weight_card

    text = weight_card(info(args.name))
    if args.out is None:
        print(text, end="")
    else:
        write_text(args.out, text)
    return 0


def run_import(args: argparse.Namespace) -> int:
    """Register a file.

    Args:
        args: With ``file``, ``name`` and ``model``.

    Returns:
        The exit code.

    Raises:
        cfbi.WeightsError: It cannot be read, fits no network, or the name is taken.
    """
    from cfbi.weights import import_file

    entry = import_file(args.file, args.name, model=args.model)
    print(f"{entry.name}: weights of {entry.model}, kept in {entry.path}")
    if named := entry.provenance.get("named_like"):
        print(f"by its name {named}")
    return 0


def _plain(entry: WeightsInfo) -> dict[str, Any]:
    from cfbi.config import MODELS
    from cfbi.weights.card import architecture

    config = MODELS.get(entry.model)
    return {
        "name": entry.name,
        "network": entry.model,
        "file": str(entry.path),
        "sha256": entry.sha256,
        "licence": entry.licence,
        "shipped": entry.shipped,
        "architecture": {} if config is None else dict(architecture(config)),
        "provenance": entry.provenance,
    }


def _print_columns(rows: list[tuple[str, str, str, str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[3]]).rstrip())


def _print_nested(content: dict[str, Any], indent: str) -> None:
    for key, value in content.items():
        if isinstance(value, dict):
            print(f"{indent}{key}:")
            _print_nested(value, indent + "  ")
        elif isinstance(value, list):
            print(f"{indent}{key}:")
            for item in value:
                print(f"{indent}  - {item}")
        else:
            print(f"{indent}{key}: {value}")
