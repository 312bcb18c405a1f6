"""Builds a network by name, with the authors' initialisation."""

from torch import nn

from cfbi.config import ModelConfig, model_config
from cfbi.model.cfbi import CFBI
from cfbi.model.cfbi_plus import CFBIPlus
from cfbi.model.deeplab import AtrousPyramid
from cfbi.model.ensembler import HeadPyramid
from cfbi.model.network import Network


def build_model(name: str | ModelConfig) -> Network:
    """Build a network with fresh weights, in eval mode on the CPU.

    Args:
        name: "lite_cfbi", "resnet101_cfbi", "mobilenet_cfbi", "resnet101_cfbip", or a configuration of your
            own.

    Raises:
        ModelError: No network has this name.
    """
    config = model_config(name) if isinstance(name, str) else name
    model: CFBI | CFBIPlus = CFBI(config) if config.coarser_matching is None else CFBIPlus(config)
    _initialise(model)
    return model.eval()


def _initialise(model: CFBI | CFBIPlus) -> None:
    """Kaiming fan-out for embedding and ensembler, fan-in in the pyramids, as in the authors' code."""
    pyramids = [m for m in model.modules() if isinstance(m, AtrousPyramid | HeadPyramid)]
    in_pyramid = dict.fromkeys(
        conv for pyramid in pyramids for conv in _convs(pyramid)
    )  # ordered, unlike a set
    embedding = [model.seperate_conv, model.embedding_conv] if isinstance(model, CFBI) else [model.fpn]
    heads = [*embedding, model.dynamic_seghead, model.feature_extracter.decoder]
    for conv in [*in_pyramid, *(conv for head in heads for conv in _convs(head))]:
        if conv.out_channels == 1:  # a classifier, whose outputs meet no norm that would tame them
            continue
        nn.init.kaiming_normal_(conv.weight, mode="fan_in" if conv in in_pyramid else "fan_out")


def _convs(module: nn.Module) -> list[nn.Conv2d]:
    return [child for child in module.modules() if isinstance(child, nn.Conv2d)]
