"""`mainsight what-if`: the same answers as the API, by the command itself, or by the process that has the store open."""

import asyncio
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

from forecast.calendar import Calendar
from forecast.targets import Target
from forecast.weather_desk import WeatherDesk
from forecast.whatif_desk import WhatIf
from mainsight.app.cli import main
from mainsight.app.clock import now_ms
from mainsight.app.questions import ROLE, Questions, UnanswerableError
from mainsight.app.stores import open_store
from mainsight.core.forecasts import Forecast
from mainsight.core.zonetime import HOUR_MS, day_start_ms
from mainsight.registry.reading import load_network
from mainsight.store.asking import answer_of
from mainsight.store.memory import MemoryState, MemoryStore
from mainsight.store.request_port import Request
from mainsight.store.settings import StoreSettings

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[2]
ZONE = "Asia/Ho_Chi_Minh"
ISSUE_MS = day_start_ms(date(2026, 11, 23), ZONE)
PARK = Target("quang-chau", "power", 3600, (), (), Calendar(ZONE), "ensemble")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def issued() -> Forecast:
    """A week with its peak of 90 MW at 14:00."""
    hour = np.arange(168) % 24
    median = 60_000 + 30_000 * np.exp(-((hour - 14) ** 2) / 20)
    quantiles = median[:, None] * np.array([0.9, 0.92, 0.97, 1.0, 1.03, 1.08, 1.1])
    return Forecast("quang-chau", "power", ISSUE_MS, 3600, ISSUE_MS + np.arange(168) * HOUR_MS, quantiles, "ensemble")


@pytest.fixture
async def questions() -> Questions:
    store, state = MemoryStore(ZONE), MemoryState()
    await store.write_forecast([issued()])
    desk = WhatIf(store, lambda: WeatherDesk(store, state, None, {}, False, lambda: ISSUE_MS), 440)
    return Questions(desk, store, state, {("quang-chau", "power"): PARK}, lambda: ISSUE_MS)


def asked(**changed: object) -> dict[str, object]:
    tenants = [{"mw": 5, "start": "2026-11-25", "shape": "flat"}]
    return {"target": "quang-chau", "quantity": "power", "temperature_k": None, "tenants": tenants} | changed


async def test_a_tenant_is_added_from_its_local_midnight_on(questions: Questions) -> None:
    found = await questions.answer(asked())
    added = np.array(found["changed_p50"]) - found["baseline_p50"]
    assert added.tolist() == pytest.approx([0.0] * 48 + [5000.0] * 120)
    assert found["unit"] == "kW"
    assert found["explanation"][0].startswith("Tenants: +5000 kW at most")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"target": "quang-cau"}, "no power of quang-cau is forecast: nothing is forecast of 'quang-cau'"),
        ({"quantity": "flow"}, "a tenant of flow is told in m3_day"),
        ({"quantity": "power_gross"}, "no power_gross of quang-chau is forecast: quang-chau has power"),
        ({"tenants": []}, "ask for something"),
        ({"tenants": [], "temperature_k": 99}, "temperature_k: Input should be less than or equal to 15"),
        ({"tenants": [], "temperature_k": 3}, "what the temperature does to power of quang-chau is not known"),
        ({"tenants": [{"mw": 5, "start": "2027-11-25"}]}, "2027-11-25 lies behind the last hour of the forecast"),
    ],
)
async def test_a_question_without_an_answer_says_why(questions: Questions, changed: dict[str, object], why: str) -> None:
    with pytest.raises(UnanswerableError, match=why):
        await questions.answer(asked(**changed))


async def test_a_running_system_answers_what_is_asked_through_the_state(questions: Questions) -> None:
    state = questions.state
    attending = asyncio.create_task(questions.attend())
    try:
        good = await answer_of(state, Request(ROLE, "ask", asked(), ISSUE_MS), 5.0)
        poor = await answer_of(state, Request(ROLE, "ask", asked(tenants=[]), ISSUE_MS), 5.0)
    finally:
        attending.cancel()
    assert good.done
    assert max(good.detail["changed_p50"]) == pytest.approx(95_000)
    assert not poor.done
    assert "ask for something" in poor.detail["refused"]


def test_the_command_shows_the_peaks_of_each_day(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "mainsight.yaml"
    store = {"readings": str(tmp_path / "readings.duckdb"), "state": str(tmp_path / "state.db"), "timezone": ZONE}
    settings.write_text(yaml.safe_dump({"registry": str(ROOT / "registry"), "store": store}))

    async def keep() -> None:
        opened = await open_store(StoreSettings.model_validate(store), load_network(ROOT / "registry"), now_ms)
        await opened.write_forecast([issued()])
        await opened.close()

    asyncio.run(keep())
    words = ["what-if", "--settings", str(settings), "--target", "quang-chau", "--tenant", "5@2026-11-25"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "forecast issued 2026-11-23 00:00; peaks of each day, kW"
    assert lines[2].split() == ["2026-11-23", "14:00", "90,000", "97,200", "14:00", "90,000", "97,200", "+0"]
    assert lines[4].split() == ["2026-11-25", "14:00", "90,000", "97,200", "14:00", "95,000", "102,200", "+5,000"]
    assert lines[-1].startswith("The bands keep their width")
    assert main([*words, "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["changed_p90"]) == 168
    assert main(["what-if", "--settings", str(settings), "--target", "quang-chau", "--temperature", "3"]) == 1
    assert "is not known: no temperature is known" in capsys.readouterr().err
