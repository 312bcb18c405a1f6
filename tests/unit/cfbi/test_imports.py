"""Data and evaluation use each other's modules: each of them can be the first one to be imported."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import cfbi

_SCRIPT = """
import importlib, sys
for name in sys.argv[1:]:
    for loaded in [key for key in sys.modules if key.startswith(("cfbi.data", "cfbi.evaluation"))]:
        del sys.modules[loaded]
    importlib.import_module(name)
"""


def test_modules_can_be_imported_first() -> None:
    names = [entry.name for entry in pkgutil.walk_packages(cfbi.__path__, "cfbi.")]
    names = [name for name in names if name.startswith(("cfbi.data", "cfbi.evaluation"))]
    assert "cfbi.data.reading" in names
    subprocess.run([sys.executable, "-c", _SCRIPT, *names], check=True)
