"""The program as a folder without Python (PyInstaller), see docs/adr/0015. Free of Qt and torch."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping

_OF_CHILDREN = ("LD_LIBRARY_PATH",)
_OF_QT = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH")


def is_frozen() -> bool:
    """Whether this is the one-folder build, into which nothing can be installed."""
    return bool(getattr(sys, "frozen", False))


def begin() -> None:
    """What the starting scripts of the one-folder build do first."""
    _open_streams()
    if sys.platform.startswith("linux"):
        clean(os.environ)


def clean(environment: MutableMapping[str, str]) -> None:
    """Take back what PyInstaller's loader puts into the environment, under Linux.

    This process has its libraries; a file manager or player that it opens must load those of the system.

    Args:
        environment: Is changed.
    """
    for name in _OF_CHILDREN:
        former = environment.pop(f"{name}_ORIG", None)
        if former is not None:
            environment[name] = former
        else:
            environment.pop(name, None)
    for name in _OF_QT:  # PySide6 finds its plugins beside its libraries
        environment.pop(name, None)


def _open_streams() -> None:
    """Under Windows a program with a window has no standard streams; libraries write to them all the same."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for as long as we live
