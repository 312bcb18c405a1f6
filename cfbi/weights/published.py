"""The files that the authors of CFBI publish; this program neither contains nor downloads them."""

from dataclasses import dataclass
from pathlib import Path

AUTHORS_README = "https://github.com/z-x-yang/CFBI"
WHERE = f"the link in the authors' README, {AUTHORS_README}"


@dataclass(frozen=True)
class PublishedFile:
    """One of them.

    Attributes:
        file_name: As the authors' scripts call it.
        model: The network of this program that runs it as the authors do.
        title: What it is.
        trained_on: The data set that it was trained on last.
        is_name_sure: The authors' scripts name the file; False where only users do.
    """

    file_name: str
    model: str
    title: str
    trained_on: str
    is_name_sure: bool = True


PUBLISHED = (
    PublishedFile("resnet101_cfbi.pth", "resnet101_cfbi", "CFBI, ResNet-101", "YouTube-VOS"),
    PublishedFile("resnet101_cfbi_davis.pth", "resnet101_cfbi", "CFBI, ResNet-101", "DAVIS 2017"),
    PublishedFile("resnet101_cfbip.pth", "resnet101_cfbip", "CFBI+, ResNet-101", "YouTube-VOS"),
    PublishedFile("resnet101_cfbip_davis.pth", "resnet101_cfbip_davis", "CFBI+, ResNet-101", "DAVIS 2017"),
    PublishedFile(
        "mobilenetv2_cfbi.pth", "mobilenet_cfbi", "CFBI, MobileNetV2", "YouTube-VOS", is_name_sure=False
    ),
    PublishedFile(
        "mobilenetv2_cfbi_davis.pth", "mobilenet_cfbi", "CFBI, MobileNetV2", "DAVIS 2017", is_name_sure=False
    ),
)


def published_as(path: Path) -> PublishedFile | None:
    """The published file that a file's name says it is; endings do not matter.

    Args:
        path: A file of a user.
    """
    stem = path.name.lower().split(".")[0]
    return next((entry for entry in PUBLISHED if Path(entry.file_name).stem == stem), None)
