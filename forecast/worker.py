"""What runs inside a fitting process.

The models are imported when they are first used: whoever only hands work to such processes does without statsmodels,
LightGBM and pandas, which take 130 MB.
"""

from importlib import import_module

from forecast.chain import Outcome, run
from forecast.known import Known


def warm_up() -> None:
    """Import all that fitting needs, so that a process that has answered is ready."""
    import_module("forecast.models.catalogue")


def forecast(model: str, known: Known, horizon: int) -> Outcome:
    """Forecast with a model by name, falling back along its chain.

    Raises:
        CannotForecastError: nothing can be said at all.

    """
    from forecast.models.catalogue import chain_of  # noqa: PLC0415 - see the module's docstring

    return run(chain_of(model), known, horizon)


def forecast_plainly(known: Known, horizon: int) -> Outcome:
    """Forecast without fitting anything: last week again, or the typical day.

    Raises:
        CannotForecastError: nothing can be said at all.

    """
    from forecast.models.profile import SEASONAL_NAIVE, TYPICAL_DAY  # noqa: PLC0415 - likewise

    return run((SEASONAL_NAIVE, TYPICAL_DAY), known, horizon)
