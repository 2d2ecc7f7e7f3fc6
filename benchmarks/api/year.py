"""A year of final values of every power and flow meter of the sample province, written through the store's own port."""

from collections.abc import Iterator, Sequence

import numpy as np

from mainsight.app.stores import open_store
from mainsight.core.network import Network
from mainsight.core.quality import Quality
from mainsight.core.readings import Reading, Series
from mainsight.core.zonetime import DAY_S, SECOND_MS
from mainsight.store.port import Final
from mainsight.store.settings import StoreSettings

QUARTER_MS = 900_000
_MEASURES = ("power", "flow")
_PIECE_DAYS = 92


def series_of(network: Network) -> list[Series]:
    """What charts and forecasts are made of."""
    return [Series(meter.id, name) for meter in network.meters.values() for name in meter.quantities if name in _MEASURES]


async def lay_down(settings: StoreSettings, network: Network, days: int, now_ms: int) -> int:
    """Write the history up to now; the number of final values."""
    store = await open_store(settings, network, lambda: now_ms)
    series, end = series_of(network), now_ms // QUARTER_MS * QUARTER_MS
    try:
        for first in range(end - days * DAY_S * SECOND_MS, end, _PIECE_DAYS * DAY_S * SECOND_MS):
            times = np.arange(first, min(first + _PIECE_DAYS * DAY_S * SECOND_MS, end), QUARTER_MS, dtype=np.int64)
            await store.write_final(list(_finals(series, times)), [])
        await store.write([Reading(one.meter, one.quantity, now_ms - 1000, 500.0, now_ms) for one in series])
    finally:
        await store.close()
    return len(series) * days * 96


def _finals(series: Sequence[Series], times: np.ndarray) -> Iterator[Final]:
    quality = np.full(len(times), int(Quality.MEASURED), np.uint8)
    day = times / (DAY_S * SECOND_MS) * 2 * np.pi
    noise = np.random.default_rng(1).normal(0, 10, len(times))
    for at, one in enumerate(series):
        yield Final(one, times, np.round(500 + 200 * np.sin(day + at) + noise, 1), quality, ("",) * len(times), 1, 900)
