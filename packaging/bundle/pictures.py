"""The program's icon in the formats of Windows and macOS, drawn from its SVG."""

from __future__ import annotations

import io
from pathlib import Path

from bundle.contents import ROOT

SUFFIXES = {"win32": ".ico", "darwin": ".icns"}
_SIDE = 1024
_ICO_SIDES = (16, 24, 32, 48, 64, 128, 256)


def icon(folder: Path, platform: str) -> str | None:
    """Make the icon.

    Args:
        folder: For the file.
        platform: As `sys.platform`.

    Returns:
        The file; None where programs carry no icon (Linux: `packaging/cfbi-studio.desktop` names it).
    """
    suffix = SUFFIXES.get(platform)
    if suffix is None:
        return None
    from PIL import Image

    path = folder / f"cfbi-studio{suffix}"
    with Image.open(io.BytesIO(_png(ROOT / "resources" / "icons" / "app.svg"))) as picture:
        sizes = {"sizes": [(side, side) for side in _ICO_SIDES]} if suffix == ".ico" else {}
        picture.save(path, **sizes)
    return str(path)


def _png(svg: Path) -> bytes:
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(_SIDE, _SIDE, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(svg)).render(painter)
    painter.end()
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(content.data())
