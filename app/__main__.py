"""Starts the studio: ``python -m app [CLIP|PROJECT]``."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from platformdirs import user_log_path
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from app.logs import ErrorHooks, LogFile
from app.main_window import MainWindow
from app.settings import APPLICATION, Settings
from app.views.language import apply_language
from app.views.theme import DEFAULT_THEME, apply_theme
from app.worker.cli.masks import parse_mask
from app.worker.cli.network import parse_side
from app.worker.engine import CfbiEngine, Engine, EngineSettings
from app.worker.quiet_loading import leave_alone
from app.worker.threads import wait_for_late_threads

log = logging.getLogger(__name__)

_LAST_WAIT_MS = 120_000


def main(
    argv: Sequence[str] | None = None,
    *,
    drive: Callable[[MainWindow], int] | None = None,
    engine: Engine | None = None,
) -> int:
    """Run the studio until its window is closed.

    Args:
        argv: Arguments without the program's name; those of the process if None.
        drive: Runs in place of the event loop, with the window open. For tests and tours.
        engine: In place of the network that the arguments name.

    Returns:
        Exit status.
    """
    arguments = _parser().parse_args(argv)
    settings = Settings()
    application = create_application(settings.theme)
    apply_language(application, settings.language)
    log_file = LogFile(user_log_path(APPLICATION))
    engine = engine or CfbiEngine(_engine_settings(arguments, settings))
    window = MainWindow(settings, engine, log_file.recent, str(log_file.path))
    hooks = ErrorHooks(window.reporter.unexpected)
    try:
        window.show()
        if arguments.clip is not None:
            window.recovery.offer_after_opening()
            window.files.open(Path(arguments.clip), arguments.mask)
        else:
            window.recovery.offer()
        if drive is not None:
            return drive(window)
        leave_alone()
        return application.exec()
    finally:
        window.shut_down()
        all_ended = wait_for_late_threads(_LAST_WAIT_MS)
        hooks.close()
        log_file.close()
        window.deleteLater()
        if not all_ended:
            os._exit(3)  # everything is saved, and a thread that still runs would make Qt abort the process


def create_application(theme: str = DEFAULT_THEME) -> QApplication:
    """The one application object of the process, with our name and look."""
    _undo_opencv_paths()
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(sys.argv[:1])
    QCoreApplication.setApplicationName("CFBI Studio")
    QCoreApplication.setOrganizationName(APPLICATION)
    apply_theme(application, theme)
    return application


def _undo_opencv_paths() -> None:
    """Importing OpenCV points Qt at plugins and fonts of the wheel's own Qt, which PySide6 cannot load."""
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in Path(os.environ.get(name, "")).parts:
            del os.environ[name]


def _engine_settings(arguments: argparse.Namespace, settings: Settings) -> EngineSettings:
    """What the command line says, else what was chosen last."""
    weights, device = arguments.weights or settings.weights, arguments.device or settings.device
    close_up = None if settings.close_up else False
    return EngineSettings(arguments.model, weights, device, arguments.max_side, close_up)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cfbi-studio", description="Cut objects out of video clips.")
    parser.add_argument(
        "clip", nargs="?", metavar="CLIP|PROJECT", help="a video file, a folder of pictures or a project"
    )
    parser.add_argument(
        "--mask",
        type=parse_mask,
        action="append",
        default=[],
        metavar="FILE[@FRAME]",
        help="a mask to put on a frame, 0 by default; may be given several times",
    )
    parser.add_argument(
        "--weights", metavar="NAME|FILE", help="network weights (default: chosen last, at first lite_cfbi)"
    )
    parser.add_argument("--model", default=None, metavar="NAME", help="network, if the weights do not say")
    parser.add_argument("--device", help="cpu, cuda, mps or auto (default: chosen last, at first auto)")
    parser.add_argument(
        "--max-side",
        type=parse_side,
        default=None,
        metavar="N",
        help="longest side in pixels that the network sees; smaller is faster and coarser",
    )
    parser.add_argument("--version", action="version", version=f"CFBI Studio {_version()}")
    return parser


def _version() -> str:
    try:
        return version("cfbi-studio")
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
