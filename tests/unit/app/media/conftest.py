from __future__ import annotations

from pathlib import Path

import pytest

from tests.barcode import make_clip


@pytest.fixture(scope="session")
def b_frame_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 frames of H.264 with B-frames and a key frame every 12 frames."""
    return make_clip(tmp_path_factory.mktemp("clips") / "b frames.mp4", "h264", 60)
