"""The ``cfbi`` command. Importing it is quick: torch is loaded by the commands that need it."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from app.errors import UserError
from app.worker.network import wait_passively

EXIT_OK, EXIT_ERROR, EXIT_INTERRUPTED = 0, 1, 130

_DESCRIPTION = """\
Carry object masks through video clips with the CFBI network; score, evaluate and train it.

A mask says which object each pixel belongs to: 0 is background, 1 to 254 are objects, 255 is void (not
known). Palette and grey PNGs are read by their values; a picture of nothing but 0 and 255 is one object."""

_EPILOG = """\
examples:
  cfbi propagate clip.mp4 --mask first.png --out mattes --overlay
  cfbi propagate frames/ --mask a.png@0 --mask b.png@120 --direction both --out mattes
  cfbi evaluate davis2017 --root DAVIS --split val --weights lite_cfbi --out results
  cfbi score davis2016 --root DAVIS --split val --results results --json scores.json
  cfbi weights list
  cfbi train --davis DAVIS --stills STILLS --out run

exit codes:
  0    all went well
  1    something expected went wrong: the message says what, where, and what to do
  2    the command line is wrong
  130  stopped by Ctrl-C; files written before are complete

Progress and messages go to standard error, results to standard output. `cfbi COMMAND --help` tells more."""

_COMMANDS = {
    "propagate": "carry masks through a clip and write mattes",
    "export": "write a project or a folder of masks for other programs",
    "presets": "list what can be exported",
    "run": "propagate and export many clips by a job file",
    "evaluate": "propagate every sequence of a split, then score",
    "score": "J and F of a folder of results by the DAVIS definitions",
    "weights": "list, describe and import network weights",
    "data": "look through a data set, or make composites of it",
    "train": "train a network",
    "ablate": "train without one part after another, and compare",
    "search": "train variants of a recipe on equal processor time, and compare",
    "bench": "measure how fast a network is here",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Without the program's name; None takes those of the process.

    Returns:
        The exit code, see ``cfbi --help``.

    Raises:
        SystemExit: By argparse: help was asked for (0), or the command line is wrong (2).
    """
    wait_passively()
    args = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="cfbi: %(message)s", stream=sys.stderr)
    try:
        code: int = args.run(args)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("cfbi: stopped; files written before are complete", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # the reader of our output left, for example `cfbi score ... | head`; keep Python from complaining
        # at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_ERROR
    except Exception as error:
        if _is_out_of_memory(error):
            print("cfbi: error: There is not enough memory for frames of this size.", file=sys.stderr)
            print("  Give a smaller --max-side, or --device cpu.", file=sys.stderr)
            return EXIT_ERROR
        if not isinstance(error, _expected_errors()):
            raise
        print(f"cfbi: error: {getattr(error, 'message', error)}", file=sys.stderr)
        if hint := getattr(error, "hint", ""):
            print(f"  {hint}", file=sys.stderr)
        return EXIT_ERROR
    return code


def _is_out_of_memory(error: Exception) -> bool:
    # torch has a class of its own for devices, and a plain RuntimeError for the main memory
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError)
        and any(
            text in str(error) for text in ("out of memory", "can't allocate memory", "not enough memory")
        )
    )


def _expected_errors() -> tuple[type[Exception], ...]:
    # where the engine was not loaded it cannot have raised anything, and loading it takes long
    engine = sys.modules.get("cfbi.errors")
    return (UserError,) if engine is None else (UserError, engine.CfbiError)


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands.

    Returns:
        A parser whose result has ``run``, the function of the command.
    """
    parser = argparse.ArgumentParser(
        prog="cfbi",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and stop")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_CommandParser
    )
    for name, summary in _COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        command.module = f"app.worker.cli.{name}"
    return parser


class _CommandParser(argparse.ArgumentParser):
    """Declares its arguments when its command is the one asked for, so that the others load nothing."""

    module: str | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        module, self.module = self.module, None
        if module is not None:
            importlib.import_module(module).declare(self)
        return super().parse_known_args(args, namespace)


class _Version(argparse.Action):
    """Looks the version up only when asked: reading metadata takes longer than parsing."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        try:
            text = version("cfbi-studio")
        except PackageNotFoundError:
            text = "unknown (not installed)"
        print(f"cfbi {text}")
        parser.exit(EXIT_OK)
