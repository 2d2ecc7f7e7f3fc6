"""Dashboards of the sample province, and what they ask: InfluxDB and the API, both filled with it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboards.catalogue import build_all
from mainsight.core.network import Network, SupplyOrder, Text, Utility
from mainsight.registry.reading import load_network
from tests.api.conftest import NOW

REGISTRY = Path(__file__).parents[2] / "registry"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def network() -> Network:
    """The sample, with a supply order in force for every zone."""
    found = load_network(REGISTRY)
    now = datetime.fromtimestamp(NOW / 1000, UTC)
    order = SupplyOrder(
        "order-test", tuple(found.zones), Utility.POWER, 200.0, now - timedelta(hours=1), now + timedelta(days=1), Text("Thử", "Test")
    )
    return replace(found, supply_orders={**found.supply_orders, order.id: order})


@pytest.fixture(scope="session")
def dashboards(network: Network) -> dict[str, dict[str, Any]]:
    return build_all(network)


@pytest.fixture(scope="session")
def sample() -> Network:
    """The sample as it is in the repository."""
    return load_network(REGISTRY)
