"""Encoders that are broken on purpose: each must be found out when its file is read back."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.errors import ExportError
from app.export import encoders
from app.export.encoders import SequenceEncoder
from app.export.movie import MovieEncoder
from app.export.options import Alpha, ExportOptions, Missing
from app.export.plan import plan_export
from app.export.planned import ExportPlan, PlannedOutput
from app.export.presets import PRESETS
from app.export.run import run_export
from app.media import open_source
from tests.barcode import convert
from tests.unit.app.export.conftest import BarcodeSource, Snapshot, document

Components = dict[str, NDArray[Any]]


class Broken(MovieEncoder):
    """Does to pictures, or to the finished movie, what ``spoil`` and ``remake`` say."""

    def __init__(
        self,
        plan: ExportPlan,
        output: PlannedOutput,
        draft: Path,
        quality: int = 0,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._kept: list[Components] = []
        super().__init__(self.other(plan), output, draft, quality, check)

    def other(self, plan: ExportPlan) -> ExportPlan:
        return plan

    def spoil(self, pictures: list[Components]) -> list[Components]:
        return pictures

    def remake(self, path: Path) -> None:
        pass

    def write(self, components: Any) -> None:
        self._kept.append({**components})

    def finish(self) -> None:
        for picture in self.spoil(self._kept):
            super().write(picture)
        super().finish()
        self.remake(self.path)


def reencoded(path: Path, *arguments: str) -> None:
    """Write the movie anew with other settings."""
    prores = ("-c:v", "prores_ks", "-profile:v", "4444", "-c:a", "copy")
    convert(path, path.with_name("again.mov"), ["-map", "0", "-map", "-0:d", *prores, *arguments])
    os.replace(path.with_name("again.mov"), path)


class WrongAlpha(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        return [{**p, "a": np.clip(p["a"].astype(int) + 6, 0, 1023).astype(np.uint16)} for p in pictures]


class AlphaNotQuiteZero(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        alpha = pictures[0]["a"].copy()
        alpha[0, 0] = 2
        return [{**pictures[0], "a": alpha}, *pictures[1:]]


class WrongAlphaOnce(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        return [{**p, "a": 1023 - p["a"]} if i == 4 else p for i, p in enumerate(pictures)]


class NoAlpha(Broken):
    def remake(self, path: Path) -> None:
        reencoded(path, "-pix_fmt", "yuv444p10le", "-timecode", "00:00:00:00")


class MissingFrame(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        return pictures[:3] + pictures[4:]


class RepeatedFrame(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        return [*pictures[:3], pictures[2], *pictures[4:]]


class Shifted(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        return [pictures[0], *pictures[:-1]]


class WrongRate(Broken):
    def other(self, plan: ExportPlan) -> ExportPlan:
        return replace(plan, rate=Fraction(24))


class SwappedChannels(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        return [{**p, "u": p["v"], "v": p["u"]} for p in pictures]


class BlackFrame(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        black = {name: np.full_like(p, {"y": 64, "a": 0}.get(name, 512)) for name, p in pictures[5].items()}
        return [*pictures[:5], black, *pictures[6:]]


class WrongSize(Broken):
    def other(self, plan: ExportPlan) -> ExportPlan:
        return replace(plan, size=(plan.size[0] - 2, plan.size[1]))

    def spoil(self, pictures: list[Components]) -> list[Components]:
        return [{name: plane[:, :-2] for name, plane in p.items()} for p in pictures]


class NoSound(Broken):
    def other(self, plan: ExportPlan) -> ExportPlan:
        return replace(plan, options=replace(plan.options, audio=False))


class OtherSound(Broken):
    def other(self, plan: ExportPlan) -> ExportPlan:
        return replace(plan, span=range(plan.span.start + 8, plan.span.stop))


class WrongRange(Broken):
    def spoil(self, pictures: list[Components]) -> list[Components]:
        return [
            {**p, "y": ((p["y"].astype(float) - 64) * 1023 / 876).clip(0).astype(np.uint16)} for p in pictures
        ]


class MissingTags(Broken):
    def remake(self, path: Path) -> None:
        unknown = "setparams=color_primaries=unknown:color_trc=unknown:colorspace=unknown"
        reencoded(path, "-vf", unknown, "-pix_fmt", "yuva444p10le", "-timecode", "00:00:00:00")


class WrongTimecode(Broken):
    def other(self, plan: ExportPlan) -> ExportPlan:
        return replace(plan, options=replace(plan.options, start_timecode="00:00:00:01"))


class Truncated(Broken):
    def remake(self, path: Path) -> None:
        os.truncate(path, path.stat().st_size // 2)


@pytest.fixture(scope="module")
def sounding(clip_with_sound: Path) -> Snapshot:
    with open_source(clip_with_sound) as source:
        return replace(document(count=8), path=clip_with_sound, info=source.info)


@pytest.mark.parametrize(
    ("broken", "found_by"),
    [
        (WrongAlpha, "every frame"),
        (AlphaNotQuiteZero, "alpha of sampled frames|alpha 0 and full"),
        (WrongAlphaOnce, "every frame"),
        (NoAlpha, "pixel format"),
        (MissingFrame, "frame count"),
        (RepeatedFrame, "every frame"),
        (Shifted, "every frame|order"),
        (WrongRate, "frame times"),
        (SwappedChannels, "every frame"),
        (BlackFrame, "every frame"),
        (WrongSize, "picture size"),
        (NoSound, "sound"),
        (OtherSound, "sound"),
        (WrongRange, "every frame"),
        (MissingTags, "colour tags"),
        (WrongTimecode, "first timecode"),
        (Truncated, "cannot be decoded"),
        (Broken, ""),
    ],
)
def test_a_broken_encoder_is_found_out(
    broken: type[Broken],
    found_by: str,
    sounding: Snapshot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(encoders.ENCODERS, "prores4444", broken)  # type: ignore[arg-type]
    options = ExportOptions(out_point=7, start_timecode="00:00:00:00")
    plan = plan_export(sounding, PRESETS["prores4444"], options, tmp_path / "out")
    source = BarcodeSource(sounding.info)
    if not found_by:
        run_export(plan, source)  # unspoiled, it passes
        return
    with pytest.raises(ExportError, match=found_by):
        run_export(plan, source)
    assert list(tmp_path.iterdir()) == []


class BrokenPictures(SequenceEncoder):
    """Writes one picture wrongly."""

    def __init__(
        self, plan: ExportPlan, output: PlannedOutput, draft: Path, quality: int, check: Callable[[], None]
    ) -> None:
        super().__init__(plan, output, draft)
        self._place = 0

    def write(self, components: Any) -> None:
        self._place += 1
        if self._place == 3:
            name = next(iter(components))
            components = {**components, name: components[name].copy()}
            components[name].view(np.uint8)[5, 7] ^= 1
        super().write(components)


class LostPicture(BrokenPictures):
    def write(self, components: Any) -> None:
        super().write(components)
        if self._place == 3:
            sorted(self._draft.iterdir())[0].unlink()


@pytest.mark.parametrize("alpha", [Alpha.MATTE, Alpha.STRAIGHT])
@pytest.mark.parametrize(
    ("broken", "found_by"), [(BrokenPictures, "not the frames 2 "), (LostPicture, "files")]
)
@pytest.mark.parametrize("name", ["png", "exr"])
def test_a_broken_picture_is_found_out(
    name: str,
    broken: type[BrokenPictures],
    found_by: str,
    alpha: Alpha,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(encoders.ENCODERS, name, broken)  # type: ignore[arg-type]
    snapshot = document(count=5)
    plan = plan_export(snapshot, PRESETS[name], ExportOptions(alpha=alpha), tmp_path)
    with pytest.raises(ExportError, match=found_by):
        run_export(plan, BarcodeSource(snapshot.info))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["coco", "mots_txt", "youtube_vos", "davis", "mots_png"])
def test_a_data_set_with_another_mask_is_found_out(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = encoders.ENCODERS[name]

    def wrong(plan: Any, output: Any, draft: Any, quality: Any, check: Any) -> Any:
        encoder = right(plan, output, draft, quality, check)
        write = encoder.write
        encoder.write = lambda components: write({"index": np.roll(components["index"], 1, axis=0)})  # type: ignore[method-assign]
        return encoder

    monkeypatch.setitem(encoders.ENCODERS, name, wrong)  # type: ignore[arg-type]
    options = ExportOptions(missing=Missing.BLACK)
    plan = plan_export(document(count=4, masked=[0, 1, 3]), PRESETS[name], options, tmp_path)
    with pytest.raises(ExportError, match=r"every frame .*not the frames 0-1, 3"):
        run_export(plan)
    assert list(tmp_path.iterdir()) == []
