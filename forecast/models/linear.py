"""Member A: a robust linear model for every hour of the day, by least absolute deviations.

Solved by iteratively reweighted least squares (Schlossmacher 1973) with a small ridge, all hours at once. The normal
equations of the hours before and after are added at half weight, so that neighbours support each other. Products are
taken in single precision, for two fifths of the time: forecasts differ by some 1e-5 of their size.
"""

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
        age = learning.newest - pairs.target[counted]
        weight = 0.5 ** (age / HALF_LIFE_DAYS)
        return Linear(_solve(*_by_hour(pairs.x[counted], learning.y[counted], pairs.lead[counted], weight)))


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """Fitted models.

    Attributes:
        coefficients: shape (H, F): one row an hour of the day (a single row for daily values).

    """

    coefficients: FloatArray

    def predict(self, pairs: Pairs) -> FloatArray:
        """Dimensionless forecasts, shape (P, S)."""
        columns = pairs.x.shape[1]
        coefficients = np.repeat(self.coefficients, columns // len(self.coefficients), axis=0)
        said: FloatArray = np.einsum("psf,sf->ps", _expand(pairs.x, pairs.lead), coefficients, dtype=np.float64)
        return said


def _expand(x: np.ndarray, lead: np.ndarray) -> np.ndarray:
    """Recent departures count differently by lead: once for each group of leads, 0 in the others; and a constant."""
    recent, rest = x[:, :, :RECENT], x[:, :, RECENT:]
    grouped = [recent * ((lead >= first) & (lead <= last))[:, None, None] for first, last in LEAD_GROUPS]
    return np.concatenate([*grouped, rest, np.ones((*x.shape[:2], 1), x.dtype)], axis=2)


def _by_hour(x: np.ndarray, y: FloatArray, lead: np.ndarray, weight: FloatArray) -> tuple[np.ndarray, FloatArray, FloatArray]:
    """Design (H, P, F), float32, target (H, P) and weight (H, P) of every hour; of finer steps each pair gives one in turn."""
    columns = x.shape[1]
    hours = min(columns, 24)
    finer = columns // hours
    turn = (np.arange(len(x))[:, None] + np.arange(hours)) % finer + np.arange(hours) * finer
    x, y = np.take_along_axis(x, turn[:, :, None], axis=1), np.take_along_axis(y, turn, axis=1)
    there = np.isfinite(y)
    design = np.ascontiguousarray(_expand(x, lead).transpose(1, 0, 2), dtype=np.float32)
    return design, np.where(there, y, 0.0).T, np.where(there, weight[:, None], 0.0).T


def _solve(design: np.ndarray, target: FloatArray, weight: FloatArray) -> FloatArray:
    """Coefficients of every hour, shape (H, F)."""
    scale = np.sqrt(np.einsum("hpf,hp->f", design**2, weight) / weight.sum()) + 1e-9
    design = (design / scale).astype(np.float32)
    single = target.astype(np.float32)
    features = design.shape[2]
    reweighted = weight
    coefficients = np.zeros((len(design), features))
    for sweep in range(SWEEPS):
        if sweep:
            error = np.abs(target - np.matmul(design, coefficients[:, :, None].astype(np.float32))[:, :, 0])
            least = 0.1 * (error * weight).sum() / weight.sum() + 1e-9
            reweighted = weight / np.maximum(error, least)
        weighted = (design * reweighted[:, :, None].astype(np.float32)).transpose(0, 2, 1)
        left, right = (np.matmul(weighted, one).astype(np.float64) for one in (design, single[:, :, None]))
        if len(design) > 1:
            left, right = (one + NEIGHBOUR_WEIGHT * (np.roll(one, 1, axis=0) + np.roll(one, -1, axis=0)) for one in (left, right))
        ridge = RIDGE * np.trace(left, axis1=1, axis2=2) / features + 1e-12
        coefficients = np.linalg.solve(left + ridge[:, None, None] * np.eye(features), right)[:, :, 0]
    result: FloatArray = coefficients / scale
    return result
