"""Member B: small boosted trees (LightGBM, least absolute deviations) on the same features and the harmonic model's forecast."""

from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from forecast.features import Pairs
from forecast.models.member import Learning
from mainsight.core.intervals import FloatArray

HALF_LIFE_DAYS = 300
MOST_ROWS = 25_000
ROUNDS = 120
_PARAMETERS: dict[str, Any] = {
    "objective": "l1",
    "num_leaves": 24,
    "learning_rate": 0.06,
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
        data = lightgbm.Dataset(table, learning.y[rows, columns], weight=weight)
        return Trees(lightgbm.train(_PARAMETERS, data, ROUNDS if counted.all() else ROUNDS * 2 // 3))


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Grown trees."""

    booster: lightgbm.Booster

    def predict(self, pairs: Pairs) -> FloatArray:
        """Dimensionless forecasts, shape (P, S)."""
        table = np.concatenate([pairs.x, pairs.clock, pairs.beside[:, :, None]], axis=2)
        flat = self.booster.predict(table.reshape(-1, table.shape[2]), num_threads=1)
        return np.asarray(flat, dtype=np.float64).reshape(table.shape[:2])
