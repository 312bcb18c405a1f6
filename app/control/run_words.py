"""What is said about a run."""

from __future__ import annotations

from collections.abc import Mapping

from app.i18n import tr, trn
from app.worker.alarms import AlarmKind
from app.worker.propagate_worker import CutFound, FrameDone, RunPaused, Shrunk


def progress_text(frame: FrameDone) -> str:
    """How far a run is, how fast, and how long it will still take."""
    left = time_text((frame.total - frame.done) / max(frame.frames_per_s, 1e-6))
    if frame.frames_per_s >= 10:
        speed = tr("{fps:.0f} fps", fps=frame.frames_per_s)
    elif frame.frames_per_s >= 1:
        speed = tr("{fps:.1f} fps", fps=frame.frames_per_s)
    else:
        speed = tr("{seconds:.1f} s per frame", seconds=1 / max(frame.frames_per_s, 1e-6))
    left = tr("{time} left", time=left)
    return f"{frame.done} / {frame.total} · {speed} · {left}"


def time_text(seconds: float) -> str:
    """A time as people say it, to the second."""
    minutes, rest = divmod(round(seconds), 60)
    return (
        tr("{minutes}:{seconds:02d} min", minutes=minutes, seconds=rest)
        if minutes
        else tr("{seconds} s", seconds=rest)
    )


def pause_text(pause: RunPaused, names: Mapping[int, str]) -> str:
    """Why a run waits."""
    alarm = pause.alarms[0]
    name = names.get(alarm.object_id, tr("Object {object_id}", object_id=alarm.object_id))
    what = {
        AlarmKind.LOST: tr("{name} is lost at frame {frame}", name=name, frame=pause.frame_index),
        AlarmKind.FLOODED: tr(
            "{name} suddenly covers much of frame {frame}", name=name, frame=pause.frame_index
        ),
    }[alarm.kind]
    others = len(pause.alarms) - 1
    if others:
        what = trn("{what}, and {count} more", "{what}, and {count} more", others, what=what)
    return tr("{what}: the run waits.", what=what)


def pause_hint(stop: str) -> str:
    """What can be done about a run that waits.

    Args:
        stop: The key that stops it, or the command's name.
    """
    return tr(
        "Continue if that is right; otherwise stop ({stop}), correct the frame and propagate from it.",
        stop=stop,
    )


def cut_text(cut: CutFound, more: int) -> tuple[str, str]:
    """Where a run ended, and what can be done."""
    low, high = min(cut.last, cut.beyond), max(cut.last, cut.beyond)
    text = tr("There is a cut between frames {low} and {high}: the run ended there.", low=low, high=high)
    if more:
        text = trn(
            "There is a cut between frames {low} and {high}: the run ended there ({count} more cut).",
            "There is a cut between frames {low} and {high}: the run ended there ({count} more cuts).",
            more,
            low=low,
            high=high,
        )
    return text, tr("Paint the objects on frame {frame} and propagate from it.", frame=cut.beyond)


def shrunk_text(shrunk: Shrunk) -> str:
    """That memory ran out."""
    return tr(
        "Memory ran out: the network now sees pictures of {share:.0%} of the usual size.", share=shrunk.share
    )
