from pathlib import Path

import numpy as np
import pytest

from cfbi.data.sampler import ClipSampler
from cfbi.errors import DataError


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng((1, seed))


@pytest.fixture(params=["real", "simulated", "both", "youtubevos"])
def sampler(request: pytest.FixtureRequest, davis: Path, stills: Path, youtubevos: Path) -> ClipSampler:
    folders = {
        "real": (davis, None),
        "simulated": (None, stills),
        "both": (davis, stills),
        "youtubevos": (youtubevos, stills),
    }
    first, second = folders[request.param]
    return ClipSampler(first, second, crop=81, length=4, paste_share=0.6)


def test_clips_are_what_the_trainer_expects(sampler: ClipSampler) -> None:
    for seed in range(40):
        clip = sampler.sample(rng(seed))

        assert clip.frames.shape == (4, 81, 81, 3)
        assert clip.frames.dtype == np.uint8
        assert clip.masks.shape == (4, 81, 81)
        assert clip.masks.dtype == np.uint8
        ids = sorted(set(np.unique(clip.masks[0]).tolist()) - {0, 255})
        assert 1 <= len(ids) <= 3
        assert ids == list(range(1, len(ids) + 1))
        assert set(np.unique(clip.masks).tolist()) <= {0, *ids, 255}
        assert clip.source.split("/")[0] in {"davis", "stills", "youtubevos"}


def test_equal_generators_give_equal_clips(sampler: ClipSampler) -> None:
    first = [sampler.sample(rng(seed)) for seed in (4, 5, 6)]
    again = [sampler.sample(rng(seed)) for seed in (6, 5, 4)][::-1]

    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.frames, other.frames)
        assert np.array_equal(one.masks, other.masks)
        assert one.source == other.source
    assert not np.array_equal(first[0].frames, first[1].frames)


def test_held_out_sequences_are_never_drawn(davis: Path) -> None:
    sampler = ClipSampler(davis, None, crop=49)

    sources = {sampler.sample(rng(seed)).source for seed in range(60)}

    assert sources == {"davis/one", "davis/binary", "davis/two"}


def test_masks_stay_on_their_objects(davis: Path) -> None:
    # red discs over green ground: the mask must follow them through crop, scale, turn and look
    sampler = ClipSampler(davis, None, crop=81, paste_share=0.0)

    hits = []
    for seed in range(20):
        clip = sampler.sample(rng(seed))
        redness = clip.frames[..., 0].astype(float) - clip.frames[..., 1]
        inside, outside = redness[(clip.masks > 0) & (clip.masks < 255)], redness[clip.masks == 0]
        hits.append(inside.mean() > outside.mean() + 30)
        if np.ptp(redness) < 30:  # a clip in grey tells nothing
            hits.pop()

    assert len(hits) >= 15
    assert all(hits)


def test_ignored_pixels_of_stills_stay_ignored(stills: Path) -> None:
    sampler = ClipSampler(None, stills, crop=81, whole_share=1.0)

    clips = [sampler.sample(rng(seed)) for seed in range(30)]

    assert any(np.any(clip.masks == 255) for clip in clips if clip.source == "stills/voc_regions")


def test_real_share_decides_between_the_kinds(davis: Path, stills: Path) -> None:
    for share, kinds in ((0.0, {"stills"}), (1.0, {"davis"})):
        sampler = ClipSampler(davis, stills, crop=49, real_share=share)
        assert {sampler.sample(rng(seed)).source.split("/")[0] for seed in range(8)} == kinds


@pytest.mark.parametrize("length", [3, 5])
def test_other_lengths_and_sizes(davis: Path, stills: Path, length: int) -> None:
    sampler = ClipSampler(davis, stills, crop=65, length=length, max_objects=1)

    for seed in range(10):
        clip = sampler.sample(rng(seed))
        assert clip.masks.shape == (length, 65, 65)
        assert set(np.unique(clip.masks).tolist()) <= {0, 1, 255}


def test_nothing_to_train_on_is_an_error() -> None:
    with pytest.raises(DataError, match="nothing to train on"):
        ClipSampler(None, None)


def test_a_clip_needs_a_current_frame(davis: Path) -> None:
    with pytest.raises(DataError, match="no current frame"):
        ClipSampler(davis, None, length=2)


def test_the_real_folders_never_yield_a_dev_sequence(shared_dir: Path) -> None:
    sampler = ClipSampler(shared_dir / "data" / "davis", shared_dir / "data" / "stills", crop=65)

    sources = {sampler.sample(rng(seed)).source for seed in range(40)}

    held_out = {f"davis/{name}" for name in ("lucia", "mallard-water", "hockey", "car-turn")}
    assert not sources & held_out
    assert any(source.startswith("davis/") for source in sources)
    assert any(source.startswith("stills/") for source in sources)
