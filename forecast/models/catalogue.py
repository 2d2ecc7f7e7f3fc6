"""All models by name, and the chain behind each."""

from forecast.models.ensemble import EnsembleModel
from forecast.models.harmonic import HarmonicModel
from forecast.models.linear import LinearMember
from forecast.models.mstl import MstlModel
from forecast.models.port import Model
from forecast.models.profile import SEASONAL_NAIVE, TYPICAL_DAY
from forecast.models.trees import TreesMember

LINEAR = EnsembleModel("linear", (LinearMember(),))
ENSEMBLE = EnsembleModel("ensemble", (LinearMember(), TreesMember()), HarmonicModel())

MODELS: dict[str, Model] = {model.name: model for model in (ENSEMBLE, LINEAR, HarmonicModel(), MstlModel(), SEASONAL_NAIVE, TYPICAL_DAY)}
"""Name -> model, best first as far as measured (docs/benchmarks/forecast.md)."""


def chain_of(name: str) -> tuple[Model, ...]:
    """Give a model and what stands in for it: linear for the ensemble, then seasonal naive, then the typical day.

    Raises:
        KeyError: there is no model of that name.

    """
    first = MODELS[name]
    simpler = (LINEAR, SEASONAL_NAIVE, TYPICAL_DAY) if first is ENSEMBLE else (SEASONAL_NAIVE, TYPICAL_DAY)
    return (first, *(model for model in simpler if model is not first))
