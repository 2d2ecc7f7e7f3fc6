"""Models of other libraries, held to the same origins: statsmodels always; statsforecast, mlforecast, OpenSTEF 3.4 where installed."""

import importlib.util
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sets import filled

from forecast.known import Known
from forecast.models.port import Model, Prediction
from mainsight.core.forecasts import QUANTILES
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import DAY_S

_WEEKS = 8
_WIDTHS = {0.50: 50, 0.80: 80, 0.90: 90}
"""Central intervals between the quantiles of a forecast, per cent."""


@dataclass(frozen=True, slots=True)
class MstlEts:
    """statsmodels: MSTL of eight weeks, exponential smoothing with a damped trend on the remainder; normal errors."""

    name: str = "statsmodels-mstl-ets"

    def fit(self, known: Known) -> "FittedMstlEts":
        """Take the last weeks, gaps filled by the week before."""
        return FittedMstlEts(filled(known, _WEEKS), DAY_S // known.step_s)


@dataclass(frozen=True, slots=True, eq=False)
class FittedMstlEts:
    """The weeks to decompose."""

    value: FloatArray
    day: int

    def predict(self, horizon: int) -> Prediction:
        """Remainder by exponential smoothing, seasons as in their last period."""
        from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # noqa: PLC0415 - takes a second
        from statsmodels.tsa.seasonal import MSTL  # noqa: PLC0415 - likewise

        periods = (self.day, 7 * self.day) if self.day > 1 else (7,)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about convergence: it is a peer, taken as it comes
            parts = MSTL(self.value, periods=periods).fit()
            seasonal = np.asarray(parts.seasonal).reshape(len(self.value), -1)
            fitted = ETSModel(pd.Series(self.value - seasonal.sum(axis=1)), error="add", trend="add", damped_trend=True).fit(disp=False)
            said = fitted.get_prediction(start=len(self.value), end=len(self.value) + horizon - 1)
            bounds = {0.5: np.asarray(said.predicted_mean)}
            for share in _WIDTHS:
                low, high = np.asarray(said.pred_int(alpha=1 - share)).T
                bounds[round((1 - share) / 2, 3)], bounds[round((1 + share) / 2, 3)] = low, high
        ahead = np.arange(horizon)
        seasons = sum(seasonal[len(self.value) - period + ahead % period, n] for n, period in enumerate(periods))
        return Prediction(np.stack([bounds[level] + seasons for level in QUANTILES], axis=1))


@dataclass(frozen=True, slots=True)
class StatsForecastMstl:
    """statsforecast: MSTL of twelve weeks with AutoETS, its own intervals."""

    name: str = "statsforecast-mstl"

    def fit(self, known: Known) -> "FittedStatsForecast":
        """Take the last weeks, gaps filled by the week before."""
        return FittedStatsForecast(filled(known, 12), DAY_S // known.step_s)


@dataclass(frozen=True, slots=True, eq=False)
class FittedStatsForecast:
    """The weeks to decompose."""

    value: FloatArray
    day: int

    def predict(self, horizon: int) -> Prediction:
        """Forecast with the library's intervals."""
        from statsforecast.models import MSTL, AutoETS  # noqa: PLC0415 - not installed with the project

        seasons = [self.day, 7 * self.day] if self.day > 1 else [7]
        model = MSTL(season_length=seasons, trend_forecaster=AutoETS(model="ZZN"))
        said: dict[str, Any] = model.forecast(y=self.value, h=horizon, level=list(_WIDTHS.values()))
        columns = [said[f"lo-{width}"] for width in (90, 80, 50)] + [said["mean"]] + [said[f"hi-{width}"] for width in (50, 80, 90)]
        return Prediction(np.stack(columns, axis=1))


@dataclass(frozen=True, slots=True)
class MlForecast:
    """mlforecast: recursive LightGBM on hours, days and weeks back, hour and weekday; its conformal intervals."""

    name: str = "mlforecast-lightgbm"

    def fit(self, known: Known) -> "FittedMlForecast":
        """Take up to 400 days, gaps filled by the week before."""
        return FittedMlForecast(filled(known, 57), known.step_s)


@dataclass(frozen=True, slots=True, eq=False)
class FittedMlForecast:
    """The history."""

    value: FloatArray
    step_s: int

    def predict(self, horizon: int) -> Prediction:
        """Learn, and forecast step by step with the library's intervals."""
        from lightgbm import LGBMRegressor  # noqa: PLC0415 - takes a second
        from mlforecast import MLForecast  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - not installed with the project
        from mlforecast.utils import PredictionIntervals  # type: ignore[import-not-found,unused-ignore]  # noqa: PLC0415 - likewise

        day = DAY_S // self.step_s
        lags = sorted({1, 2, 3, day, 2 * day, 7 * day, 14 * day})
        freq = "D" if day == 1 else f"{self.step_s // 60}min"
        features = ["hour", "dayofweek"] if day > 1 else ["dayofweek"]
        made = MLForecast(models={"m": LGBMRegressor(n_jobs=1, verbosity=-1)}, freq=freq, lags=lags, date_features=features)
        table = pd.DataFrame({"unique_id": "one", "ds": pd.date_range("2020-01-06", periods=len(self.value), freq=freq), "y": self.value})
        made.fit(table, prediction_intervals=PredictionIntervals(n_windows=3, h=horizon))
        said = made.predict(horizon, level=list(_WIDTHS.values()))
        names = [f"m-lo-{width}" for width in (90, 80, 50)] + ["m"] + [f"m-hi-{width}" for width in (50, 80, 90)]
        return Prediction(np.sort(said[names].to_numpy(np.float64), axis=1))


PEERS: dict[str, Model] = {MstlEts().name: MstlEts()}
if importlib.util.find_spec("statsforecast"):
    PEERS[StatsForecastMstl().name] = StatsForecastMstl()
if importlib.util.find_spec("mlforecast"):
    PEERS[MlForecast().name] = MlForecast()
if importlib.util.find_spec("openstef"):
    from openstef_peer import OpenStef

    PEERS[OpenStef().name] = OpenStef()
