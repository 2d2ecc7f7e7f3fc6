"""Member B: small boosted trees (LightGBM) on the same features and the harmonic model's forecast.

The loss is Huber's: linear for what is large against the usual departure, so that a shut-down does not steer the trees, and
quadratic near zero. With least absolute deviations LightGBM sorts each leaf anew, which took half of all the time.
"""

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from forecast.features import Pairs
from forecast.models.member import Learning
from mainsight.core.intervals import FloatArray

HALF_LIFE_DAYS = 300
MOST_ROWS = 25_000
ROUNDS = 70
HALF_ROUNDS = 60
"""Of trees that learn from every other week only."""
BEND = 0.7
"""Where the loss turns from quadratic to linear, in means of the departures' size."""
LEAST_BEND = 1e-6
"""Of a series that hardly departs; the loss needs some."""
_PARAMETERS: dict[str, Any] = {
    "objective": "huber",
    "num_leaves": 24,
    "learning_rate": 0.1,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "max_bin": 63,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 1,
    "verbosity": -1,
}


@dataclass(frozen=True, slots=True)
class TreesMember:
    """Grows the trees."""

    name: str = "trees"
    least_days: int = 35

    def learn(self, learning: Learning, counted: np.ndarray) -> "Trees":
        """Fit to the pairs that count, shape (P,); of many rows a fixed random part is taken."""
        rows, columns = np.nonzero(np.isfinite(learning.y) & counted[:, None])
        most = int(MOST_ROWS * counted.mean())
        if len(rows) > most:
            taken = np.sort(np.random.default_rng(1).choice(len(rows), most, replace=False))
            rows, columns = rows[taken], columns[taken]
        pairs = learning.pairs
        weight = 0.5 ** ((learning.newest - pairs.target[rows]) / HALF_LIFE_DAYS)
        table = np.concatenate([pairs.x[rows, columns], pairs.clock[rows, columns], pairs.beside[rows, columns, None]], axis=1)
        y = learning.y[rows, columns]
        bend = BEND * float(np.abs(y).mean())
        data = lightgbm.Dataset(table, y, weight=weight)
        parameters = _PARAMETERS | {"alpha": max(bend, LEAST_BEND)}
        return Trees(lightgbm.train(parameters, data, ROUNDS if counted.all() else HALF_ROUNDS))


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Grown trees."""

    booster: lightgbm.Booster

    def predict(self, pairs: Pairs) -> FloatArray:
        """Dimensionless forecasts, shape (P, S)."""
        table = np.concatenate([pairs.x, pairs.clock, pairs.beside[:, :, None]], axis=2)
        flat = self.booster.predict(table.reshape(-1, table.shape[2]), num_threads=1)
        return np.asarray(flat, dtype=np.float64).reshape(table.shape[:2])
