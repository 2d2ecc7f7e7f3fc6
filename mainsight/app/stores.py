"""Which time-series store the settings ask for. Only that one is imported: the other's libraries would take 25 to 40 MB."""

from collections.abc import Callable
from functools import partial

from mainsight.core.network import Network
from mainsight.core.topology import zone_of
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
        from mainsight.store.influx.store import InfluxStore  # noqa: PLC0415 - see the module's docstring

        return await InfluxStore.open(settings, clock)
    from mainsight.store.duckdb.store import DuckDbStore  # noqa: PLC0415 - likewise

    return await DuckDbStore.open(settings, partial(zone_of, network))
