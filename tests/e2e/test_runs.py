"""Runs with the shipped network on the sample: fused between two references, for one object, as a take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.__main__ import main
from app.document.mask_store import MaskSource
from app.document.operations import import_mask, set_out_point
from app.main_window import MainWindow
from cfbi.evaluation.metrics import jaccard
from resources import sample
from tests.robot import SHIFT, Robot

WEIGHTS = Path(sample.paths().video).parents[1] / "weights" / "lite_cfbi.safetensors"
LAST = 5

pytestmark = [pytest.mark.e2e, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]


def exact(index: int) -> np.ndarray:
    return np.array(Image.open(sample.paths().masks_dir / f"{index:05d}.png"))


@pytest.mark.skipif(not WEIGHTS.exists(), reason="needs the shipped weights")
def test_between_two_references_with_the_shipped_network(qtbot: QtBot) -> None:
    def drive(window: MainWindow) -> int:
        robot, document = Robot(window), window.document
        robot.wait(lambda: window.canvas.shown_frame == 0)
        for index in (0, LAST):
            import_mask(document, index, exact(index), 254)
        set_out_point(document, LAST)
        robot.propagate(Qt.Key.Key_F)
        assert window.banner.message == ""
        assert document.masks.frames() == list(range(LAST + 1))
        assert document.references == {0, LAST}
        first_run = document.masks.entries()
        for index in range(1, LAST):
            entry = document.masks.entry(index)
            assert entry is not None
            assert entry.source is MaskSource.PROPAGATED
            for object_id in (1, 2):
                fact = entry.facts[object_id]
                assert jaccard(entry.index_mask() == object_id, exact(index) == object_id) > 0.85
                assert fact.disagreement is not None
                assert 0 <= fact.disagreement < 0.3
                assert fact.confidence is not None
                assert 0.2 < fact.confidence < 1
                assert fact.area == (entry.index_mask() == object_id).sum()
            total = entry.matte(1).astype(int) + entry.matte(2)
            assert total.max() <= 256  # both are rounded
        # one object again, two frames: the other one stays as it is
        panel = window.propagate_panel
        panel.who.setCurrentIndex(1)
        document.set_current_object(2)
        document.set_current_frame(0)
        robot.key(Qt.Key.Key_Period, SHIFT)
        robot.wait(lambda: not window.propagation.is_running, 60000)
        entry = document.masks.entry(1)
        assert entry is not None
        assert entry.mattes[1] == first_run[1].mattes[1]
        assert jaccard(entry.index_mask() == 2, exact(1) == 2) > 0.85
        take = document.take
        assert take is not None
        assert take.frames == [1]
        assert document.b_mask(1) == first_run[1]
        document.undo()
        assert document.masks.entry(1) == first_run[1]
        return 0

    assert main([str(sample.paths().video), "--max-side", "320"], drive=drive) == 0
