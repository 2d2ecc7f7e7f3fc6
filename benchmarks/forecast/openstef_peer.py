"""OpenSTEF 3.4 (the line that runs on Python 3.11) as a peer; `peers` reads this file only where the library is installed."""

import os
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sets import filled

from forecast.known import Known
from forecast.models.port import Prediction
from mainsight.core.forecasts import QUANTILES
from mainsight.core.intervals import FloatArray
from mainsight.core.zonetime import DAY_S, SECOND_MS

os.environ.setdefault("OPENSTEF_LOG_LEVEL", "ERROR")  # read at the import

from openstef.data_classes.model_specifications import ModelSpecificationDataClass
from openstef.data_classes.prediction_job import PredictionJobDataClass
from openstef.enums import BiddingZone
from openstef.feature_engineering.feature_applicator import OperationalPredictFeatureApplicator
from openstef.pipeline.train_model import train_pipeline_common


@dataclass(frozen=True, slots=True)
class OpenStef:
    """OpenSTEF: an XGBoost model for each quantile, on the days before and the calendar, learnt for 24 h and 168 h ahead.

    It knows European holidays alone, and no series by days.
    """

    name: str = "openstef-xgb"

    def fit(self, known: Known) -> "FittedOpenStef":
        """Take up to 400 days, gaps filled by the week before."""
        return FittedOpenStef(filled(known, 57), known)


@dataclass(frozen=True, slots=True, eq=False)
class FittedOpenStef:
    """The history."""

    value: FloatArray
    known: Known

    def predict(self, horizon: int) -> Prediction:
        """Learn, and forecast the first day by what is known a day before, the others by what is known a week before."""
        minutes = self.known.step_s // 60
        job = PredictionJobDataClass(
            id=1,
            name="one",
            model="xgb_quantile",
            forecast_type="demand",
            quantiles=list(QUANTILES),
            resolution_minutes=minutes,
            electricity_bidding_zone=BiddingZone.__members__.get(self.known.calendar.country[:2], BiddingZone.NL),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas, about the library
            table = self._table(horizon)
            model, *_ = train_pipeline_common(job, ModelSpecificationDataClass(id=1), table.iloc[:-horizon], [24.0, 168.0])
            day, said = DAY_S // self.known.step_s, []
            for ahead_h, rows in ((24.0, slice(0, day)), (168.0, slice(day, horizon))):
                made = OperationalPredictFeatureApplicator([ahead_h], model.feature_names, []).add_features(table.copy(), job)
                x = made.iloc[-horizon:][model.feature_names].iloc[rows]
                said.append(np.stack([model.predict(x, quantile=level) for level in QUANTILES], axis=1))
        return Prediction(np.sort(np.concatenate(said), axis=1).astype(np.float64))

    def _table(self, horizon: int) -> pd.DataFrame:
        """History and future by local time, the future without values."""
        step_ms = self.known.step_s * SECOND_MS
        start_ms = self.known.issue_ms + step_ms * np.arange(-len(self.value), horizon)
        index = pd.to_datetime(start_ms, unit="ms", utc=True).tz_convert(self.known.calendar.timezone)
        return pd.DataFrame({"load": np.concatenate([self.value, np.full(horizon, np.nan)])}, index=index)
