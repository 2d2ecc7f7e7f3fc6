"""Messages with the readings they must give, and the readings that are in a store."""

import json
from collections.abc import Iterable

from mainsight.core.readings import Series
from mainsight.registry.reading import load_network
from mainsight.store.port import TimeSeriesStore
from tests.collector.service.collect import REGISTRY

Expected = dict[tuple[str, str, int], float]
"""(meter, quantity, UTC ms) -> value."""


def payloads(start_ms: int, numbers: range) -> list[tuple[str, bytes, Expected]]:
    """Topic, message and the readings it must give; every (meter, time) once."""
    network = load_network(REGISTRY)
    meters = [meter for meter in network.meters.values() if {"power", "energy_import"} <= set(meter.quantities)]
    made = []
    for number in numbers:
        step, index = divmod(number, len(meters))
        meter, at = meters[index], start_ms + step * 1_000
        body = {"device": meter.device, "time": at, "power_kw": number + 0.5, "energy_import_kwh": 1e6 + step}
        expected = {(meter.id, "power", at): number + 0.5, (meter.id, "energy_import", at): 1e6 + step}
        made.append((meter.device, json.dumps(body).encode(), expected))
    return made


def expected_of(messages: Iterable[tuple[str, bytes, Expected]]) -> Expected:
    """All that messages must give."""
    return {key: value for _, _, readings in messages for key, value in readings.items()}


async def stored(store: TimeSeriesStore, series: Iterable[Series]) -> Expected:
    """All readings of some series."""
    raw = await store.raw_many(sorted(set(series)), 0, 2**42)
    return {
        (one.meter, one.quantity, int(at)): float(value)
        for one, found in raw.items()
        for at, value in zip(found.time_ms, found.value, strict=True)
    }
