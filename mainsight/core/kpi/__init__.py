"""Key figures: plain formulas on numbers and arrays, each with its units, its source and what NaN does."""

from mainsight.core.kpi.figures import (
    LEAST_POWER_FACTOR,
    apparent_power,
    coincidence_factor,
    cycle_power_factor,
    firm_capacity,
    headroom,
    load_factor,
    losses,
    reactive_surcharge,
    utilisation,
)
from mainsight.core.kpi.problem import KpiError
from mainsight.core.kpi.storage import demand_path, storage_hours
from mainsight.core.kpi.thermal import Cooling, ThermalModel, ThermalState, ageing_rate, heat, steady_state, thermal_model

__all__ = [
    "LEAST_POWER_FACTOR",
    "Cooling",
    "KpiError",
    "ThermalModel",
    "ThermalState",
    "ageing_rate",
    "apparent_power",
    "coincidence_factor",
    "cycle_power_factor",
    "demand_path",
    "firm_capacity",
    "headroom",
    "heat",
    "load_factor",
    "losses",
    "reactive_surcharge",
    "steady_state",
    "storage_hours",
    "thermal_model",
    "utilisation",
]
