"""Who is shown alarms besides people: InfluxDB's copy and Grafana's annotations, where there are such."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from dashboards.annotations import AlarmFeed, GrafanaMarks, Take
from dashboards.client import connect_async
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.store.influx import InfluxStore
from mainsight.store.port import TimeSeriesStore
from mainsight.store.state_port import AlarmState


@asynccontextmanager
async def open_alarm_feed(
    settings: Settings, network: Network, store: TimeSeriesStore, state: AlarmState, clock: Callable[[], int]
) -> AsyncIterator[AlarmFeed]:
    """Give the feed of a process that judges alarms; run it beside the alarm service.

    Args:
        settings: `grafana.url` says whether annotations are pushed.
        network: tells the zone of an alarm.
        store: alarms are copied into it where it is InfluxDB.
        state: where transitions come from.
        clock: UTC milliseconds.

    """
    receivers: dict[str, Take] = {}
    if isinstance(store, InfluxStore):
        receivers["InfluxDB"] = store.write_transitions
    if settings.grafana.url is None:
        yield AlarmFeed(state, receivers, clock)
        return
    async with connect_async(settings.grafana) as grafana:
        receivers["Grafana"] = GrafanaMarks(grafana, settings.grafana, network).take
        yield AlarmFeed(state, receivers, clock)
