"""Render the sample clip and its exact mattes: `python -m resources.sample.make FOLDER`.

Writes `sample.mp4` (25 fps, 640x360, 75 frames) and `masks/00000.png` ... (palette PNG, 1 = ball, 2 = leaf).
A ball rolls through a yard behind a post, a leaf falls in front of it, the camera pans and the light wanders.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import imageio_ffmpeg
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from resources.sample import scene as geometry
from resources.sample import textures
from resources.sample.scene import FPS, FRAME_COUNT, HEIGHT, HORIZON_PX, SAMPLES_PER_SIDE, WIDTH, Scene
from resources.sample.textures import floats

Image = NDArray[np.float32]
_SIZE = (WIDTH * SAMPLES_PER_SIDE, HEIGHT * SAMPLES_PER_SIDE)


@lru_cache(maxsize=1)
def _textures() -> dict[str, Image]:
    return {
        "wall": textures.brick_wall(300, 860),
        "ground": textures.ground(900, 1500),
        "wood": textures.wood(HEIGHT, 64),
        "ball": textures.ball_skin(512, 1024),
        "leaf": textures.leaf_blade(160, 320),
        "clouds": textures.noise(400, 1400, 260, 3, 61),
    }


def _background(scene: Scene) -> Image:
    """Wall and ground with parallax, (720, 1280, 3)."""
    scale = float(SAMPLES_PER_SIDE)
    parts = _textures()
    shift = floats([[scale, 0, -scale * (20 + 0.57 * scene.camera_px)], [0, scale, -scale * 60]])
    picture = cv2.warpAffine(
        parts["wall"], shift, _SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    left = 300 + 1.0 * scene.camera_px
    # four corners of the visible ground in its texture: far edge wide, near edge narrow
    far = left - 110
    near = left + 130 + 0.5 * scene.camera_px
    source = floats([[far, 20.0], [far + 1120, 20.0], [near + 640, 860.0], [near, 860.0]])
    width, height = float(WIDTH), float(HEIGHT)
    target = scale * floats([[0.0, HORIZON_PX], [width, HORIZON_PX], [width, height], [0.0, height]])
    floor = cv2.warpPerspective(
        parts["ground"],
        cv2.getPerspectiveTransform(source, target),
        _SIZE,
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REFLECT,
    )
    cut = int(HORIZON_PX * scale)
    picture[cut:] = floor[cut:]
    # the wall's foot is dark
    rows = np.arange(_SIZE[1], dtype=np.float32)
    foot = 1 - 0.55 * np.exp(-(np.abs(rows - cut) / 16))
    return np.asarray(picture * foot[:, None, None], np.float32)


def _shadow(xs: Image, ys: Image, x: float, y: float, half_w: float, half_h: float, depth: float) -> Image:
    distance = ((xs - x) / half_w) ** 2 + ((ys - y) / half_h) ** 2
    return np.asarray(1 - depth * np.exp(-1.6 * distance**1.5), np.float32)


def _look_up(texture: Image, x: NDArray[np.floating[Any]], y: NDArray[np.floating[Any]]) -> Image:
    """Sample a texture at relative positions (n,) in 0..1: (n, 3)."""
    columns = 1024  # cv2.remap takes at most 32767 pixels along a side
    padded = np.zeros((2, -(-x.size // columns) * columns), np.float32)
    padded[0, : x.size], padded[1, : x.size] = x * (texture.shape[1] - 1), y * (texture.shape[0] - 1)
    map_x, map_y = padded.reshape(2, -1, columns)
    found = cv2.remap(texture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found.reshape(-1, 3)[: x.size], np.float32)


def _paint_ball(picture: Image, scene: Scene, where: NDArray[np.bool_], xs: Image, ys: Image) -> None:
    ball = scene.ball
    nx, ny = (xs[where] - ball.x) / ball.radius, (ys[where] - ball.y) / ball.radius
    nz = np.sqrt(np.maximum(0, 1 - nx * nx - ny * ny))
    # turn the normal back: first the roll towards +x, then the tilt of the painted axis
    ct, st, cr, sr = math.cos(ball.tilt), math.sin(ball.tilt), math.cos(ball.roll), math.sin(ball.roll)
    ax, ay = nx * cr + ny * sr, ny * cr - nx * sr
    by, bz = ay * ct - nz * st, ay * st + nz * ct
    longitude = np.arctan2(bz, ax) / (2 * math.pi) + 0.5
    latitude = np.arccos(np.clip(by, -1, 1)) / math.pi
    skin = _textures()["ball"]
    colour = _look_up(skin, longitude, latitude)
    lx, ly, lz = _unit(scene.light)
    facing = nx * lx + ny * ly + nz * lz
    bounce = 0.10 * np.maximum(0, ny)
    light = 0.30 + bounce + 0.95 * np.maximum(0, facing)
    gloss = np.maximum(0, 2 * facing * nz - lz) ** 24
    picture[where] = colour * light[:, None] + 0.35 * gloss[:, None]


def _paint_leaf(picture: Image, scene: Scene, where: NDArray[np.bool_]) -> None:
    grid_x, grid_y = geometry.sample_grid()
    along, across = geometry.leaf_coordinates(scene.leaf, grid_x, grid_y)
    half = geometry.leaf_half_width(along)
    a, c = along[where].astype(np.float32), (across[where] / np.maximum(half[where], 1e-6)).astype(np.float32)
    blade = _textures()["leaf"]
    colour = _look_up(blade, (a + 1) / 2, (c + 1) / 2)
    lx, _, lz = _unit(scene.light)
    # folded along its midrib and bent along its length: the halves face the light differently
    tilt = np.where(c > 0, 1.0, -1.0) * 0.45 * math.sin(scene.leaf.angle + 0.8) + 1.4 * scene.leaf.bend * a
    light = 0.42 + 0.62 * np.clip(lz + tilt * lx, 0, 1.2) * (0.72 + 0.28 * scene.leaf.turn)
    picture[where] = colour * light[:, None]


def _paint_post(picture: Image, scene: Scene, where: NDArray[np.bool_], xs: Image) -> None:
    wood = cv2.resize(_textures()["wood"], (64, _SIZE[1]))
    across = (xs - scene.post_x) / scene.post_half_width
    column = np.clip((across + 1) / 2 * 63, 0, 63).astype(int)
    colour = wood[np.arange(_SIZE[1])[:, None], np.broadcast_to(column, (_SIZE[1], _SIZE[0]))]
    lx, _, lz = _unit(scene.light)
    round_light = 0.35 + 0.8 * np.maximum(0, across * lx + np.sqrt(np.maximum(0, 1 - across**2)) * lz)
    picture[where] = (colour * np.asarray(round_light)[..., None])[where]


def _unit(vector: tuple[float, float, float]) -> tuple[float, float, float]:
    length = math.sqrt(sum(part * part for part in vector))
    return vector[0] / length, vector[1] / length, vector[2] / length


def _expose(scene: Scene) -> Image:
    """One instant in linear light, (360, 640, 3)."""
    grid_x, grid_y = geometry.sample_grid()
    xs = np.broadcast_to(grid_x, (_SIZE[1], _SIZE[0])).astype(np.float32)
    ys = np.broadcast_to(grid_y, (_SIZE[1], _SIZE[0])).astype(np.float32)
    labels = geometry.label_samples(scene)
    picture = _background(scene)
    ball, leaf = scene.ball, scene.leaf
    below = ys > HORIZON_PX
    floor_y = 262.0 + 6.0 * scene.time + ball.radius
    lift = max(0.0, floor_y - ball.radius - ball.y)
    lean = -scene.light[0] * 34
    cast = _shadow(
        xs, ys, ball.x + lean, floor_y - 5, ball.radius * 1.25, 15 + 0.2 * lift, 0.72 - 0.012 * lift
    )
    cast *= _shadow(xs, ys, leaf.x + 2.4 * lean, 322, leaf.half_length * 0.8, 17, 0.34)
    picture *= np.where(below, cast, 1)[..., None]
    _paint_ball(picture, scene, labels == geometry.BALL, xs, ys)
    # the leaf darkens the ball under it
    on_ball = _shadow(xs, ys, leaf.x + lean * 0.5, leaf.y + 16, leaf.half_length, leaf.half_length * 0.6, 0.5)
    picture *= np.where(labels == geometry.BALL, on_ball, 1)[..., None]
    _paint_leaf(picture, scene, labels == geometry.LEAF)
    _paint_post(picture, scene, labels == geometry.POST, grid_x.astype(np.float32))
    picture *= _daylight(scene)[..., None]
    return np.asarray(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.float32)


def _daylight(scene: Scene) -> Image:
    """Wandering sun spot and cloud shadows over the whole picture, (720, 1280)."""
    clouds = _textures()["clouds"]
    shift = floats([[1.6, 0, -120 - 150 * scene.time], [0, 2.0, -20]])
    dapple = cv2.warpAffine(clouds, shift, _SIZE, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    xs = np.linspace(0, 1, _SIZE[0], dtype=np.float32)[None]
    ys = np.linspace(0, 1, _SIZE[1], dtype=np.float32)[:, None]
    spot = np.exp(-(((xs - 0.20 - 0.22 * scene.time) / 0.40) ** 2) - ((ys - 0.45) / 0.8) ** 2)
    return np.asarray((0.50 + 0.75 * spot) * (1 + 0.22 * np.clip(dapple, -1.6, 1.6)), np.float32)


def render_frame(frame_index: int) -> NDArray[np.uint8]:
    """Render one frame.

    Args:
        frame_index: 0 to 74.

    Returns:
        (360, 640, 3) uint8 RGB, motion blurred over half the frame's time, with film grain.
    """
    exposures = [_expose(geometry.scene_at(time)) for time in geometry.shutter_times(frame_index)]
    linear = np.mean(exposures, axis=0)
    linear = cv2.GaussianBlur(linear, (0, 0), 0.55)
    # a soft shoulder instead of clipping, then display gamma
    shown = np.power(linear * 1.7 / (1 + 0.75 * linear), 1 / 1.4)
    grain = np.random.default_rng(1000 + frame_index).normal(0, 0.010, shown.shape)
    return np.asarray(np.clip((shown + grain) * 255 + 0.5, 0, 255), np.uint8)


def davis_palette() -> list[int]:
    """Return the 768 values of the colour table used by DAVIS (and PASCAL VOC) index masks."""
    values: list[int] = []
    for entry in range(256):
        for channel in range(3):
            values.append(sum(((entry >> (3 * bit + channel)) & 1) << (7 - bit) for bit in range(8)))
    return values


def write_masks(folder: Path) -> None:
    """Write the 75 exact index masks as palette PNGs into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame_index in range(FRAME_COUNT):
        index_mask, _ = geometry.mattes(frame_index)
        picture = PilImage.fromarray(index_mask)
        picture.putpalette(davis_palette())
        picture.save(folder / f"{frame_index:05d}.png", optimize=True)


def write_video(path: Path) -> None:
    """Render all frames into an H.264 file.

    Raises:
        RuntimeError: The encoder failed; the message carries its last lines.
    """
    command = [
        *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-"),
        *("-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=accurate_rnd+full_chroma_int"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv"),
        *("-c:v", "libx264", "-preset", "veryslow", "-crf", "16", "-pix_fmt", "yuv420p"),
        *("-map_metadata", "-1", "-movflags", "+faststart", str(path)),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        assert encoder.stderr is not None
        for frame_index in range(FRAME_COUNT):
            encoder.stdin.write(render_frame(frame_index).tobytes())
        encoder.stdin.close()
        complaint = encoder.stderr.read().decode(errors="replace")
    if encoder.returncode != 0:
        raise RuntimeError(f"ffmpeg could not write {path}: {complaint.strip()}")


def main(arguments: list[str] | None = None) -> int:
    """Write the clip and its masks into the folder named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m resources.sample.make", description=__doc__)
    parser.add_argument("folder", type=Path, help="where sample.mp4 and masks/ go")
    folder: Path = parser.parse_args(arguments).folder
    write_masks(folder / "masks")
    write_video(folder / "sample.mp4")
    print(f"wrote {FRAME_COUNT} frames and masks into {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
