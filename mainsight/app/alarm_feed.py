"""Who is shown alarms besides people: InfluxDB's copy and Grafana's annotations, where there are such."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from dashboards.annotations import AlarmFeed, GrafanaMarks, Take
from dashboards.client import connect_async
from mainsight.alarms.outages import OutageCopy
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.store.alarm_port import AlarmState
from mainsight.store.port import TimeSeriesStore
from mainsight.store.rule_port import OutageState

if TYPE_CHECKING:
    from mainsight.store.influx import InfluxStore  # only where the settings name it: see mainsight.app.stores


class FeedState(AlarmState, OutageState, Protocol):
    """Where transitions and notices come from."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What carries transitions, and notices of planned outages where the store is InfluxDB."""

    transitions: AlarmFeed
    outages: OutageCopy | None

    async def run(self) -> None:
        """Carry until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.transitions.run(), name="feed transitions")
            if self.outages is not None:
                tasks.create_task(self.outages.run(), name="feed planned outages")


@asynccontextmanager
async def open_alarm_feed(
    settings: Settings, network: Network, store: TimeSeriesStore, state: FeedState, clock: Callable[[], int]
) -> AsyncIterator[Shown]:
    """Give the feed of a process that judges alarms; run it beside the alarm service.

    Args:
        settings: `grafana.url` says whether annotations are pushed.
        network: tells the zone of an alarm.
        store: alarms are copied into it where it is InfluxDB.
        state: where transitions and notices come from.
        clock: UTC milliseconds.

    """
    receivers: dict[str, Take] = {}
    outages: OutageCopy | None = None
    if settings.store.engine == "influxdb":
        influx = cast("InfluxStore", store)
        receivers["InfluxDB"] = influx.write_transitions
        outages = OutageCopy(state, influx.write_outages, clock)
    if settings.grafana.url is None:
        yield Shown(AlarmFeed(state, receivers, clock), outages)
        return
    async with connect_async(settings.grafana) as grafana:
        receivers["Grafana"] = GrafanaMarks(grafana, settings.grafana, network).take
        yield Shown(AlarmFeed(state, receivers, clock), outages)
