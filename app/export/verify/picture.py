"""Compares the pictures of a movie with those that its encoder was given."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.export.codecs import Bound
from app.export.expectation import Components, Expectation, checksum, signature
from app.export.pixels import PixelFormat, from_codes
from app.export.report import Check, ranges_text
from app.i18n import say

_NEIGHBOUR = 1.0
_FLAT_PX = 33
_ROUNDING = 0.01


class PictureChecks:
    """Takes decoded pictures in order and says at the end how well they agree.

    Args:
        expected: What was written.
        bound: How much may differ.
        matte: Whether the pictures are grey mattes.
    """

    def __init__(self, expected: Expectation, bound: Bound, *, matte: bool) -> None:
        self._expected, self._bound, self._matte = expected, bound, matte
        self._place = 0
        self._wrong: list[int] = []
        self._moved: list[int] = []
        self._alpha = 0.0
        self._ends_lost = 0
        self._means: dict[str, float] = {}
        self._flat = 0.0

    def fits(self, form: PixelFormat) -> bool:
        """Whether pictures of this format can be compared with what was written."""
        wanted = self._expected.form
        assert wanted is not None
        if self._bound.exact:
            return form == wanted
        same = (form.is_yuv, form.across, form.down) == (wanted.is_yuv, wanted.across, wanted.down)
        return same and set(form.components) >= set(wanted.components) - {"a"}

    def add(self, components: Components, form: PixelFormat) -> None:
        """Take the next picture."""
        place, self._place = self._place, self._place + 1
        if place >= len(self._expected.checksums):
            return
        if self._bound.exact:
            if checksum(components) != self._expected.checksums[place]:
                self._wrong.append(place)
            return
        self._compare_signatures(components, form, place)
        sample = self._expected.samples.get(place)
        if sample is not None:
            self._compare_whole(components, form, sample)

    def checks(self) -> list[Check]:
        """What was found."""
        if self._bound.exact:
            return [frames_check(say("every frame"), say("bit for bit"), self._wrong)]
        found = [
            frames_check(say("every frame"), say("as written, by its means"), self._wrong),
            frames_check(say("order of frames"), say("each like its own"), self._moved),
        ]
        form = self._expected.form
        assert form is not None
        if form.has_alpha:
            bound = self._bound.alpha
            found.append(
                Check(
                    say("alpha of sampled frames"),
                    say("at most {bound:g}/255", bound=bound),
                    say("{error:.3f}/255", error=self._alpha),
                    self._alpha <= bound + _ROUNDING,
                )
            )
            if self._bound.alpha_ends:
                lost = say("{count} pixels differ", count=self._ends_lost)
                found.append(Check(say("alpha 0 and full"), say("exact"), lost, self._ends_lost == 0))
        limit = self._bound.matte_mean if self._matte else self._bound.colour_mean
        worst = max(self._means.values(), default=0.0)
        text = ", ".join(f"{name} {value:.3f}" for name, value in sorted(self._means.items()))
        found.append(
            Check(
                say("mean error of sampled frames"),
                say("at most {bound:g}/255", bound=limit),
                text,
                worst <= limit,
            )
        )
        if self._matte:
            found.append(
                Check(
                    say("flat black and white"),
                    say("at most {bound:g}/255", bound=1),
                    say("{error:.3f}/255", error=self._flat),
                    self._flat <= 1.01,
                )
            )
        return found

    def _compare_signatures(self, components: Components, form: PixelFormat, place: int) -> None:
        known = {name: components[name] for name in self._names if name in components}
        signatures = self._expected.signatures
        own = signatures[place].astype(np.float32)
        if len(known) < len(own):
            self._wrong.append(place)  # a component is gone; the format says which
            return
        found = signature(known, form, self._expected.full_range).astype(np.float32)
        error = np.abs(found - own)
        limits = np.array([self._limit(name) for name in sorted(known)], np.float32)
        if np.any(error.max(axis=(1, 2)) > limits):
            self._wrong.append(place)
        for other in (place - 1, place + 1):
            if not 0 <= other < len(signatures):
                continue
            neighbour = signatures[other].astype(np.float32)
            apart = np.abs(neighbour - own).max() > _NEIGHBOUR
            if apart and np.abs(found - neighbour).mean() < 0.5 * error.mean():
                self._moved.append(place)
                break

    @property
    def _names(self) -> str:
        assert self._expected.form is not None
        return self._expected.form.components

    def _limit(self, name: str) -> float:
        if name == "a":
            return self._bound.alpha + 0.25
        # the mean of a field is known better than a pixel, but a field at a hard edge less so
        return 1.0 + 2 * (self._bound.matte_mean if self._matte else self._bound.colour_mean)

    def _compare_whole(
        self, components: Components, form: PixelFormat, sample: dict[str, NDArray[Any]]
    ) -> None:
        wanted_form = self._expected.form
        assert wanted_form is not None
        full = self._expected.full_range
        wanted = from_codes(sample, wanted_form, full)
        found = from_codes({name: components[name] for name in sample if name in components}, form, full)
        for name, plane in found.items():
            error = np.abs(plane - wanted[name])
            if name != "a":
                self._means[name] = max(self._means.get(name, 0.0), float(error.mean()))
                if self._matte and name == "y":
                    self._flat = max(self._flat, _largest_in_flat(error, sample[name]))
                continue
            self._alpha = max(self._alpha, float(error.max()))
            for code, end in ((0, 0), ((1 << wanted_form.depth) - 1, (1 << form.depth) - 1)):
                lost = (sample["a"] == code) & (components["a"] != end)
                self._ends_lost += int(np.count_nonzero(lost))
        if "a" in sample and "a" not in found:
            self._alpha = 255.0


def _largest_in_flat(error: NDArray[np.float32], codes: NDArray[Any]) -> float:
    """The largest error away from edges, where a whole block of the codec is of one value."""
    kernel = np.ones((_FLAT_PX, _FLAT_PX), np.uint8)
    ends = ((codes == codes.min()) | (codes == codes.max())).astype(np.uint8)
    low, high = cv2.erode(codes, kernel), cv2.dilate(codes, kernel)
    flat = (low == high) & (ends > 0)
    return float(error[flat].max()) if flat.any() else 0.0


def frames_check(name: str, expected: str, wrong: list[int]) -> Check:
    """That no frame is wrong.

    Args:
        name: Of the check.
        expected: How frames should be.
        wrong: Places of those that are not, counted from 0.
    """
    found = say("all agree")
    if wrong:
        found = say("not the frames {frames} (counted from 0)", frames=ranges_text(wrong))
    return Check(name, expected, found, not wrong)
