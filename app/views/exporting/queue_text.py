"""The queue in words. Free of Qt."""

from __future__ import annotations

from app.export.queue import QueueEntry, QueueState

_STATES = {
    QueueState.WAITING: "Waiting",
    QueueState.RUNNING: "Running",
    QueueState.DONE: "Done, verified",
    QueueState.FAILED: "Failed",
    QueueState.STOPPED: "Stopped",
    QueueState.UNFINISHED: "Not finished",
}


def state_text(entry: QueueEntry) -> str:
    """Where an export stands, in a few words."""
    if entry.state is not QueueState.RUNNING or not entry.total:
        return _STATES[entry.state]
    return f"{entry.doing}: {100 * entry.done // entry.total} %"


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
        lines += ["", "Stopped. Files that were finished stay; parts of others were removed."]
    if entry.state is QueueState.UNFINISHED:
        lines += [
            "",
            "The program was closed before this was finished.",
            f"Open {entry.request.clip.name} (or its project) and choose Retry: it takes the masks of then.",
        ]
    if entry.result is None:
        return "\n".join(lines)
    report = entry.result.report
    for output in report.outputs:
        count = len(output.files)
        lines += ["", f"{output.path.name}: {output.frame_count} frames, {count} file{'s' * (count > 1)}"]
        for check in output.checks:
            mark = "✓" if check.passed else "✗"
            same = check.expected == check.found
            found = check.found if same else f"{check.found} (expected {check.expected})"
            lines.append(f"  {mark} {check.name}: {found}")
    if entry.result.round_trips:
        lines += ["", "Also written: " + ", ".join(path.name for path in entry.result.round_trips)]
    if report.warnings:
        lines += ["", *report.warnings]
    return "\n".join(lines)
