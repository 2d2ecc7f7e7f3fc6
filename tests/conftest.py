"""What tests of several areas need: a real broker, a real InfluxDB. A missing one fails the tests; it never skips them.

The tests run in several processes, a file's all in one of them, and the console's in one together: they share a running
system and a browser. They come last, since the browser's event loop lives as long as the process that they ran in.
"""

import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from xdist.scheduler import LoadFileScheduling

from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.influxd import Influxd

_CONSOLE = "tests/console/"


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # the library has no types
    """Which tests belong together."""

    def _split_scope(self, nodeid: str) -> str:
        return _CONSOLE if nodeid.startswith(_CONSOLE) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Give out tests in the order below."""
    config.option.loadscopereorder = False
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the console's tests last."""
    items.sort(key=lambda item: item.nodeid.startswith(_CONSOLE))


class Address(NamedTuple):
    """Where a broker listens."""

    host: str
    port: int


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """One mosquitto for the whole run, open to anyone; keep apart by `unique_topic` and client ids of your own."""
    with Broker(BrokerConfig(tmp_path_factory.mktemp("mosquitto"), persistence=False)) as broker:
        yield Address(broker.host, broker.port)


@pytest.fixture
def broker_factory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Broker]]:
    """Start brokers with configurations of your own: keyword arguments of `BrokerConfig` except the folder."""
    brokers: list[Broker] = []

    def start(**config: Any) -> Broker:
        broker = Broker(BrokerConfig(tmp_path_factory.mktemp("broker"), **config))
        brokers.append(broker)
        broker.start()
        return broker

    yield start
    for broker in brokers:
        broker.stop()


@pytest.fixture
def unique_topic() -> str:
    """A topic level that no other test uses."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """One InfluxDB 1.x for the whole run, authentication on; keep apart by databases of your own."""
    with Influxd(tmp_path_factory.mktemp("influxd")) as server:
        yield server
