"""Picture files of sequences: what is stored of a picture, and how it becomes a file."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.export.expectation import Components
from app.export.exr import exr_bytes
from app.export.options import Alpha
from app.export.planned import ExportPlan
from app.export.render import Rendered
from app.media.masks import davis_palette

MOTS_CLASS = 1
"""Class of all objects in MOTS files, which have no names."""
MOTS_IGNORE = 10000
"""Pixels that count for nothing."""

_PALETTE = davis_palette().tobytes()


@dataclass(frozen=True)
class PictureCodec:
    """One kind of picture file.

    Attributes:
        pack: What is stored of a rendered picture.
        encode: A file's content.
    """

    pack: Callable[[ExportPlan, Rendered], dict[str, NDArray[Any]]]
    encode: Callable[[ExportPlan, Components], bytes]


def _pack_png(plan: ExportPlan, rendered: Rendered) -> dict[str, NDArray[Any]]:
    top = 65535 if plan.bit_depth == 16 else 255
    kind = np.uint16 if plan.bit_depth == 16 else np.uint8

    def codes(plane: NDArray[np.float32]) -> NDArray[Any]:
        rounded: NDArray[Any] = np.rint(np.clip(plane, 0, 1) * np.float64(top)).astype(kind)
        return rounded

    assert rendered.alpha is not None
    if rendered.rgb is None:
        return {"y": codes(rendered.alpha)}
    planes = {name: codes(rendered.rgb[..., place]) for place, name in enumerate("rgb")}
    return {**planes, "a": codes(rendered.alpha)}


def _encode_png(plan: ExportPlan, components: Components) -> bytes:
    pixels = (
        components["y"] if "y" in components else np.stack([components[name] for name in "rgba"], axis=-1)
    )
    return png16_bytes(pixels) if plan.bit_depth == 16 else _png(Image.fromarray(pixels))


def _pack_exr(plan: ExportPlan, rendered: Rendered) -> dict[str, NDArray[Any]]:
    assert rendered.alpha is not None
    grey = [rendered.alpha] * 3
    rgb = grey if rendered.rgb is None else [rendered.rgb[..., place] for place in range(3)]
    planes = dict(zip("RGBA", [*rgb, rendered.alpha], strict=True))
    planes.update({f"{name}.A": matte for name, matte in rendered.layers.items()})
    return {name: plane.astype(np.float16) for name, plane in planes.items()}


def _encode_exr(plan: ExportPlan, components: Components) -> bytes:
    notes = {
        "software": "CFBI Studio",
        "alpha": "premultiplied" if plan.alpha is Alpha.PREMULT else plan.alpha.value,
    }
    planes = {name: plane.astype(np.float32) for name, plane in components.items()}
    aspect = float(plan.snapshot.info.sample_aspect)
    return exr_bytes(planes, pixel_aspect=aspect, rate=plan.rate, text=notes)


def _pack_index(plan: ExportPlan, rendered: Rendered) -> dict[str, NDArray[Any]]:
    assert rendered.index is not None
    return {"index": rendered.index}


def encode_index(plan: ExportPlan, components: Components) -> bytes:
    """An index mask as palette PNG."""
    picture = Image.fromarray(np.asarray(components["index"], np.uint8))
    picture.putpalette(_PALETTE)
    return _png(picture)


def _pack_mots(plan: ExportPlan, rendered: Rendered) -> dict[str, NDArray[Any]]:
    assert rendered.index is not None
    ids = rendered.index.astype(np.uint16)
    values = np.where(ids > 0, ids + np.uint16(1000 * MOTS_CLASS), np.uint16(0))
    return {"index": np.where(ids == 255, np.uint16(MOTS_IGNORE), values).astype(np.uint16)}


def _encode_mots(plan: ExportPlan, components: Components) -> bytes:
    return png16_bytes(components["index"])


def png16_bytes(pixels: NDArray[np.uint16]) -> bytes:
    """A PNG of 16 bits, which Pillow cannot write in colour (PNG specification, third edition).

    Args:
        pixels: (H, W) uint16 grey, or (H, W, 4) uint16 red, green, blue, alpha.
    """
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels, ">u2").view(np.uint8).reshape(height, -1)
    lines = np.empty((height, rows.shape[1] + 1), np.uint8)
    lines[:, 0] = 2  # each line less the one above, modulo 256
    lines[0, 1:] = rows[0]
    lines[1:, 1:] = rows[1:] - rows[:-1]
    header = struct.pack(">IIBBBBB", width, height, 16, 0 if pixels.ndim == 2 else 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 4)), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _png(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=6)
    return data.getvalue()


PICTURE_CODECS: Mapping[str, PictureCodec] = MappingProxyType(
    {
        "png": PictureCodec(_pack_png, _encode_png),
        "exr": PictureCodec(_pack_exr, _encode_exr),
        "davis": PictureCodec(_pack_index, encode_index),
        "mots_png": PictureCodec(_pack_mots, _encode_mots),
    }
)
"""By ``ExportPreset.codec``."""
