"""``cfbi train``: arguments and work belong to ``cfbi.training``, which is loaded only when needed."""

from __future__ import annotations

import argparse
import logging

_DESCRIPTION = """\
Train a network on clips simulated from stills and on real sequences.

A run can be stopped at any time (Ctrl-C) and resumed exactly. RUN holds the log, the checkpoint and the
weights."""

_EPILOG = """\
examples:
  cfbi train --model lite_cfbi --davis DAVIS --stills STILLS --out RUN
  cfbi train --model lite_cfbi --davis DAVIS --stills STILLS --out RUN --resume --minutes 60"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    from cfbi.training import cli

    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    cli.add_arguments(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        cfbi.CfbiError: Folders, recipe or checkpoint cannot be used.
    """
    from cfbi.training import cli

    logging.getLogger("cfbi").setLevel(logging.INFO)  # a line of the log now and then is the progress here
    return cli.run(args)
