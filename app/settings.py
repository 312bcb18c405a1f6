"""What the program remembers between two starts."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from app.keymap import DEFAULT_PRESET

SCHEMA_VERSION = 1
APPLICATION = "cfbi-studio"
_RECENT_COUNT = 10


class Settings:
    """Typed access to the stored settings; defaults are here, the store holds what differs.

    Args:
        store: Where they are kept; the user's own store if None.
    """

    def __init__(self, store: QSettings | None = None) -> None:
        ini, user = QSettings.Format.IniFormat, QSettings.Scope.UserScope
        self._store = store if store is not None else QSettings(ini, user, APPLICATION, "studio")
        self._store.setValue("schema_version", SCHEMA_VERSION)

    @property
    def brush_px(self) -> float:
        """Diameter of the brush in image px."""
        return self._number("tools/brush_px", 24.0)

    @brush_px.setter
    def brush_px(self, value: float) -> None:
        self._store.setValue("tools/brush_px", float(value))

    @property
    def opacity(self) -> float:
        """Of the overlay, 0..1."""
        return min(1.0, max(0.0, self._number("view/opacity", 0.45)))

    @opacity.setter
    def opacity(self, value: float) -> None:
        self._store.setValue("view/opacity", float(value))

    @property
    def last_folder(self) -> Path:
        """Where the user last opened something."""
        return Path(str(self._store.value("paths/last_folder", str(Path.home()))))

    @last_folder.setter
    def last_folder(self, value: Path) -> None:
        self._store.setValue("paths/last_folder", str(value))

    @property
    def export_folder(self) -> Path | None:
        """Where the user last exported to."""
        value = self._store.value("paths/export_folder")
        return Path(str(value)) if value else None

    @export_folder.setter
    def export_folder(self, value: Path) -> None:
        self._store.setValue("paths/export_folder", str(value))

    @property
    def export_choices(self) -> str:
        """What was chosen at the last exports, as ``ExportChoices`` writes it; empty before the first."""
        return str(self._store.value("export/choices", ""))

    @export_choices.setter
    def export_choices(self, value: str) -> None:
        self._store.setValue("export/choices", value)

    @property
    def recent_projects(self) -> tuple[Path, ...]:
        """Projects that were open lately, the latest first."""
        try:
            names = json.loads(str(self._store.value("paths/recent_projects", "[]")))
        except ValueError:
            return ()
        return tuple(Path(name) for name in names if isinstance(name, str)) if isinstance(names, list) else ()

    def add_recent_project(self, path: Path) -> None:
        """A project was opened or saved."""
        others = [other for other in self.recent_projects if other != path]
        names = [str(item) for item in (path, *others)][:_RECENT_COUNT]
        self._store.setValue("paths/recent_projects", json.dumps(names))
        self._store.setValue("paths/project_folder", str(path.parent))

    def clear_recent_projects(self) -> None:
        """Forget them."""
        self._store.remove("paths/recent_projects")

    @property
    def project_folder(self) -> Path:
        """Where the user last saved or opened a project."""
        return Path(str(self._store.value("paths/project_folder", str(Path.home()))))

    @property
    def cache_bytes(self) -> int:
        """How much memory decoded frames may take."""
        return int(self._number("decode/cache_mib", 768.0)) * 1024 * 1024

    @property
    def drawn_bytes(self) -> int:
        """How much memory frames may take as they are shown, at the size of the canvas."""
        return int(self._number("decode/drawn_mib", 192.0)) * 1024 * 1024

    @property
    def disk_cache_bytes(self) -> int:
        """How much lists of frames and proxies of clips may take on disk."""
        return int(self._number("decode/disk_cache_mib", 4096.0)) * 1024 * 1024

    @property
    def key_preset(self) -> str:
        """Name of the keyboard preset."""
        return str(self._store.value("keys/preset", DEFAULT_PRESET))

    @key_preset.setter
    def key_preset(self, value: str) -> None:
        self._store.setValue("keys/preset", value)

    @property
    def key_changes(self) -> str:
        """The user's own keys, as ``keymap.to_text`` writes them."""
        return str(self._store.value("keys/changes", "{}"))

    @key_changes.setter
    def key_changes(self, value: str) -> None:
        self._store.setValue("keys/changes", value)

    @property
    def weights(self) -> str:
        """Name of the network weights."""
        return str(self._store.value("network/weights", "lite_cfbi"))

    @weights.setter
    def weights(self, value: str) -> None:
        self._store.setValue("network/weights", value)

    @property
    def device(self) -> str:
        """Where the network runs; "auto" for the fastest there is."""
        return str(self._store.value("network/device", "auto"))

    @device.setter
    def device(self, value: str) -> None:
        self._store.setValue("network/device", value)

    @property
    def close_up(self) -> bool:
        """Whether the network may look at a window around small objects."""
        return self._store.value("network/close_up", "true") == "true"

    @close_up.setter
    def close_up(self, value: bool) -> None:
        self._store.setValue("network/close_up", "true" if value else "false")

    @property
    def theme(self) -> str:
        """Name of the theme."""
        return str(self._store.value("view/theme", "dark"))

    @theme.setter
    def theme(self, value: str) -> None:
        self._store.setValue("view/theme", value)

    @property
    def folded_panels(self) -> frozenset[str]:
        """Names of the panels of the side bar of which only the heading is shown."""
        names = str(self._store.value("view/folded_panels", "finish"))
        return frozenset(filter(None, names.split(" ")))

    @folded_panels.setter
    def folded_panels(self, value: frozenset[str]) -> None:
        self._store.setValue("view/folded_panels", " ".join(sorted(value)))

    @property
    def language(self) -> str:
        """Code of the language of the window; empty for the system's."""
        return str(self._store.value("view/language", ""))

    @language.setter
    def language(self, value: str) -> None:
        self._store.setValue("view/language", value)

    @property
    def tour_seen(self) -> bool:
        """Whether the user has seen the tour, or ended it."""
        return str(self._store.value("help/tour_seen", "false")).lower() == "true"

    @tour_seen.setter
    def tour_seen(self, value: bool) -> None:
        self._store.setValue("help/tour_seen", value)

    @property
    def loops(self) -> bool:
        """Whether playback starts again at the end."""
        return str(self._store.value("playback/loop", "false")).lower() == "true"

    @loops.setter
    def loops(self, value: bool) -> None:
        self._store.setValue("playback/loop", value)

    @property
    def shows_thumbnails(self) -> bool:
        """Whether the timeline has a row of pictures."""
        return str(self._store.value("timeline/thumbnails", "true")).lower() == "true"

    @shows_thumbnails.setter
    def shows_thumbnails(self, value: bool) -> None:
        self._store.setValue("timeline/thumbnails", value)

    @property
    def geometry(self) -> QByteArray | None:
        """Of the window, as Qt saves it."""
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._store.setValue("window/geometry", value)

    def save(self) -> None:
        """Write to disk now."""
        self._store.sync()

    def _number(self, key: str, default: float) -> float:
        try:
            return float(str(self._store.value(key, default)))
        except ValueError:
            return default
