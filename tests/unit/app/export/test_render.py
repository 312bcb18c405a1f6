from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.finish import MatteFinish
from app.document.locked import locked_region
from app.document.mask_store import MaskSource, pack
from app.export.options import ExportOptions
from app.export.plan import plan_export
from app.export.presets import PRESETS
from app.export.render import Renderer
from tests.unit.app.export.conftest import Snapshot, document

MATCHED = MatteFinish(match_edges=True, threshold=0.3)  # the outline follows the soft edge outward


def painted(*finishes: MatteFinish) -> Snapshot:
    """Eight frames on which the first object was painted, and one where the network drew it softly."""
    hard = np.zeros((64, 96), np.uint8)
    hard[16:48, 16:64] = 1
    soft = cv2.GaussianBlur(hard * np.float32(255), (0, 0), 2.5).astype(np.uint8)
    empty = document(count=9)
    entries = {index: pack(hard, MaskSource.USER) for index in range(9)}
    entries[8] = pack(hard, MaskSource.PROPAGATED, {1: soft})
    objects = tuple(
        replace(item, finish=finish) for item, finish in zip(empty.objects, finishes, strict=True)
    )
    return replace(empty, objects=objects, entries=entries)


def index_mask(snapshot: Snapshot, frame: int, folder: Path) -> np.ndarray:
    """What the DAVIS preset writes of a frame."""
    plan = plan_export(snapshot, PRESETS["davis"], ExportOptions(), folder)
    found = Renderer(plan, plan.outputs[0], None).render(plan.frames[frame], frame).index
    assert found is not None
    return found


def test_index_masks_keep_out_of_locked_pixels(tmp_path: Path) -> None:
    snapshot = painted(MATCHED, MatteFinish())
    hard = snapshot.entries[6].index_mask()
    assert np.count_nonzero(index_mask(snapshot, 6, tmp_path)) > np.count_nonzero(hard)
    region = locked_region(hard == 0)
    assert region is not None
    assert np.array_equal(index_mask(replace(snapshot, locked_regions={6: region}), 6, tmp_path), hard)


@pytest.mark.parametrize("frame", range(9))
def test_an_object_looks_no_further_for_what_another_one_wants(frame: int, tmp_path: Path) -> None:
    alone, beside = painted(MATCHED, MatteFinish()), painted(MATCHED, MatteFinish(chatter_frames=8))
    assert np.array_equal(index_mask(beside, frame, tmp_path), index_mask(alone, frame, tmp_path))
