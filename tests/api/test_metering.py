"""Final values beside raw ones, edits and changes of meters over the API."""

from typing import Any

import numpy as np
import pytest

from mainsight.core.quality import Quality
from mainsight.core.readings import Series
from mainsight.store.port import Dirty, Final
from tests.api.conftest import NOW

pytestmark = pytest.mark.anyio

METER_ID = "qc-471-main"
METER = f"/api/v1/meters/{METER_ID}"
QUARTER = 900_000
START = NOW // QUARTER * QUARTER - 8 * QUARTER
RANGE = {"quantity": "power", "start_ms": START, "end_ms": START + 4 * QUARTER}
BODY = RANGE | {"action": "set", "value": 123.0, "reason": "read on site"}


async def test_raw_and_final_stand_side_by_side(bench: Any) -> None:
    found = (await bench.client.get(f"{METER}/values", params=RANGE | {"end_ms": NOW + QUARTER})).json()
    lengths = {len(column) for column in found.values() if isinstance(column, list)}
    assert lengths == {len(found["start_ms"])}
    assert found["final"][0] > 0
    assert found["quality"][0] == "measured"
    assert sum(found["raw_count"]) == 1
    assert found["raw"][found["raw_count"].index(1)] == 3000.0
    assert found["completeness"] < 1
    assert found["edit"][0] is None
    assert (found["unit"], found["aggregate"]) == ("kW", "mean")


async def test_what_is_missing_beside_the_meter_s_other_series_is_told_as_v18(bench: Any) -> None:
    names = ("reactive_power", "energy_import")
    times = np.array([RANGE["start_ms"]], np.int64)
    measured = np.array([Quality.MEASURED], np.uint8)
    await bench.services.store.write_final(
        [Final(Series(METER_ID, name), times, np.ones(1), measured, ("",), 1, 900) for name in names], []
    )
    await bench.services.store.write_final([], [Dirty(Series(METER_ID, "power"), RANGE["start_ms"], RANGE["start_ms"] + QUARTER)])
    found = (await bench.client.get(f"{METER}/values", params=RANGE)).json()
    assert (found["final"][0], found["quality"][0], found["rule"][0]) == (None, "missing", "V18")
    assert found["rule"][1] == ""
    energy = (await bench.client.get(f"{METER}/values", params=RANGE | {"quantity": "energy_import"})).json()
    assert (energy["aggregate"], energy["unit"], energy["final"][0], energy["rule"][0]) == ("sum", "kWh", 1.0, "")


async def test_an_edit_is_kept_with_what_was_there_and_marks_its_stretch(bench: Any) -> None:
    before = (await bench.client.get(f"{METER}/values", params=RANGE)).json()["final"]
    answer = await bench.client.post(f"{METER}/edits", json=BODY, headers=bench.as_("administrator"))
    assert answer.status_code == 201
    made = answer.json()
    assert [one["value"] for one in made["before"]] == pytest.approx(before, abs=1e-4)
    assert made["after"] == [123.0] * 4
    assert made["person"] == "test administrator"
    marked = [one for one in await bench.services.store.dirty(10_000) if one.series == Series("qc-471-main", "power")]
    assert any(one.start_ms <= START < one.end_ms for one in marked)
    listed = (await bench.client.get("/api/v1/edits", params={"meter": "qc-471-main"})).json()
    assert [edit["id"] for edit in listed["items"]] == [made["id"]]


async def test_an_edit_is_undone_once_and_says_by_whom(bench: Any) -> None:
    made = (await bench.client.post(f"{METER}/edits", json=BODY, headers=bench.as_("administrator"))).json()
    undo = f"/api/v1/edits/{made['id']}/undo"
    first = (await bench.client.post(undo, json={"reason": "wrong meter"}, headers=bench.as_("administrator"))).json()
    again = (await bench.client.post(undo, json={"reason": "again"}, headers=bench.as_("administrator"))).json()
    assert first["undone"] == again["undone"] == {"at_ms": NOW, "person": "test administrator", "reason": "wrong meter"}
    assert (await bench.client.get("/api/v1/edits", params={"undone": "false"})).json()["items"] == []
    missing = await bench.client.post("/api/v1/edits/99/undo", json={"reason": "x"}, headers=bench.as_("administrator"))
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("change", "told", "field"),
    [
        ({"start_ms": START + 1}, "quarter hours", "start_ms"),
        ({"end_ms": START}, "end after start", "end_ms"),
        ({"end_ms": NOW + 10 * QUARTER}, "not over yet", "end_ms"),
        ({"value": None, "values": [1.0]}, "4 quarter hours need 4 values", "values"),
        ({"values": [1.0] * 4}, "not both", "value"),
        ({"action": "discard"}, "takes no values", "values"),
        ({"reason": " "}, "say why", "reason"),
        ({"quantity": "flow"}, "has no 'flow'", "quantity"),
    ],
)
async def test_edits_that_make_no_sense_are_refused(bench: Any, change: dict[str, object], told: str, field: str) -> None:
    answer = await bench.client.post(f"{METER}/edits", json=BODY | change, headers=bench.as_("administrator"))
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert answer.json()["pointer"] == f"body/{field}"


async def test_who_may_only_act_on_alarms_edits_nothing(bench: Any) -> None:
    assert (await bench.client.post(f"{METER}/edits", json=BODY, headers=bench.as_("operator"))).status_code == 403
    assert (await bench.client.post(f"{METER}/edits", json=BODY)).status_code == 401


async def test_a_ratio_is_previewed_entered_and_undone(bench: Any) -> None:
    day = (NOW // 86_400_000 - 1) * 86_400_000 + 61_200_000  # midnight in Ho Chi Minh
    body = {"from_ms": day, "factor": 2.0, "reason": "new CT"}
    shifts = (await bench.client.post(f"{METER}/changes/preview", json=body, headers=bench.as_("administrator"))).json()["items"]
    power = next(one for one in shifts if one["quantity"] == "power")
    assert power["aggregate"] == "mean"
    assert power["before"][-1] == 3000.0
    assert power["after"][-1] == 6000.0
    assert "voltage" not in {one["quantity"] for one in shifts}
    made = (await bench.client.post(f"{METER}/changes", json=body, headers=bench.as_("administrator"))).json()
    assert bench.services.picture.factors.enter({METER_ID: [(day, 2.0)]})  # as the process that follows changes does
    shown = (await bench.client.get(METER)).json()
    assert (shown["ratio"], shown["ratios"]) == (2.0, [{"from_ms": day, "factor": 2.0}])
    undone = await bench.client.post(f"/api/v1/changes/{made['id']}/undo", json={"reason": "no"}, headers=bench.as_("administrator"))
    assert undone.json()["undone"]["reason"] == "no"
    [kept] = (await bench.client.get(f"{METER}/changes")).json()["items"]
    assert kept == undone.json()


@pytest.mark.parametrize(
    ("body", "told", "field"),
    [
        ({"factor": 2.0, "from_ms": NOW}, "start of a local day", "from_ms"),
        ({"from_ms": NOW}, "say the new factor", "factor"),
        ({"from_ms": NOW, "registers": {"power": {"last": 1, "first": 0}}}, "no register 'power'", "registers/power"),
    ],
)
async def test_changes_that_make_no_sense_are_refused(bench: Any, body: dict[str, object], told: str, field: str) -> None:
    answer = await bench.client.post(f"{METER}/changes", json=body | {"reason": "x"}, headers=bench.as_("administrator"))
    assert answer.status_code == 422
    assert told in answer.json()["detail"]
    assert answer.json()["pointer"] == f"body/{field}"


async def test_a_report_of_the_past_is_given_again(bench: Any) -> None:
    """Nothing had been known at an instant before the range; afterwards everything."""
    asked = {"asset": "quang-chau", "utility": "power", "start_ms": START, "end_ms": START + 4 * QUARTER}
    early = (await bench.client.get("/api/v1/demand", params=asked | {"as_of_ms": START})).json()
    late = (await bench.client.get("/api/v1/demand", params=asked | {"as_of_ms": NOW})).json()
    now = (await bench.client.get("/api/v1/demand", params=asked)).json()
    assert early["value"] == [None] * 4
    assert early["incomplete"] == [True] * 4
    assert late == now
    assert late["incomplete"] == [False] * 4
