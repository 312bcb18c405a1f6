"""Training data packed for another machine: same layouts, limited size."""

from __future__ import annotations

import tarfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from cfbi.data.annotations import read_index_mask
from cfbi.data.davis import open_sequence
from cfbi.data.layouts import open_layout
from cfbi.data.pack import PackPlan, pack, unpack
from cfbi.data.sampler import ClipSampler
from cfbi.errors import DataError
from tests.unit.cfbi.data.writing import save_grey, save_picture, textured


def test_a_pack_is_read_like_the_folders_it_was_made_of(davis: Path, stills: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "pack.tar"
    packed = pack(davis, stills, target, PackPlan(short_side=48, dev_long_side=80, still_side=40))
    assert packed.size == target.stat().st_size
    assert packed.sequences == 4
    assert packed.left_out == 0
    sequences, pictures = unpack(target, tmp_path / "data")
    assert sequences is not None
    for split in ("train", "val"):
        assert open_layout(sequences, split).names == open_layout(davis, split).names
    # 96 x 160 px before; the dev sequence keeps more
    for name, shape in (("two", (48, 80)), ("held-out", (48, 80))):
        files = open_layout(sequences, "train" if name == "two" else "val").open(name)
        assert cv2.imread(str(files.frames[0])).shape[:2] == shape
        assert len(files.frames) == 8
        mask = read_index_mask(files.masks[files.frames[0].stem])
        before = read_index_mask(davis / "Annotations" / "480p" / name / "00000.png")
        np.testing.assert_array_equal(np.unique(mask), np.unique(before))
        assert (mask > 0).mean() == pytest.approx((before > 0).mean(), abs=0.02)
    assert len(open_sequence(sequences, "held-out").frames) == 8  # as dev scores look for them
    drawn = ClipSampler(sequences, pictures, crop=33, length=3)
    assert drawn.facts["stills"] == {k: v for k, v in packed.stills.items() if k != "backgrounds"}
    assert drawn.sample(np.random.default_rng(0)).frames.shape == (3, 33, 33, 3)


def test_less_room_means_fewer_of_every_source(davis: Path, tmp_path: Path) -> None:
    stills, target = tmp_path / "stills", tmp_path / "pack.tar"
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 1
    for source, count in (("many", 12), ("some", 6)):
        for number in range(count):
            save_picture(
                stills / source / "images" / f"{number}.png", textured((40, 40), number, (90, 90, 90))
            )
            save_grey(stills / source / "masks" / f"{number}.png", mask)
    whole = pack(None, stills, target, PackPlan())
    assert whole.stills == {"many": 12, "some": 6}
    # an archive is filled up to whole blocks of 10,240 bytes
    half = pack(None, stills, target, PackPlan(limit=16_384 + (whole.size - 5_000) // 2))
    assert half.size <= 16_384 + whole.size // 2
    assert half.left_out == 18 - sum(half.stills.values())
    assert 4 <= half.stills["many"] <= 7
    assert 2 <= half.stills["some"] <= 4
    with pytest.raises(DataError, match="The sequences alone take 0 MB of 0"):
        pack(davis, None, target, PackPlan(limit=1000))
    assert target.stat().st_size == half.size  # the older pack is still there
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_what_is_no_pack_is_named(tmp_path: Path) -> None:
    (tmp_path / "pack.tar").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"pack\.tar cannot be unpacked"):
        unpack(tmp_path / "pack.tar", tmp_path / "data")
    with pytest.raises(DataError, match="There is nothing to pack"):
        pack(None, None, tmp_path / "x.tar", PackPlan())
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("../outside"))
    with pytest.raises(DataError, match="cannot be unpacked"):
        unpack(tmp_path / "evil.tar", tmp_path / "data")
    assert not (tmp_path / "outside").exists()
