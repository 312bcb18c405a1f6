"""The training loop: flat, resumable to the bit, and safe to stop at any time."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from cfbi.data.clip import TrainingClip
from cfbi.errors import DataError, ModelError, WeightsError
from cfbi.evaluation.metrics import nan_mean
from cfbi.model.build import build_model
from cfbi.model.network import Network
from cfbi.training.backbone_weights import load_imagenet_backbone
from cfbi.training.checkpoint import RunState, load_run, save_run
from cfbi.training.damage import damage_mask
from cfbi.training.dev import DevScore
from cfbi.training.losses import hard_pixel_ratio
from cfbi.training.optimizer import build_optimizer, freeze_lower_backbone, update_average
from cfbi.training.recipe import Recipe
from cfbi.training.schedule import learning_rate
from cfbi.training.step import clip_outcome
from cfbi.weights.loading import load_weights
from cfbi.weights.saving import save_weights

log = logging.getLogger(__name__)

_CLIP_ATTEMPTS = 5
_MOST_SKIPPED = 50

Sample = Callable[[np.random.Generator], TrainingClip]
Score = Callable[[Network], DevScore]


class Trainer:
    """One training run in one folder.

    Args:
        recipe: What to train and how; with ``resume`` it must be the recipe of the checkpoint, apart from its
            length.
        sample: Draws a clip from a random generator, deterministically.
        folder: Receives ``checkpoint.pt``, ``log.jsonl``, ``best.safetensors`` and ``last.safetensors``.
        score: Dev score of a network, or None for no dev scores.
        provenance: Facts about the data that go with every weights file.
        resume: Go on from the folder's checkpoint.
        initial: Weights to start a new run from, a registered name or a file; None for a fresh network on an
            ImageNet backbone.
        device: Where to compute.

    Raises:
        WeightsError: There is no checkpoint to resume from, or its recipe has another network or optimiser.
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
        device: str = "cpu",
    ) -> None:
        self.recipe = recipe
        self.folder = folder
        self._sample = sample
        self._score = score
        self._provenance = provenance or {}
        self._device = device
        self.stop = threading.Event()
        self._skipped = 0
        loaded = _checkpoint(folder, recipe) if resume else None
        torch.manual_seed(recipe.seed)
        self.model = build_model(recipe.model).to(device)
        if loaded is None and initial is not None:
            load_weights(self.model, initial)
        elif loaded is None and recipe.model == "lite_cfbi":
            load_imagenet_backbone(self.model)
        freeze_lower_backbone(self.model, recipe.frozen_blocks)
        self._optimizer = build_optimizer(self.model, recipe)
        if loaded is not None:
            self.state = loaded
            self.state.recipe = recipe
            self.model.load_state_dict(self.state.model)
            self._optimizer.load_state_dict(self.state.optimizer)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            average = {name: tensor.detach().clone() for name, tensor in self.model.state_dict().items()}
            self.state = RunState(
                recipe, 0, 0.0, self.model.state_dict(), average, self._optimizer.state_dict()
            )
        if initial is not None and loaded is None:
            self.state.initial = Path(initial).name
        self.state.average = {name: tensor.to(device) for name, tensor in self.state.average.items()}

    def run(
        self,
        *,
        until_step: int | None = None,
        max_seconds: float | None = None,
        checkpoint_seconds: float = 180.0,
        dev_every: int = 0,
        log_every: int = 20,
    ) -> RunState:
        """Train until the recipe's end, a limit or ``stop``; a checkpoint is written at the end.

        Args:
            until_step: Stop after this step.
            max_seconds: Stop after this time.
            checkpoint_seconds: Time between checkpoints.
            dev_every: Steps between dev scores; 0 scores only at the end of the recipe.
            log_every: Steps between log lines.
        """
        end = self.recipe.steps if until_step is None else min(until_step, self.recipe.steps)
        started, spent = time.monotonic(), self.state.seconds
        saved = started
        losses: list[float] = []
        overlaps: list[float] = []
        with _Prefetch(self._clips, self.state.step, end) as clips, self._saved_on_error():
            for step, clip_group in clips:
                loss, overlap = self._step(step, clip_group)
                losses.append(loss)
                overlaps.append(overlap)
                now = time.monotonic()
                self.state.step, self.state.seconds = step + 1, spent + now - started
                if self.state.step % log_every == 0:
                    self._log(losses, overlaps)
                    losses, overlaps = [], []
                if self._score and (self.state.step == end == self.recipe.steps
                                    or (dev_every and self.state.step % dev_every == 0)):  # fmt: skip
                    self._dev()
                if now - saved >= checkpoint_seconds:
                    self.save()
                    saved = time.monotonic()
                if self.stop.is_set() or (
                    max_seconds is not None and time.monotonic() - started >= max_seconds
                ):
                    break
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
        """Write the checkpoint."""
        self.state.model = self.model.state_dict()
        self.state.optimizer = self._optimizer.state_dict()
        save_run(self.state, self.folder)

    def _clips(self, step: int) -> list[TrainingClip]:
        return [self._clip(step, index) for index in range(self.recipe.clips_per_step)]

    def _clip(self, step: int, index: int) -> TrainingClip:
        # Each clip has a generator of its own, so a resumed run draws exactly what an unbroken one would
        # have; a clip that cannot be drawn is replaced, since resuming would only meet it again.
        for attempt in range(_CLIP_ATTEMPTS):
            seed = (self.recipe.seed, step, index, attempt) if attempt else (self.recipe.seed, step, index)
            try:
                return self._sample(np.random.default_rng(seed))
            except Exception as error:  # noqa: BLE001 - reading and drawing may fail in any way
                log.warning("step %d: a clip could not be drawn: %s", step, error)
        raise DataError(
            f"Step {step}: {_CLIP_ATTEMPTS} clips in a row could not be drawn.",
            "See the warnings in the log.",
        )

    def _step(self, step: int, clips: list[TrainingClip]) -> tuple[float, float]:
        recipe = self.recipe
        torch.manual_seed(recipe.seed * 1_000_003 + step)  # dropout
        rng = np.random.default_rng((recipe.seed, step, 1_000))
        ratio = hard_pixel_ratio(step, int(recipe.anneal_share * recipe.steps), recipe.hardest)
        self.model.train()
        losses, overlaps = [], []
        for clip in clips:
            damaged = damage_mask(clip.masks[1], rng) if rng.random() < recipe.previous_damage else None
            outcome = clip_outcome(
                self.model,
                clip.frames,
                clip.masks,
                previous_mask=damaged,
                hard_ratio=ratio,
                dice_weight=recipe.dice_weight,
                bfloat16=recipe.bfloat16,
            )
            (outcome.loss / len(clips)).backward()  # type: ignore[no-untyped-call]
            losses.append(outcome.loss.item())
            overlaps.append(outcome.jaccard)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip_norm)
        rate = learning_rate(
            step,
            peak=recipe.learning_rate,
            steps=recipe.steps,
            warmup_steps=recipe.warmup_steps,
            poly_power=recipe.poly_power,
        )
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        if torch.isfinite(norm):
            self._skipped = 0
            self._optimizer.step()
        else:
            self._skipped += 1
            if self._skipped >= _MOST_SKIPPED:
                raise ModelError(
                    f"The gradient was not finite for {_MOST_SKIPPED} steps in a row.",
                    "Resume with a smaller learning rate.",
                )
            log.warning(
                "step %d from %s: gradient is not finite, skipped", step, [clip.source for clip in clips]
            )
        self._optimizer.zero_grad()
        update_average(self.state.average, self.model, recipe.ema_decay, step)
        return float(np.mean(losses)), float(np.mean(overlaps))

    def _log(self, losses: list[float], overlaps: list[float]) -> None:
        line = {
            "step": self.state.step,
            "minutes": round(self.state.seconds / 60, 2),
            "loss": round(nan_mean(np.array(losses)), 4),
            "J": round(100 * float(np.mean(overlaps)), 2),
            "lr": self._optimizer.param_groups[-1]["lr"],
        }
        self._append(line)
        log.info("step %(step)d  %(minutes).1f min  loss %(loss).4f  J %(J).1f", line)

    def _dev(self) -> None:
        assert self._score is not None
        self.save()  # scoring takes minutes
        trained = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        self.model.load_state_dict(self.state.average)
        try:
            score = self._score(self.model)
        finally:
            self.model.load_state_dict(trained)
        entry = {
            "step": float(self.state.step),
            "dev_J": score.jaccard,
            "dev_F": score.boundary,
            "dev_JF": score.mean,
        }
        self.state.history.append(entry)
        self._append({**entry, "per_sequence": score.per_sequence})
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

    def _export(self, name: str, score: dict[str, float] | None) -> None:
        """Write the averaged weights; ``score`` is the newest dev score, which may be of an earlier step."""
        provenance = {
            **self._provenance,
            "recipe": asdict(self.recipe),
            "initial": self.state.initial,
            "seed": self.recipe.seed,
            "step": self.state.step,
            "training_minutes": round(self.state.seconds / 60, 1),
            "dev": score,
        }
        path = self.folder / f"{name}.safetensors"
        try:
            save_weights(
                self.state.average,
                path,
                model=self.recipe.model,
                licence="Apache-2.0",
                half=True,
                provenance=provenance,
            )
        except OSError as error:
            raise WeightsError(
                f"{path} cannot be written: {error.strerror}.", "Free some space; the checkpoint is kept."
            ) from error

    def _append(self, line: Mapping[str, object]) -> None:
        try:
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(line) + "\n")
        except OSError as error:  # a full disk must not end a run that could still go on
            log.warning("the log line of step %d was lost: %s", self.state.step, error.strerror)


def _checkpoint(folder: Path, recipe: Recipe) -> RunState:
    """The checkpoint of ``folder``, if a run of this recipe can go on from its network and optimiser."""
    state = load_run(folder)
    for name in ("model", "optimizer", "frozen_blocks", "backbone_factor", "weight_decay"):
        before, now = getattr(state.recipe, name), getattr(recipe, name)
        if before != now:
            raise WeightsError(
                f"The run in {folder} has {name} = {before} and cannot go on with {now}.",
                "Start a new run in another folder.",
            )
    return state


class _Prefetch:
    """Draws the clips of the next steps on one thread while the network works on this one."""

    def __init__(
        self, draw: Callable[[int], list[TrainingClip]], start: int, end: int, ahead: int = 3
    ) -> None:
        self._draw, self._start, self._end, self._ahead = draw, start, end, ahead
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="clips")

    def __enter__(self) -> Iterator[tuple[int, list[TrainingClip]]]:
        return self._steps()

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _steps(self) -> Iterator[tuple[int, list[TrainingClip]]]:
        waiting: list[Future[list[TrainingClip]]] = []
        for step in range(self._start, self._end):
            while len(waiting) <= self._ahead and step + len(waiting) < self._end:
                waiting.append(self._pool.submit(self._draw, step + len(waiting)))
            yield step, waiting.pop(0).result()
