"""Member A: a robust linear model for every hour of the day, by least absolute deviations.

Solved by iteratively reweighted least squares (Schlossmacher 1973) with a small ridge, all hours at once. The normal
equations of the hours before and after are added at half weight, so that neighbours support each other. Products are
taken in single precision, for two fifths of the time: forecasts differ by some 1e-5 of their size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.features import RECENT, Pairs
from forecast.models.member import Learning
from mainsight.core.intervals import FloatArray

HALF_LIFE_DAYS = 300
SWEEPS = 6
RIDGE = 2e-3
NEIGHBOUR_WEIGHT = 0.5
LEAD_GROUPS = ((1, 1), (2, 2), (3, 4), (5, 7))
"""Leads, days, between which recent departures count the same."""


@dataclass(frozen=True, slots=True)
class LinearMember:
    """Learns the linear models."""

    name: str = "linear"
    least_days: int = 35

    def learn(self, learning: Learning, counted: np.ndarray) -> "Linear":
        """Fit to the pairs that count, shape (P,)."""
        pairs = learning.pairs
        weight = np.where(counted, 0.5 ** ((learning.newest - pairs.target) / HALF_LIFE_DAYS), 0.0)
        groups = [counted & _within(pairs.lead, group) for group in LEAD_GROUPS]
        return Linear(_solve([_by_hour(pairs.x[one], learning.y[one], weight[one]) for one in groups]))


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Fitted models.

    Attributes:
        coefficients: shape (G, H, F + 1): by group of leads and hour of the day (a single one for daily values), a constant last.

    """

    coefficients: FloatArray

    def predict(self, pairs: Pairs) -> FloatArray:
        """Dimensionless forecasts, shape (P, S)."""
        columns = pairs.x.shape[1]
        by_column = np.repeat(self.coefficients, columns // self.coefficients.shape[1], axis=1)
        said = np.empty(pairs.x.shape[:2])
        for group, coefficients in zip(LEAD_GROUPS, by_column, strict=True):
            at = _within(pairs.lead, group)
            said[at] = np.einsum("psf,sf->ps", pairs.x[at], coefficients[:, :-1], dtype=np.float64) + coefficients[:, -1]
        return said


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """What one group of leads has to say: design (H, P, F + 1), float32, target (H, P), float32, and weight (H, P)."""

    design: np.ndarray
    target: np.ndarray
    weight: FloatArray


def _within(lead: np.ndarray, group: tuple[int, int]) -> np.ndarray:
    return (lead >= group[0]) & (lead <= group[1])


def _by_hour(x: np.ndarray, y: FloatArray, weight: FloatArray) -> _Part:
    """Lay pairs out by hour of the day; of finer steps each pair gives one in turn."""
    columns = x.shape[1]
    hours = min(columns, 24)
    finer = columns // hours
    if finer > 1:
        turn = (np.arange(len(x))[:, None] + np.arange(hours)) % finer + np.arange(hours) * finer
        x, y = np.take_along_axis(x, turn[:, :, None], axis=1), np.take_along_axis(y, turn, axis=1)
    there = np.isfinite(y)
    design = np.ones((hours, len(x), x.shape[2] + 1), np.float32)
    design[:, :, :-1] = x.transpose(1, 0, 2)
    return _Part(design, np.where(there, y, 0.0).T.astype(np.float32), np.where(there, weight[:, None], 0.0).T)


def _solve(parts: Sequence[_Part]) -> FloatArray:
    """Coefficients, shape (G, H, F + 1): those of the recent departures each group's own, the others common to all."""
    hours, _, width = parts[0].design.shape
    common = np.arange(width - RECENT) + RECENT * len(parts)
    place = [np.concatenate([np.arange(RECENT) + RECENT * number, common]) for number in range(len(parts))]
    features = RECENT * len(parts) + len(common)
    total = sum(part.weight.sum() for part in parts)
    squares = np.zeros(features)
    for at, part in zip(place, parts, strict=True):
        squares[at] += np.einsum("hpf,hp->f", part.design**2, part.weight)
    scale = np.sqrt(squares / total) + 1e-9
    for at, part in zip(place, parts, strict=True):
        part.design[:] /= scale[at]
    reweighted = [part.weight for part in parts]
    coefficients = np.zeros((hours, features))
    for sweep in range(SWEEPS):
        if sweep:
            said = [
                np.matmul(part.design, coefficients[:, at, None].astype(np.float32))[:, :, 0] for at, part in zip(place, parts, strict=True)
            ]
            errors = [np.abs(part.target - one) for one, part in zip(said, parts, strict=True)]
            least = 0.1 * sum((error * part.weight).sum() for error, part in zip(errors, parts, strict=True)) / total + 1e-9
            reweighted = [part.weight / np.maximum(error, least) for error, part in zip(errors, parts, strict=True)]
        left, right = np.zeros((hours, features, features)), np.zeros((hours, features, 1))
        for at, part, weight in zip(place, parts, reweighted, strict=True):
            weighted = (part.design * weight[:, :, None].astype(np.float32)).transpose(0, 2, 1)
            left[:, at[:, None], at] += np.matmul(weighted, part.design)
            right[:, at] += np.matmul(weighted, part.target[:, :, None])
        coefficients = _ridge(left, right)
    return np.stack([(coefficients / scale)[:, at] for at in place])


def _ridge(left: FloatArray, right: FloatArray) -> FloatArray:
    """Solve the normal equations of every hour, (H, F, F) and (H, F, 1), those of the hours beside it added: shape (H, F)."""
    if len(left) > 1:
        left, right = (one + NEIGHBOUR_WEIGHT * (np.roll(one, 1, axis=0) + np.roll(one, -1, axis=0)) for one in (left, right))
    features = left.shape[1]
    ridge = RIDGE * np.trace(left, axis1=1, axis2=2) / features + 1e-12
    solved: FloatArray = np.linalg.solve(left + ridge[:, None, None] * np.eye(features), right)[:, :, 0]
    return solved
