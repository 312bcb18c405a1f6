"""CFBI+ against stored outputs of the authors' code, and its options for their DAVIS numbers."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from cfbi.config import MODELS, ModelConfig
from cfbi.inference.session import InferenceSession
from cfbi.model.cfbi_plus import CFBIPlus
from cfbi.model.maps import MatchingMaps
from cfbi.model.memory import masked_pools
from cfbi.model.network import FrameFeatures, Memory, PreviousFrame
from cfbi.transforms import prepare_frame
from cfbi.weights.loading import identify
from tests.golden.filler import filled_model, golden, golden_json
from tests.unit.cfbi.tiny import noise_frame, two_objects

NAME = "resnet101_cfbip"
SCALES = ("4x", "8x", "16x")
ROWS = range(3)
pytestmark = pytest.mark.golden


@functools.cache
def network() -> CFBIPlus:
    model = filled_model(NAME)
    assert isinstance(model, CFBIPlus)
    return model


@dataclass(frozen=True)
class Case:
    frames: list[FrameFeatures]
    labels: list[torch.Tensor]
    extracted: dict[str, torch.Tensor]  # of the current frame

    @property
    def previous(self) -> PreviousFrame:
        return PreviousFrame.of(self.frames[1], self.labels[1])

    def memory(self) -> Memory:
        memory = network().new_memory()
        memory.add(self.frames[0], self.labels[0], ROWS)
        return memory


@functools.cache
def case() -> Case:
    stored, model = golden(f"net_{NAME}_2obj"), network()
    prepared = [
        prepare_frame(frame[:, :, ::-1], frame.shape[:2], model.config.preprocessing)[None]
        for frame in stored["frames_bgr"][:3]
    ]
    extractor, captured = model.feature_extracter, {}
    watched = {"aspp_sub": extractor.aspp, "decoder_sub": extractor.decoder}
    with torch.no_grad(), hooked(watched, captured):
        frames = [model.extract(image)[0] for image in prepared]
        high = extractor.backbone(prepared[2]).high.mean((2, 3))
    extracted = {key: value[:, ::16] for key, value in captured.items()} | {"high_level_mean": high}
    return Case(frames, [torch.from_numpy(label) for label in stored["labels"]], extracted)


@contextmanager
def hooked(modules: dict[str, torch.nn.Module], captured: dict[str, torch.Tensor]) -> Iterator[None]:
    """Puts the last output of each module into ``captured``."""
    hooks = [
        module.register_forward_hook(lambda _m, _i, out, key=key: captured.__setitem__(key, out))
        for key, module in modules.items()
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@pytest.fixture
def config() -> Iterator[ModelConfig]:
    model, before = network(), network().config
    yield before
    model.config = before


def test_parameters_have_the_published_names_shapes_and_numbers() -> None:
    state = network().state_dict()
    assert golden_json(f"{NAME}.aliases") == {}
    keys = [(key, tuple(shape)) for key, shape, _ in golden_json(f"{NAME}.keys")]
    assert [(key, tuple(value.shape)) for key, value in state.items()] == keys
    for key, (first, last, total) in golden_json(f"{NAME}.fillcheck").items():
        values = state[key].numpy().ravel()
        assert (values[0], values[-1]) == pytest.approx((first, last), rel=1e-6)
        assert values.astype(np.float64).sum() == pytest.approx(total, rel=1e-4, abs=1e-4)
    assert identify({f"module.{key}": value for key, value in state.items()}) == NAME


@torch.inference_mode()
def test_every_stage() -> None:
    stored, model = golden(f"net_{NAME}_2obj"), network()
    head = model.dynamic_seghead
    watched = {f"ce_mean_{key}": module for key, module in head.named_children() if "_layer" in key}
    watched |= {"ce_mean_ASPP": head.ASPP, "ce_decoder": head.bn2}
    captured: dict[str, torch.Tensor] = {}
    current, previous, memory = case().frames[2], case().previous, case().memory()
    with hooked(watched, captured):
        maps = model.match(current, memory, previous, ROWS)
        logits = model.ensemble(current, previous, maps)
    found = {key: value.mean((2, 3)) for key, value in captured.items() if key.startswith("ce_mean")}
    found |= {
        "low_level_sub": current.low[:, ::8],
        "ce_decoder_sub": captured["ce_decoder"].relu()[:, ::8],
        "attention_4x": maps[0].guidance,
        **case().extracted,
    }
    for number in (1, 2):  # the ensembler uses that of stride 4 alone, but the authors stored all
        inside = maps[number].previous_mask[:, 0]
        pools = masked_pools(previous.embeddings[number], inside, 1e-5)
        found[f"attention_{SCALES[number]}"] = torch.cat(
            [*memory.scales[number].pools(ROWS, 1e-5), *pools], dim=1
        )
    for scale, embedding, told in zip(SCALES, current.embeddings, maps, strict=True):
        found |= {f"embedding_{scale}_sub": embedding[None, ::16]} | scale_maps(scale, told)
    assert set(stored) - set(found) == {"frames_bgr", "labels", "nobj", "logits_s4", "probs"}
    for key, value in found.items():
        np.testing.assert_allclose(value.numpy(), stored[key], atol=1e-4, rtol=1e-5, err_msg=key)
    np.testing.assert_allclose(logits.numpy(), stored["logits_s4"], atol=1e-3)
    size = stored["labels"].shape[1:]
    upsampled = torch.nn.functional.interpolate(logits, size=size, mode="bilinear", align_corners=True)
    np.testing.assert_allclose(upsampled[0].softmax(0).numpy(), stored["probs"], atol=1e-3)


def scale_maps(scale: str, maps: MatchingMaps) -> dict[str, torch.Tensor]:
    names = {"global_fg": "global_fg", "global_bg": "global_bg", "local_fg": "local_fg"}
    names |= {"local_bg": "local_bg", "previous_mask": "prev_mask"}
    return {f"{ours}_{scale}": getattr(maps, name) for name, ours in names.items()}


@torch.inference_mode()
def test_the_authors_side_effect_moves_logits_as_far_as_theirs(config: ModelConfig) -> None:
    model, current, previous = network(), case().frames[2], case().previous
    plain = model(current, case().memory(), previous, ROWS)
    moved = []
    for fewest in (0, 5):
        finest = replace(config.matching, global_atrous=2, min_matching_pixels=fewest)
        model.config = replace(config, matching=finest)
        moved.append((model(current, case().memory(), previous, ROWS) - plain).abs().max().item())
    # measured on the authors' code: 0.07 without the side effect, 1.9 with it
    assert moved == pytest.approx([0.07, 1.9], abs=0.05)
    model.config = replace(config, matching=replace(finest, attention_sees_subsample=False))
    assert (model(current, case().memory(), previous, ROWS) - plain).abs().max().item() < 0.08


def test_the_authors_davis_options_have_a_name() -> None:
    davis, plain = MODELS["resnet101_cfbip_davis"], MODELS[NAME]
    assert (davis.matching.global_atrous, davis.matching.min_matching_pixels) == (2, 100)
    assert davis.matching.attention_sees_subsample
    assert (plain.matching.global_atrous, plain.matching.min_matching_pixels) == (1, 0)
    assert replace(davis, name=NAME, matching=plain.matching) == plain


def test_a_session_carries_all_scales_along() -> None:
    frames = [noise_frame(65, 81, seed) for seed in range(3)]
    session = InferenceSession(network(), max_side=81, flip=True)
    session.add_reference(frames[0], two_objects(65, 81))
    results = list(session.propagate(frames[1:]))
    stored = golden("session_resnet101_cfbip")
    for index, result in enumerate(results):
        np.testing.assert_allclose(result.probability[:, ::4, ::4], stored["probability"][index], atol=2e-3)
        assert (result.index_mask == stored["index_mask"][index]).mean() > 0.995
    # both objects live on: the numbers say something
    assert all(set(np.unique(mask)) == {1, 2} for mask in stored["index_mask"])
