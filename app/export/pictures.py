"""Picture files of sequences: what is stored of a picture, and how it becomes a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.export.expectation import Components
from app.export.exr import exr_bytes
from app.export.options import Alpha
from app.export.planned import ExportPlan
from app.export.png import index_png_bytes, png16_bytes, png_bytes
from app.export.render import Rendered

MOTS_CLASS = 1
"""Class of all objects in MOTS files, which have no names."""
MOTS_IGNORE = 10000
"""Pixels that count for nothing."""


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
    return png16_bytes(pixels) if plan.bit_depth == 16 else png_bytes(pixels)


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
    return index_png_bytes(np.asarray(components["index"], np.uint8))


def _pack_mots(plan: ExportPlan, rendered: Rendered) -> dict[str, NDArray[Any]]:
    assert rendered.index is not None
    ids = rendered.index.astype(np.uint16)
    values = np.where(ids > 0, ids + np.uint16(1000 * MOTS_CLASS), np.uint16(0))
    return {"index": np.where(ids == 255, np.uint16(MOTS_IGNORE), values).astype(np.uint16)}


def _encode_mots(plan: ExportPlan, components: Components) -> bytes:
    return png16_bytes(components["index"])


PICTURE_CODECS: Mapping[str, PictureCodec] = MappingProxyType(
    {
        "png": PictureCodec(_pack_png, _encode_png),
        "exr": PictureCodec(_pack_exr, _encode_exr),
        "davis": PictureCodec(_pack_index, encode_index),
        "mots_png": PictureCodec(_pack_mots, _encode_mots),
    }
)
"""By ``ExportPreset.codec``."""
