"""Descriptions of the networks, and building from them."""

from __future__ import annotations

import dataclasses

import pytest
import torch

import cfbi
from cfbi.config import LITE_CFBI, MODELS, model_config
from cfbi.model.build import build_model
from tests.unit.cfbi.tiny import TINY


def test_the_public_names_are_all_there() -> None:
    assert all(hasattr(cfbi, name) for name in cfbi.__all__)
    assert set(MODELS) == {
        "lite_cfbi",
        "mobilenet_cfbi",
        "resnet101_cfbi",
        "resnet101_cfbip",
        "resnet101_cfbip_davis",
    }
    assert all(config.name == name for name, config in MODELS.items())


def test_an_unknown_network_is_named_with_those_that_exist() -> None:
    with pytest.raises(cfbi.ModelError) as caught:
        cfbi.build_model("lite")
    assert caught.value.message == "There is no network named 'lite'."
    assert caught.value.hint == "Known: " + ", ".join(sorted(MODELS)) + "."
    assert isinstance(caught.value, cfbi.CfbiError)


def test_descriptions_cannot_be_changed() -> None:
    config = model_config("lite_cfbi")
    for part in (config, config.features, config.matching, config.ensembler, config.preprocessing):
        name = dataclasses.fields(part)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, name, None)
    assert hash(config) == hash(dataclasses.replace(LITE_CFBI))


@pytest.mark.parametrize(
    ("name", "trainable"),
    [  # of the authors' networks
        ("resnet101_cfbi", 66_045_376),
        ("mobilenet_cfbi", 12_575_368),
        ("resnet101_cfbip", 74_063_604),
    ],
)
def test_published_networks_have_the_published_size(name: str, trainable: int) -> None:
    with torch.device("meta"):
        model = build_model(name)
    assert sum(parameter.numel() for parameter in model.parameters()) == trainable


def test_the_default_network_fits_into_15_megabytes_at_half_precision() -> None:
    with torch.device("meta"):
        model = build_model("lite_cfbi")
    assert 2 * sum(tensor.numel() for tensor in model.state_dict().values()) < 15e6


def test_building_a_network_of_ones_own() -> None:
    model = build_model(TINY)
    assert not model.training
    assert model.config is TINY
    assert model.bg_bias.item() == model.fg_bias.item() == 0
    torch.manual_seed(0)
    first = build_model(TINY).state_dict()
    torch.manual_seed(0)
    second = build_model(TINY).state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
