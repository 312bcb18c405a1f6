"""What the one-folder build contains, and the licences beside it; the build itself is in tests/e2e."""

from __future__ import annotations

import sys
from email.message import Message
from importlib import metadata as installed
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import one_folder
from bundle import contents, distributions, licences, pictures


@pytest.mark.parametrize(
    "name",
    [
        "torch/include/ATen/ATen.inc",
        "torch/bin/protoc",
        "torch/lib/libtorchbind_test.so",
        "torch/lib/dnnl.lib",
        "sympy/core/tests/test_expr.pyc",
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6/plugins/platforminputcontexts/qtvirtualkeyboardplugin.dll",
        "PySide6/Qt/plugins/imageformats/libqpdf.so",
        "PySide6\\plugins\\tls\\qopensslbackend.dll",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "libQt6Qml.so.6",
        "PySide6/Qt6Quick.dll",
        "PySide6/QtNetwork.abi3.so",
        "PySide6/Qt/lib/QtPdf.framework/Versions/A/QtPdf",
        "PySide6/Qt/translations/qtbase_fr.qm",
        "PySide6/Qt/translations/qtwebengine_de.qm",
        "cv2/qt/plugins/platforms/libqxcb.so",
    ],
)
def test_what_nothing_uses_stays_out(name: str) -> None:
    assert contents.is_dropped(name, ["de"])


@pytest.mark.parametrize(
    "name",
    [
        "torch/bin/torch_shm_manager",
        "torch/lib/libtorch_cpu.so",
        "torch/lib/torch_cuda.dll",
        "torch/testing/__init__.pyc",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/Qt/plugins/platforms/libqoffscreen.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/Qt/plugins/platforms/libqcocoa.dylib",
        "PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "PySide6/Qt/lib/libQt6Gui.so.6",
        "PySide6/Qt6Widgets.dll",
        "PySide6/QtSvg.abi3.so",
        "PySide6/Qt/lib/QtGui.framework/Versions/A/QtGui",
        "PySide6/Qt/translations/qtbase_de.qm",
        "opencv_python.libs/libQt5Test-2553f470.so.5.15.19",
        "imageio_ffmpeg/binaries/ffmpeg-linux-x86_64-v9.0.2",
        "resources/locale/de.mo",
    ],
)
def test_what_the_program_uses_stays(name: str) -> None:
    assert not contents.is_dropped(name, ["de"])


def test_under_linux_a_desktop_s_own_libraries_are_left_to_it() -> None:
    entries = [
        ("libgtk-3.so.0", "/lib/x86_64-linux-gnu/libgtk-3.so.0", "BINARY"),
        ("libstdc++.so.6", "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "BINARY"),
        ("libxcb.so.1", "/lib/x86_64-linux-gnu/libxcb.so.1", "BINARY"),
        ("libxcb-cursor.so.0", "/lib/x86_64-linux-gnu/libxcb-cursor.so.0", "BINARY"),
        ("libssl.so.3", "/lib/x86_64-linux-gnu/libssl.so.3", "BINARY"),
        ("libpython3.11.so.1.0", "/usr/lib/x86_64-linux-gnu/libpython3.11.so.1.0", "BINARY"),
        ("torch/lib/libc10.so", "/home/me/.venv/lib/python3.11/site-packages/torch/lib/libc10.so", "BINARY"),
        ("lib-dynload/_ssl.so", "/usr/lib/python3.11/lib-dynload/_ssl.so", "EXTENSION"),
    ]
    names = [name for name, _, _ in contents.kept(entries, [], "linux")]
    assert names == [name for name, _, _ in entries[3:]]
    assert contents.kept(entries, [], "darwin") == entries


def test_data_files_are_those_of_an_installation() -> None:
    files = contents.data_files()
    assert ("sample.mp4", "resources/sample") in {(Path(path).name, folder) for path, folder in files}
    folders = {folder: 0 for _, folder in files}
    for path, folder in files:
        assert Path(path).is_file()
        assert Path(path).parent == contents.ROOT / folder
        folders[folder] += 1
    assert folders["resources/sample/masks"] == 75
    assert set(folders) == {
        *("resources/weights", "resources/sample", "resources/sample/masks"),
        *("resources/icons", "resources/styles", "resources/locale"),
    }
    assert {Path(path).suffix for path, folder in files if folder == "resources/locale"} == {".mo"}


def test_modules_that_are_imported_by_name_are_listed() -> None:
    found = contents.modules("cfbi")
    assert {"cfbi", "cfbi.inference.session", "cfbi.weights"} <= set(found)
    assert "app.worker.cli.propagate" in contents.modules("app")
    assert contents.languages() == ["de"]


def test_sources_are_there_where_torch_reads_them(tmp_path: Path) -> None:
    for name, text in {
        "config.py": "import sys\n_install_config_module(sys.modules[__name__])\n",
        "nn/functional.py": "from torch._jit_internal import _overload\n",
        "nn/__init__.py": "from torch._jit_internal import _overload\n",
        "jit/ops.py": "@torch.jit.script\ndef f(x): ...\n",
        "random.py": "def overload(): ...\n",
        "testing/made.py": "@torch.jit.script\ndef f(x): ...\n",
    }.items():
        (tmp_path / "torch" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "torch" / name).write_text(text, encoding="utf-8")
    found = ["torch.config", "torch.jit.ops", "torch.nn.functional"]
    assert contents.modules_that_read_sources(tmp_path / "torch") == found
    modes = contents.collection_modes(tmp_path / "torch")
    assert {name: modes[name] for name in ("torch", *found)} == {
        "torch": "pyc",
        **dict.fromkeys(found, "pyz+py"),
    }


def test_programs_have_their_scripts() -> None:
    assert list(contents.PROGRAMS) == ["cfbi-studio", "cfbi"]
    for script in contents.PROGRAMS.values():
        assert (one_folder.SPEC.parent / "start" / f"{script}.py").is_file()
    assert set(contents.PROGRAMS) >= contents.CONSOLE_PROGRAMS


def test_files_belong_to_the_packages_that_brought_them() -> None:
    own = str(contents.ROOT / "app" / "frozen.py")
    entries = [("numpy/x.py", str(np.__file__), "DATA"), ("app/frozen.py", own, "DATA")]
    assert distributions.of(entries) == ["cfbi-studio", "numpy"]
    compiled = [("sympy/core/add.pyc", "work/add.pyc", "DATA"), ("filelock._api", "", "PYMODULE")]
    assert distributions.of(compiled) == ["cfbi-studio", "filelock", "sympy"]


def test_versions_can_be_looked_up_in_the_folder(tmp_path: Path) -> None:
    ((place, path, kind),) = distributions.metadata(["imageio-ffmpeg"], tmp_path)
    version = installed.version("imageio-ffmpeg")
    assert (place, kind) == (f"imageio_ffmpeg-{version}.dist-info/METADATA", "DATA")
    assert Path(path) == tmp_path / place
    (found,) = installed.distributions(name="imageio-ffmpeg", path=[str(tmp_path)])
    assert found.version == version


def _facts(**fields: str) -> Any:
    facts = Message()
    for name, value in fields.items():
        for line in value.split("|"):
            facts[name.replace("_", "-")] = line
    return facts


@pytest.mark.parametrize(
    ("facts", "licence"),
    [
        (_facts(License_Expression="MIT AND Zlib"), "MIT AND Zlib"),
        (_facts(License="Apache 2.0", Classifier="License :: OSI Approved :: MIT License"), "Apache 2.0"),
        (
            _facts(Classifier="Topic :: X|License :: OSI Approved|License :: OSI Approved :: MIT License"),
            "MIT License",
        ),
        (
            _facts(License="Copyright me\nYou may do this", Classifier="License :: Public Domain"),
            "Public Domain",
        ),
        (_facts(License="BSD\nmore words"), "BSD"),
        (_facts(), "see its texts"),
    ],
)
def test_a_licence_is_one_line(facts: Any, licence: str) -> None:
    assert licences.licence_of(facts) == licence


@pytest.mark.parametrize(
    ("configuration", "licence"),
    [
        ("--enable-gpl --enable-version3", "GPL-3.0-or-later"),
        ("--enable-gpl", "GPL-2.0-or-later"),
        ("--enable-version3", "LGPL-3.0-or-later"),
        ("--enable-libvpx", "LGPL-2.1-or-later"),
    ],
)
def test_the_licence_of_ffmpeg_follows_from_its_configuration(configuration: str, licence: str) -> None:
    assert licences.ffmpeg_licence(f"ffmpeg version 9\nconfiguration: {configuration}\n") == licence


def test_an_ffmpeg_that_may_not_be_passed_on_is_refused() -> None:
    with pytest.raises(ValueError, match="nonfree"):
        licences.ffmpeg_licence("configuration: --enable-gpl --enable-nonfree")


def test_licences_are_written_with_their_texts(tmp_path: Path) -> None:
    notices = licences.write(tmp_path / "licences", ["cfbi-studio", "numpy"], [])
    found = {notice.name: notice for notice in notices}
    assert "cfbi-studio" not in found
    assert found["numpy"].version == np.__version__
    assert "BSD-3-Clause" in found["numpy"].licence
    assert (tmp_path / "licences" / "numpy" / "LICENSE.txt").stat().st_size > 1000
    text = (tmp_path / "licences" / "README.txt").read_text(encoding="utf-8")
    assert f"\nnumpy   {np.__version__} " in text
    lesser = (tmp_path / "licences" / "LGPL-3.0.txt").read_text(encoding="utf-8")
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in lesser


def test_icons_of_windows_and_macos(tmp_path: Path, qapp: object) -> None:
    assert pictures.icon(tmp_path, "linux") is None
    made = pictures.icon(tmp_path, "win32")
    assert made is not None
    with Image.open(made) as icon:
        assert icon.format == "ICO"
        assert icon.info["sizes"] == {(side, side) for side in (16, 24, 32, 48, 64, 128, 256)}
    made = pictures.icon(tmp_path, "darwin")
    assert made is not None
    with Image.open(made) as icon:
        assert icon.format == "ICNS"
        assert icon.convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)


def test_without_pyinstaller_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert one_folder.main(["--out", str(tmp_path / "out")]) == 1
    said = capsys.readouterr().err
    assert "PyInstaller is not installed" in said
    assert '-e ".[build]"' in said
    assert not (tmp_path / "out").exists()


def test_sizes_count_files_and_no_links(tmp_path: Path) -> None:
    (tmp_path / "_internal" / "torch").mkdir(parents=True)
    (tmp_path / "_internal" / "torch" / "lib").write_bytes(bytes(3_000_000))
    (tmp_path / "_internal" / "link").symlink_to(tmp_path / "_internal" / "torch" / "lib")
    (tmp_path / "cfbi").write_bytes(bytes(1_000_000))
    assert one_folder.megabytes(tmp_path) == 4
    assert one_folder.largest(tmp_path, 2) == [("torch", 3), ("cfbi", 1)]
