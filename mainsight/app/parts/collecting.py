"""Decoding, and how the collector is."""

from api.schemas import status as shown
from collector.configuration import load_mappings, load_routes
from collector.pipeline import Pipeline
from collector.service import Collector
from mainsight.app.settings import Settings
from mainsight.core.network import Network
from mainsight.core.topology import zone_of
from mainsight.store.state_port import StateStore


async def pipeline(settings: Settings, of: Network, state: StateStore) -> Pipeline:
    """Decoding, as routes and mappings of the registry say.

    Raises:
        ProblemsError: routes or mappings cannot be used.

    """
    routes, mappings = load_routes(settings.registry / "routes.yaml"), load_mappings(settings.registry / "mappings.yaml")
    return Pipeline(of, await state.aliases(), routes, mappings, settings.decode)


def zones_of_meters(of: Network) -> dict[str, str | None]:
    """Each meter's zone; None for one that serves several."""
    return {meter: zone_of(of, meter) for meter in of.meters}


def collector_status(collector: Collector) -> shown.CollectorStatus:
    """Counts of the collector."""
    counts = collector.stats
    return shown.CollectorStatus(
        connected=counts.session.connected,
        received=counts.received,
        committed=counts.committed,
        readings=counts.readings,
        stored=counts.stored,
        duplicates=counts.duplicates,
        replaced=counts.replaced,
        quarantined=counts.quarantined,
        rejected=counts.rejected,
        waiting=counts.waiting,
        lag_s=counts.lag_ms / 1000 if counts.commits else None,
    )
