"""Which time-series store the settings ask for."""

from collections.abc import Callable
from functools import partial

from mainsight.core.network import Network
from mainsight.core.topology import zone_of
from mainsight.store.duckdb.store import DuckDbStore
from mainsight.store.influx.store import InfluxStore
from mainsight.store.port import TimeSeriesStore
from mainsight.store.settings import StoreSettings


async def open_store(settings: StoreSettings, network: Network, clock: Callable[[], int]) -> TimeSeriesStore:
    """Open the store.

    Args:
        settings: `engine` says which.
        network: the embedded store lays a zone's series together.
        clock: UTC milliseconds.

    Raises:
        StoreUnavailableError: it cannot be opened or reached now.
        StoreFormatError: the file or server is not one this version can use.

    """
    if settings.engine == "influxdb":
        return await InfluxStore.open(settings, clock)
    return await DuckDbStore.open(settings, partial(zone_of, network))
