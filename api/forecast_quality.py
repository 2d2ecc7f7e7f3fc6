"""Figures of the last week's forecasts of zones, for `/metrics`."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby

from api.services import Services
from forecast.fits import DAY_AHEAD_H
from forecast.scores import figures
from mainsight.core.zonetime import local_day

DAYS = 7


async def values(deps: Services) -> list[tuple[str, str, str, float]]:
    """(zone, quantity, measure, value) of what was said up to 48 h ahead; what is not known is absent."""
    return [row for zone in deps.network.zones for row in await _of_zone(deps, zone)]


async def _of_zone(deps: Services, zone: str) -> list[tuple[str, str, str, float]]:
    first = local_day(deps.clock(), deps.network.zones[zone].timezone) - timedelta(days=DAYS)
    found = [one for one in await deps.state.forecast_scores(zone, first=first.isoformat()) if one.block_h in DAY_AHEAD_H]

    def rows() -> Iterator[tuple[str, str, str, float]]:
        for quantity, kept in groupby(found, lambda one: one.quantity):
            told = figures(kept)
            for measure in ("wape", "bias", "pinball", "coverage", "skill"):
                value = getattr(told, measure)
                if value is not None:
                    yield zone, quantity, measure, value

    return list(rows())
