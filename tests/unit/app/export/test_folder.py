from __future__ import annotations

from pathlib import Path

from app.export.folder import exported_files, remove_stale


def touched(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


def test_only_files_of_our_own_naming_are_found_and_removed(tmp_path: Path) -> None:
    ours = touched(
        tmp_path, "index/a.b_00000.png", "index/a.b_00001.png", "matte/a.b_00001.png", "matte/2/a.b_00001.png"
    )
    others = touched(
        tmp_path,
        "index/a.b_00000.jpg",
        "index/aXb_00000.png",
        "index/a.b_0000.png",
        "index/my a.b_00000.png",
        "a.b_00000.png",
        "matte/notes/a.b_00000.png",
    )
    assert exported_files(tmp_path, "a.b") == ours
    assert remove_stale(tmp_path, "a.b", [ours[1]]) == 3
    assert exported_files(tmp_path, "a.b") == [ours[1]]
    assert all(path.exists() for path in others)
    assert not (tmp_path / "matte/2").exists()


def test_no_folder_is_no_export(tmp_path: Path) -> None:
    assert exported_files(tmp_path / "none", "a") == []
    assert remove_stale(tmp_path / "none", "a", []) == 0
