"""``cfbi evaluate --interactive``: how fast a simulated annotator gets a good result."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.document.facts import FrameFacts, measure
from app.document.trust import clip_trust
from app.worker.cli.progress import Progress
from app.worker.cli.report_files import write_text
from app.worker.engine import Result, Session
from app.worker.fusion import FusedResult, fuse

if TYPE_CHECKING:
    from cfbi.evaluation import EvaluationSequence
    from cfbi.evaluation.passes import Clip
    from cfbi.evaluation.rounds import Round

FILE_NAME = "interactive.json"
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
    group.add_argument(
        "--accept",
        type=_share,
        default=1.0,
        metavar="J",
        help="true J from which on a frame that the annotator looks at is left as it is (default: 1, then he "
        "corrects whatever he looks at)",
    )
    group.add_argument(
        "--target",
        type=float,
        action="append",
        default=[],
        metavar="J&F",
        help="in percent: also print what it took to reach it; may be given several times",
    )
    group.add_argument(
        "--resume", action="store_true", help="keep the sequences that OUT/interactive.json has already"
    )
    group.add_argument("--rounds", type=int, default=8, metavar="N", help="most corrections (default: 8)")


def _share(text: str) -> float:
    """A J of --accept, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no J from 0 to 1")
    return value


def run_interactive(
    args: argparse.Namespace,
    sequences: Sequence[EvaluationSequence],
    make_session: Callable[[], Session],
) -> None:
    """Let the annotator work on every sequence; print and write what came of it.

    Args:
        args: With what ``add_interactive_arguments`` declared, and ``out``.
        sequences: Completely annotated.
        make_session: Makes a session without references.

    Raises:
        cfbi.CfbiError: Unknown strategy, or files that cannot be read.
        ExportError: The files cannot be written.
    """
    from cfbi.evaluation.annotator import strategy
    from cfbi.evaluation.interactive import annotate
    from cfbi.evaluation.passes import Passes

    names = args.strategy or ["worst"]
    chosen = {name: strategy(name) for name in names}
    found: dict[str, dict[str, list[Round]]] = {name: {} for name in names}
    settings = _settings(args)
    if args.resume:
        found.update(_read(args.out / FILE_NAME, settings))
    most = args.rounds + 1
    with Progress("correct", len(sequences) * len(chosen) * most, unit="rounds") as progress:
        for sequence in sequences:
            passes = Passes(
                _clip(sequence), make_session, fuse if args.between == "fused" else None, frame_facts
            )
            for name, choose in chosen.items():
                if sequence.name in found[name]:
                    progress.skip(most)
                    continue
                rounds = []
                for state in annotate(passes, choose, rounds=args.rounds, accept=args.accept, judge=_judge):
                    rounds.append(state)
                    progress.advance()
                progress.skip(most - len(rounds))  # he may be content before
                found[name][sequence.name] = rounds
                _write(args.out, found, settings)  # whoever stops here keeps what is done
    _write(args.out, found, settings)
    print(_table(found))
    print(needed_table(found, args.target))


def frame_facts(result: Result) -> dict[int, FrameFacts]:
    """What a run of the studio would know of a frame, by object id."""
    known = measure(result.index_mask, result.probability, tuple(result.object_ids))
    if isinstance(result, FusedResult):
        return {key: replace(fact, disagreement=result.disagreement.get(key)) for key, fact in known.items()}
    return known


def _judge(facts: Sequence[Any], references: frozenset[int]) -> NDArray[np.float64]:
    """Trust by the model that the studio shows."""
    return np.array(clip_trust([None if i in references else fact for i, fact in enumerate(facts)]))


_LATER_SETTINGS = {"model": None, "scales": None, "flip": False, "augment": None}
"""Those that results of earlier versions do not name, with what they are unless they are given."""


def _settings(args: argparse.Namespace) -> dict[str, Any]:
    """What results depend on."""
    wanted = ("benchmark", "split", "weights", "max_side", "close_up", "between", "rounds", "accept")
    return {name: getattr(args, name) for name in (*wanted, *_LATER_SETTINGS)}


def _read(path: Path, settings: dict[str, Any]) -> dict[str, dict[str, list[Round]]]:
    """The strategies and sequences that an earlier run has finished; nothing if there was none."""
    from cfbi import EvaluationError
    from cfbi.evaluation.rounds import round_from_json

    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if {**_LATER_SETTINGS, **content["settings"]} != settings:
            raise EvaluationError(
                f"{path} was made with other settings: {content['settings']}.",
                "Give the same ones, or another --out.",
            )
        return {
            name: {
                key: [round_from_json(state) for state in rounds] for key, rounds in part["sequences"].items()
            }
            for name, part in content["strategies"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error!r}.", "Leave --resume out.") from error


def _clip(sequence: EvaluationSequence) -> Clip:
    from cfbi.data.reading import read_picture
    from cfbi.evaluation.passes import Clip

    return Clip(
        sequence.name,
        len(sequence.frames),
        lambda index: read_picture(sequence.frames[index]),
        lambda index: sequence.truth(sequence.frames[index].stem),
    )


def _write(out: Path, found: Mapping[str, Mapping[str, list[Round]]], settings: Mapping[str, Any]) -> None:
    from cfbi.charts import Line, line_chart
    from cfbi.evaluation.rounds import mean_rounds

    found = {name: rounds for name, rounds in found.items() if rounds}
    means = {name: mean_rounds(list(rounds.values())) for name, rounds in found.items()}
    strategies = {
        name: {
            "mean": [state.to_json() for state in means[name]],
            "sequences": {key: [state.to_json() for state in rounds] for key, rounds in sequences.items()},
        }
        for name, sequences in found.items()
    }
    content = {"settings": settings, "strategies": strategies}
    write_text(out / FILE_NAME, json.dumps(content, indent=1) + "\n")
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
        lines.append("round   J&F     J     F  looked at  painted, percent of a frame")
        lines += [
            f"{state.number:5d} {100 * state.j_and_f:5.1f} {100 * state.j:5.1f} {100 * state.f:5.1f} "
            f"{state.looked:10d} {100 * state.painted_share:6.2f}"
            for state in mean_rounds(list(sequences.values()))
        ]
    return "\n".join(lines)


def needed_table(found: Mapping[str, Mapping[str, list[Round]]], targets: Sequence[float]) -> str:
    """Corrections and looks that it took to reach a J&F, sequence by sequence.

    Args:
        found: Strategy to sequence to its rounds.
        targets: J&F in percent.
    """
    from cfbi.evaluation.rounds import first_to_reach

    lines = []
    for target in targets:
        lines.append(f"J&F {target:g}: corrections (frames looked at)")
        for name, sequences in found.items():
            cells = []
            for key, rounds in sequences.items():
                state = first_to_reach(rounds, target / 100)
                took = f"{state.number} ({state.looked})" if state else f"more than {rounds[-1].number}"
                cells.append(f"{key} {took}")
            lines.append(f"  {name}: {', '.join(cells)}")
    return "\n".join(lines)
