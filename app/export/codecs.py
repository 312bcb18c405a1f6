"""How movies are encoded: arguments for ffmpeg, pixel formats, colour tags, and how exact each codec is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.export.options import Alpha
from app.export.pixels import LUMA_WEIGHTS, PixelFormat, pixel_format
from app.export.planned import ExportPlan


@dataclass(frozen=True)
class Bound:
    """How far what is read back may be from what was meant, in 8-bit steps. 0 everywhere means bit for bit.

    Attributes:
        alpha: Largest error of the alpha.
        alpha_ends: Whether alpha 0 and full must be read back as such.
        colour_mean: Mean error of a colour component of a frame.
        matte_mean: The same for a matte that is stored as a grey picture.
    """

    alpha: float = 0.0
    alpha_ends: bool = True
    colour_mean: float = 0.0
    matte_mean: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether every bit must come back."""
        return self == Bound()


@dataclass(frozen=True)
class MovieCodec:
    """One way to write a movie.

    Attributes:
        muxer: Container in ffmpeg's words.
        arguments: Of the encoder.
        formats: Pixel format by (whether the picture is a matte alone, bits).
        bound: How exact it is.
        audio: Sound codecs that the container takes as they are; empty for any.
        audio_fallback: How other sound is encoded.
        qualities: Further arguments, the first ones tried first, then better ones if the bound is not met.
        decoder: Arguments before the input that read the alpha back.
        container: Further arguments of the container.
    """

    muxer: str
    arguments: tuple[str, ...]
    formats: Mapping[tuple[bool, int], str]
    bound: Bound
    audio: frozenset[str]
    audio_fallback: tuple[str, ...]
    qualities: tuple[tuple[str, ...], ...] = ((),)
    decoder: tuple[str, ...] = ()
    container: tuple[str, ...] = ()


_PCM = ("-c:a", "pcm_s16le")
_MOV_AUDIO = frozenset(
    ("aac", "mp3", "alac", "ac3", "eac3", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le")
)
_MP4_AUDIO = frozenset(("aac", "mp3", "alac", "ac3", "eac3", "opus", "flac"))
_PRORES = ("-c:v", "prores_ks", "-vendor", "apl0")
# 10 bits of alpha come back bit for bit; half a step of 1/1023 is lost by rounding
_PRORES_BOUND = Bound(alpha=1.0, colour_mean=3.0, matte_mean=1.0)

MOVIE_CODECS: Mapping[str, MovieCodec] = MappingProxyType(
    {
        "prores4444": MovieCodec(
            "mov",
            (*_PRORES, "-profile:v", "4444", "-alpha_bits", "16"),
            {(False, 10): "yuva444p10le"},
            _PRORES_BOUND,
            _MOV_AUDIO,
            _PCM,
        ),
        "prores422": MovieCodec(
            "mov",
            (*_PRORES, "-profile:v", "hq"),
            {(False, 10): "yuv422p10le", (True, 10): "yuv422p10le"},
            _PRORES_BOUND,
            _MOV_AUDIO,
            _PCM,
        ),
        "vp9": MovieCodec(
            "webm",
            # alternate reference frames are not coded in the alpha's own stream
            ("-c:v", "libvpx-vp9", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4", "-auto-alt-ref", "0"),
            {(False, 8): "yuva420p"},
            Bound(alpha=2.0, alpha_ends=False, colour_mean=5.0),
            frozenset(("opus", "vorbis")),
            ("-c:a", "libopus", "-b:a", "160k"),
            qualities=(("-crf", "4"), ("-lossless", "1")),
            decoder=("-c:v", "libvpx-vp9"),
            container=("-metadata:s:v:0", "alpha_mode=1"),
        ),
        "ffv1": MovieCodec(
            "matroska",
            ("-c:v", "ffv1", "-level", "3", "-g", "1", "-slices", "4", "-slicecrc", "1"),
            {(False, 8): "bgra", (False, 16): "gbrap16le", (True, 8): "gray", (True, 16): "gray16le"},
            Bound(),
            frozenset(),
            _PCM,
        ),
        "qtrle": MovieCodec("mov", ("-c:v", "qtrle"), {(False, 8): "argb"}, Bound(), _MOV_AUDIO, _PCM),
        "h264": MovieCodec(
            "mp4",
            ("-c:v", "libx264", "-preset", "medium"),
            {(False, 8): "yuv420p", (True, 8): "yuv420p"},
            Bound(colour_mean=4.0, matte_mean=2.0),
            _MP4_AUDIO,
            ("-c:a", "aac", "-b:a", "256k"),
            qualities=(("-crf", "12"), ("-crf", "4")),
            container=("-movflags", "+faststart"),
        ),
    }
)

_FAMILIES = {
    "bt709": ("bt709",),
    "bt601": ("smpte170m", "bt470bg"),
    "bt2020": ("bt2020nc", "bt2020c"),
    "smpte240m": ("smpte240m",),
    "fcc": ("fcc",),
}
_PRIMARIES = {"bt709": "bt709", "bt2020": "bt2020", "smpte240m": "smpte240m", "fcc": "bt470m"}
_TRANSFERS = {"bt709": "bt709", "bt601": "smpte170m", "bt2020": "bt2020-10", "smpte240m": "smpte240m"}
_PRIMARY_NAMES = frozenset(
    (
        "bt709",
        "bt470m",
        "bt470bg",
        "smpte170m",
        "smpte240m",
        "film",
        "bt2020",
        "smpte428",
        "smpte431",
        "smpte432",
    )
)
_TRANSFER_NAMES = frozenset(
    (
        *("bt709", "bt470m", "bt470bg", "smpte170m", "smpte240m", "linear", "iec61966-2-4", "iec61966-2-1"),
        *("bt2020-10", "bt2020-12", "smpte2084", "arib-std-b67"),
    )
)


@dataclass(frozen=True)
class ColourTags:
    """What a file says about its colours.

    Attributes:
        matrix: Of YUV, a key of ``LUMA_WEIGHTS``.
        space: The matrix in ffmpeg's words.
        primaries: In ffmpeg's words.
        transfer: In ffmpeg's words.
        full_range: Whether black is 0.
    """

    matrix: str
    space: str
    primaries: str
    transfer: str
    full_range: bool

    @property
    def filter(self) -> str:
        """The filter that tags the pictures; options of the encoder alone leave them unknown."""
        side = "pc" if self.full_range else "tv"
        return (
            f"setparams=range={side}:color_primaries={self.primaries}:color_trc={self.transfer}"
            f":colorspace={self.space}"
        )


def codec_of(plan: ExportPlan) -> MovieCodec:
    """How the movies of a plan are encoded."""
    return MOVIE_CODECS[plan.preset.codec]


def format_of(plan: ExportPlan) -> PixelFormat:
    """The pixel format that the encoder of a plan takes."""
    return pixel_format(codec_of(plan).formats[plan.alpha is Alpha.MATTE, plan.bit_depth])


def matrix_of_name(space: str) -> str | None:
    """The matrix that a tag in ffmpeg's words stands for, None for none or RGB."""
    return next((matrix for matrix, names in _FAMILIES.items() if space in names), None)


def colour_tags(plan: ExportPlan) -> ColourTags:
    """The tags of a plan's movies: those of the clip, or the usual ones of its matrix where it has none.

    A clip of RGB pictures without tags counts as BT.709.
    """
    picture = plan.snapshot.info.picture
    form = format_of(plan)
    matrix = picture.matrix if picture.matrix in LUMA_WEIGHTS else "bt709"
    primaries = _PRIMARIES.get(matrix) or (
        "bt470bg" if plan.snapshot.info.height in (288, 576) else "smpte170m"
    )
    transfer = _TRANSFERS.get(matrix, "bt709")
    if form.is_yuv:
        names = _FAMILIES[matrix]
        space = picture.space if picture.space in names else names[0]
        full = False
    else:
        space, full = "gbr" if form.components != "y" else "bt709", True
    return ColourTags(
        matrix,
        space,
        _known(picture.primaries, _PRIMARY_NAMES) or primaries,
        _known(picture.transfer, _TRANSFER_NAMES) or transfer,
        full,
    )


def _known(tag: str, names: frozenset[str]) -> str:
    # what ffmpeg has no word for, or a newer one, would stop the encoder
    return tag if tag in names else ""
