"""What a camera and a codec do to a clip: light, colour, blur, noise, compression."""

import cv2
import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]

_LUMA = np.array([0.299, 0.587, 0.114])


def film(frames: Frames, rng: np.random.Generator, noise: NDArray[np.int8], *, strength: float) -> Frames:
    """Give a clip one random look, with small changes from frame to frame.

    Args:
        frames: (T, S, S, 3) uint8 RGB.
        rng: Source of randomness.
        noise: (M, M, 3) int8 standard noise times 32, M > S, from ``noise_field``.
        strength: 1 for clean stills; less for real clips, which carry changes of their own.

    Returns:
        (T, S, S, 3) uint8, new array.
    """
    length, size = frames.shape[:2]
    tables = _tables(rng, length, strength)
    mixing = _mixing(rng, strength)
    light = _light(rng, length, size) if rng.random() < 0.3 * strength else None
    sigma = rng.uniform(0.4, 1.3) if rng.random() < 0.3 else 0.0
    shake = rng.uniform(2, 7) if rng.random() < 0.12 else 0.0
    heading = rng.uniform(0, np.pi)
    grain = rng.uniform(1.0, 7.0) if rng.random() < 0.35 * strength else 0.0
    quality = int(rng.integers(35, 90)) if rng.random() < 0.3 * strength else 0
    result = np.empty_like(frames)
    for index, frame in enumerate(frames):
        picture = frame if mixing is None else cv2.transform(frame, mixing)
        picture = cv2.LUT(picture, tables[index])
        if light is not None:
            picture = cv2.multiply(picture, light[index], dtype=cv2.CV_8U)
        if sigma:
            picture = cv2.GaussianBlur(picture, (0, 0), sigma)
        if shake:
            kernel = line_kernel(shake * rng.uniform(0.3, 1.0), heading + rng.normal(0, 0.3))
            picture = cv2.filter2D(picture, -1, kernel)
        if grain:
            top, left = rng.integers(0, noise.shape[0] - size, 2)
            patch = noise[top : top + size, left : left + size]
            picture = cv2.addWeighted(
                picture.astype(np.int16), 1.0, patch.astype(np.int16), grain / 32.0, 0.0, dtype=cv2.CV_8U
            )
        if quality:
            picture = compress(picture, quality)
        result[index] = picture
    return result


def noise_field(size: int) -> NDArray[np.int8]:
    """Camera noise to cut patches from; drawing normal numbers for every frame would cost more than all else.

    Returns:
        (size, size, 3) int8, standard deviation 32, slightly smooth, partly common to the channels.
    """
    rng = np.random.default_rng(7)
    field = rng.standard_normal((size, size, 3)) * 0.75 + rng.standard_normal((size, size, 1)) * 0.66
    field = np.asarray(cv2.GaussianBlur(field, (0, 0), 0.6), np.float64)
    field /= field.std()
    return np.clip(field * 32, -127, 127).astype(np.int8)


def compress(picture: Frames | NDArray[np.generic], quality: int) -> Frames:
    """(H, W, 3) uint8 after a JPEG round trip of this quality (1..100)."""
    _, data = cv2.imencode(".jpg", np.asarray(picture, np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def line_kernel(length: float, angle: float) -> NDArray[np.float32]:
    """Kernel that smears along a line.

    Args:
        length: Length in px, at most 11 is used.
        angle: Radians, 0 is along x, positive turns towards +y.

    Returns:
        (K, K) float32 that sums to 1, K odd.
    """
    half = min(length, 11.0) / 2
    radius = max(1, int(np.ceil(half)))
    kernel = np.zeros((2 * radius + 1, 2 * radius + 1), np.float32)
    steps = np.linspace(-half, half, 4 * radius + 1)
    xs, ys = radius + steps * np.cos(angle), radius + steps * np.sin(angle)
    np.add.at(kernel, (np.rint(ys).astype(int), np.rint(xs).astype(int)), 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _tables(rng: np.random.Generator, length: int, strength: float) -> list[NDArray[np.uint8]]:
    """One (256, 1, 3) look-up table per frame: gamma, contrast, brightness and white balance."""
    gamma = np.exp(rng.normal(0, 0.18 * strength, (1, 1)) + rng.normal(0, 0.05 * strength, (length, 1)))
    contrast = np.exp(rng.normal(0, 0.11 * strength, (1, 1)) + rng.normal(0, 0.03 * strength, (length, 1)))
    white = np.exp(rng.normal(0, 0.05 * strength, (1, 3)) + rng.normal(0, 0.01 * strength, (length, 3)))
    bright = rng.normal(0, 0.06 * strength, (1, 1)) + rng.normal(0, 0.015 * strength, (length, 1))
    grey = np.linspace(0, 1, 256)[:, None]
    tables = []
    for index in range(length):
        curve = (grey ** gamma[index] - 0.5) * contrast[index] * white[index] + 0.5 + bright[index]
        tables.append(np.clip(curve * 255 + 0.5, 0, 255).astype(np.uint8)[:, None, :])
    return tables


def _mixing(rng: np.random.Generator, strength: float) -> NDArray[np.float32] | None:
    """(3, 3) matrix of saturation and hue, None to leave colours alone."""
    if rng.random() < 0.3:
        return None
    grey = np.outer(np.ones(3), _LUMA)
    saturation = 0.0 if rng.random() < 0.06 * strength else float(np.exp(rng.normal(0, 0.25 * strength)))
    turn = rng.normal(0, 0.12 * strength)
    cos, sin = np.cos(turn), np.sin(turn) / np.sqrt(3)
    hue = np.full((3, 3), (1 - cos) / 3) + np.eye(3) * cos
    hue += sin * np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    mixed: NDArray[np.float32] = ((grey + (np.eye(3) - grey) * saturation) @ hue).astype(np.float32)
    return mixed


def _light(rng: np.random.Generator, length: int, size: int) -> list[NDArray[np.float32]]:
    """One (S, S, 3) factor per frame: a patch of light or shade that moves on."""
    base, change = (rng.normal(0, sigma, (3, 3)) for sigma in (0.15, 0.12))
    weights = np.concatenate([[0.0], 1 + 0.15 * np.arange(length - 1)]) * rng.choice([0.2, 1.0])
    fields = []
    for weight in weights:
        coarse = np.exp(base + change * weight).astype(np.float32)
        field = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
        fields.append(np.repeat(field[..., None], 3, axis=2).astype(np.float32))
    return fields
