"""Compares picture files and data sets that were read back with what their encoder was given."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import ExportError
from app.export.expectation import Expectation, checksum
from app.export.outputs import file_stem
from app.export.pictures import MOTS_CLASS
from app.export.planned import ExportPlan, PlannedOutput
from app.export.report import Check
from app.export.verify.exr import read_exr
from app.export.verify.picture import frames_check
from app.export.verify.rle import mask_of_text
from app.i18n import say
from app.media.ffmpeg import Ffmpeg
from app.media.masks import davis_palette

_Picture = dict[str, NDArray[Any]]
_PATIENCE_S = 120.0


def check_files(
    plan: ExportPlan,
    output: PlannedOutput,
    draft: Path,
    expected: Expectation,
    on_frame: Callable[[], None],
) -> list[Check]:
    """Open the files again and compare, bit for bit.

    Args:
        plan: What was meant.
        output: Which of its outputs.
        draft: The folder where the files lie.
        expected: What the encoder was given.
        on_frame: Called after each picture.

    Returns:
        All that was compared.
    """
    checks = []
    files = [draft / _inside(output, path) for path in output.files]
    absent = [path.name for path in files if not path.is_file()]
    there: str = str(len(files))
    if absent:
        there = say("{count}, {name} is not there", count=len(files) - len(absent), name=absent[0])
    checks.append(Check(say("files"), str(len(files)), there, not absent))
    if absent:
        return checks
    wrong: list[int] = []
    count = 0
    try:
        for place, picture in enumerate(_READERS[plan.preset.codec](plan, output, files)):
            count += 1
            if place < expected.frame_count and checksum(picture) != expected.checksums[place]:
                wrong.append(place)
            on_frame()
    except (OSError, ValueError, LookupError, ExportError) as error:
        checks.append(Check(say("reading"), say("readable"), str(error), False))
    checks.append(
        Check(say("frame count"), str(expected.frame_count), str(count), count == expected.frame_count)
    )
    checks.append(frames_check(say("every frame"), say("bit for bit"), wrong))
    return checks


def _inside(output: PlannedOutput, path: Path) -> Path:
    return Path(path.name) if path == output.path else path.relative_to(output.path)


def _read_png(plan: ExportPlan, output: PlannedOutput, files: list[Path]) -> Iterator[_Picture]:
    for path in files:
        pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
        if pixels is None:
            raise ValueError(f"{path.name} cannot be decoded")
        if pixels.ndim == 2:
            yield {"y": pixels}
        else:
            yield {name: pixels[..., place] for place, name in enumerate("bgra"[: pixels.shape[2]])}


def _read_palette(plan: ExportPlan, output: PlannedOutput, files: list[Path]) -> Iterator[_Picture]:
    # not by Pillow, which wrote them: colours are decoded and looked up
    packed = davis_palette().astype(np.int64) @ np.array([65536, 256, 1])
    order = np.argsort(packed)
    for path in files:
        if path.suffix != ".png":
            continue
        pixels = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
        if pixels is None:
            raise ValueError(f"{path.name} cannot be decoded")
        colours = pixels.astype(np.int64) @ np.array([1, 256, 65536])
        ids = order[np.minimum(np.searchsorted(packed, colours, sorter=order), 255)]
        if (packed[ids] != colours).any():
            raise ValueError(f"{path.name} has colours beside the palette")
        yield {"index": ids.astype(np.uint8)}


def _read_youtube_vos(plan: ExportPlan, output: PlannedOutput, files: list[Path]) -> Iterator[_Picture]:
    meta = json.loads(files[-1].read_text(encoding="utf-8"))
    listed = meta["videos"][file_stem(plan.snapshot.path)]["objects"]
    for path, picture in zip(files, _read_palette(plan, output, files[:-1]), strict=False):
        ids = {str(value) for value in np.unique(picture["index"])} - {"0", "255"}
        if ids != {name for name, item in listed.items() if path.stem in item["frames"]}:
            raise ValueError(f"meta.json and {path.name} have different objects")
        yield picture


def _read_mots(plan: ExportPlan, output: PlannedOutput, files: list[Path]) -> Iterator[_Picture]:
    for picture in _read_png(plan, output, files):
        yield {"index": picture["y"]}


def _read_exr(plan: ExportPlan, output: PlannedOutput, files: list[Path]) -> Iterator[_Picture]:
    for path, seen in zip(files, _seen_by_ffmpeg(files, *plan.size), strict=True):
        channels = read_exr(path.read_bytes())
        # another program must see the same picture
        for name, plane in seen.items():
            if not np.array_equal(plane, channels[name]):
                raise ValueError(f"{path.name}: channel {name} reads differently in two programs")
        yield channels


def _seen_by_ffmpeg(files: list[Path], width: int, height: int) -> Iterator[_Picture]:
    """The channels R, G, B and A of EXR pictures as ffmpeg decodes them, as half floats."""
    listing = files[0].parent / "pictures.ffconcat"
    quoted = [str(path.name).replace("'", "'\\''") for path in files]
    listing.write_text("ffconcat version 1.0\n" + "".join(f"file '{name}'\n" for name in quoted), "utf-8")
    said: list[str] = []

    def listen(line: str) -> bool:
        if match := re.search(r"\bfmt:(\S+)", line):
            said.append(match[1])
        return "showinfo" in line

    program = Ffmpeg(
        [
            *("-f", "concat", "-safe", "0", "-protocol_whitelist", "file", "-i", f"file:{listing}"),
            *("-vf", "showinfo=checksum=0", "-fps_mode", "passthrough"),
            *("-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"),
        ],
        read=True,
        listener=listen,
        stall_s=_PATIENCE_S,
    )
    try:
        if not program.wait_until(lambda: bool(said)) or said[0] not in ("gbrapf16le", "gbrapf32le"):
            raise ValueError(f"the EXR pictures cannot be decoded: {program.last_message() or said}")
        kind = "<f2" if said[0] == "gbrapf16le" else "<f4"
        for path in files:
            planes = np.empty((4, height, width), kind)
            if not program.read_into(planes.data.cast("B")):
                raise ValueError(f"{path.name} cannot be decoded: {program.last_message()}")
            yield dict(zip("GBRA", planes.astype(np.float16), strict=True))
    finally:
        program.close()
        listing.unlink(missing_ok=True)


def _read_coco(plan: ExportPlan, output: PlannedOutput, files: list[Path]) -> Iterator[_Picture]:
    content = json.loads(files[0].read_text(encoding="utf-8"))
    by_image: dict[int, list[dict[str, Any]]] = {}
    for item in content["annotations"]:
        by_image.setdefault(item["image_id"], []).append(item)
    for image in content["images"]:
        mask = np.zeros((image["height"], image["width"]), np.uint8)
        for item in by_image.get(image["id"], []):
            inside = mask_of_text(item["segmentation"]["counts"], *item["segmentation"]["size"])
            left, top, width, height = item["bbox"]
            if (
                int(inside.sum()) != item["area"]
                or inside[top : top + height, left : left + width].sum() != (item["area"])
            ):
                raise ValueError(f"area or box of annotation {item['id']} is wrong")
            mask[inside] = item["category_id"]
        yield {"index": mask}


def _read_mots_text(plan: ExportPlan, output: PlannedOutput, files: list[Path]) -> Iterator[_Picture]:
    info = plan.snapshot.info
    lines = [line.split(" ", 5) for line in files[0].read_text(encoding="ascii").splitlines()]
    by_frame: dict[int, list[list[str]]] = {}
    for line in lines:
        by_frame.setdefault(int(line[0]), []).append(line)
    for frame in plan.frames:
        mask = np.zeros((info.height, info.width), np.uint8)
        for line in by_frame.pop(frame.number, []):
            inside = mask_of_text(line[5], int(line[3]), int(line[4]))
            mask[inside] = int(line[1]) - 1000 * MOTS_CLASS
        yield {"index": mask}
    if by_frame:
        raise ValueError(f"there are lines for further frames, the first is {min(by_frame)}")


_READERS: dict[str, Callable[[ExportPlan, PlannedOutput, list[Path]], Iterator[_Picture]]] = {
    "png": _read_png,
    "exr": _read_exr,
    "davis": _read_palette,
    "youtube_vos": _read_youtube_vos,
    "mots_png": _read_mots,
    "coco": _read_coco,
    "mots_txt": _read_mots_text,
}
