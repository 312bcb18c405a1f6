"""The training loop: flat, resumable to the bit, and safe to stop at any time."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from cfbi.errors import WeightsError
from cfbi.evaluation.metrics import nan_mean
from cfbi.model.build import build_model
from cfbi.model.network import Network
from cfbi.training.backbone_weights import load_extractor, load_imagenet_backbone
from cfbi.training.checkpoint import RunState, load_run, save_run
from cfbi.training.data import Sample
from cfbi.training.dev import DevScore, ScoringStopped
from cfbi.training.distributed import Ranks
from cfbi.training.feed import ClipSource, clip_feed
from cfbi.training.journal import Journal
from cfbi.training.learner import Learner
from cfbi.training.optimizer import freeze_lower_backbone, update_average
from cfbi.training.recipe import Recipe, differences
from cfbi.training.teacher import Teacher, load_teacher
from cfbi.weights.loading import load_weights
from cfbi.weights.saving import save_weights

log = logging.getLogger(__name__)

Score = Callable[[Network, Callable[[], bool]], DevScore]
"""Dev score of a network; the second argument tells whether to stop."""

# what the shapes of weights and optimiser state hang on
_FIXED = (
    "model",
    "without",
    "optimizer",
    "frozen_blocks",
    "backbone_factor",
    "weight_decay",
    "decay_vectors",
)


class Trainer:
    """One training run in one folder.

    Args:
        recipe: What to train and how; with ``resume`` network and optimiser must be those of the checkpoint,
            other changes are logged.
        sample: Draws a clip from a random generator, deterministically.
        folder: Receives ``checkpoint.pt``, ``log.jsonl``, ``best.safetensors`` and ``last.safetensors``. The
            caller sees to it that no other run uses it, see ``RunLock``.
        score: Dev score of a network, or None for no dev scores.
        provenance: Facts about the data that go with every weights file.
        resume: Go on from the folder's checkpoint.
        initial: Weights to start a new run from, a registered name or a file; None for a fresh network on an
            ImageNet backbone.
        extractor: Weights of the extractor or its backbone alone, to start a new run from.
        ranks: This process among those that train together; all see the same folder, the first writes.
        device: Where to compute, if ``ranks`` is not given.

    Raises:
        WeightsError: There is no checkpoint to resume from, its recipe has another network or optimiser, or
            the recipe's teacher cannot be used or is not the one of the checkpoint.
    """

    def __init__(
        self,
        recipe: Recipe,
        sample: Sample,
        folder: Path,
        *,
        score: Score | None = None,
        provenance: dict[str, object] | None = None,
        resume: bool = False,
        initial: str | Path | None = None,
        extractor: Path | None = None,
        ranks: Ranks | None = None,
        device: str = "cpu",
    ) -> None:
        self.recipe = recipe
        self.folder = folder
        self.stop = threading.Event()
        self._source = ClipSource(sample, recipe.seed)
        self._score = score
        self._provenance = provenance or {}
        self._ranks = ranks or Ranks(device=device)
        self._journal = Journal(folder)
        self._teacher = load_teacher(recipe.teacher, self._ranks.device) if recipe.teacher else None
        loaded = _checkpoint(folder, recipe, self._teacher) if resume else None
        torch.manual_seed(recipe.seed)
        self.model = build_model(recipe.network).to(self._ranks.device)
        if loaded is None and initial is not None:
            load_weights(self.model, initial)
        elif loaded is None and extractor is not None:
            load_extractor(self.model, extractor)
        elif loaded is None and recipe.network.features.backbone == "efficientnet_lite0":
            load_imagenet_backbone(self.model)
        freeze_lower_backbone(self.model, recipe.frozen_blocks)
        taught_by = None if self._teacher is None else self._teacher.network
        self._learner = Learner(self.model, recipe, self._ranks, taught_by)
        if loaded is not None:
            self.state = loaded
            self._take_up(loaded)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            average = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
            self.state = RunState(
                recipe, 0, 0.0, self.model.state_dict(), average, self._learner.optimizer.state_dict()
            )
            start = initial if initial is not None else extractor
            self.state.initial = "" if start is None else Path(start).name
        self.state.teacher = "" if self._teacher is None else self._teacher.sha256
        self.state.average = {
            name: tensor.to(self._ranks.device) for name, tensor in self.state.average.items()
        }

    def run(
        self,
        *,
        until_step: int | None = None,
        max_seconds: float | None = None,
        until_processor_seconds: float | None = None,
        checkpoint_seconds: float = 180.0,
        dev_every: int = 0,
        log_every: int = 20,
        workers: int = 0,
    ) -> RunState:
        """Train until the recipe's end, a limit or ``stop``; a checkpoint is written at the end.

        Args:
            until_step: Stop after this step.
            max_seconds: Stop after this time.
            until_processor_seconds: Stop when all steps of the run have taken this much processor time.
            checkpoint_seconds: Time between checkpoints.
            dev_every: Steps between dev scores; 0 scores only at the end of the recipe.
            log_every: Steps between log lines.
            workers: Processes that draw clips; 0 draws them on a thread.
        """
        end = self.recipe.steps if until_step is None else min(until_step, self.recipe.steps)
        started, spent = time.monotonic(), self.state.seconds
        saved = started
        losses: list[float] = []
        overlaps: list[float] = []
        steps = range(self.state.step, end)
        with (
            clip_feed(self._source, steps, self._learner.places, workers=workers) as clips,
            self._saved_on_error(),
        ):
            self._dev_if_due(dev_every)  # the run that went before may have been stopped while it scored
            busy_since = time.process_time()
            for step, drawn in clips:
                loss, overlap = self._learner.step(step, drawn)
                update_average(self.state.average, self.model, self.recipe.ema_decay, step)
                now = time.monotonic()
                self.state.processor_seconds += time.process_time() - busy_since
                loss, overlap = self._ranks.mean([loss, overlap])
                losses.append(loss)
                overlaps.append(overlap)
                self.state.step, self.state.seconds = step + 1, spent + now - started
                if self.state.step % log_every == 0:
                    self._log(losses, overlaps)
                    losses, overlaps = [], []
                self._dev_if_due(dev_every)
                if self._ranks.first and time.monotonic() - saved >= checkpoint_seconds:
                    self.save()
                    saved = time.monotonic()
                over = max_seconds is not None and time.monotonic() - started >= max_seconds
                if until_processor_seconds is not None:
                    over = over or self.state.processor_seconds >= until_processor_seconds
                if self._ranks.any(over or self.stop.is_set()):
                    break
                busy_since = time.process_time()
        self.save()
        self._export("last", self.state.history[-1] if self.state.history else None)
        return self.state

    @contextmanager
    def _saved_on_error(self) -> Iterator[None]:
        """Whatever ends the loop, the steps done so far are kept."""
        try:
            yield
        except Exception:
            self.save()
            raise

    def save(self) -> None:
        """Bring ``state`` up to date; the first process writes it as the checkpoint."""
        self.state.model = self.model.state_dict()
        self.state.optimizer = self._learner.optimizer.state_dict()
        self.state.scaler = self._learner.scaler.state_dict()
        if self._ranks.first:
            save_run(self.state, self.folder)

    def _take_up(self, loaded: RunState) -> None:
        self.model.load_state_dict(loaded.model)
        self._learner.optimizer.load_state_dict(loaded.optimizer)
        if loaded.scaler:
            self._learner.scaler.load_state_dict(loaded.scaler)
        changed = differences(loaded.recipe, self.recipe)
        loaded.recipe = self.recipe
        if changed:
            loaded.changes.append({"step": loaded.step, "changed": changed})
        if not self._ranks.first:
            return
        self._journal.rewind(loaded.step, [entry["step"] for entry in loaded.history])
        if changed:
            self._journal.add_once({"step": loaded.step, "changed": changed})
            told = ", ".join(f"{name} {before} -> {now}" for name, (before, now) in changed.items())
            log.info("recipe changed at step %d: %s", loaded.step, told)

    def _log(self, losses: list[float], overlaps: list[float]) -> None:
        if not self._ranks.first:
            return
        line = {
            "step": self.state.step,
            "minutes": round(self.state.seconds / 60, 2),
            "loss": round(nan_mean(np.array(losses)), 4),
            "J": round(100 * float(np.mean(overlaps)), 2),
            "lr": self._learner.optimizer.param_groups[-1]["lr"],
        }
        self._journal.add(line)
        log.info("step %(step)d  %(minutes).1f min  loss %(loss).4f  J %(J).1f", line)

    def _dev_if_due(self, every: int) -> None:
        step = self.state.step
        if step == self.recipe.steps or (every and step and step % every == 0):
            self.score_now()

    def score_now(self) -> None:
        """Score the averaged weights of this step, unless that was done or nothing tells how."""
        scored = any(entry["step"] == self.state.step for entry in self.state.history)
        if not scored and self._score is not None and self._ranks.first:
            self._dev(self._score)

    def _dev(self, score_network: Score) -> None:
        self.save()  # scoring takes minutes
        trained = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.model.load_state_dict(self.state.average)
        try:
            score = score_network(self.model, self.stop.is_set)
        except ScoringStopped:
            log.info("dev score at step %d was stopped; resuming makes it", self.state.step)
            return
        finally:
            self.model.load_state_dict(trained)
        entry = {
            "step": float(self.state.step),
            "processor_minutes": self.state.processor_seconds / 60,
            "dev_J": score.jaccard,
            "dev_F": score.boundary,
            "dev_JF": score.mean,
        }
        self.state.history.append(entry)
        self._journal.add({**entry, "per_sequence": score.per_sequence})
        log.info(
            "dev at step %d: J %.1f  F %.1f  J&F %.1f",
            self.state.step,
            score.jaccard,
            score.boundary,
            score.mean,
        )
        self._export("last", entry)
        if score.mean > self.state.best_score:
            self.state.best_score = score.mean
            self._export("best", entry)
        self.save()

    def _export(self, name: str, score: dict[str, float] | None) -> None:
        """Write the averaged weights; ``score`` is the newest dev score, which may be of an earlier step."""
        if not self._ranks.first:
            return
        recipe = self.recipe
        provenance = {
            **self._provenance,
            "recipe": asdict(recipe),
            "recipe_changes": self.state.changes,
            "initial": self.state.initial,
            **({"teacher_sha256": self.state.teacher} if self.state.teacher else {}),
            "seed": recipe.seed,
            "step": self.state.step,
            "training_minutes": round(self.state.seconds / 60, 1),
            "dev": score,
        }
        path = self.folder / f"{name}.safetensors"
        model = f"{recipe.model} without {recipe.without}" if recipe.without else recipe.model
        try:
            save_weights(
                self.state.average, path, model=model, licence="Apache-2.0", half=True, provenance=provenance
            )
        except OSError as error:
            raise WeightsError(
                f"{path} cannot be written: {error.strerror}.", "Free some space; the checkpoint is kept."
            ) from error


def _checkpoint(folder: Path, recipe: Recipe, teacher: Teacher | None) -> RunState:
    """The checkpoint of ``folder``, if a run of this recipe can go on from its network and optimiser."""
    state = load_run(folder)
    for name in _FIXED:
        before, now = getattr(state.recipe, name), getattr(recipe, name)
        if before != now:
            raise WeightsError(
                f"The run in {folder} has {name} = {before} and cannot go on with {now}.",
                "Start a new run in another folder.",
            )
    # under another name it is a change of the recipe, which is logged
    if teacher is not None and state.recipe.teacher == recipe.teacher and state.teacher != teacher.sha256:
        raise WeightsError(
            f"The teacher {recipe.teacher} is not the one that the run in {folder} learnt from: its sha256 "
            "differs.",
            "Put the old file back, or give the new one another name and set teacher to it.",
        )
    return state
