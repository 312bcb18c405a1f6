"""What file dialogs offer."""

from __future__ import annotations

from app.i18n import tr


def file_filter(kinds: str, patterns: str) -> str:
    """For ``QFileDialog``: files of some kinds, or all.

    Args:
        kinds: As the user calls them.
        patterns: Such as "*.png *.tif".
    """
    every = tr("All files")
    return f"{kinds} ({patterns});;{every} (*)"
