"""The networks against stored outputs of the authors' code, stage by stage."""

import functools
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from cfbi.evaluation.protocol import evaluate_sequence
from cfbi.inference.session import InferenceSession
from cfbi.inference.types import FrameResult
from cfbi.model.cfbi import CFBI
from cfbi.model.maps import MatchingMaps
from cfbi.model.matching import grid_labels
from cfbi.model.memory import ReferenceMemory
from cfbi.model.network import FrameFeatures
from cfbi.transforms import prepare_frame
from tests.golden.filler import filled_model, golden, golden_json

NAMES = ("mobilenet_cfbi", "resnet101_cfbi")
pytestmark = pytest.mark.golden


@functools.cache
def network(name: str) -> CFBI:
    model = filled_model(name)
    assert isinstance(model, CFBI)
    return model


def features_of(model: CFBI, frames_bgr: NDArray[np.uint8]) -> list[FrameFeatures]:
    size = frames_bgr.shape[1:3]
    prepared = [prepare_frame(frame[:, :, ::-1], size, model.config.preprocessing) for frame in frames_bgr]
    return [model.extract(image[None])[0] for image in prepared]


@pytest.mark.parametrize("name", NAMES)
def test_parameters_have_the_published_names_and_shapes(name: str) -> None:
    aliases = golden_json(f"{name}.aliases")
    expected = {key: tuple(shape) for key, shape, _ in golden_json(f"{name}.keys") if key not in aliases}
    assert {key: tuple(value.shape) for key, value in network(name).state_dict().items()} == expected


@pytest.mark.parametrize("name", NAMES)
def test_filler_gives_the_recorded_numbers(name: str) -> None:
    state = network(name).state_dict()
    checks, aliases = golden_json(f"{name}.fillcheck"), golden_json(f"{name}.aliases")
    assert checks
    for key, (first, last, total) in checks.items():
        values = state[aliases.get(key, key)].numpy().ravel()
        assert (values[0], values[-1]) == pytest.approx((first, last), rel=1e-6)
        assert values.astype(np.float64).sum() == pytest.approx(total, rel=1e-4, abs=1e-4)


CASES = [
    ("mobilenet_cfbi", "2obj"),
    ("mobilenet_cfbi", "1obj"),
    ("mobilenet_cfbi", "edge_absent_prev"),
    ("mobilenet_cfbi", "edge_even_grid"),
    ("resnet101_cfbi", "1obj"),
]


@pytest.mark.parametrize(("name", "case"), CASES)
@torch.inference_mode()
def test_every_stage(name: str, case: str) -> None:
    stored, model = golden(f"net_{name}_{case}"), network(name)
    rows = int(stored["nobj"]) + 1
    captured: dict[str, torch.Tensor] = {}
    hooks = [
        module.register_forward_hook(lambda _m, _i, out, key=key: captured.__setitem__(key, out))
        for key, module in stages(model).items()
    ]
    try:
        reference, previous, current = features_of(model, stored["frames_bgr"][:3])
        grid = (reference.embedding.shape[1], reference.embedding.shape[2])
        labels = [grid_labels(torch.from_numpy(label), grid) for label in stored["labels"]]
        memory = ReferenceMemory()
        memory.add(reference.embedding, labels[0], range(rows), model.config.matching)
        maps = model.match(current.embedding, memory, previous.embedding, labels[1], range(rows))
        logits = model.ensemble(current, previous.embedding, maps)
    finally:
        for hook in hooks:
            hook.remove()
    found = stage_outputs(captured, current, maps, 2 if name == "mobilenet_cfbi" else 8)
    compared = [key for key in found if key in stored]
    assert {"global_fg", "local_fg", "local_bg", "global_bg", "attention"} <= set(compared)
    for key in compared:
        np.testing.assert_allclose(found[key].numpy(), stored[key], atol=1e-4, rtol=1e-5, err_msg=key)
    np.testing.assert_allclose(logits.numpy(), stored["logits_s4"], atol=1e-3)
    if "probs" in stored:
        size = stored["labels"].shape[1:]
        upsampled = torch.nn.functional.interpolate(logits, size=size, mode="bilinear", align_corners=True)
        np.testing.assert_allclose(upsampled[0].softmax(0).numpy(), stored["probs"], atol=1e-3)


def stages(model: CFBI) -> dict[str, torch.nn.Module]:
    """Modules whose outputs are stored: the extractor's, the pre-head and the ensembler's blocks."""
    head = model.dynamic_seghead
    blocks = {f"ce_mean_layer{number}": head.get_submodule(f"layer{number}") for number in range(1, 9)}
    return blocks | {
        "backbone": model.feature_extracter.backbone,
        "aspp": model.feature_extracter.aspp,
        "decoder": model.feature_extracter.decoder,
        "prehead": model.dynamic_prehead,
        "ce_mean_ASPP": head.ASPP,
        "ce_decoder": head.bn2,
    }


def stage_outputs(
    captured: dict[str, torch.Tensor], current: FrameFeatures, maps: MatchingMaps, low_step: int
) -> dict[str, torch.Tensor]:
    means = {key: value.mean((2, 3)) for key, value in captured.items() if key.startswith("ce_mean")}
    backbone = captured["backbone"]
    return means | {
        "low_level_sub": current.low[:, ::low_step],
        "high_level_mean": backbone.high.mean((2, 3)),  # type: ignore[attr-defined]
        "aspp_sub": captured["aspp"][:, ::16],
        "decoder_sub": captured["decoder"][:, ::16],
        "embedding_sub": current.embedding[None, ::4],
        "global_fg": maps.global_fg,
        "global_bg": maps.global_bg,
        "local_fg": maps.local_fg,
        "local_bg": maps.local_bg,
        "prev_mask": maps.previous_mask,
        "prehead_sub": captured["prehead"][:, ::8],
        "attention": maps.guidance,
        "ce_decoder_sub": captured["ce_decoder"].relu()[:, ::8],
    }


@torch.inference_mode()
def test_propagation_agrees_with_the_authors_loop() -> None:
    stored = golden("prop_mobilenet_cfbi_2obj")
    session = InferenceSession(network("mobilenet_cfbi"), max_side=225)
    frames = [np.ascontiguousarray(frame[:, :, ::-1]) for frame in stored["frames_bgr"]]
    session.add_reference(frames[0], stored["label0"])
    for result, label, logits in zip(
        session.propagate(frames[1:]), stored["pred"], stored["logits_s4"], strict=True
    ):
        assert (result.index_mask == label).mean() >= 0.998
        upsampled = torch.nn.functional.interpolate(
            torch.from_numpy(logits)[None], size=label.shape, mode="bilinear", align_corners=True
        )
        np.testing.assert_allclose(result.probability, upsampled[0].softmax(0).numpy(), atol=2e-3)
        np.testing.assert_allclose(result.probability.sum(0), 1, atol=1e-5)


@pytest.mark.parametrize(("run", "scales", "flip"), [("plain", (1.0,), False), ("msflip", (1.0, 1.15), True)])
def test_evaluator_run_with_a_late_object(run: str, scales: tuple[float, ...], flip: bool) -> None:
    stored = golden("eval_ytb_mobilenet_cfbi")
    session = Recording(network("mobilenet_cfbi"), max_side=1040, scales=scales, flip=flip)
    given = {"0": stored["ann_frame0"], "2": stored["ann_frame2"]}
    frames = [(str(t), np.ascontiguousarray(f[:, :, ::-1])) for t, f in enumerate(stored["frames_bgr"])]
    for (stem, mask), saved in zip(
        evaluate_sequence(session, frames, given.get), stored[f"{run}_saved"], strict=True
    ):
        assert (mask == saved).mean() >= 0.998, stem
    passes = len(scales) * (2 if flip else 1)
    for index, result in enumerate(session.results, start=1):
        calls = [stored[f"{run}_probs_call{passes * index + k}"].astype(np.float64) for k in range(passes)]
        mirrored = [call[:, :, ::-1] if flip and k % 2 else call for k, call in enumerate(calls)]
        np.testing.assert_allclose(result.probability, np.mean(mirrored, axis=0), atol=5e-3)
    assert len(session.results) == 4
    assert session.reference_count == 2
    assert session.object_ids == (1, 2)


class Recording(InferenceSession):
    """Keeps what every step found."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.results: list[FrameResult] = []

    def step(self, frame: NDArray[np.uint8]) -> FrameResult:
        self.results.append(super().step(frame))
        return self.results[-1]
