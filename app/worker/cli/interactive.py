"""``cfbi evaluate --interactive``: how fast a simulated annotator gets a good result."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.document.facts import measure
from app.document.trust import worst_of
from app.worker.cli.progress import Progress
from app.worker.cli.report_files import write_text
from app.worker.engine import Result, Session
from app.worker.fusion import fuse

if TYPE_CHECKING:
    from cfbi.evaluation import EvaluationSequence
    from cfbi.evaluation.interactive import Clip
    from cfbi.evaluation.rounds import Round

KEPT_BYTES = 1024**3
"""Of what the network found of frames, so much stays from correction to correction: all of a short clip."""


def add_interactive_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the simulated annotator."""
    group = parser.add_argument_group("simulated annotator")
    group.add_argument(
        "--interactive",
        action="store_true",
        help="correct frames with their truth, propagate again, and report J&F against rounds and painted "
        "pixels; writes OUT/interactive.json and two charts (davis2016 and davis2017 only)",
    )
    group.add_argument(
        "--strategy",
        action="append",
        metavar="NAME",
        help="which frame is corrected next: worst (lowest true J, default), every10, least-sure; may be "
        "given several times, to compare",
    )
    group.add_argument(
        "--between",
        choices=("fused", "nearest"),
        default="fused",
        help="frames between two references: fused from both sides as in the studio (default), or from the "
        "nearer one, which is twice as fast",
    )
    group.add_argument("--rounds", type=int, default=8, metavar="N", help="most corrections (default: 8)")


def run_interactive(
    args: argparse.Namespace,
    sequences: Sequence[EvaluationSequence],
    make_session: Callable[[], Session],
) -> None:
    """Let the annotator work on every sequence; print and write what came of it.

    Args:
        args: With ``strategy``, ``rounds``, ``between`` and ``out``.
        sequences: Completely annotated.
        make_session: Makes a session without references.

    Raises:
        cfbi.CfbiError: Unknown strategy, or files that cannot be read.
        ExportError: The files cannot be written.
    """
    from cfbi.evaluation.annotator import strategy
    from cfbi.evaluation.interactive import annotate

    names = args.strategy or ["worst"]
    chosen = {name: strategy(name) for name in names}
    found: dict[str, dict[str, list[Round]]] = {}
    with Progress("correct", len(sequences) * len(names) * (args.rounds + 1), unit="rounds") as progress:
        for name, choose in chosen.items():
            found[name] = {}
            for sequence in sequences:
                rounds = found[name].setdefault(sequence.name, [])
                states = annotate(
                    _clip(sequence),
                    make_session,
                    choose,
                    rounds=args.rounds,
                    fuse=fuse if args.between == "fused" else None,
                    confidence=frame_confidence,
                )
                for state in states:
                    rounds.append(state)
                    progress.advance()
                _write(args.out, found)  # whoever stops here keeps the sequences that are done
    print(_table(found))


def frame_confidence(result: Result) -> float:
    """Trust in a frame, by the model that the studio shows: that of its least trusted object.

    A frame is judged alone, so leaps against its neighbours do not count.

    Args:
        result: Of a session.

    Returns:
        0..1; 0 where an object is lost.
    """
    return worst_of(measure(result.index_mask, result.probability, tuple(result.object_ids)))


def _clip(sequence: EvaluationSequence) -> Clip:
    from cfbi.data.reading import read_picture
    from cfbi.evaluation.interactive import Clip

    return Clip(
        sequence.name,
        len(sequence.frames),
        lambda index: read_picture(sequence.frames[index]),
        lambda index: sequence.truth(sequence.frames[index].stem),
    )


def _write(out: Path, found: Mapping[str, Mapping[str, list[Round]]]) -> None:
    from cfbi.charts import Line, line_chart
    from cfbi.evaluation.rounds import mean_rounds

    means = {name: mean_rounds(list(rounds.values())) for name, rounds in found.items()}
    content = {
        name: {
            "mean": [state.to_json() for state in means[name]],
            "sequences": {key: [state.to_json() for state in rounds] for key, rounds in sequences.items()},
        }
        for name, sequences in found.items()
    }
    write_text(out / "interactive.json", json.dumps(content, indent=1) + "\n")
    axes = (
        ("rounds", "corrected frames", lambda state: float(state.number)),
        ("pixels", "painted pixels, percent of a frame", lambda state: 100 * state.painted_share),
    )
    for file_name, label, value in axes:
        lines = [
            Line(
                name,
                [value(state) for state in rounds],
                [100 * state.j_and_f for state in rounds],
                points=True,
                note=f"{100 * rounds[-1].j_and_f:.1f}",
            )
            for name, rounds in means.items()
        ]
        chart = line_chart(lines, title="J&F as frames are corrected", x_label=label, y_label="J&F, percent")
        write_text(out / f"interactive-{file_name}.svg", chart)


def _table(found: Mapping[str, Mapping[str, list[Round]]]) -> str:
    from cfbi.evaluation.rounds import mean_rounds

    lines = []
    for name, sequences in found.items():
        lines.append(f"{name}: mean of {len(sequences)} sequences")
        lines.append("round   J&F     J     F  painted, percent of a frame")
        lines += [
            f"{state.number:5d} {100 * state.j_and_f:5.1f} {100 * state.j:5.1f} {100 * state.f:5.1f} "
            f"{100 * state.painted_share:6.2f}"
            for state in mean_rounds(list(sequences.values()))
        ]
    return "\n".join(lines)
