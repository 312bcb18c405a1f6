"""Frozen descriptions of the networks: everything that shapes a network is here, and nothing else.

The published networks (CFBI on ResNet-101 and MobileNetV2, CFBI+ on ResNet-101) keep the authors' sizes, so
that their checkpoints load; ``lite_cfbi`` is the same design at smaller widths on EfficientNet-Lite0. Section
numbers (§) are those of the ECCV 2020 paper, "Collaborative Video Object Segmentation by
Foreground-Background Integration"; CFBI+ is its journal version, "Collaborative Video Object Segmentation by
Multi-Scale Foreground-Background Integration".
"""

from dataclasses import dataclass, replace
from typing import Literal

from cfbi.errors import ModelError

BackboneName = Literal["resnet101", "mobilenetv2", "efficientnet_lite0"]
NormName = Literal["frozen_batch", "group"]
HeadName = Literal["collaborative", "separable"]
AttentionName = Literal["full", "foreground", "none"]


@dataclass(frozen=True)
class Preprocessing:
    """How an RGB uint8 frame becomes the network's input.

    Attributes:
        channel_order: "bgr" for the authors' networks (they feed OpenCV's BGR), "rgb" for ours.
        mean: Per plane, on the 0..1 scale, applied in the order of the planes.
        std: Per plane, on the 0..1 scale.
        max_side: Longest side in pixels that the network sees by default; larger frames are reduced.
        multi_scale_max_side: The same where several scales are averaged; None for ``max_side``.
        close_up: Whether larger frames are, by default, cut to a window around small objects instead.
    """

    channel_order: Literal["rgb", "bgr"]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    max_side: int
    multi_scale_max_side: int | None = None
    close_up: bool = False


@dataclass(frozen=True)
class FeatureConfig:
    """The DeepLabv3+ extractor (§3.1): backbone, atrous pyramid and decoder.

    Attributes:
        backbone: Which classification network is dilated to stride 16.
        norm: Normalisation of the pyramid and the decoder; the published networks freeze batch norm there
            too.
        aspp_dim: Channels of each pyramid branch and of their fusion.
        low_level_dim: Channels of the reduced stride-4 shortcut.
        decoder_dim: Channels of the stride-4 output.
        groups: Groups of the group norms, where ``norm`` is "group".
    """

    backbone: BackboneName
    norm: NormName = "frozen_batch"
    aspp_dim: int = 256
    low_level_dim: int = 48
    decoder_dim: int = 256
    groups: int = 16


@dataclass(frozen=True)
class MatchingConfig:
    """Global and multi-local matching at one scale (§3.2, Eq. 1-4).

    Attributes:
        windows: Local window radii in pixels of the (halved) grid, ascending.
        half_resolution: Whether local matching works on the halved grid.
        local_atrous: Local matching looks at every such offset only.
        channels: Only so many of the embedding's channels are compared; None for all of them.
        global_atrous: Reference pixels are taken at grid points whose coordinates are both 0 modulo this.
        min_matching_pixels: With ``global_atrous`` > 1, rows of a reference with at most this many pixels
            times the squared rate keep all of them; 0 subsamples every row.
        attention_sees_subsample: Reproduces a side effect of the authors' code: with ``min_matching_pixels``
            > 0 the attention pools of the reference see the subsampled masks.
        background: Whether a row is told of the other rows' scores and of the previous frame outside its
            mask.
        biases: Whether foreground and background distances are shifted by a learnt bias each.
    """

    windows: tuple[int, ...] = (2, 4, 6, 8, 10, 12)
    half_resolution: bool = True
    local_atrous: int = 1
    channels: int | None = None
    global_atrous: int = 1
    min_matching_pixels: int = 0
    attention_sees_subsample: bool = True
    background: bool = True
    biases: bool = True


@dataclass(frozen=True)
class EnsemblerConfig:
    """The collaborative ensembler (§3.4), a gated residual network over one row per object.

    Attributes:
        kind: "collaborative", or "separable" for the head of FEELVOS: four depthwise-separable layers at
            stride 4, which use ``widths[0]`` and ``groups`` alone.
        widths: Channels of the three stages, at strides 4, 8 and 16.
        bottleneck: Ratio between a block's output channels and its 3x3 channels.
        aspp_branch: Channels of each branch of the head's pyramid.
        aspp_dim: Channels after the pyramid's fusion.
        shortcut_dim: Channels of the reduced stride-4 shortcut.
        decoder_dim: Channels that the generated classifiers see.
        groups: Groups of the group norms; the shortcut has ``shortcut_groups``.
    """

    kind: HeadName = "collaborative"
    widths: tuple[int, int, int] = (256, 512, 512)
    bottleneck: int = 4
    aspp_branch: int = 128
    aspp_dim: int = 256
    shortcut_dim: int = 64
    decoder_dim: int = 128
    groups: int = 32
    shortcut_groups: int = 16


@dataclass(frozen=True)
class ModelConfig:
    """One network.

    Attributes:
        name: The name that ``cfbi.build_model`` knows.
        embedding_dim: Channels of the pixel embedding (100 in the paper).
        embedding_groups: Groups of the two group norms of the embedding head, hidden then output; CFBI+ uses
            the first for all norms of its feature pyramid.
        prehead_dim: Channels into which the matching maps are mixed before the ensembler (not in CFBI+).
        prehead_groups: Groups of that layer's norm.
        matching: At stride 4.
        coarser_matching: At strides 8 and 16; with it the network is CFBI+.
        attention: Which pooled embeddings guide the ensembler (§3.3): inside and outside each object, inside
            alone, or none.
    """

    name: str
    preprocessing: Preprocessing
    features: FeatureConfig
    embedding_dim: int = 100
    embedding_groups: tuple[int, int] = (32, 25)
    prehead_dim: int = 64
    prehead_groups: int = 16
    matching: MatchingConfig = MatchingConfig()
    coarser_matching: tuple[MatchingConfig, MatchingConfig] | None = None
    attention: AttentionName = "full"
    ensembler: EnsemblerConfig = EnsemblerConfig()

    @property
    def matchings(self) -> tuple[MatchingConfig, ...]:
        """Matching of every scale, finest first."""
        return (self.matching, *(self.coarser_matching or ()))

    @property
    def guidance_dim(self) -> int:
        """Length of a row's guidance vector."""
        return {"full": 4, "foreground": 2, "none": 0}[self.attention] * self.embedding_dim


# The authors apply ImageNet's RGB statistics to BGR planes, in that order; their weights expect it.
_AUTHORS_INPUT = Preprocessing(
    channel_order="bgr",
    mean=(0.485, 0.456, 0.406),
    std=(0.229, 0.224, 0.225),
    max_side=1040,
    multi_scale_max_side=800,
)
# EfficientNet-Lite's (x - 127) / 128 on the 0..255 scale.
_LITE_INPUT = Preprocessing(
    channel_order="rgb", mean=(127 / 255,) * 3, std=(128 / 255,) * 3, max_side=673, close_up=True
)

RESNET101_CFBI = ModelConfig(
    name="resnet101_cfbi", preprocessing=_AUTHORS_INPUT, features=FeatureConfig("resnet101")
)

MOBILENET_CFBI = ModelConfig(
    name="mobilenet_cfbi", preprocessing=_AUTHORS_INPUT, features=FeatureConfig("mobilenetv2")
)

RESNET101_CFBIP = ModelConfig(
    name="resnet101_cfbip",
    preprocessing=_AUTHORS_INPUT,
    features=FeatureConfig("resnet101"),
    embedding_dim=256,
    matching=MatchingConfig(
        windows=(4, 8, 12, 16, 20, 24), half_resolution=False, local_atrous=2, channels=32
    ),
    coarser_matching=(
        MatchingConfig(windows=(2, 4, 6, 8, 10, 12), half_resolution=False, channels=64),
        MatchingConfig(windows=(2, 4, 6, 8, 10), half_resolution=False, channels=128),
    ),
)

RESNET101_CFBIP_DAVIS = replace(
    RESNET101_CFBIP,
    name="resnet101_cfbip_davis",
    matching=replace(RESNET101_CFBIP.matching, global_atrous=2, min_matching_pixels=100),
)
"""The same network with the options of the authors' DAVIS script, side effect included; it reproduces their
numbers. The weights are interchangeable."""

LITE_CFBI = ModelConfig(
    name="lite_cfbi",
    preprocessing=_LITE_INPUT,
    features=FeatureConfig(
        "efficientnet_lite0", norm="group", aspp_dim=128, low_level_dim=32, decoder_dim=96
    ),
    embedding_dim=64,
    embedding_groups=(16, 16),
    prehead_dim=32,
    prehead_groups=8,
    ensembler=EnsemblerConfig(
        widths=(96, 160, 192),
        bottleneck=2,
        aspp_branch=64,
        aspp_dim=128,
        shortcut_dim=32,
        decoder_dim=64,
        groups=16,
        shortcut_groups=8,
    ),
)

MODELS: dict[str, ModelConfig] = {
    config.name: config
    for config in (LITE_CFBI, RESNET101_CFBI, MOBILENET_CFBI, RESNET101_CFBIP, RESNET101_CFBIP_DAVIS)
}


def model_config(name: str) -> ModelConfig:
    """Look a network up by name.

    Raises:
        ModelError: No network has this name.
    """
    try:
        return MODELS[name]
    except KeyError:
        raise ModelError(
            f"There is no network named {name!r}.", f"Known: {', '.join(sorted(MODELS))}."
        ) from None
