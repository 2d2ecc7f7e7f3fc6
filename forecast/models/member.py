"""What the members of the ensemble have in common: they learn from pairs and forecast pairs."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from forecast.features import Pairs
from mainsight.core.intervals import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Learning:
    """A training set.

    Attributes:
        pairs: P pairs of past targets.
        y: shape (P, S), what the members learn, dimensionless; NaN where not known.
        newest: row of the newest target.

    """

    pairs: Pairs
    y: FloatArray
    newest: int


class Learned(Protocol):
    """A fitted member."""

    def predict(self, pairs: Pairs) -> FloatArray:
        """Dimensionless forecasts, shape (P, S)."""
        ...


class Member(Protocol):
    """A way to learn from pairs."""

    @property
    def name(self) -> str:
        """Name as in the marks of a fallback."""
        ...

    @property
    def least_days(self) -> int:
        """Days of history below which it does not serve."""
        ...

    def learn(self, learning: Learning, counted: np.ndarray) -> Learned:
        """Fit to the pairs that count, shape (P,) of truth values. Deterministic."""
        ...
