"""Pictures of the clip along the timeline: which ones, decoded when, kept and given up."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource, pack
from app.document.references import Reference
from app.main_window import MainWindow
from app.media import FrameMap
from app.media.disk_cache import DiskCache
from app.media.frame_cache import FrameCache
from app.media.listing_cache import forget
from app.settings import Settings
from app.views.timeline.rows import THUMBNAIL_PX, THUMBNAILS_PX
from app.views.timeline.scale import TimeScale
from app.views.timeline.thumbnails import Thumbnails, plan_slots
from app.worker.decode_messages import Mailbox, ThumbnailReady, ThumbnailWish, Wish
from app.worker.decode_worker import DecodeWorker
from tests.barcode import make_clip, read_barcode
from tests.gui.conftest import open_clip

SIZE = (96, 64)


@pytest.fixture
def long_clip(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "media").mkdir()
    yield make_clip(tmp_path / "media" / "long.mkv", ["-c:v", "mjpeg", "-q:v", "2"], 90)
    forget()


def scale_of(count: int, width: float = 1000) -> TimeScale:
    scale = TimeScale()
    scale.set_strip(100, width)
    scale.set_count(count)
    return scale


# ---- which ones ----


@pytest.mark.parametrize("count", [1, 12, 10_000])
@pytest.mark.parametrize("zooms", [0, 3, 40])
def test_as_many_pictures_as_fit_side_by_side(count: int, zooms: int) -> None:
    scale = scale_of(count)
    for _ in range(zooms):
        scale.zoom(1.6, 600)
    slots = plan_slots(scale, count, 68, None)
    shown = [slot.frames for slot in slots.shown]
    assert shown[0].start <= scale.visible.start
    assert shown[-1].stop >= scale.visible.stop
    assert all(one.stop == other.start for one, other in pairwise(shown))
    assert all(len(span) * scale.cell >= 0.8 * 68 for span in shown if span.stop < count)
    # without room for another one between them, unless a frame takes that much
    if max(len(span) for span in shown) > 2:
        assert all(len(span) * scale.cell < 1.25 * 68 for span in shown)
    assert len(slots.beside) <= len(shown) + 1
    assert set(slots.wanted) <= set(range(count))
    assert len(set(slots.wanted)) == len(slots.wanted)


def test_the_next_ones_come_from_both_sides_the_nearest_first() -> None:
    scale = scale_of(1000)
    for _ in range(20):
        scale.zoom(1.6, 600)
    slots = plan_slots(scale, 1000, 63, None)  # a frame each
    shown = [slot.frame_index for slot in slots.shown]
    beside = [slot.frame_index for slot in slots.beside]
    margin = (len(shown) + 1) // 2
    assert beside == [
        *range(shown[-1] + 1, shown[-1] + 1 + margin),
        *range(shown[0] - 1, shown[0] - 1 - margin, -1),
    ]
    assert slots.wanted == (*shown, *beside)


def test_zooming_in_keeps_frames_that_are_there() -> None:
    scale = scale_of(10_000)
    before = {slot.frame_index for slot in plan_slots(scale, 10_000, 68, None).shown}
    scale.zoom(2, scale.x_of(0))
    after = {slot.frame_index for slot in plan_slots(scale, 10_000, 68, None).shown}
    assert len(after & before) >= len(after) // 2


def test_a_picture_for_many_frames_shows_one_that_decodes_quickly() -> None:
    stamps = np.arange(10_000, dtype=np.int64)
    keys = np.arange(17, 10_000, 250, dtype=np.int64)
    slots = plan_slots(scale_of(10_000), 10_000, 68, FrameMap(stamps, Fraction(1, 25), keys))
    assert len(slots.shown) > 8
    assert all(slot.frame_index in slot.frames for slot in slots.shown)
    assert {slot.frame_index % 250 for slot in slots.shown[:-1]} == {17}
    single = FrameMap(stamps, Fraction(1, 25), keys[:1])
    assert [slot.frame_index for slot in plan_slots(scale_of(10_000), 10_000, 68, single).shown][:2] == [
        17,
        640,
    ]


def test_no_clip_has_no_pictures() -> None:
    assert plan_slots(scale_of(0), 0, 68, None).wanted == ()


def test_pictures_stay_within_their_bytes_and_broken_frames_are_not_asked_for_again() -> None:
    kept = Thumbnails(FrameCache(3 * 1200))
    for index in range(5):
        kept.put(index, np.full((20, 20, 3), index, np.uint8))
    kept.put(9, None)
    assert kept.lacking((0, 1, 2, 3, 4, 9, 10)) == (0, 1, 10)
    assert kept.get(0) is None
    kept.clear()
    assert kept.lacking((3, 9)) == (3, 9)


# ---- the worker alone, in this thread ----


class Worker:
    """A decode worker whose thumbnails are kept."""

    def __init__(self, path: Path, folder: Path, frames: int = 1000) -> None:
        self.mailbox = Mailbox()
        self.cache = FrameCache(SIZE[0] * SIZE[1] * 3 * frames)
        self.worker = DecodeWorker(self.cache, self.mailbox, DiskCache(folder), rest_s=0.0)
        self.ready: list[ThumbnailReady] = []
        self.worker.thumbnail_ready.connect(self.ready.append)
        self.worker.open(1, path, True)

    def want(self, *frames: int, size: tuple[int, int] = SIZE) -> None:
        self.mailbox.put_thumbnails(ThumbnailWish(1, frames, size))

    def idle(self, rounds: int = 1) -> None:
        for _ in range(rounds):
            self.worker._on_idle(1)

    @property
    def seen(self) -> list[int]:
        return [ready.frame_index for ready in self.ready]


@pytest.fixture
def made(qtbot: QtBot, long_clip: Path, tmp_path: Path) -> Iterator[Worker]:
    worker = Worker(long_clip, tmp_path / "cache")
    yield worker
    worker.worker.release()


def test_pictures_are_made_one_at_a_time_in_the_order_of_the_wish(made: Worker) -> None:
    made.want(40, 0, 80, 41)
    made.idle()
    assert made.seen == [40]
    made.idle(5)
    assert made.seen == [40, 0, 80, 41]
    assert made.mailbox.thumbnails is None
    for ready in made.ready:
        assert ready.picture is not None
        assert read_barcode(ready.picture) == ready.frame_index
    assert [(1, index) in made.cache for index in (40, 80)] == [False, False]  # exact frames keep their room


def test_pictures_have_the_size_that_was_asked_for(made: Worker) -> None:
    made.want(0, 50, size=(48, 32))  # the first one is decoded already
    made.idle(2)
    assert [ready.picture.shape for ready in made.ready if ready.picture is not None] == [(32, 48, 3)] * 2


def test_what_the_playhead_wants_comes_first(made: Worker) -> None:
    made.want(40)
    made.mailbox.put(Wish(1, 7, 1, 0))
    made.idle(2)
    assert made.seen == []
    made.worker.serve()
    made.idle()
    assert (1, 7) in made.cache
    assert made.seen == [40]


def test_a_view_that_moved_on_gives_up_what_it_wanted(made: Worker) -> None:
    made.want(40, 41)
    made.idle()
    made.want(70)
    made.idle(3)
    made.want()
    made.idle(2)
    assert made.seen == [40, 70]


def test_a_picture_is_given_up_while_it_is_decoded(made: Worker) -> None:
    clip = made.worker._clip
    assert clip is not None
    make = clip.thumbnail

    def moved_on(index: int, size: tuple[int, int], interrupted: object) -> object:
        if index == 88:
            made.want(3)
        return make(index, size, interrupted)  # type: ignore[arg-type]

    clip.thumbnail = moved_on  # type: ignore[method-assign, assignment]
    made.want(88)
    made.idle(2)
    assert made.seen == [3]


def test_pictures_of_the_clip_before_are_not_made(made: Worker) -> None:
    made.mailbox.put_thumbnails(ThumbnailWish(0, (5,), SIZE))
    made.idle(2)
    assert made.seen == []
    assert made.mailbox.thumbnails is None


def test_a_frame_that_cannot_be_decoded_is_told_once_and_the_rest_goes_on(made: Worker) -> None:
    made.want(4000, 3)
    made.idle(2)
    assert [(ready.frame_index, ready.picture is None) for ready in made.ready] == [(4000, True), (3, False)]


def test_small_pictures_that_are_on_disk_are_used(qtbot: QtBot, long_clip: Path, tmp_path: Path) -> None:
    made = Worker(long_clip, tmp_path / "cache", frames=10)
    try:
        made.idle(13)  # all proxies
        clip = made.worker._clip
        assert clip is not None
        clip.source.reduced = None  # type: ignore[method-assign, assignment]
        made.want(60, 61)
        made.idle(2)
        assert made.seen == [60, 61]
        for ready in made.ready:
            assert ready.picture is not None
            assert read_barcode(ready.picture) == ready.frame_index
    finally:
        made.worker.release()


# ---- the window ----


def test_the_row_shows_pictures_of_the_clip(qtbot: QtBot, open_window: MainWindow) -> None:
    timeline = open_window.timeline
    assert timeline.rows.has_thumbnails
    assert timeline.sizeHint().height() == timeline.rows.height + 4
    qtbot.waitUntil(lambda: timeline.thumbnails.lacking(tuple(range(12))) == (), timeout=10000)
    image = timeline.grab().toImage()
    ratio = image.devicePixelRatio()
    middle = timeline.rows.thumbnails_top + THUMBNAILS_PX / 2
    # the clip's blue square moves to the right: (10 + index .. 26 + index) of 64 px, rows 10..26 of 48
    width = THUMBNAIL_PX * 64 / 48
    for frame in (2, 9):
        left = timeline.x_of(frame) - width / 2
        inside = left + (18 + frame) / 64 * width
        y = timeline.rows.thumbnails_top + 3 + 18 / 48 * THUMBNAIL_PX
        color = image.pixelColor(round(inside * ratio), round(y * ratio))
        assert color.red() > 180  # OpenCV wrote blue, green, red
        assert color.blue() < 110
        beside = image.pixelColor(round((left + 2) * ratio), round(middle * ratio))
        assert (beside.red(), beside.green(), beside.blue()) == (40, 40, 40)


def test_the_row_can_be_hidden_and_the_settings_know(
    qtbot: QtBot, open_window: MainWindow, clip_path: Path
) -> None:
    timeline, switch = open_window.timeline, open_window.actions_table["toggle_thumbnails"]
    assert switch.isChecked()
    high = timeline.sizeHint().height()
    wanted: list[tuple[int, ...]] = []
    timeline.thumbnails_wanted.connect(wanted.append)
    switch.trigger()
    assert timeline.sizeHint().height() == high - THUMBNAILS_PX
    qtbot.waitUntil(lambda: wanted == [()])
    assert not Settings().shows_thumbnails
    switch.trigger()
    assert timeline.sizeHint().height() == high
    assert Settings().shows_thumbnails
    qtbot.waitUntil(lambda: wanted[-1][:12] == tuple(range(12)))


def test_another_clip_has_its_own_pictures(qtbot: QtBot, open_window: MainWindow, long_clip: Path) -> None:
    timeline = open_window.timeline
    qtbot.waitUntil(lambda: timeline.thumbnails.get(3) is not None, timeout=10000)
    open_clip(qtbot, open_window, long_clip)
    qtbot.waitUntil(lambda: timeline.thumbnails.get(0) is not None, timeout=10000)
    picture = timeline.thumbnails.get(0)
    assert picture is not None
    assert picture.shape == (64, 96, 3)  # never larger than the clip
    assert read_barcode(picture) == 0


@pytest.mark.parametrize("along", [True, False])
def test_references_that_were_never_on_screen_have_pictures(
    qtbot: QtBot, window: MainWindow, long_clip: Path, monkeypatch: pytest.MonkeyPatch, along: bool
) -> None:
    if not along:
        window.actions_table["toggle_thumbnails"].trigger()
    open_clip(qtbot, window, long_clip)
    monkeypatch.setattr(window.clip.lane, "cached", lambda index: None)  # nothing was decoded by chance
    document, panel = window.document, window.reference_panel
    mask = np.zeros((64, 96), np.uint8)
    mask[10:30, 20:40] = 1
    for index in (41, 67):
        document.put_mask(index, pack(mask, MaskSource.USER))
    document.put_references({index: Reference(index) for index in (41, 67)})
    assert panel.lacking == [41, 67]
    qtbot.waitUntil(lambda: not panel.lacking, timeout=20000)
    small = panel.row(67)._small
    assert small is not None
    assert small.shape == (40, 60, 3)


def test_a_broken_frame_of_a_reference_is_asked_for_once(open_window: MainWindow) -> None:
    thumbnails, document = open_window._thumbnails, open_window.document
    document.put_mask(7, pack(np.ones((48, 64), np.uint8), MaskSource.USER))
    asked: list[list[int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            open_window.clip.lane, "request_thumbnails", lambda frames, size: asked.append(list(frames))
        )
        document.put_references({7: Reference(7)})
        open_window.reference_panel.row(7)._small = None
        thumbnails._ask()
        assert 7 in asked[-1]
        thumbnails._on_ready(ThumbnailReady(0, 7, None))
        thumbnails._ask()
        assert 7 not in asked[-1]
