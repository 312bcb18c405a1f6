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
  cfbi weights info lite_cfbi
  cfbi weights import resnet101_cfbi.pth --name resnet101"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser(
        "list", help="one line for each, name first", description="List all weights."
    )
    listing.set_defaults(run=run_list)
    info = actions.add_parser(
        "info", help="where weights come from", description="Show network, licence, checksum and provenance."
    )
    info.add_argument("name", metavar="NAME", help="a name of `cfbi weights list`")
    info.add_argument("--json", action="store_true", help="print JSON")
    info.set_defaults(run=run_info)
    importing = actions.add_parser(
        "import",
        help="register a file",
        description="Check a file, find the network that it fits, and register it.",
    )
    importing.add_argument("file", type=Path, metavar="FILE", help=".safetensors, .pth or .pt")
    importing.add_argument(
        "--name", metavar="NAME", help="name to register under (default: that of the file)"
    )
    importing.set_defaults(run=run_import)


def run_list(_: argparse.Namespace) -> int:
    """Print one line per weights file.

    Returns:
        The exit code.
    """
    from cfbi.weights import available

    entries = available()
    if not entries:
        print("There are no weights yet. `cfbi weights import FILE` brings some in.")
        return 0
    rows = [("NAME", "NETWORK", "FROM", "LICENCE")]
    rows += [(e.name, e.model, "shipped" if e.shipped else "imported", e.licence) for e in entries]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        print("  ".join([*cells, row[3]]))
    return 0


def run_info(args: argparse.Namespace) -> int:
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


def run_import(args: argparse.Namespace) -> int:
    """Register a file.

    Args:
        args: With ``file`` and ``name``.

    Returns:
        The exit code.

    Raises:
        cfbi.WeightsError: It cannot be read, fits no network, or the name is taken.
    """
    from cfbi.weights import import_file

    entry = import_file(args.file, args.name)
    print(f"{entry.name}: weights of {entry.model}, kept in {entry.path}")
    return 0


def _plain(entry: WeightsInfo) -> dict[str, Any]:
    return {
        "name": entry.name,
        "network": entry.model,
        "file": str(entry.path),
        "sha256": entry.sha256,
        "licence": entry.licence,
        "shipped": entry.shipped,
        "provenance": entry.provenance,
    }


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
