"""The interface of every forecasting model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from forecast.known import Known
from mainsight.core.intervals import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a model says.

    Attributes:
        quantiles: shape (h, 7), columns as `mainsight.core.forecasts.QUANTILES`, finite, never decreasing along a row.
        fallback: what in it a simpler way stood in for, and why; empty when nothing.
        shares: member -> its share of the whole, mean over the days ahead, adding up to 1; empty for a single model.
        remarks: what in the history was taken otherwise than as it came, and why; empty when nothing.

    """

    quantiles: FloatArray
    fallback: str = ""
    shares: Mapping[str, float] = field(default_factory=dict)
    remarks: str = ""


class Fitted(Protocol):
    """A model fitted to what is known at one issue."""

    def predict(self, horizon: int) -> Prediction:
        """Forecast the next `horizon` intervals (at least 1) from the issue on."""
        ...


class Model(Protocol):
    """A forecasting model. Stateless: the same `Known` gives the same forecast, in any process."""

    @property
    def name(self) -> str:
        """Name as on the command line and in stored forecasts."""
        ...

    def fit(self, known: Known) -> Fitted:
        """Learn from what is known; it is not changed.

        Raises:
            CannotForecastError: the history does not suffice for this model.

        """
        ...
