"""Tries the studio on real clips with an automated mouse, from painting to export, and makes a contact sheet.

    python -m benchmarks.real_clips CLIP --outline 1:340,310,372,286,... --out DIR

An outline is an object id and a polygon in pixels of the clip; ``--correct FRAME:ID:X,Y,...`` paints more
on a later frame and propagates from it. The sheet shows evenly spaced frames with their masks, to be looked
at: nothing here is scored.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import Qt

from app.__main__ import main as studio
from app.document.objects import palette_color
from app.export.compose import overlay
from app.main_window import MainWindow
from app.media import open_source
from tests.robot import SHIFT, Robot

SHEET_FRAMES = 12
SHEET_WIDTH_PX = 480


def main() -> int:
    """Run from the command line; returns the exit status."""
    args = _parser().parse_args()
    paint = [_outline(text, with_frame=False) for text in args.outline]
    corrections = [_outline(text, with_frame=True) for text in args.correct]

    def drive(window: MainWindow) -> int:
        window.resize(1600, 1000)
        robot = Robot(window)
        robot.wait(lambda: window.canvas.shown_frame == 0, 60_000)
        for number, (_, object_id, polygon) in enumerate(paint):
            if number:
                robot.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | SHIFT)
            robot.key(Qt.Key(ord("0") + object_id))
            robot.fill(_area(window, polygon), brush_px=args.brush)
        _run(robot, window, "forward from frame 0")
        for frame in sorted({frame for frame, _, _ in corrections}):
            robot.go_to(frame)
            for _, object_id, polygon in (item for item in corrections if item[0] == frame):
                robot.key(Qt.Key(ord("0") + object_id))
                robot.fill(_area(window, polygon), brush_px=args.brush)
            _run(robot, window, f"forward from the correction on frame {frame}")
        robot.export(args.out / "mattes")
        robot.export(args.out / "index", "davis")
        # not right after the run: the side bar is still being laid out then
        window.grab().save(str(args.out / "window.png"))
        return 0

    args.out.mkdir(parents=True, exist_ok=True)
    options = [] if args.max_side is None else ["--max-side", str(args.max_side)]
    status = studio([str(args.clip), *options], drive=drive)
    contact_sheet(args.clip, args.out / "index", args.out / "sheet.png")
    return status


def contact_sheet(clip: Path, index_folder: Path, target: Path) -> None:
    """Write a picture of evenly spaced frames with their index masks drawn over."""
    masks = sorted(index_folder.rglob("*.png"))
    tiles = []
    with open_source(clip) as source:
        for index in np.linspace(0, source.info.frame_count - 1, SHEET_FRAMES).round().astype(int):
            mask = np.array(Image.open(masks[index]))
            mattes = [((mask == value).astype(np.float32), palette_color(value)) for value in _ids(mask)]
            shown = overlay(source.frame(int(index)) / np.float32(255), mattes)
            drawn = np.rint(shown * 255).astype(np.uint8)
            height = round(SHEET_WIDTH_PX * drawn.shape[0] / drawn.shape[1])
            tile = cv2.resize(drawn, (SHEET_WIDTH_PX, height), interpolation=cv2.INTER_AREA)
            cv2.putText(tile, str(index), (8, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
            tiles.append(tile)
    rows = [np.hstack(tiles[start : start + 3]) for start in range(0, SHEET_FRAMES, 3)]
    Image.fromarray(np.vstack(rows)).save(target)


def _ids(mask: NDArray[np.uint8]) -> list[int]:
    return [int(value) for value in np.unique(mask) if value not in (0, 255)]


def _run(robot: Robot, window: MainWindow, what: str) -> None:
    begun = time.perf_counter()
    robot.propagate(Qt.Key.Key_F, timeout_ms=3_600_000)
    seconds = time.perf_counter() - begun
    sys.stdout.write(f"{what}: {seconds:.1f} s {window.banner.message}\n")


def _area(window: MainWindow, polygon: NDArray[np.int32]) -> NDArray[np.bool_]:
    info = window.document.info
    assert info is not None
    area = np.zeros((info.height, info.width), np.uint8)
    return cv2.fillPoly(area, [polygon], 1) > 0


def _outline(text: str, *, with_frame: bool) -> tuple[int, int, NDArray[np.int32]]:
    """``[FRAME:]ID:X,Y,X,Y,...``."""
    *numbers, points = text.split(":")
    frame, object_id = (int(numbers[0]), int(numbers[1])) if with_frame else (0, int(numbers[0]))
    polygon = np.array(points.split(","), dtype=float).round().astype(np.int32).reshape(-1, 2)
    return frame, object_id, polygon


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("--outline", action="append", default=[], metavar="ID:X,Y,...")
    parser.add_argument("--correct", action="append", default=[], metavar="FRAME:ID:X,Y,...")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--brush", type=int, default=8, help="brush in pixels (default: %(default)s)")
    parser.add_argument("--max-side", type=int)
    return parser


if __name__ == "__main__":
    sys.exit(main())
