"""Never a silent gap: when a model cannot serve, the next of its chain does, and the result says so."""

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from forecast.errors import CannotForecastError
from forecast.known import Known
from forecast.models.port import Model, Prediction
from mainsight.core.intervals import FloatArray

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A forecast and how it came about.

    Attributes:
        quantiles: shape (h, 7), as `Prediction`.
        model: name of the model that made it.
        fallback: why the models before it could not, and what the model itself had to replace; empty when nothing.
        cpu_s: processor time of fitting and predicting, failed tries included, seconds.
        shares, remarks: as `Prediction`.

    """

    quantiles: FloatArray
    model: str
    fallback: str
    cpu_s: float
    shares: Mapping[str, float] = field(default_factory=dict)
    remarks: str = ""


def run(chain: Sequence[Model], known: Known, horizon: int) -> Outcome:
    """Forecast with the first model of the chain that can.

    Raises:
        CannotForecastError: none can; the message gives every reason.

    """
    start = time.process_time()
    reasons: list[str] = []
    for model in chain:
        try:
            prediction = model.fit(known).predict(horizon)
            _check(prediction, horizon)
        except CannotForecastError as error:
            reasons.append(f"{model.name}: {error}")
            continue
        except Exception as error:  # a defect in one model must not leave a gap: the next takes over, marked and logged
            log.exception("model %s failed", model.name)
            reasons.append(f"{model.name} failed: {type(error).__name__}: {error}")
            continue
        fallback = "; ".join(filter(None, [*reasons, prediction.fallback]))
        return Outcome(prediction.quantiles, model.name, fallback, time.process_time() - start, prediction.shares, prediction.remarks)
    raise CannotForecastError("; ".join(reasons))


def _check(prediction: Prediction, horizon: int) -> None:
    if prediction.quantiles.shape[0] != horizon or not np.isfinite(prediction.quantiles).all():
        message = "gave no finite forecast"
        raise CannotForecastError(message)
