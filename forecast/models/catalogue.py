"""All models by name, and the chain behind each."""

from forecast.models.harmonic import HarmonicModel
from forecast.models.port import Model
from forecast.models.profile import SEASONAL_NAIVE, TYPICAL_DAY

MODELS: dict[str, Model] = {model.name: model for model in (HarmonicModel(), SEASONAL_NAIVE, TYPICAL_DAY)}
"""Name -> model, best first as far as measured (docs/reference/backtest.md)."""


def chain_of(name: str) -> tuple[Model, ...]:
    """Give a model and what stands in for it: seasonal naive, then the typical day.

    Raises:
        KeyError: there is no model of that name.

    """
    first = MODELS[name]
    return (first, *(model for model in (SEASONAL_NAIVE, TYPICAL_DAY) if model is not first))
