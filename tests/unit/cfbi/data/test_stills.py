import logging
from pathlib import Path

import numpy as np
import pytest

from cfbi.data.stills import StillFolder, object_ids
from cfbi.errors import DataError
from tests.unit.cfbi.data.writing import save_grey, save_palette, save_picture, textured


def test_sources_follow_the_shares_of_their_families(tmp_path: Path) -> None:
    for source, count in (("coco_subset", 1), ("voc_regions", 2), ("toys", 1), ("tools", 4)):
        for number in range(count):
            save_picture(tmp_path / source / "images" / f"{number}.png", textured((40, 40), 0, (9, 9, 9)))
            save_grey(tmp_path / source / "masks" / f"{number}.png", np.eye(40, dtype=np.uint8))

    shares = StillFolder(tmp_path).sources

    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares["coco_subset"] / shares["voc_regions"] == pytest.approx(0.30 / 0.25)
    assert (shares["toys"] + shares["tools"]) / shares["coco_subset"] == pytest.approx(0.15 / 0.30)
    assert shares["tools"] / shares["toys"] == pytest.approx(2.0)


def test_stills_keep_ids_and_ignored_pixels_and_are_never_mattes(stills: Path) -> None:
    folder = StillFolder(stills)
    seen = set()

    for seed in range(30):
        still = folder.still(np.random.default_rng(seed))
        seen.add(still.source)
        values = np.unique(still.index_mask).tolist()
        assert values == ([0, 1, 2, 255] if still.source == "voc_regions" else [0, 1])
        assert still.picture.shape == (90, 120, 3)

    assert seen == {"voc_regions", "weizmann_horse"}


def test_a_mask_of_0_and_255_is_one_object(tmp_path: Path) -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 255
    save_picture(tmp_path / "mine" / "images" / "a.jpg", textured((40, 40), 0, (9, 9, 9)))
    save_grey(tmp_path / "mine" / "masks" / "a.png", mask)

    still = StillFolder(tmp_path).still(np.random.default_rng(0))

    assert np.array_equal(still.index_mask, (mask > 0).astype(np.uint8))


def test_cutouts_of_mattes_keep_their_opacity(stills: Path) -> None:
    folder = StillFolder(stills)

    cutouts = [folder.cutout(np.random.default_rng(seed)) for seed in range(60)]

    matte = next(cutout for cutout in cutouts if cutout.source == "stills/toys_alpha")
    assert len(np.unique(matte.alphas[0])) > 20
    assert matte.alphas[0][0].max() == 0
    assert {cutout.source for cutout in cutouts} >= {"stills/voc_regions", "stills/weizmann_horse"}


def test_backgrounds_come_without_labels(stills: Path) -> None:
    folder = StillFolder(stills)

    shapes = {folder.background(np.random.default_rng(seed)).shape for seed in range(10)}

    assert shapes == {(90, 120, 3)}


@pytest.mark.allow_logs
def test_broken_pairs_are_named_once_and_left_out(stills: Path, caplog: pytest.LogCaptureFixture) -> None:
    (stills / "voc_regions" / "images" / "0.webp").write_bytes(b"")
    save_grey(stills / "voc_regions" / "masks" / "1.png", np.ones((5, 5), np.uint8))
    save_picture(stills / "weizmann_horse" / "images" / "orphan.png", textured((9, 9), 0, (9, 9, 9)))

    with caplog.at_level(logging.WARNING):
        folder = StillFolder(stills)
        sources = {folder.still(np.random.default_rng(seed)).source for seed in range(30)}

    assert sources == {"weizmann_horse"}
    messages = sorted(record.getMessage() for record in caplog.records)
    assert len(messages) == 3
    assert "is empty" in messages[0]
    assert "another size" in messages[1]
    assert "orphan.png: it has no mask" in messages[2]


def test_an_empty_folder_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no still pictures") as caught:
        StillFolder(tmp_path)

    assert "images" in caught.value.hint
    with pytest.raises(DataError):
        StillFolder(tmp_path / "nowhere")


def test_object_ids_leaves_out_specks_and_ignored_pixels() -> None:
    mask = np.zeros((100, 100), np.uint8)
    mask[:20, :20] = 3
    mask[50, 50] = 4
    mask[90:] = 255

    assert object_ids(mask).tolist() == [3]


def test_a_single_source_with_palette_masks(tmp_path: Path) -> None:
    mask = np.zeros((40, 40), np.uint8)
    mask[10:30, 10:30] = 7
    save_picture(tmp_path / "images" / "a.jpg", textured((40, 40), 0, (9, 9, 9)))
    save_palette(tmp_path / "masks" / "a.png", mask)

    still = StillFolder(tmp_path).still(np.random.default_rng(0))

    assert np.array_equal(still.index_mask, mask)


def test_mattes_are_recognised_without_a_name_that_says_so(stills: Path) -> None:
    (stills / "toys_alpha").rename(stills / "toys")

    cutouts = [StillFolder(stills).cutout(np.random.default_rng(seed)) for seed in range(30)]

    matte = next(cutout for cutout in cutouts if cutout.source == "stills/toys")
    assert len(np.unique(matte.alphas[0])) > 20


def test_stills_of_a_validation_sequence_are_refused(stills: Path) -> None:
    (stills / "weizmann_horse").rename(stills / "camel")

    with pytest.raises(DataError, match="camel would be trained on"):
        StillFolder(stills)
