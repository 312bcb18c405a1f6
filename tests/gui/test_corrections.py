"""A correction of one object concerns that object: the others keep their masks, marks and references."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.document.mask_store import StoredMask
from app.document.references import Reference
from app.document.run_plan import Direction
from app.main_window import MainWindow
from app.views.timeline.rows import BAR_PX
from tests.fakes import FakeEngine
from tests.gui.conftest import Mouse
from tests.gui.test_propagation import finish

ShowFrame = Callable[[int], None]


@pytest.fixture(autouse=True)
def small_brush(open_window: MainWindow) -> None:
    open_window.canvas.set_brush_px(8)


def run(qtbot: QtBot, window: MainWindow, name: str = "propagate_forward") -> None:
    window.actions_table[name].trigger()
    finish(qtbot, window)


@pytest.fixture
def two_propagated(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> MainWindow:
    """Object 1 and object 2 painted on frame 0 and carried through the clip."""
    mouse.stroke((16, 16))
    open_window.actions_table["add_object"].trigger()
    mouse.stroke((44, 34))
    run(qtbot, open_window)
    return open_window


def jump(engine: FakeEngine) -> None:
    """From now on the network finds every object elsewhere."""
    engine.rewrite = lambda step, mask: np.roll(mask, 8, axis=0)


def correct(window: MainWindow, mouse: Mouse, show_frame: ShowFrame, frame: int, object_id: int = 1) -> None:
    """Paint an object larger, away from the other one."""
    show_frame(frame)
    window.document.set_current_object(object_id)
    mouse.stroke((16, 24) if object_id == 1 else (52, 34))


def stale(window: MainWindow, object_id: int) -> list[int]:
    lanes, table = window.timeline.lanes, window.document.reference_table
    return np.flatnonzero(lanes[object_id].stale(lanes.references_of(object_id, table))).tolist()


def same_object(before: StoredMask | None, after: StoredMask | None, object_id: int) -> bool:
    """Whether an object's matte and pixels are the same, and as old."""
    assert before is not None
    assert after is not None
    return (
        np.array_equal(before.matte(object_id), after.matte(object_id))
        and np.array_equal(before.index_mask() == object_id, after.index_mask() == object_id)
        and before.serial_of(object_id) == after.serial_of(object_id)
    )


def changed(window: MainWindow, before: dict[int, StoredMask], object_id: int) -> list[int]:
    """Frames on which an object has another mask now."""
    masks = window.document.masks
    return [index for index in before if not same_object(before[index], masks.entry(index), object_id)]


def test_a_correction_of_one_object_leaves_the_other_as_it_is(
    qtbot: QtBot, two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    window, document = two_propagated, two_propagated.document
    before = document.masks.entries()
    correct(window, mouse, show_frame, 6)
    corrected = document.masks.entry(6)
    assert corrected is not None
    assert corrected.told_ids == {1}
    assert same_object(before[6], corrected, 2)
    jump(engine)
    run(qtbot, window)
    assert document.references == {0, 6}
    assert changed(window, before, 2) == []
    assert changed(window, before, 1) == [6, 7, 8, 9, 10, 11]
    assert document.masks.entry(6) == corrected
    assert stale(window, 1) == [1, 2, 3, 4, 5]
    assert stale(window, 2) == []
    run_back = window.actions_table["propagate_backward"]
    show_frame(6)
    run_back.trigger()
    finish(qtbot, window)
    assert changed(window, before, 2) == []
    assert stale(window, 1) == []
    # one step of undo each
    document.undo()
    document.undo()
    assert document.masks.entries() == {**before, 6: corrected}


def test_before_the_run_the_plan_says_what_stays(
    two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    window = two_propagated
    correct(window, mouse, show_frame, 6)
    window.propagation.preview(Direction.BOTH)
    assert window.propagate_panel.text.startswith(
        "Would change 10 frames (1 to 11), 10 replaced. Object 2 is up to date and stays."
    )
    assert window.timeline.model.affected == {1: [1, 2, 3, 4, 5, 7, 8, 9, 10, 11]}
    window.propagation.preview(None)
    assert window.timeline.model.affected == {}


def lane_colors(window: MainWindow, frame: int) -> list[QColor]:
    """What the lanes of the timeline show at the end of a frame, the one on top first."""
    timeline = window.timeline
    image = timeline.grab().toImage()
    x = round((timeline.x_of(frame) + timeline.x_of(frame + 1)) / 2) - 2
    return [
        image.pixelColor(x, timeline.rows.lane_top(lane) + 3 + BAR_PX // 2)
        for lane in range(len(window.document.objects))
    ]


def test_a_run_for_one_object_is_previewed_on_its_lane_alone(
    two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    window, document, panel = two_propagated, two_propagated.document, two_propagated.propagate_panel
    correct(window, mouse, show_frame, 6)
    panel.who.setCurrentText("Object 1 only")
    forward = next(b for b in panel.findChildren(QToolButton, "direction") if b.text() == "Forward")
    for frame in (7, 8, 9):  # without masks the tint is seen
        document.put_mask(frame, None)
    plain = lane_colors(window, 8)
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Enter))
    assert window.timeline.model.affected == {1: [7, 8, 9, 10, 11]}
    shown = lane_colors(window, 8)
    assert shown[0] == plain[0]  # object 2, which lies on top
    assert shown[1].red() > plain[1].red() + 30
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Leave))
    assert lane_colors(window, 8) == plain


def test_how_much_changed_is_said_of_the_object_that_was_run(
    qtbot: QtBot, two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    window, document = two_propagated, two_propagated.document
    former = document.masks.index_mask(3) == 1
    correct(window, mouse, show_frame, 0)
    show_frame(0)
    window.propagate_panel.who.setCurrentText("Object 1 only")
    jump(engine)
    run(qtbot, window)
    now = document.masks.index_mask(3) == 1
    share = (former != now).sum() / (former | now).sum()
    take = document.take
    assert take is not None
    assert take[3].change == pytest.approx(share)
    panel = window.take_panel
    lines = [panel.list.text(row) for row in range(panel.list.count)]
    assert share == 1  # in which it is like its neighbours, so they share a line
    assert "Frames 1 to 4: 100 % changed" in lines


def test_what_the_plan_says_moves_no_button_away_from_the_pointer(
    qtbot: QtBot, two_propagated: MainWindow
) -> None:
    window, panel = two_propagated, two_propagated.propagate_panel
    buttons = [b for b in panel.findChildren(QAbstractButton) if b.isVisible() and b is not panel.heading]
    assert len(buttons) == 6

    def places() -> list[int]:
        return [button.mapTo(window, button.rect().topLeft()).y() for button in buttons]

    before, height = places(), panel.height()
    panel.set_preview("Would change 10 frames (1 to 11), 10 replaced. Object 2 is up to date and stays. " * 2)
    qtbot.waitUntil(lambda: panel.height() > height + 20)
    assert places() == before


def test_a_lane_tells_whether_a_reference_is_one_of_its_object(
    qtbot: QtBot, two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    window, model = two_propagated, two_propagated.timeline.model
    correct(window, mouse, show_frame, 6)
    run(qtbot, window)
    lane_of = {info.object_id: lane for lane, info in enumerate(model.lane_objects)}

    def told(object_id: int) -> str:
        return model.describe(6, lane_of[object_id]).split(", trust")[0]

    assert told(1) == "Frame 6: Object 1 painted, reference"
    assert told(2) == "Frame 6: Object 2 propagated, reference of others"
    assert model.describe(6) == "Frame 6: painted, reference"
    window.reference_panel.row(6).dots[2].click()  # confirmed
    assert told(2) == "Frame 6: Object 2 propagated, reference"
    window.reference_panel.row(6).enabled.click()
    assert told(1) == "Frame 6: Object 1 painted, reference, off"
    window.reference_panel.row(6).enabled.click()
    window.reference_panel.row(6).dots[1].click()  # left out
    assert told(1) == "Frame 6: Object 1 painted, reference of others"


def test_the_list_of_references_tells_what_each_teaches_and_confirms(
    qtbot: QtBot, two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    window, document = two_propagated, two_propagated.document
    correct(window, mouse, show_frame, 6)
    run(qtbot, window)
    row = window.reference_panel.row(6)
    assert row.dots[1].toolTip() == "Object 1: runs learn it here; click to leave it out"
    assert row.dots[2].toolTip().startswith("Object 2: drawn by the network; click to confirm it")
    before = document.masks.entries()

    def click(object_id: int) -> Reference:
        row.dots[object_id].click()
        return document.reference_table[6]

    assert click(2) == Reference(6, confirmed=frozenset({2}))
    assert row.dots[2].toolTip() == "Object 2: runs learn it here; click to leave it out"
    assert stale(window, 2) == []  # nothing new was said
    window.propagate_panel.anew.setChecked(True)
    show_frame(0)
    run(qtbot, window)
    assert same_object(before[6], document.masks.entry(6), 2)
    assert click(2) == Reference(6, left_out=frozenset({2}))
    assert row.dots[2].toolTip() == (
        "Object 2: left out, so runs do not learn it here; click to see it as the network drew it again"
    )
    show_frame(0)
    run(qtbot, window)
    assert 2 not in np.unique(engine.sessions[-1].references[-1])
    assert click(2) == Reference(6)
    assert click(1) == Reference(6, left_out=frozenset({1}))
    assert (
        row.dots[1].toolTip() == "Object 1: left out, so runs do not learn it here; click to learn it again"
    )
    assert stale(window, 1) == []
    for _ in range(3):
        document.undo()
    assert document.reference_table[6] == Reference(6, left_out=frozenset({2}))


def test_a_propagated_frame_that_is_made_a_reference_is_confirmed_as_a_whole(
    two_propagated: MainWindow, show_frame: ShowFrame
) -> None:
    window, document = two_propagated, two_propagated.document
    show_frame(7)
    window.actions_table["set_reference"].trigger()
    assert document.reference_table[7] == Reference(7, confirmed=frozenset({1, 2}))


def test_where_a_stroke_took_pixels_of_another_object_both_are_corrected(
    qtbot: QtBot, two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    window, document = two_propagated, two_propagated.document
    before = document.masks.entries()
    show_frame(6)
    document.set_current_object(2)  # on top of object 1
    mouse.stroke((18, 18))
    entry = document.masks.entry(6)
    assert entry is not None
    assert entry.told_ids == {1, 2}
    run(qtbot, window)
    assert changed(window, before, 1) == [6, 7, 8, 9, 10, 11]
    assert changed(window, before, 2) == [6, 7, 8, 9, 10, 11]


def test_a_new_object_is_added_without_touching_the_others(
    qtbot: QtBot, two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    window, document = two_propagated, two_propagated.document
    before = document.masks.entries()
    window.actions_table["add_object"].trigger()
    show_frame(6)
    mouse.stroke((54, 10))
    jump(engine)
    run(qtbot, window, "propagate_both")
    assert changed(window, before, 1) == []
    assert changed(window, before, 2) == []
    assert all(3 in entry.known_ids for entry in document.masks.entries().values() if entry is not before[0])


def test_everything_is_made_anew_where_nothing_was_corrected_or_where_that_is_asked_for(
    qtbot: QtBot, two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    window, document = two_propagated, two_propagated.document
    before = document.masks.entries()
    show_frame(0)
    run(qtbot, window)
    assert changed(window, before, 2) == list(range(1, 12))
    before = document.masks.entries()
    correct(window, mouse, show_frame, 6)
    window.propagate_panel.anew.setChecked(True)
    run(qtbot, window)
    assert changed(window, before, 2) == [7, 8, 9, 10, 11]


@pytest.mark.allow_logs
def test_a_run_that_was_stopped_in_its_second_pass_is_made_up_for(
    qtbot: QtBot, two_propagated: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    window, document = two_propagated, two_propagated.document
    before = document.masks.entries()
    correct(window, mouse, show_frame, 6)
    run(qtbot, window)
    show_frame(0)
    engine.fails_at = 7  # frame 3 on the way back
    run(qtbot, window)
    engine.fails_at = None

    def half() -> list[int]:
        entries = document.masks.entries()
        return [index for index in sorted(entries) if any(f.is_half for f in entries[index].facts.values())]

    assert half() == [1, 2, 3]
    stopped = document.masks.entries()
    show_frame(0)
    run(qtbot, window)
    assert half() == []
    assert changed(window, stopped, 1) == [1, 2, 3, 4, 5]
    assert changed(window, before, 2) == []


def test_a_frame_that_is_said_to_show_nothing_stays_so_and_corrects_those_around_it(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    window, document = open_window, open_window.document
    mouse.stroke((16, 16))
    run(qtbot, window)
    show_frame(6)
    window.actions_table["clear_object"].trigger()
    before = document.masks.entries()
    told = window.timeline.model.describe(6, 0).split(", trust")[0]
    assert told == "Frame 6: Object 1 is not here, as you said"
    show_frame(0)
    run(qtbot, window)
    entry = document.masks.entry(6)
    assert entry is not None
    assert not entry.index_mask().any()
    assert 6 in document.references
    # what was older than that word was made anew
    after = document.masks.entries()
    changed = [index for index in after if after[index].serial != before[index].serial]
    assert changed == [*range(1, 6), *range(7, 12)]
    assert stale(window, 1) == []
    document.undo()
    document.undo()
    assert document.masks.index_mask(6).any()


def test_a_slip_into_a_neighbour_leaves_it_up_to_date_and_is_exported_as_painted(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    window, document = open_window, open_window.document
    window.canvas.set_brush_px(20)
    mouse.stroke((16, 16))
    window.actions_table["add_object"].trigger()
    mouse.stroke((44, 34))
    window.document.set_current_object(2)
    run(qtbot, window)
    before = document.masks.entries()
    show_frame(6)
    window.actions_table["add_object"].trigger()  # on top of the others
    window.canvas.set_brush_px(12)
    mouse.stroke((26, 40), (31, 40))
    painted = document.masks.entry(6)
    assert painted is not None
    lost = np.count_nonzero((before[6].index_mask() == 2) & (painted.index_mask() == 3))
    assert 0 < lost <= 0.05 * np.count_nonzero(before[6].index_mask() == 2)
    assert painted.told_ids == {3}
    show_frame(6)
    run(qtbot, window)
    assert stale(window, 2) == []
    assert changed(window, before, 2) == [6]
    after = document.masks.entry(6)
    assert after is not None
    np.testing.assert_array_equal(after.index_mask(), painted.index_mask())
    assert window.reference_panel.row(6).dots[2].toolTip().startswith("Object 2: drawn by the network")
