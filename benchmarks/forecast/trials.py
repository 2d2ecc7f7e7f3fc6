"""One model at one origin, measured over its first day and its whole week."""

from dataclasses import dataclass

import numpy as np
from peers import PEERS

from forecast.chain import run
from forecast.known import Known
from forecast.metrics import P10, P50, P90, pinball
from forecast.models.catalogue import chain_of
from forecast.models.profile import SEASONAL_NAIVE


@dataclass(frozen=True, slots=True)
class Sums:
    """What adds up over origins.

    Attributes:
        n: intervals compared.
        error, size, loss: sums of absolute errors, absolute values and pinball losses, in the target's unit.
        inside: intervals within P10 and P90.

    """

    n: int
    error: float
    size: float
    loss: float
    inside: int

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(self.n + other.n, self.error + other.error, self.size + other.size, self.loss + other.loss, self.inside + other.inside)


@dataclass(frozen=True, slots=True)
class Peak:
    """The first day's peak: error of its size, in the target's unit, and whether its time is right within an hour."""

    size_error: float
    hour_hit: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """Measures of one forecast."""

    series: str
    model: str
    day: Sums
    week: Sums
    peak: Peak | None
    cpu_s: float
    fell_back: bool


def trial(series: str, model: str, known: Known, happened: np.ndarray, day: int) -> Trial:
    """Forecast 168 h and compare.

    Args:
        series: its name.
        model: name in the catalogue, or of a peer.
        known: what was known at the origin.
        happened: what happened then, NaN where not known.
        day: intervals in 24 h.

    """
    chain = (PEERS[model], SEASONAL_NAIVE) if model in PEERS else chain_of(model)
    outcome = run(chain, known, len(happened))
    said = outcome.quantiles
    return Trial(
        series,
        model,
        sums(happened[:day], said[:day]),
        sums(happened, said),
        peak(happened[:day], said[:day, P50]),
        outcome.cpu_s,
        outcome.model != model,
    )


def sums(happened: np.ndarray, said: np.ndarray) -> Sums:
    """Measure what is known."""
    there = np.isfinite(happened)
    actual, said = happened[there], said[there]
    if not len(actual):
        return Sums(0, 0.0, 0.0, 0.0, 0)
    inside = (actual >= said[:, P10]) & (actual <= said[:, P90])
    loss = pinball(actual, said) * len(actual)
    return Sums(len(actual), float(np.abs(actual - said[:, P50]).sum()), float(np.abs(actual).sum()), loss, int(inside.sum()))


def peak(happened: np.ndarray, said: np.ndarray) -> Peak | None:
    """Compare the peaks of a whole day of intervals."""
    if len(happened) < 24 or not np.isfinite(happened).all():
        return None
    apart = abs(int(happened.argmax()) - int(said.argmax())) * 24 / len(happened)
    return Peak(abs(float(happened.max() - said.max())), apart <= 1.0)
