"""Pictures of every view, menu and dialog of the studio, for looking at after a change.

    python packaging/gallery.py OUT [--theme light] [--size 1280x720] [--language de] [--only NAME]

It drives the real window on the sample clip, off screen, and writes one PNG for each. ``QT_SCALE_FACTOR=2``
in the environment shows a screen of twice the density. The screen is as large as the window.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from app.main_window import MainWindow

VIEWS = ("overlay", "matte", "cutout", "outline", "confidence", "original")
TOOLS = (
    "brush",
    "eraser",
    "polygon",
    "lasso",
    "rectangle",
    "ellipse",
    "fill",
    "smart",
    "move_mask",
    "pick",
    "pan",
)
DIALOGS = ("export", "export_queue", "shortcuts", "edit_shortcuts", "show_log", "about", "cutout_color")


class Gallery:
    """Takes the pictures.

    Args:
        window: The studio's window.
        out: Folder for the pictures.
        size: Width and height of the window, px.
        only: Take the pictures whose name contains this.
    """

    def __init__(self, window: MainWindow, out: Path, size: tuple[int, int], only: str) -> None:
        self.window, self.out, self.only = window, out, only
        window.resize(*size)
        self.settle()

    def settle(self, ms: int = 150) -> None:
        """Let the window work."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(ms, loop.quit)
        loop.exec()

    def wait(self, condition: Callable[[], bool], seconds: float = 300.0) -> None:
        """Let the window work until ``condition`` holds."""
        for _ in range(int(seconds * 10)):
            if condition():
                return
            self.settle(100)
        raise TimeoutError(str(condition))

    def take(self, name: str, widget: QWidget | None = None) -> None:
        """Write a picture of the window or of ``widget``."""
        if self.only in name:
            self.settle()
            (widget or self.window).grab().save(str(self.out / f"{name}.png"))

    def act(self, name: str) -> None:
        """Do what a menu's entry does."""
        self.window.actions_table[name].trigger()
        self.settle()

    def dialog(self, name: str) -> None:
        """Open the dialog of an action, take its picture, and close it."""
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication

        before = {widget for widget in QApplication.topLevelWidgets() if widget.isVisible()}

        def look() -> None:
            # some dialogs are there from the start, and only hidden
            shown = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w not in before]
            modal = QApplication.activeModalWidget()
            for widget in [modal] if modal is not None else shown:
                self.settle(600)
                self.take(f"dialog-{name}", widget)
                widget.close()

        QTimer.singleShot(300, look)
        self.window.actions_table[name].trigger()
        self.settle(1500)

    def menus(self) -> None:
        """Every menu of the menu bar, opened."""
        for action in self.window.menuBar().actions():
            menu = action.menu()
            if menu is None or not action.isVisible():
                continue
            menu.popup(self.window.mapToGlobal(self.window.menuBar().actionGeometry(action).bottomLeft()))
            self.take("menu-" + action.text().replace("&", "").lower(), menu)
            menu.hide()

    def tour(self) -> None:
        """The steps of the tour."""
        self.window.tour.start()
        for step in range(1, 9):
            if not self.window.tour.is_running:
                return
            self.settle(400)
            self.take(f"tour-{step}")
            self.window.tour.next()


def scenes(gallery: Gallery) -> Iterator[None]:
    """Everything there is to see, one part after the other."""
    from app.document.run_plan import Direction
    from app.worker.cli.masks import parse_mask

    window = gallery.window
    gallery.take("welcome")
    masks = [parse_mask(str(ROOT / "resources" / "sample" / "masks" / "00000.png"))]
    window.files.open(ROOT / "resources" / "sample" / "sample.mp4", masks)
    gallery.wait(lambda: window.canvas.shown_frame == 0 and len(window.document.masks) == 1)
    gallery.settle(500)
    gallery.take("sample")
    yield
    window.propagation.start_towards(Direction.FORWARD)
    gallery.wait(lambda: len(window.document.masks) > 6)
    gallery.take("running")
    gallery.wait(lambda: not window.propagation.is_running)
    window.canvas.setFocus()
    window.document.set_current_frame(12)
    gallery.settle(400)
    for view in VIEWS:
        gallery.act(view)
        gallery.take(f"view-{view}")
    gallery.act("overlay")
    for name in ("onion", "wipe"):
        gallery.act(name)
        gallery.take(f"view-{name}")
        gallery.act(name)
    window.finish_panel.set_unfolded(True)
    gallery.take("panel-matte")
    window.finish_panel.set_unfolded(False)
    yield
    for tool in TOOLS:
        gallery.act(tool)
        gallery.take(f"tool-{tool}")
    gallery.act("brush")
    yield
    for _ in range(9):
        gallery.act("add_object")
    gallery.take("objects-many")
    yield
    for name in DIALOGS:
        gallery.dialog(name)
    gallery.menus()
    yield
    window.reporter.inform("The clip changed on the disk.", "Open it again.", level="warning")
    gallery.take("banner")
    window.banner.dismiss()
    gallery.tour()
    yield


def main() -> int:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--theme", choices=("dark", "light"), default="dark")
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--language", default="en")
    parser.add_argument("--only", default="", help="take only pictures whose name contains this")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="cfbi-gallery-", ignore_cleanup_errors=True) as home:
        return _take_all(arguments, home)


def _take_all(arguments: argparse.Namespace, home: str) -> int:
    """Take all pictures, with a home folder that is nobody's."""
    width, height = (int(part) for part in arguments.size.split("x"))
    screen = Path(home, "screen.json")
    factor = float(os.environ.get("QT_SCALE_FACTOR", "1"))
    sides = {"width": round(width * factor), "height": round(height * factor)}
    facts = {"name": "gallery", "x": 0, "y": 0, "dpr": 1, "logicalDpi": 96, "logicalBaseDpi": 96}
    screen.write_text(json.dumps({"screens": [facts | sides]}), encoding="utf-8")
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen}"
    os.environ.update(
        {"HOME": home}
        | {f"XDG_{name}_HOME": f"{home}/{name.lower()}" for name in ("CONFIG", "CACHE", "DATA", "STATE")}
    )
    sys.path.insert(0, str(ROOT))
    from app.__main__ import main as studio
    from app.settings import Settings

    settings = Settings()
    settings.theme, settings.language, settings.tour_seen = arguments.theme, arguments.language, True
    settings.save()

    def drive(window: MainWindow) -> int:
        for _ in scenes(Gallery(window, arguments.out, (width, height), arguments.only)):
            pass
        return 0

    return studio(["--max-side", "225"], drive=drive)


if __name__ == "__main__":
    sys.exit(main())
