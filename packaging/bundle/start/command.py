"""Starts the command line of the one-folder build."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # processes that draw clips for training begin and end here

    from app import frozen

    frozen.begin()

    from app.worker.cli import main

    sys.exit(main())
