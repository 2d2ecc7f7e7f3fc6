"""Limits that panels draw, from the registry: capacities as they stand on the registry's date."""

from datetime import UTC, datetime

from grafana_foundation_sdk.builders.dashboard import ThresholdsConfig
from grafana_foundation_sdk.models.dashboard import Threshold, ThresholdsMode

from mainsight.core.capacity import Capacity, capacity
from mainsight.core.network import Network, Utility
from mainsight.core.zonetime import to_ms

POWER_FACTOR = 0.9
"""At which MVA are drawn as MW. Below it Vietnam's tariff has a surcharge, so that a plant above it passes these lines early."""
PER_CAPACITY = {Utility.POWER: 1000 * POWER_FACTOR, Utility.WATER: 1.0}
"""What one unit of capacity (MVA, m3/h) is in the unit of demand (kW, m3/h)."""
GREY, AMBER, RED, BLUE = "text", "orange", "red", "blue"
"""Grey is normal, amber and red are abnormal, blue is forecast; no green."""
HIGH, OVER = 90.0, 100.0
"""Load in % of its limit from which it is called high and over, as on the console's tiles."""


def noon_of(network: Network) -> int:
    """Noon of the registry's date, UTC milliseconds: the instant at which its capacities are taken."""
    return to_ms(datetime(network.as_of.year, network.as_of.month, network.as_of.day, 12, tzinfo=UTC))


def limits_of(network: Network, asset: str, utility: Utility) -> Capacity:
    """Capacity of an asset on the registry's date."""
    return capacity(network, asset, utility, noon_of(network))


def steps(*above: tuple[float, str], base: str = GREY) -> ThresholdsConfig:
    """Thresholds: from each value on, its colour; ascending; equal values keep the later colour."""
    by_value = dict(above)
    found = [Threshold(value=None, color=base), *(Threshold(value=round(v, 3), color=c) for v, c in sorted(by_value.items()))]
    return ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(found)


def demand_steps(network: Network, zone: str, utility: Utility) -> ThresholdsConfig:
    """Lines of a zone's demand in kW or m3/h: amber at the limit that states are judged by, red at the rated capacity."""
    found = limits_of(network, zone, utility)
    unit = PER_CAPACITY[utility]
    return steps((found.limit * unit, AMBER), (found.rated * unit, RED))


def inside(least: float, greatest: float) -> ThresholdsConfig:
    """Red below and above what is allowed."""
    return steps((least, GREY), (greatest, RED), base=RED)
