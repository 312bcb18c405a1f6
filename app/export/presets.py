"""The kinds of export, named for where they go. What each can carry is data, for dialogs and plans alike."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.export.options import Alpha, Layout
from app.i18n import mark


class Kind(enum.Enum):
    """What an export is made of."""

    MOVIE = "movie"
    """One file for all frames."""
    SEQUENCE = "sequence"
    """One picture file per frame."""
    DATASET = "dataset"
    """Files that a benchmark or an annotation program lays out."""


class Content(enum.Enum):
    """What a picture of the export shows."""

    CUTOUT = "cutout"
    """The objects with transparency around them, or their matte: as ``ExportOptions.alpha`` says."""
    COMPOSITE = "composite"
    """The objects over a colour or a still."""
    OVERLAY = "overlay"
    """The clip with coloured objects."""
    INDEX = "index"
    """Object numbers."""


@dataclass(frozen=True)
class ExportPreset:
    """One kind of export.

    Attributes:
        name: Short and stable, for command lines and files.
        title: For people.
        for_app: Programs that it is meant for; empty where it is for any.
        description: One or two sentences on what is written and what to know about it.
        kind: Movie, sequence or dataset.
        content: What a picture shows.
        codec: Which encoder writes it, see ``app.export.encoders``.
        suffix: Ending of the file or files.
        template: File name by default, see ``app.export.names``.
        alphas: How transparency can be stored, the default first.
        bit_depths: Bits of a channel, the default first.
        layouts: How objects become files, the default first.
        audio: Whether sound can be taken along.
        timecode: Whether a start timecode is written into the file.
        variable_rate: Whether frames may last differently.
        even_size: Whether odd sizes are padded by a row or column.
        bound: How far what is read back may be from what was meant, in words; the check enforces it.
    """

    name: str
    title: str
    for_app: str
    description: str
    kind: Kind
    content: Content
    codec: str
    suffix: str
    template: str
    alphas: tuple[Alpha, ...]
    bit_depths: tuple[int, ...]
    layouts: tuple[Layout, ...] = (Layout.COMBINED, Layout.EACH)
    audio: bool = False
    timecode: bool = False
    variable_rate: bool = False
    even_size: bool = False
    bound: str = "exact"

    @property
    def can_skip(self) -> bool:
        """Whether frames may be left out without moving the others."""
        return self.kind is not Kind.MOVIE

    @property
    def start_number(self) -> bool:
        """Whether files carry frame numbers that can start anywhere."""
        return self.kind is Kind.SEQUENCE or self.codec in ("davis", "youtube_vos", "mots_png")


_CUT = (Alpha.STRAIGHT, Alpha.PREMULT)
_MOVIE = "{clip}_{object}_{alpha}"
_SEQUENCE = "{clip}_{object}_{alpha}/{clip}_{object}_{alpha}_{frame}"
_PRORES_BOUND = "alpha 0 and 255 exact, else at most 1/255; colour within ProRes loss"

_PRESETS = (
    ExportPreset(
        "prores4444",
        mark("ProRes 4444 with alpha"),
        mark("Premiere, Resolve, After Effects"),
        mark("The cut-out as a movie with transparency, 10 bits. Interpret the alpha as straight."),
        Kind.MOVIE,
        Content.CUTOUT,
        "prores4444",
        ".mov",
        _MOVIE,
        _CUT,
        (10,),
        audio=True,
        timecode=True,
        variable_rate=True,
        bound=_PRORES_BOUND,
    ),
    ExportPreset(
        "finalcut",
        mark("ProRes 4444 for Final Cut"),
        mark("Final Cut Pro, Motion"),
        mark("As ProRes 4444, at a constant rate, which Final Cut expects. Set Alpha Handling to Straight."),
        Kind.MOVIE,
        Content.CUTOUT,
        "prores4444",
        ".mov",
        _MOVIE,
        _CUT,
        (10,),
        audio=True,
        timecode=True,
        bound=_PRORES_BOUND,
    ),
    ExportPreset(
        "exr",
        mark("OpenEXR, half float"),
        mark("Nuke, Fusion, Natron"),
        mark(
            "One EXR per frame: R, G, B, A premultiplied, and for each object a layer NAME.A with its own "
            "matte."
        ),
        Kind.SEQUENCE,
        Content.CUTOUT,
        "exr",
        ".exr",
        _SEQUENCE,
        (Alpha.PREMULT, Alpha.STRAIGHT, Alpha.MATTE),
        (16,),
        bound="within half precision",
    ),
    ExportPreset(
        "webm",
        mark("VP9 with alpha"),
        mark("Web browsers"),
        mark("A WebM that browsers play with transparency. Lossy colour, 8 bits."),
        Kind.MOVIE,
        Content.CUTOUT,
        "vp9",
        ".webm",
        _MOVIE,
        (Alpha.STRAIGHT,),
        (8,),
        audio=True,
        variable_rate=True,
        even_size=True,
        bound="alpha at most 2/255; colour within VP9 loss",
    ),
    ExportPreset(
        "ffv1",
        mark("FFV1, lossless"),
        mark("Archive"),
        mark("Lossless Matroska with checksums, 8 or 16 bits, as cut-out or matte."),
        Kind.MOVIE,
        Content.CUTOUT,
        "ffv1",
        ".mkv",
        _MOVIE,
        (Alpha.STRAIGHT, Alpha.PREMULT, Alpha.MATTE),
        (8, 16),
        audio=True,
        timecode=True,
        variable_rate=True,
    ),
    ExportPreset(
        "qtrle",
        mark("QuickTime Animation"),
        mark("Older editors, Avid, After Effects"),
        mark("Lossless movie with alpha, 8 bits, large files."),
        Kind.MOVIE,
        Content.CUTOUT,
        "qtrle",
        ".mov",
        "{clip}_{object}_{alpha}_rle",
        _CUT,
        (8,),
        audio=True,
        timecode=True,
        variable_rate=True,
    ),
    ExportPreset(
        "luma_prores",
        mark("Luma matte, ProRes 422 HQ"),
        mark("Any editor: track matte, luma key"),
        mark("The matte as a grey movie, limited range and tagged so: editors show it as 0 to 100 percent."),
        Kind.MOVIE,
        Content.CUTOUT,
        "prores422",
        ".mov",
        _MOVIE,
        (Alpha.MATTE,),
        (10,),
        audio=True,
        timecode=True,
        variable_rate=True,
        even_size=True,
        bound="mean at most 1/255; flat black and white at most 1/255",
    ),
    ExportPreset(
        "luma_h264",
        mark("Luma matte, H.264"),
        mark("Preview in any player"),
        mark(
            "The matte as a small grey movie, limited range, tagged. Edges are lossy: to look at, not to "
            "finish."
        ),
        Kind.MOVIE,
        Content.CUTOUT,
        "h264",
        ".mp4",
        _MOVIE,
        (Alpha.MATTE,),
        (8,),
        audio=True,
        variable_rate=True,
        even_size=True,
        bound="mean at most 2/255",
    ),
    ExportPreset(
        "png",
        mark("PNG sequence"),
        mark("Any program"),
        mark("One PNG per frame, 8 or 16 bits: the matte, or the cut-out with alpha."),
        Kind.SEQUENCE,
        Content.CUTOUT,
        "png",
        ".png",
        _SEQUENCE,
        (Alpha.MATTE, Alpha.STRAIGHT, Alpha.PREMULT),
        (8, 16),
    ),
    ExportPreset(
        "green_screen",
        mark("Green screen, colour or still, ProRes 422 HQ"),
        mark("Editors with a chroma key"),
        mark("The objects over one colour or a still picture."),
        Kind.MOVIE,
        Content.COMPOSITE,
        "prores422",
        ".mov",
        "{clip}_{object}_over",
        (Alpha.OPAQUE,),
        (10,),
        audio=True,
        timecode=True,
        variable_rate=True,
        even_size=True,
        bound="colour within ProRes loss",
    ),
    ExportPreset(
        "green_screen_h264",
        mark("Green screen, colour or still, H.264"),
        mark("Any player"),
        mark("The objects over one colour or a still picture, as a small file."),
        Kind.MOVIE,
        Content.COMPOSITE,
        "h264",
        ".mp4",
        "{clip}_{object}_over",
        (Alpha.OPAQUE,),
        (8,),
        audio=True,
        variable_rate=True,
        even_size=True,
        bound="colour within H.264 loss",
    ),
    ExportPreset(
        "overlay",
        mark("Review movie"),
        mark("Any player"),
        mark("The clip with coloured objects, frame number and timecode in the picture. H.264, to look at."),
        Kind.MOVIE,
        Content.OVERLAY,
        "h264",
        ".mp4",
        "{clip}_overlay",
        (Alpha.OPAQUE,),
        (8,),
        layouts=(Layout.COMBINED,),
        audio=True,
        variable_rate=True,
        even_size=True,
        bound="colour within H.264 loss",
    ),
    ExportPreset(
        "davis",
        mark("DAVIS palette PNG"),
        mark("Benchmarks, CFBI and other networks"),
        mark("One palette PNG per frame whose pixels are object numbers, 0 for background."),
        Kind.SEQUENCE,
        Content.INDEX,
        "davis",
        ".png",
        "{clip}/{frame}",
        (Alpha.OPAQUE,),
        (8,),
        layouts=(Layout.COMBINED,),
    ),
    ExportPreset(
        "youtube_vos",
        mark("YouTube-VOS"),
        mark("Benchmarks"),
        mark("Annotations/CLIP/FRAME.png with object numbers, and meta.json with the frames of each object."),
        Kind.DATASET,
        Content.INDEX,
        "youtube_vos",
        ".png",
        "{clip}_youtube_vos",
        (Alpha.OPAQUE,),
        (8,),
        layouts=(Layout.COMBINED,),
    ),
    ExportPreset(
        "coco",
        mark("COCO run-length JSON"),
        mark("Annotation programs, detectors"),
        mark("One JSON: a mask per object and frame as run lengths, with box, area and track number."),
        Kind.DATASET,
        Content.INDEX,
        "coco",
        ".json",
        "{clip}_coco",
        (Alpha.OPAQUE,),
        (8,),
        layouts=(Layout.COMBINED,),
    ),
    ExportPreset(
        "mots_png",
        mark("MOTS pictures"),
        mark("Tracking benchmarks"),
        mark("One 16-bit PNG per frame: class times 1000 plus instance, 0 for background."),
        Kind.SEQUENCE,
        Content.INDEX,
        "mots_png",
        ".png",
        "{clip}_mots/{frame:06}",
        (Alpha.OPAQUE,),
        (16,),
        layouts=(Layout.COMBINED,),
    ),
    ExportPreset(
        "mots_txt",
        mark("MOTS text"),
        mark("Tracking benchmarks"),
        mark("One text file: frame, track, class, height, width, run lengths."),
        Kind.DATASET,
        Content.INDEX,
        "mots_txt",
        ".txt",
        "{clip}_mots",
        (Alpha.OPAQUE,),
        (8,),
        layouts=(Layout.COMBINED,),
    ),
)

PRESETS: Mapping[str, ExportPreset] = MappingProxyType({preset.name: preset for preset in _PRESETS})
"""By name, in the order in which a dialog lists them."""
