"""Work of any kind, small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.document.finish import REFINE_KINDS, MatteFinish
from app.document.locked import locked_region
from app.document.mask_store import MaskSource, StoredMask, aged, pack, without_objects
from app.document.objects import ObjectInfo
from app.document.references import Reference
from app.document.snapshot import Work
from app.document.takes import TakenFrame, TakeRecord
from app.document.unfinished import UnfinishedRun, Walk

SHAPE = (5, 7)

planes = hnp.arrays(np.uint8, SHAPE)
fine_planes = hnp.arrays(np.uint16, SHAPE)
object_ids = st.integers(1, 254)
few_ids = st.frozensets(object_ids, max_size=3)
frames = st.integers(0, 40)
finishes = st.builds(
    MatteFinish,
    threshold=st.floats(0, 1),
    softness=st.floats(0, 1),
    grow_px=st.floats(-50, 50),
    feather_px=st.floats(0, 50),
    smooth_px=st.floats(0, 50),
    fill_holes_px=st.integers(0, 10**6),
    drop_specks_px=st.integers(0, 10**6),
    refine=st.sampled_from(REFINE_KINDS),
    refine_px=st.integers(1, 99),
    chatter_frames=st.integers(0, 9),
    decontaminate=st.booleans(),
    motion_blur_degrees=st.floats(0, 360),
)
infos = st.builds(
    ObjectInfo,
    object_ids,
    st.text(max_size=8),
    st.tuples(*[st.integers(0, 255)] * 3),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    finishes,
)
walks = st.builds(
    lambda start, count, step, partner: Walk(
        start, range(start + step, start + step * (count + 1), step), partner
    ),
    st.integers(50, 60),
    st.integers(1, 40),
    st.sampled_from((1, -1)),
    st.none() | frames,
)
runs = st.builds(
    UnfinishedRun,
    st.lists(walks, min_size=1, max_size=3).map(tuple),
    st.none() | st.frozensets(object_ids, max_size=3),
    st.frozensets(frames.map(lambda last: (last, last + 1)), max_size=2),
    st.frozensets(st.builds(lambda key, first: (key, first, first + 3), object_ids, frames), max_size=2),
)


@st.composite
def entries(draw: st.DrawFn) -> StoredMask:
    mattes = st.dictionaries(object_ids, planes | fine_planes, max_size=2)
    entry = pack(draw(planes), draw(st.sampled_from(MaskSource)), draw(mattes))
    known = sorted(entry.known_ids)
    if known:
        kept = draw(st.lists(st.sampled_from(known), max_size=2))
        entry = aged(entry, replace(entry, serial=draw(st.integers(0, 99))), kept)
    rest = without_objects(entry, set(entry.object_ids[: draw(st.integers(0, 1))]))
    return entry if rest is None else rest


taken = st.builds(TakenFrame, st.none() | entries(), entries(), st.floats(0, 1))
takes = st.builds(
    TakeRecord,
    st.integers(0, (1 << 53) - 1),
    st.text(max_size=8),
    st.dictionaries(frames, taken, max_size=2),
    st.frozensets(frames, max_size=3),
)
locked = hnp.arrays(np.bool_, SHAPE).map(locked_region).filter(lambda region: region is not None)


@st.composite
def works(draw: st.DrawFn) -> Work:
    objects = tuple(draw(st.lists(infos, max_size=4, unique_by=lambda info: info.object_id)))
    table = {
        reference.frame_index: reference
        for reference in draw(
            st.lists(st.builds(Reference, frames, few_ids, few_ids, st.booleans()), max_size=3)
        )
    }
    first, last = sorted((draw(frames), draw(frames)))
    return Work(
        objects=objects,
        entries=draw(st.dictionaries(frames, entries(), max_size=3)),
        reference_table=dict(sorted(table.items())),
        declined_references=draw(st.frozensets(frames, max_size=3)),
        in_point=draw(st.sampled_from((None, first))),
        out_point=draw(st.sampled_from((None, last))),
        locked_frames=draw(st.frozensets(frames)),
        locked_regions=draw(st.dictionaries(frames, locked, max_size=3)),
        reviewed=draw(st.frozensets(st.tuples(frames, object_ids), max_size=9)),
        retired_ids=draw(st.frozensets(object_ids, max_size=5)),
        current_frame=draw(frames),
        current_object_id=objects[0].object_id if objects else 0,
        unfinished_run=draw(st.none() | runs),
        takes=tuple(draw(st.lists(takes, max_size=2, unique_by=lambda take: take.take_id))),
    )
