"""``cfbi run``: propagate and export many clips by a job file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app.errors import UserError
from app.export.perform import perform_export
from app.export.request import ExportRequest
from app.export.sources import read_snapshot
from app.worker.batch.jobs_file import BatchJob, ExportStep, JobFileError, read_jobs
from app.worker.batch.runner import JobOutcome, run_batch
from app.worker.batch.state import BatchState
from app.worker.cli import propagate
from app.worker.cli.export import ExportBar, say_result
from app.worker.cli.hints import hints_for_jobs
from app.worker.project_holder import lock_path

if TYPE_CHECKING:
    from cfbi.file_lock import FileLock

_DESCRIPTION = """\
Do the jobs of a TOML file: for each clip, carry its masks through it and export the result, or export
a project or masks that are there already. Paths in the file start at its folder.

What is done is kept in JOBS.state.json: run the same command again after a stop or a failure, and only what
is left is done; a changed job, clip or mask is done anew. A job that fails does not stop the others."""

_EPILOG = """\
example, jobs.toml:
  [defaults]
  out = "results"                      # each job gets results/NAME
  direction = "both"

  [[job]]
  clip = "shots/010.mov"
  masks = ["masks/010.png@0", "masks/010b.png@120"]
  [[job.export]]
  preset = "prores4444"
  round_trips = ["nk"]
  [[job.export]]
  preset = "png"
  bit_depth = 16
  layout = "each"

  [[job]]
  project = "shots/020.cfbiproj"
  export = [{ preset = "exr", start_number = 1001 }]

exit codes: 0 all jobs are done, 1 a job failed or the file is wrong, 130 stopped by Ctrl-C"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("jobs", type=Path, metavar="JOBS.toml", help="job file")
    parser.add_argument("--state", type=Path, metavar="FILE", help="what is done (default: JOBS.state.json)")
    parser.add_argument("--only", metavar="NAMES", help="only these jobs, with commas between")
    parser.add_argument("--list", action="store_true", help="only say what the jobs are, and check the file")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        0 if all jobs are done, 1 if one failed.

    Raises:
        UserError: The job file or the state file cannot be used.
        cfbi.DataError: Another run works with the state file.
    """
    jobs = read_jobs(args.jobs)
    if args.only is not None:
        jobs = _chosen(jobs, [name for name in args.only.split(",") if name])
    if args.list:
        for job in jobs:
            steps = [*(["propagate"] if job.masks else []), *(step.preset for step in job.exports)]
            print(f"{job.name}: {', '.join(steps)} -> {job.out}")
        return 0
    path = args.state or args.jobs.with_suffix(".state.json")
    with _lock(path):
        state = BatchState.read(path)
        outcomes = run_batch(jobs, state, _Workshop(), lambda text: print(text, file=sys.stderr))
    for name, outcome in outcomes.items():
        reason = f": {state.errors[name]}" if outcome is JobOutcome.FAILED else ""
        print(f"{name}: {outcome.value}{reason}")
    return 1 if JobOutcome.FAILED in outcomes.values() else 0


def _lock(state: Path) -> FileLock:
    """Keep other runs from a state file: each would write what it alone has done."""
    from cfbi.file_lock import FileLock

    hint = "Wait for it or stop it, or name another state file with --state."
    try:
        return FileLock(lock_path(state), state, hint)
    except OSError as error:
        raise UserError(
            f"The state file {state} cannot be written: {error.strerror or error}.",
            "Name another one with --state.",
        ) from error


def _chosen(jobs: tuple[BatchJob, ...], names: list[str]) -> tuple[BatchJob, ...]:
    if unknown := [name for name in names if name not in {job.name for job in jobs}]:
        raise JobFileError(
            f"There is no job called {unknown[0]}.", f"There are {', '.join(job.name for job in jobs)}."
        )
    return tuple(job for job in jobs if job.name in names)


class _Parser(argparse.ArgumentParser):
    """Arguments that make no sense are an error of the job, and do not end the program."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message[:1].upper()}{message[1:]}.", "See `cfbi propagate --help`.")


class _Workshop:
    """Does the steps as the commands `cfbi propagate` and `cfbi export` do."""

    def propagate(self, job: BatchJob, *, again: bool, began: Callable[[], None]) -> Iterable[Path]:
        assert job.clip is not None
        arguments = [str(job.clip)]
        for mask in job.masks:
            arguments += ["--mask", f"{mask.path}@{mask.frame_index}"]
        # exports are made of these files, and may carry more than 8 bits
        arguments += ["--out", str(job.mask_folder), "--matte-bits", "16"]
        arguments += job.propagate
        if again:
            arguments.append("--force")
        parser = _Parser()
        propagate.declare(parser)
        args = parser.parse_args(arguments)
        with hints_for_jobs():
            propagate.run(args, began)
        return [job.mask_folder / "propagation.json"]

    def export(
        self, job: BatchJob, step: ExportStep, *, again: bool, began: Callable[[], None]
    ) -> Iterable[Path]:
        with hints_for_jobs():
            return self._export(job, step, again=again, began=began)

    def _export(
        self, job: BatchJob, step: ExportStep, *, again: bool, began: Callable[[], None]
    ) -> Iterable[Path]:
        source = job.project or job.mattes or job.mask_folder
        snapshot = read_snapshot(source, job.clip, job.first_number)
        options = step.options
        if options.in_point is None and options.out_point is None:
            if job.project is not None:
                options = replace(options, in_point=snapshot.in_point, out_point=snapshot.out_point)
            elif "--range" in job.propagate:
                # what was not to be propagated is not missing
                options = replace(options, in_point=min(snapshot.entries), out_point=max(snapshot.entries))
        request = ExportRequest(snapshot.path, step.preset, options, step.target, step.round_trips)
        if again:
            request = request.replacing()
        for warning in request.plan(snapshot).warnings:
            print(f"cfbi: {job.name}: {warning}", file=sys.stderr)
        with ExportBar(f"{job.name} {step.preset}") as on_progress:
            result = perform_export(request, snapshot, on_progress, lambda: False, began)
        say_result(result)
        return [*result.report.files, *result.round_trips]
