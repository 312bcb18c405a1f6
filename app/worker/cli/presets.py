"""``cfbi presets``: what can be exported."""

from __future__ import annotations

import argparse
import json
import textwrap

from app.export.presets import PRESETS, ExportPreset
from app.export.request import preset_named
from app.export.roundtrip.build import offered_kinds

_DESCRIPTION = """\
List the export presets: their names for `cfbi export --preset`, what they write, and for which programs."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description = _DESCRIPTION
    parser.add_argument("name", nargs="?", metavar="NAME", help="only this preset, with all its choices")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the list.

    Raises:
        ExportError: There is no such preset.
    """
    chosen = [preset_named(args.name)] if args.name else list(PRESETS.values())
    if args.json:
        print(json.dumps([_facts(preset) for preset in chosen], indent=2))
    elif args.name:
        for key, value in _facts(chosen[0]).items():
            print(f"{key + ':':<18}{', '.join(map(str, value)) if isinstance(value, list) else value}")
    else:
        for preset in chosen:
            print(f"{preset.name:<18}{preset.title} ({preset.for_app})")
            print(textwrap.fill(preset.description, 100, initial_indent=" " * 18, subsequent_indent=" " * 18))
    return 0


def _facts(preset: ExportPreset) -> dict[str, str | bool | list[str] | list[int]]:
    return {
        "name": preset.name,
        "title": preset.title,
        "for": preset.for_app,
        "description": preset.description,
        "kind": preset.kind.value,
        "ending": preset.suffix,
        "alpha": [alpha.value for alpha in preset.alphas],
        "bit depth": list(preset.bit_depths),
        "layout": [layout.value for layout in preset.layouts],
        "sound": preset.audio,
        "timecode": preset.timecode,
        "file name": preset.template,
        "read back": preset.bound,
        "round trips": list(offered_kinds(preset)),
    }
