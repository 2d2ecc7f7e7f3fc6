"""Temperatures and ageing of oil-immersed transformers by the difference equations of IEC 60076-7:2018."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import NamedTuple

from mainsight.core.kpi.problem import KpiError


class Cooling(StrEnum):
    """Kinds of transformer for which the standard gives values."""

    ONAN = "onan"
    """Power transformer, oil and air by nature."""
    ONAF = "onaf"
    """Power transformer with fans."""
    DISTRIBUTION = "distribution"


@dataclass(frozen=True, slots=True)
class ThermalModel:
    """Constants of a transformer.

    Attributes:
        top_oil_rise: of the top oil above ambient at rated load, K.
        gradient: winding to top oil at rated load, g, K.
        hot_spot_factor: H.
        losses_ratio: load losses to no-load losses at rated load, R.
        x, y: oil and winding exponents.
        tau_oil, tau_winding: time constants, min.
        k11, k21, k22: constants of the model.

    """

    top_oil_rise: float
    gradient: float
    hot_spot_factor: float
    losses_ratio: float
    x: float
    y: float
    tau_oil: float
    tau_winding: float
    k11: float
    k21: float
    k22: float


_POWER = ThermalModel(60.0, 17.0, 1.3, 6.0, 0.8, 1.3, 210.0, 10.0, 0.5, 2.0, 2.0)
MODELS = {
    Cooling.ONAN: _POWER,
    Cooling.ONAF: replace(_POWER, tau_oil=150.0, tau_winding=7.0),
    Cooling.DISTRIBUTION: replace(
        _POWER, gradient=23.0, hot_spot_factor=1.2, losses_ratio=8.0, y=1.6, tau_oil=180.0, tau_winding=4.0, k11=1.0, k21=1.0
    ),
}
"""Where the nameplate says nothing. Source: IEC 60076-7:2018, table 4 and annex E."""


def thermal_model(cooling: Cooling, nameplate: Mapping[str, float]) -> ThermalModel:
    """Constants of a transformer: the nameplate's first, the standard's for its kind otherwise.

    Args:
        cooling: its kind.
        nameplate: values by the names of `ThermalModel`, in its units.

    Returns:
        The constants.

    Raises:
        KpiError: a name is unknown, or a value not positive or NaN.

    Source: IEC 60076-7:2018.

    """
    known = [field.name for field in fields(ThermalModel)]
    for name, value in nameplate.items():
        if name not in known:
            raise KpiError(f"{name} is no value of a nameplate; there are {', '.join(known)}")
        if not value > 0:
            raise KpiError(f"{name} is {value:g}; it must be positive")
    return replace(MODELS[cooling], **nameplate)


class ThermalState(NamedTuple):
    """Temperatures of a transformer: top oil, degC, and the two parts of the hot-spot's rise above it, K."""

    top_oil: float
    rise: float
    counter: float

    @property
    def hot_spot(self) -> float:
        """Hot-spot temperature.

        Args:
            self: the state.

        Returns:
            degC; NaN when any part is NaN.

        Source: IEC 60076-7:2018, 8.2.

        """
        return self.top_oil + self.rise - self.counter


def steady_state(model: ThermalModel, load: float, ambient_c: float) -> ThermalState:
    """Temperatures after a load has lasted for long: what a history without a stored state starts from.

    Args:
        model: constants.
        load: K, share of the rated current, 0 upwards.
        ambient_c: degC.

    Returns:
        The state; NaN when either is NaN.

    Source: IEC 60076-7:2018, the equations' limits.

    """
    rise = model.hot_spot_factor * model.gradient * load**model.y
    return ThermalState(ambient_c + _oil_rise(model, load), model.k21 * rise, (model.k21 - 1) * rise)


def heat(model: ThermalModel, state: ThermalState, load: float, ambient_c: float, minutes: float) -> ThermalState:
    """Temperatures after a load and an ambient temperature have held for a while.

    The exponentials are those of a constant load, so that a step may be long; the standard's linear form agrees for short ones.

    Args:
        model: constants.
        state: temperatures at the start.
        load: K, share of the rated current, 0 upwards.
        ambient_c: degC.
        minutes: how long, 0 upwards.

    Returns:
        The state at the end; NaN when load or ambient is NaN.

    Raises:
        KpiError: time would run backwards.

    Source: IEC 60076-7:2018, 8.2.

    """
    if minutes < 0:
        raise KpiError(f"{minutes:g} min is before the state's own time")
    rise = model.hot_spot_factor * model.gradient * load**model.y
    return ThermalState(
        state.top_oil + (ambient_c + _oil_rise(model, load) - state.top_oil) * _reached(minutes, model.k11 * model.tau_oil),
        state.rise + (model.k21 * rise - state.rise) * _reached(minutes, model.k22 * model.tau_winding),
        state.counter + ((model.k21 - 1) * rise - state.counter) * _reached(minutes, model.tau_oil / model.k22),
    )


def ageing_rate(hot_spot_c: float, *, upgraded_paper: bool = False) -> float:
    """How fast insulation ages, 1 being normal.

    Args:
        hot_spot_c: hot-spot temperature, degC.
        upgraded_paper: thermally upgraded paper, normal at 110 degC; otherwise ordinary, normal at 98 degC.

    Returns:
        V; NaN for NaN. Loss of life is its integral over time.

    Source: IEC 60076-7:2018, 6.2.

    """
    if upgraded_paper:
        return math.exp(15000 / 383 - 15000 / (hot_spot_c + 273))
    return math.exp2((hot_spot_c - 98) / 6)


def _oil_rise(model: ThermalModel, load: float) -> float:
    losses = (1 + model.losses_ratio * load**2) / (1 + model.losses_ratio)
    return model.top_oil_rise * math.pow(losses, model.x)


def _reached(minutes: float, constant: float) -> float:
    return -math.expm1(-minutes / constant)
