"""A year of final values of every power and flow meter of the sample province, five of one zone's, written through the store's own port."""

from collections.abc import Iterator, Sequence

import numpy as np

from mainsight.app.stores import open_store
from mainsight.core.network import Network, Utility
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.core.topology import demand_meters
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.port import Final, TimeSeriesStore
from mainsight.store.settings import StoreSettings

QUARTER_MS = 900_000
_MEASURES = ("power", "flow")
_PIECE_DAYS = 92
_DAY_MS = DAY_S * SECOND_MS


def series_of(network: Network) -> list[Series]:
    """What charts and forecasts are made of."""
    return [Series(meter.id, name) for meter in network.meters.values() for name in meter.quantities if name in _MEASURES]


def series_of_zone(network: Network, zone: str) -> list[Series]:
    """What a zone's demand of power is the sum of."""
    return [Series(meter.id, "power") for meter in demand_meters(network, zone, Utility.POWER)]


async def lay_down(settings: StoreSettings, network: Network, days: int, zone: str, zone_days: int, now_ms: int) -> int:
    """Write the history up to now, a longer one of one zone's power; the number of final values."""
    store = await open_store(settings, network, lambda: now_ms)
    everything, end = series_of(network), now_ms // QUARTER_MS * QUARTER_MS
    try:
        await _write(store, series_of_zone(network, zone), end - zone_days * _DAY_MS, end - days * _DAY_MS)
        await _write(store, everything, end - days * _DAY_MS, end)
        await store.write([Reading(one.meter, one.quantity, now_ms - 1000, 500.0, now_ms) for one in everything])
    finally:
        await store.close()
    return (len(everything) * days + len(series_of_zone(network, zone)) * max(0, zone_days - days)) * 96


async def _write(store: TimeSeriesStore, series: Sequence[Series], start_ms: int, end_ms: int) -> None:
    for first in range(start_ms, end_ms, _PIECE_DAYS * _DAY_MS):
        times = np.arange(first, min(first + _PIECE_DAYS * _DAY_MS, end_ms), QUARTER_MS, dtype=np.int64)
        await store.write_final(list(_finals(series, times)), [])


def _finals(series: Sequence[Series], times: np.ndarray) -> Iterator[Final]:
    quality = np.full(len(times), int(Quality.MEASURED), np.uint8)
    day = times / (DAY_S * SECOND_MS) * 2 * np.pi
    noise = np.random.default_rng(1).normal(0, 10, len(times))
    for at, one in enumerate(series):
        yield Final(one, times, np.round(500 + 200 * np.sin(day + at) + noise, 1), quality, ("",) * len(times), 1, 900)
