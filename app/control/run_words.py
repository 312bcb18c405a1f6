"""What is said about a run."""

from __future__ import annotations

from collections.abc import Mapping

from app.worker.alarms import AlarmKind
from app.worker.propagate_worker import CutFound, FrameDone, RunPaused, Shrunk


def progress_text(frame: FrameDone) -> str:
    """How far a run is, how fast, and how long it will still take."""
    left_s = (frame.total - frame.done) / max(frame.frames_per_s, 1e-6)
    if frame.frames_per_s >= 10:
        speed = f"{frame.frames_per_s:.0f} fps"
    elif frame.frames_per_s >= 1:
        speed = f"{frame.frames_per_s:.1f} fps"
    else:
        speed = f"{1 / max(frame.frames_per_s, 1e-6):.1f} s per frame"
    minutes, seconds = divmod(round(left_s), 60)
    left = f"{minutes}:{seconds:02d} min left" if minutes else f"{seconds} s left"
    return f"{frame.done} / {frame.total} · {speed} · {left}"


def pause_text(pause: RunPaused, names: Mapping[int, str]) -> tuple[str, str]:
    """Why a run waits, and what can be done."""
    alarm = pause.alarms[0]
    name = names.get(alarm.object_id, f"Object {alarm.object_id}")
    what = {
        AlarmKind.LOST: f"{name} is lost at frame {pause.frame_index}",
        AlarmKind.FLOODED: f"{name} suddenly covers much of frame {pause.frame_index}",
    }[alarm.kind]
    more = f", and {len(pause.alarms) - 1} more" if len(pause.alarms) > 1 else ""
    hint = "Continue if that is right; otherwise stop (Esc), correct the frame and propagate from it."
    return f"{what}{more}: the run waits.", hint


def cut_text(cut: CutFound, more: int) -> tuple[str, str]:
    """Where a run ended, and what can be done."""
    low, high = min(cut.last, cut.beyond), max(cut.last, cut.beyond)
    others = f" ({more} more cut{'' if more == 1 else 's'})" if more else ""
    return (
        f"There is a cut between frames {low} and {high}: the run ended there{others}.",
        f"Paint the objects on frame {cut.beyond} and propagate from it.",
    )


def shrunk_text(shrunk: Shrunk) -> str:
    """That memory ran out."""
    return f"Memory ran out: the network now sees pictures of {shrunk.share:.0%} of the usual size."
