"""Starts the window of the one-folder build."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()

    from app import frozen

    frozen.begin()

    from app.__main__ import main

    sys.exit(main())
