"""Dev scores: of which frames, and that they end when asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cfbi.data.annotations import read_index_mask
from cfbi.data.reading import read_picture
from cfbi.inference.session import InferenceSession
from cfbi.training.dev import ScoringStopped, score_dev
from tests.unit.cfbi.data.writing import write_sequence
from tests.unit.cfbi.tiny import filled_tiny


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    write_sequence(tmp_path, "one", frames=6)
    listed = tmp_path / "ImageSets" / "2016" / "val.txt"
    listed.parent.mkdir(parents=True)
    listed.write_text("one\n")
    return tmp_path


def test_all_frames_between_the_first_and_the_last_count(davis: Path) -> None:
    asked: list[int] = []

    def never() -> bool:
        asked.append(1)
        return False

    score = score_dev(filled_tiny(), davis, max_side=65, should_stop=never)
    assert len(asked) == 4
    assert score.per_sequence == {"one": pytest.approx(score.mean)}
    asked.clear()
    score_dev(filled_tiny(), davis, max_side=65, most_frames=4, should_stop=never)
    assert len(asked) == 2
    asked.clear()
    score_dev(filled_tiny(), davis, max_side=65, every=2, should_stop=never)
    assert len(asked) == 1  # frames 0, 2 and 4, without the first and the last


def test_true_masks_may_take_the_place_of_those_found(davis: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[float, int]] = []
    monkeypatch.setattr(
        InferenceSession,
        "set_previous",
        lambda _self, frame, mask: given.append((float(frame.mean()), int(np.count_nonzero(mask)))),
    )
    score_dev(filled_tiny(), davis, max_side=65)
    assert given == []
    score_dev(filled_tiny(), davis, max_side=65, renew=2)  # of frames 1 to 4, after 2 and 4
    pictures = [read_picture(davis / "JPEGImages" / "480p" / "one" / f"0000{index}.jpg") for index in (2, 4)]
    masks = [read_index_mask(davis / "Annotations" / "480p" / "one" / f"0000{index}.png") for index in (2, 4)]
    expected = [(float(p.mean()), int((m > 0).sum())) for p, m in zip(pictures, masks, strict=True)]
    assert given == expected


def test_scoring_ends_within_a_frame(davis: Path) -> None:
    answers = iter([False, True])
    with pytest.raises(ScoringStopped):
        score_dev(filled_tiny(), davis, max_side=65, should_stop=lambda: next(answers))
