"""What readings are multiplied by: the registry's CT/VT ratios and pulse weights, with what people entered laid over them."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence

from mainsight.core.network import RATIO_UNITS, Meter, Network
from mainsight.core.quantities import quantity
from mainsight.core.topology import zone_of
from mainsight.core.zonetime import day_start_ms

Steps = tuple[tuple[int, float], ...]
"""(from when, factor) in order of time, UTC milliseconds; 1 before the first."""
Entered = Mapping[str, Sequence[tuple[int, float]]]
"""Meter -> (from when, factor), in the order in which people entered them."""


def factor_steps(meter: Meter, entered: Iterable[tuple[int, float]], timezone: str) -> Steps:
    """Factors of a meter by their first instants; of several for one instant the one that was entered last holds.

    Args:
        meter: with the registry's ratios, which hold from the start of a local day.
        entered: in the order in which they were entered.
        timezone: of the meter's days.

    """
    steps = {day_start_ms(ratio.valid_from, timezone): ratio.factor for ratio in meter.ratios}
    return tuple(sorted((steps | dict(entered)).items()))


class Factors:
    """Factors of a network's meters. One that nobody entered anything for has the registry's."""

    def __init__(self, network: Network) -> None:
        """Begin with the registry's."""
        self._network = network
        self._entered: Entered = {}
        self._of = {meter.id: self._steps(meter) for meter in network.meters.values() if meter.ratios}

    def enter(self, entered: Entered) -> set[str]:
        """Take what people entered in place of what they had before; meters whose factors are others now."""
        names = {*entered, *self._entered} & self._network.meters.keys()
        self._entered = entered
        steps = {name: self._steps(self._network.meters[name]) for name in names}
        changed = {name for name in names if steps[name] != self._of.get(name, ())}
        self._of |= steps
        return changed

    def are_plain(self, meter: str) -> bool:
        """Whether a meter's readings are never multiplied by anything."""
        return not self._of.get(meter)

    def ratio(self, meter: str, at_ms: int) -> float:
        """Factor of a meter in force at an instant."""
        steps = self.steps(meter)
        place = bisect_right(steps, at_ms, key=lambda step: step[0])
        return steps[place - 1][1] if place else 1.0

    def steps(self, meter: str) -> Steps:
        """Factors of a meter by their first instants; 1 before the first."""
        return self._of.get(meter, ())

    def of(self, meter: str, name: str, at_ms: int) -> float:
        """What a reading of a quantity is multiplied by: the ratio for powers, energies, flows and volumes, else 1."""
        if self.are_plain(meter) or quantity(name).unit not in RATIO_UNITS:
            return 1.0
        return self.ratio(meter, at_ms)

    def _steps(self, meter: Meter) -> Steps:
        return factor_steps(meter, self._entered.get(meter.id, ()), timezone_of(self._network, meter.id))


def timezone_of(network: Network, meter: str) -> str:
    """Time zone of a meter's days; one that serves several zones has that of the first."""
    zone = zone_of(network, meter) or next(iter(network.zones))
    return network.zones[zone].timezone
