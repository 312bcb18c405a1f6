"""The queue in words. Free of Qt."""

from __future__ import annotations

from app.export.queue import QueueEntry, QueueState
from app.i18n import mark, shown, tr, trn

_STATES = {
    QueueState.WAITING: mark("Waiting"),
    QueueState.RUNNING: mark("Running"),
    QueueState.DONE: mark("Done, verified"),
    QueueState.FAILED: mark("Failed"),
    QueueState.STOPPED: mark("Stopped"),
    QueueState.UNFINISHED: mark("Not finished"),
}


def state_text(entry: QueueEntry) -> str:
    """Where an export stands, in a few words."""
    if entry.state is not QueueState.RUNNING or not entry.total:
        return tr(_STATES[entry.state])
    return f"{shown(entry.doing)}: {100 * entry.done // entry.total} %"


def time_text(seconds: float | None) -> str:
    """Time that is left, "0:07"; empty where it is not known."""
    if seconds is None:
        return ""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def details_text(entry: QueueEntry) -> str:
    """All that is known of an export: why it failed, or what was written and how it was verified."""
    lines = [str(entry.request.target)]
    if entry.message:
        lines += ["", entry.message]
        lines += [entry.hint] if entry.hint else []
    if entry.state is QueueState.STOPPED:
        lines += ["", tr("Stopped. Files that were finished stay; parts of others were removed.")]
    if entry.state is QueueState.UNFINISHED:
        lines += [
            "",
            tr("The program was closed before this was finished."),
            tr(
                "Open {name} (or its project) and choose Retry: it takes the masks of then.",
                name=entry.request.clip.name,
            ),
        ]
    if entry.result is None:
        return "\n".join(lines)
    report = entry.result.report
    for output in report.outputs:
        count = len(output.files)
        frames = trn("{count} frame", "{count} frames", output.frame_count)
        files = trn("{count} file", "{count} files", count)
        lines += ["", f"{output.path.name}: {frames}, {files}"]
        for check in output.checks:
            sign = "✓" if check.passed else "✗"
            same = check.expected == check.found
            found = shown(check.found)
            if not same:
                found = tr("{found} (expected {expected})", found=found, expected=shown(check.expected))
            lines.append(f"  {sign} {shown(check.name)}: {found}")
    if entry.result.round_trips:
        lines += [
            "",
            tr("Also written: {names}", names=", ".join(path.name for path in entry.result.round_trips)),
        ]
    if report.warnings:
        lines += ["", *map(shown, report.warnings)]
    return "\n".join(lines)
