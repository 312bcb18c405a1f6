"""Single operations against stored outputs of the authors' code."""

import functools
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from cfbi.config import MODELS, EnsemblerConfig, MatchingConfig
from cfbi.model.ensembler import EnsemblerBlock, HeadPyramid, aggregate, dynamic_classifier
from cfbi.model.layers import GatedChannelTransform, InstanceGate
from cfbi.model.matching import (
    global_matching,
    local_matching,
    relative_background,
    subsample_row_masks,
)
from cfbi.model.memory import ReferenceMemory, masked_pools
from cfbi.training.losses import hard_pixel_cross_entropy, hard_pixel_ratio
from cfbi.transforms import network_size, prepare_frame
from tests.golden.filler import fill, golden

pytestmark = pytest.mark.golden


@functools.cache
def ops() -> dict[str, NDArray[Any]]:
    return golden("ops")


def tensor(name: str) -> Tensor:
    return torch.from_numpy(ops()[name])


def planes(name: str) -> Tensor:
    """(h, w, C) in the file, (C, h, w) here."""
    return tensor(name).permute(2, 0, 1)


def memory(references: list[tuple[str, str]], **options: int) -> ReferenceMemory:
    result = ReferenceMemory()
    for embedding, labels in references:
        result.add(planes(embedding), tensor(labels).long(), (0, 1, 2), MatchingConfig(**options))
    return result


ONE = [("gm_ref1", "gm_lab1")]
TWO = [*ONE, ("gm_ref2", "gm_lab2")]


@pytest.mark.parametrize(
    ("key", "references", "options"),
    [
        ("gm_out_1ref", ONE, {}),
        ("gm_out_2ref", TWO, {}),
        ("gm_out_1ref_atrous2", ONE, {"global_atrous": 2}),
        ("gm_out_2ref_atrous2", TWO, {"global_atrous": 2}),
        ("gm_out_2ref_atrous2_min8", TWO, {"global_atrous": 2, "min_matching_pixels": 8}),
    ],
)
def test_global_matching(key: str, references: list[tuple[str, str]], options: dict[str, int]) -> None:
    pixels = memory(references, **options).pixels((0, 1, 2))
    found = global_matching(planes("gm_query"), pixels, tensor("gm_bias"))
    np.testing.assert_allclose(found[:, 0], ops()[key], atol=1e-5)


def test_global_matching_without_any_known_pixel_is_one() -> None:
    found = global_matching(planes("gm_query"), [None, None, None], tensor("gm_bias"))
    np.testing.assert_array_equal(found[:, 0], ops()["gm_out_noref"])


@pytest.mark.parametrize("number", [1, 2])
def test_subsampled_masks_after_the_authors_side_effect(number: int) -> None:
    labels = tensor(f"gm_lab{number}").long()
    masks = torch.stack([labels == row for row in range(3)])
    found = subsample_row_masks(masks, atrous=2, min_pixels=8)
    np.testing.assert_array_equal(found.numpy().astype(np.uint8), ops()[f"gm_lab{number}_after_min8"])


@pytest.mark.parametrize("rows", [1, 2, 3])
def test_relative_background(rows: int) -> None:
    scores = tensor("gm_out_2ref")[:rows, None]
    np.testing.assert_allclose(relative_background(scores), ops()[f"f2b_{rows}"], atol=1e-6)


@pytest.mark.parametrize(
    ("key", "windows", "half", "atrous"),
    [
        ("lm_out_ds_246", (2, 4, 6), True, 1),
        ("lm_out_full_246", (2, 4, 6), False, 1),
        ("lm_out_full_468_atrous2", (4, 6, 8), False, 2),
    ],
)
def test_local_matching(key: str, windows: tuple[int, ...], half: bool, atrous: int) -> None:
    found = local_matching(
        planes("lm_query"),
        planes("lm_prev"),
        tensor("lm_lab").long(),
        tensor("gm_bias"),
        windows=windows,
        half_resolution=half,
        atrous=atrous,
    )
    np.testing.assert_allclose(found, ops()[key], atol=1e-5)


@pytest.mark.parametrize("references", [1, 2])
def test_attention_vector(references: int) -> None:
    pairs = [("lm_prev", "lm_lab"), ("lm_query", "at_lab_prev")][:references]
    previous = tensor("at_lab_prev").long()
    masks = torch.stack([previous == row for row in range(3)])
    pools = [*memory(pairs).pools((0, 1, 2), 1e-5), *masked_pools(planes("lm_query"), masks, 1e-5)]
    np.testing.assert_allclose(torch.cat(pools, 1), ops()[f"at_out_{references}ref"], atol=1e-5)


def filled(module: torch.nn.Module, prefix: str) -> torch.nn.Module:
    fill(module, prefix)
    return module.eval()


@torch.inference_mode()
def test_layers() -> None:
    x, head, config = tensor("ly_x"), tensor("ly_head"), EnsemblerConfig()
    found = {
        "ly_ia": filled(InstanceGate(32, 64), "ops.")(x, head),
        "ly_gct": filled(GatedChannelTransform(64), "ops.gct.")(x),
        "ly_bottleneck_64_128_s2": filled(EnsemblerBlock(64, 128, config, 2, 1), "ops.b1.")(x),
        "ly_bottleneck_64_256_d4": filled(EnsemblerBlock(64, 256, config, 1, 4), "ops.b3.")(x),
    }
    classifier = torch.nn.Linear(32, 65)
    fill(classifier, "ops.IA_final.")
    found["ly_ialogit"] = dynamic_classifier(x, classifier(head))
    found["ly_augment"] = aggregate(found["ly_ialogit"], tensor("ly_bg"))
    found["ly_augment_1"] = aggregate(found["ly_ialogit"][:1], tensor("ly_bg")[:1])
    for key, value in found.items():
        np.testing.assert_allclose(value, ops()[key], atol=1e-4, err_msg=key)


@torch.inference_mode()
def test_head_pyramid() -> None:
    noise = np.random.Generator(np.random.PCG64(7)).standard_normal((2, 512, 7, 9)).astype(np.float32)
    np.testing.assert_allclose(noise.ravel()[:8], ops()["ly_aspp512_in_first"], rtol=1e-6)
    found = filled(HeadPyramid(512, EnsemblerConfig()), "ops.aspp.")(torch.from_numpy(noise))
    np.testing.assert_allclose(found[:, ::4], ops()["ly_aspp512_out_sub"], atol=1e-4)


@pytest.mark.parametrize("sample", [0, 1])
def test_hard_pixel_loss_over_the_annealing(sample: int) -> None:
    logits, truth = tensor(f"ls_logits{sample}"), tensor(f"ls_gt{sample}").long()
    for step, stored in zip(ops()["ls_steps"], ops()["ls_loss"], strict=True):
        found = hard_pixel_cross_entropy(logits, truth, hard_pixel_ratio(int(step), 50_000))
        assert found.item() == pytest.approx(stored[sample], abs=1e-5)


def test_prepared_frames() -> None:
    frame = np.ascontiguousarray(ops()["pp_frame_bgr"][:, :, ::-1])
    preprocessing = MODELS["resnet101_cfbi"].preprocessing
    for index, scale in enumerate((1.0, 1.15)):
        size = network_size(*frame.shape[:2], max_side=800, scale=scale)
        found = prepare_frame(frame, size, preprocessing)
        np.testing.assert_allclose(found, ops()[f"pp_out{2 * index}"], atol=1e-3)
        np.testing.assert_allclose(found.flip(-1), ops()[f"pp_out{2 * index + 1}"], atol=1e-3)


def test_network_sizes() -> None:
    for height, width, limit, scale, new_height, new_width in ops()["size_table"]:
        found = network_size(int(height), int(width), max_side=int(limit), scale=float(scale))
        assert found == (new_height, new_width), (height, width, limit, scale)
