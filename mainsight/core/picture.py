"""The live picture: newest readings, and what they say about load against capacity.

One picture serves tiles, map and alarms, so that they never disagree. It has no clock: whoever asks says what time it is.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from mainsight.core.capacity import CAPACITY_UNIT, Capacity, capacity
from mainsight.core.factors import Entered, Factors
from mainsight.core.kpi import apparent_power, headroom, utilisation
from mainsight.core.network import Meter, Network, Role, Utility
from mainsight.core.presence import Presence
from mainsight.core.quantities import quantity
from mainsight.core.readings import Reading
from mainsight.core.topology import DEMAND_QUANTITY, demand_meters, upstream, zone_of
from mainsight.core.zonetime import SECOND_MS

STALE_AFTER = 3
"""A meter is stale when older than this many of its reporting intervals."""
SILENT_AT_LEAST_S = 300
"""A meter is not called silent before this, however often it reports, seconds."""
ADDED_UP = frozenset({"power", "reactive_power", "flow"})
"""Quantities whose value on an asset is the sum of its main meters."""
_KVA_PER_MVA = 1e3
_PREFERENCE = {Role.SENSOR: 0, Role.MAIN: 1, Role.CHECK: 2, Role.SUB: 3, Role.GENERATION: 4}
_PARTS = (Role.SUB, Role.GENERATION)
"""Roles that tell of a part of an asset, or of what lies behind it."""
_UNIT = {utility: quantity(name).unit for utility, name in DEMAND_QUANTITY.items()}


class LoadState(StrEnum):
    """How a load stands against its limit."""

    NORMAL = "normal"
    HIGH = "high"
    OVER = "over"
    UNKNOWN = "unknown"


_ENTERED_AT = {LoadState.HIGH: 0.90, LoadState.OVER: 1.00}
_HYSTERESIS = 0.03


@dataclass(frozen=True, slots=True)
class Observed:
    """A live value: canonical unit, ratios applied, and the time of the oldest reading it stands on, UTC milliseconds."""

    value: float
    at_ms: int


@dataclass(frozen=True, slots=True)
class Load:
    """What an asset carries now, against what it can.

    Attributes:
        asset: id of the asset or zone.
        utility: power or water.
        quantity: power or flow.
        unit: kW or m3/h.
        capacity: rated, firm and ordered.
        planning_power_factor: by which MW ahead become MVA.
        stale: some reading in it is older than three of its meter's reporting intervals, of a meter that is gone, or there is none.
        value: kW or m3/h; None while a meter it needs has never been heard, and then all below is None or unknown.
        at_ms: time of the oldest reading in the value, UTC milliseconds.
        apparent_mva: MVA, for power; a meter registered without reactive power counts with its active power alone.
        utilisation: share of the rated capacity, 0 upwards.
        state: against the capacity's limit and the order, with hysteresis; unknown while stale.
        headroom_n0: rated less load, and never above order less load; `capacity.unit`.
        headroom_n1: firm less load, likewise; None where N-1 has no meaning.

    """

    asset: str
    utility: Utility
    quantity: str
    unit: str
    capacity: Capacity
    planning_power_factor: float
    stale: bool
    value: float | None = None
    at_ms: int | None = None
    apparent_mva: float | None = None
    utilisation: float | None = None
    state: LoadState = LoadState.UNKNOWN
    headroom_n0: float | None = None
    headroom_n1: float | None = None


def next_state(before: LoadState, share: float) -> LoadState:
    """State of a load: high from 0.90 of its limit, over from 1.00, each left only 0.03 below.

    Args:
        before: state until now; unknown has no memory.
        share: load over limit; NaN gives unknown.

    """
    if math.isnan(share):
        return LoadState.UNKNOWN
    over = _ENTERED_AT[LoadState.OVER] - (_HYSTERESIS if before is LoadState.OVER else 0.0)
    high = _ENTERED_AT[LoadState.HIGH] - (_HYSTERESIS if before in {LoadState.HIGH, LoadState.OVER} else 0.0)
    if share >= over:
        return LoadState.OVER
    return LoadState.HIGH if share >= high else LoadState.NORMAL


class Picture:
    """Newest readings of a network's meters. Used from one thread; nothing in it blocks."""

    def __init__(self, network: Network, presence: Presence | None = None) -> None:
        """Index the meters once; all questions after that touch only what they need. Who is gone by `presence` is stale."""
        self._network = network
        self.presence = presence or Presence()
        self.factors = Factors(network)
        """What readings are multiplied by; see `enter`."""
        self._last: dict[str, dict[str, Reading]] = {meter: {} for meter in network.meters}
        self._touches = {meter: _touched_by(network, meter) for meter in network.meters}
        self._on_asset: dict[str, list[Meter]] = {}
        for meter in sorted(network.meters.values(), key=lambda m: (_PREFERENCE[m.role], m.id)):
            self._on_asset.setdefault(meter.asset, []).append(meter)
        self._added: dict[tuple[str, str], tuple[Meter, ...]] = {}
        self._states: dict[tuple[str, Utility], LoadState] = {}

    def update(self, readings: Iterable[Reading]) -> set[str]:
        """Take readings in any order; older ones than what is known, and those of unknown meters, change nothing.

        Returns:
            Ids of what is touched: the assets whose meters reported, with their substations and zones.

        """
        touched: set[str] = set()
        for reading in readings:
            known = self._last.get(reading.meter)
            if known is None:
                continue
            before = known.get(reading.quantity)
            if before is None or before.time_ms <= reading.time_ms:
                known[reading.quantity] = reading
                touched.update(self._touches[reading.meter])
        return touched

    def enter(self, entered: Entered) -> set[str]:
        """Take the factors that people entered for meters; ids of what is touched, as `update` gives them."""
        touched: set[str] = set()
        for meter in self.factors.enter(entered):
            touched.update(self._touches[meter])
        return touched

    def last(self, meter_id: str, quantity_name: str) -> Reading | None:
        """Newest reading of a meter's quantity, at the meter's terminals; None when there is none."""
        return self._last.get(meter_id, {}).get(quantity_name)

    def touched_by(self, meter_id: str) -> frozenset[str]:
        """Ids of what a meter's readings touch, as `update` gives them; empty for an unknown meter."""
        return self._touches.get(meter_id, frozenset())

    def heard_ms(self, meter_id: str) -> int | None:
        """Time of a meter's newest reading of any quantity, UTC milliseconds; None when there is none."""
        return max((reading.time_ms for reading in self._last.get(meter_id, {}).values()), default=None)

    def is_silent(self, meter_id: str, now_ms: int) -> bool:
        """Whether a meter is gone, or has not been heard for three of its reporting intervals and five minutes at the least.

        Raises:
            KeyError: there is no meter of that id.

        """
        if meter_id in self.presence.gone:
            return True
        heard = self.heard_ms(meter_id)
        patience_s = max(STALE_AFTER * self._network.meters[meter_id].reports_s, SILENT_AT_LEAST_S)
        return heard is None or now_ms - heard > patience_s * SECOND_MS

    def value(self, asset_id: str, quantity_name: str) -> Observed | None:
        """Live value of a quantity on an asset or zone.

        Power, reactive power and flow are the sum of the main meters that send them (a zone's: of its feeders or districts),
        ratios applied, and None until each has been heard. Anything else is the newest reading of one meter there: a sensor
        before a main and a check meter, the first by id, customers' meters left out.

        Raises:
            KeyError: there is no asset of that id.

        """
        if quantity_name in ADDED_UP:
            return self._sum(self._mains(asset_id, quantity_name), quantity_name)
        self._network.asset(asset_id)
        for meter in self._on_asset.get(asset_id, []):
            reading = self._last[meter.id].get(quantity_name)
            if meter.role not in _PARTS and reading is not None:
                return Observed(self._scaled(reading), reading.time_ms)
        return None

    def load(self, asset_id: str, utility: Utility, now_ms: int) -> Load:
        """Load of an asset or zone against its capacity. Asking moves the state's hysteresis on.

        Transfers from neighbours count only as far as their own live headroom goes.

        Raises:
            KeyError: there is no asset of that id.
            NoCapacityError: the asset carries no such utility.

        """
        limits = capacity(self._network, asset_id, utility, now_ms, lambda neighbour: self._spare(neighbour, utility, now_ms))
        demand = self.value(asset_id, DEMAND_QUANTITY[utility])
        size = self._size(asset_id, utility)
        stale = self._stale(asset_id, utility, now_ms)
        if demand is None or size is None:
            return Load(
                asset_id, utility, DEMAND_QUANTITY[utility], _UNIT[utility], limits, self._network.planning_power_factor, stale=stale
            )
        order = _ordered_size(limits, demand, size)
        limit = min(limits.limit, order)
        before = self._states.get((asset_id, utility), LoadState.UNKNOWN)
        state = next_state(before, size / limit if limit > 0 else math.nan)
        self._states[asset_id, utility] = state
        return Load(
            asset_id,
            utility,
            DEMAND_QUANTITY[utility],
            _UNIT[utility],
            limits,
            self._network.planning_power_factor,
            value=demand.value,
            at_ms=demand.at_ms,
            stale=stale,
            apparent_mva=size if utility is Utility.POWER else None,
            utilisation=utilisation(size, limits.rated) if limits.rated else None,
            state=LoadState.UNKNOWN if stale else state,
            headroom_n0=headroom(limits.rated, size, order),
            headroom_n1=None if limits.firm is None else headroom(limits.firm, size, order),
        )

    def power_factor(self, asset_id: str) -> float | None:
        """Live power factor P / S of an asset or zone, -1 to 1; None without load or without reactive power."""
        active, reactive = self.value(asset_id, "power"), self.value(asset_id, "reactive_power")
        if active is None or reactive is None:
            return None
        total = apparent_power(active.value, reactive.value)
        return active.value / total if total else None

    def _mains(self, asset_id: str, quantity_name: str) -> tuple[Meter, ...]:
        """Main meters that add up to a quantity on an asset; kept, since the network does not change."""
        key = (asset_id, quantity_name)
        if key not in self._added:
            utility = Utility.WATER if quantity_name == DEMAND_QUANTITY[Utility.WATER] else Utility.POWER
            meters = demand_meters(self._network, asset_id, utility)
            self._added[key] = tuple(meter for meter in meters if quantity_name in meter.quantities)
        return self._added[key]

    def _sum(self, meters: tuple[Meter, ...], quantity_name: str) -> Observed | None:
        heard = [reading for meter in meters if (reading := self._last[meter.id].get(quantity_name)) is not None]
        if not heard or len(heard) < len(meters):
            return None
        return Observed(math.fsum(map(self._scaled, heard)), min(reading.time_ms for reading in heard))

    def _scaled(self, reading: Reading) -> float:
        return reading.value * self.factors.of(reading.meter, reading.quantity, reading.time_ms)

    def _size(self, asset_id: str, utility: Utility) -> float | None:
        """Load in the capacity's unit: MVA or m3/h."""
        demand = self.value(asset_id, DEMAND_QUANTITY[utility])
        if demand is None or utility is Utility.WATER:
            return demand.value if demand else None
        if not self._mains(asset_id, "reactive_power"):
            return abs(demand.value) / _KVA_PER_MVA
        reactive = self.value(asset_id, "reactive_power")
        return apparent_power(demand.value, reactive.value) / _KVA_PER_MVA if reactive else None

    def _stale(self, asset_id: str, utility: Utility, now_ms: int) -> bool:
        name = DEMAND_QUANTITY[utility]
        meters = self._mains(asset_id, name)
        gone = self.presence.gone
        return not meters or any(meter.id in gone or is_stale(meter, self._last[meter.id].get(name), now_ms) for meter in meters)

    def _spare(self, neighbour: str, utility: Utility, now_ms: int) -> float | None:
        """What a neighbour has left of its rated capacity; None while its load is not known."""
        size = self._size(neighbour, utility)
        return None if size is None else capacity(self._network, neighbour, utility, now_ms).rated - size


def is_stale(meter: Meter, newest: Reading | None, now_ms: int) -> bool:
    """Whether a meter has not been heard for more than three of its reporting intervals, or never."""
    return newest is None or now_ms - newest.time_ms > STALE_AFTER * meter.reports_s * SECOND_MS


def _ordered_size(limits: Capacity, demand: Observed, size: float) -> float:
    """Order in the unit of a load's size: MW become MVA at the load's present power factor; infinite where there is none."""
    if limits.order is None:
        return math.inf
    real = demand.value if limits.unit == CAPACITY_UNIT[Utility.WATER] else demand.value / _KVA_PER_MVA
    return limits.order * size / real if real > 0 else limits.order


def _touched_by(network: Network, meter_id: str) -> frozenset[str]:
    """A meter's asset, the substations above it, and its zone."""
    above = upstream(network, meter_id)
    asset = network.meters[meter_id].asset
    zone = zone_of(network, asset)
    return frozenset({asset, *(() if zone is None else (zone,)), *(a for a in above if a in network.substations)})
