"""Real series through the whole system: simulator, broker, collector, DuckDB, metering."""

import asyncio
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from collector.session.aiomqtt import open_session
from collector.session.port import SessionSettings
from mainsight.app.clock import now_ms
from mainsight.app.settings import BrokerSettings, Settings
from mainsight.app.system import open_system
from mainsight.core.network import Network, Role
from mainsight.core.readings import Series
from mainsight.registry.reading import load_network
from mainsight.simulator.replay import ReplayColumn, ReplaySpec, load_replay, replay_csv
from mainsight.store.settings import StoreSettings

pytestmark = [pytest.mark.anyio, pytest.mark.shared, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data"
_DAY_MS = 86_400_000
_ARRIVAL_S = 60


def meters(network: Network, quantity: str, count: int) -> list[str]:
    """Meters without a ratio that send a quantity, for series to be mapped to."""
    found = [m.id for m in network.meters.values() if m.role is Role.SUB and quantity in m.quantities and not m.ratios]
    return sorted(found)[:count]


def spec(network: Network, name: str) -> ReplaySpec:
    """How each set is mapped; a city zone is scaled to what a customer's meter may physically carry (rule V7)."""
    columns, quantity, unit, scale = {
        "steel_uci": (["Usage_kWh"], "power", "kW", 4.0),
        "tetouan": ([f"zone_{n}_power_consumption" for n in (1, 2, 3)], "power", "kW", 0.02),
        "bwdf": ([f"dma_{letter}" for letter in "abcde"], "flow", "l/s", 1.0),
    }[name]
    mapped = [
        ReplayColumn(column=column, meter=meter, quantity=quantity, unit=unit, scale=scale)
        for column, meter in zip(columns, meters(network, quantity, len(columns)), strict=True)
    ]
    return ReplaySpec(file=DATA / name / "data.csv.gz", time_column="time_utc", shift="weeks", columns=tuple(mapped))


def archive_registry(folder: Path) -> Path:
    """The sample's registry with the route of plain JSON open to any time: some sets are longer than the usual window."""
    copy = shutil.copytree(ROOT / "registry", folder / "registry")
    routes = copy / "routes.yaml"
    plain = "    decoder: plain_json\n"
    text = routes.read_text(encoding="utf-8")
    assert plain in text
    routes.write_text(text.replace(plain, f"{plain}    window: none\n"), encoding="utf-8")
    return copy


@pytest.mark.parametrize("name", ["steel_uci", "tetouan", "bwdf"])
async def test_a_series_arrives_whole_and_becomes_final_values(mosquitto: tuple[str, int], tmp_path: Path, name: str) -> None:
    if not DATA.is_dir():
        pytest.skip("../shared/data is not beside the repository")
    network = load_network(ROOT / "registry")
    wanted = spec(network, name)
    now = now_ms()
    replay = load_replay(wanted, network, now)
    settings = Settings(
        registry=archive_registry(tmp_path),
        broker=BrokerSettings(port=mosquitto[1], client_id=f"replay-{name}", filters=("mainsight/#",)),
        store=StoreSettings(readings=tmp_path / "r.duckdb", state=tmp_path / "s.sqlite"),
    )
    expected = {Series(one.meter.id, quantity): (one.time_ms, values) for one in replay.series for quantity, values in one.columns.items()}
    total = sum(int(np.isfinite(values).sum()) for _, values in expected.values())
    async with open_system(settings, network, now_ms) as system, asyncio.TaskGroup() as tasks:
        collecting = tasks.create_task(system.collector.run())
        publisher = SessionSettings(port=mosquitto[1], client_id=f"replayer-{name}", filters=(), session_expiry_s=0)
        async with open_session(publisher, clock=now_ms) as session:
            await replay_csv(wanted, network, now, session.publish)
        async with asyncio.timeout(_ARRIVAL_S):
            while system.collector.stats.readings < total:  # noqa: ASYNC110 - counts set no event
                await asyncio.sleep(0.05)
        while await system.metering.turn():
            pass
        for series, (time_ms, values) in expected.items():
            raw = await system.store.raw(series, int(time_ms[0]), int(time_ms[-1]) + 1)
            kept = np.isfinite(values)
            np.testing.assert_array_equal(raw.time_ms, time_ms[kept])
            np.testing.assert_allclose(raw.value, values[kept], atol=6e-3)  # devices send two or three decimals
            await _check_day(system.store, series, time_ms, values)
        assert (await system.state.quarantine_counts()) == {}
        collecting.cancel()


async def _check_day(store: object, series: Series, time_ms: np.ndarray, values: np.ndarray) -> None:
    """A whole day's mean of final values is that of the series itself, where the day has no gap."""
    day = pd.Timestamp(time_ms[len(time_ms) // 2], unit="ms", tz="UTC").tz_convert("Asia/Ho_Chi_Minh").normalize()
    start = int(day.timestamp() * 1000)
    inside = (time_ms >= start) & (time_ms < start + _DAY_MS)
    if not np.isfinite(values[inside]).all():
        return
    found = (await store.intervals([series], start, start + _DAY_MS, 86_400))[series]  # type: ignore[attr-defined]  # a store
    assert found.completeness[0] == pytest.approx(1.0)
    assert found.value[0] == pytest.approx(values[inside].mean(), rel=0.02)
