"""What runs inside a fitting process."""

from forecast.chain import Outcome, run
from forecast.known import Known
from forecast.models.catalogue import chain_of


def warm_up() -> None:
    """Do nothing: a process that answers has imported all that fitting needs."""


def forecast(model: str, known: Known, horizon: int) -> Outcome:
    """Forecast with a model by name, falling back along its chain.

    Raises:
        CannotForecastError: nothing can be said at all.

    """
    return run(chain_of(model), known, horizon)
