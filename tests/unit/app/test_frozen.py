"""What the one-folder build does at its start."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from app import frozen
from app.errors import MediaError
from app.matte.refine import MattingMissingError, refined
from app.media import ffmpeg
from app.worker.cli import checkout


def test_children_get_the_environment_of_the_user_back() -> None:
    environment = {
        "LD_LIBRARY_PATH": "/opt/studio/_internal:/opt/mine",
        "LD_LIBRARY_PATH_ORIG": "/opt/mine",
        "QT_PLUGIN_PATH": "/opt/studio/_internal/PySide6/Qt/plugins",
        "QML2_IMPORT_PATH": "/opt/studio/_internal/PySide6/Qt/qml",
        "PATH": "/usr/bin",
    }
    frozen.clean(environment)
    assert environment == {"LD_LIBRARY_PATH": "/opt/mine", "PATH": "/usr/bin"}


def test_a_library_path_that_the_user_did_not_have_goes() -> None:
    environment = {"LD_LIBRARY_PATH": "/opt/studio/_internal"}
    frozen.clean(environment)
    assert environment == {}


def test_missing_streams_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    stdout = sys.stdout
    frozen.begin()
    with sys.stderr as stream:
        assert stream.write("lost") == 4
    assert sys.stdout is stdout


def test_nobody_is_told_to_install_into_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert frozen.is_frozen()
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", _no_ffmpeg)
    ffmpeg.ffmpeg_path.cache_clear()
    with pytest.raises(MediaError) as failure:
        ffmpeg.ffmpeg_path()
    assert failure.value.hint == "Unpack CFBI Studio again."
    monkeypatch.setitem(sys.modules, "pymatting.alpha.estimate_alpha_cf", None)
    with pytest.raises(MattingMissingError) as missing:
        refined(np.eye(16, dtype=np.float32), np.zeros((16, 16, 3), np.uint8), 2, closed_form=True)
    assert missing.value.hint.startswith("Choose the guided filter")


def _no_ffmpeg() -> str:
    raise RuntimeError("gone")


def test_the_commit_is_that_of_the_build(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / checkout.STAMP_NAME).write_text("0123456789ab\n", encoding="utf-8")
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path)
    assert checkout.commit_of_code() == "0123456789ab"
