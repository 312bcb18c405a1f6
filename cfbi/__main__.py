"""``python -m cfbi``: the same as the installed ``cfbi`` command."""

import sys
from importlib.metadata import entry_points


def main() -> int:
    """Run the installed command line.

    It belongs to the program around this package, so it is looked up instead of imported.

    Returns:
        Its exit code; 1 where nothing is installed.
    """
    for entry in entry_points(group="console_scripts", name="cfbi"):
        sys.argv[0] = "cfbi"
        code: int = entry.load()()
        return code
    sys.stderr.write("cfbi: error: the command line is not installed\n  Install the project: pip install .\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
