"""Exports: every format holds the same rows, with units and quality, and nobody's zone but one's own."""

import io
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

import pandas as pd
import pyarrow.parquet as pa_parquet
import pytest

from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS
from tests.api.conftest import NOW
from tests.api.people import closed

pytestmark = pytest.mark.anyio
RANGE = {"start_ms": NOW - 24 * HOUR_MS, "end_ms": NOW}
COLUMNS = ["time", "local_time", "meter", "quantity", "unit", "value", "low", "high", "quality", "completeness"]


async def exported(bench: Any, **query: object) -> bytes:
    answer = await bench.client.get("/api/v1/exports/readings", params={**RANGE, **query})
    assert answer.status_code == 200, answer.text
    assert f".{query.get('format', 'csv')}" in answer.headers["content-disposition"]
    return answer.content  # type: ignore[no-any-return]


def sheet(content: bytes) -> list[list[str | None]]:
    """Cells of the first sheet, strings inline as constant memory writes them."""
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        root = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    return [["".join(cell.itertext()) for cell in row.iter(f"{space}c")] for row in root.iter(f"{space}row")]


async def test_all_formats_hold_the_same_rows(bench: Any) -> None:
    of = {"zone": "quang-chau", "quantity": "power", "step": "3600"}
    table = pd.read_csv(io.BytesIO(await exported(bench, format="csv", **of)))
    parquet = pa_parquet.read_table(io.BytesIO(await exported(bench, format="parquet", **of))).to_pandas()
    cells = sheet(await exported(bench, format="xlsx", **of))
    assert list(table.columns) == list(parquet.columns) == COLUMNS
    assert len(table) == len(parquet) == len(cells) - 1 > 24
    assert table["value"].tolist() == pytest.approx(parquet["value"].tolist(), nan_ok=True)
    assert cells[0][:2] == ["time (UTC)", "time (Asia/Ho_Chi_Minh)"]
    assert [row[2] for row in cells[1:]] == table["meter"].tolist()
    assert set(table["unit"]) == {"kW"}


async def test_values_quality_and_gaps_are_those_of_the_store(bench: Any) -> None:
    meter = next(m.id for m in bench.network.meters.values() if m.asset == "qc-471" and "power" in m.quantities)
    start = NOW - 49 * HOUR_MS  # history begins 48 hours ago, with four estimated values
    table = pd.read_csv(io.BytesIO(await exported(bench, meter=meter, quantity="power", start_ms=start)))
    found = (await bench.services.store.intervals([Series(meter, "power")], start, NOW, 900))[Series(meter, "power")]
    assert table["value"].tolist() == pytest.approx(found.value.tolist(), nan_ok=True)
    assert table["quality"].value_counts().to_dict() == {"measured": 188, "estimated": 4, "missing": 4}
    assert table["time"].iloc[-1] == "2026-11-20 02:45:00.000Z"
    assert table["local_time"].iloc[-1] == "2026-11-20 09:45:00.000+0700"
    raw = pd.read_csv(io.BytesIO(await exported(bench, meter=meter, quantity="power", step="raw")))
    assert raw["value"].tolist() == [3000.0]


async def test_an_export_of_nothing_has_its_header(bench: Any) -> None:
    meter = next(iter(bench.network.meters))
    table = pd.read_csv(io.BytesIO(await exported(bench, meter=meter, step="raw", start_ms=1, end_ms=2)))
    assert list(table.columns) == COLUMNS
    assert table.empty


async def test_what_cannot_be_exported_is_told(bench: Any) -> None:
    for query, status, pointer in (
        ({"meter": "nothing"}, 404, None),
        ({"asset": "nothing"}, 404, None),
        ({"quantity": "colour"}, 422, "query/quantity"),
        ({"format": "pdf"}, 422, "query/format"),
        ({"format": "xlsx", "start_ms": 0}, 422, "query/format"),
        ({"end_ms": NOW - 25 * HOUR_MS}, 422, "query/end_ms"),
    ):
        answer = await bench.client.get("/api/v1/exports/readings", params={**RANGE, **query})
        assert (answer.status_code, answer.json().get("pointer")) == (status, pointer), query


async def test_an_export_leaves_out_zones_that_one_may_not_read(bench: Any) -> None:
    house = closed(bench.services, bench.live)
    async with house.signed_in("lan", quang_chau="viewer") as lan:
        answer = await lan.get("/api/v1/exports/readings", params={**RANGE, "quantity": "power", "step": "86400"})
        refused = await lan.get("/api/v1/exports/readings", params={**RANGE, "zone": "van-trung"})
    assert refused.status_code == 403
    zones = {bench.network.meters[meter].asset[:2] for meter in set(pd.read_csv(io.BytesIO(answer.content))["meter"])}
    assert zones == {"qc"}


async def test_what_a_chart_of_demand_shows_is_exported(bench: Any) -> None:
    of = {"asset": "quang-chau", "utility": "power", **RANGE, "step": 3600}
    shown = (await bench.client.get("/api/v1/demand", params=of)).json()
    answer = await bench.client.get("/api/v1/exports/demand", params=of)
    assert "mainsight-quang-chau-power-2026-11-19-2026-11-20.csv" in answer.headers["content-disposition"]
    table = pd.read_csv(io.BytesIO(answer.content))
    assert list(table.columns) == ["asset" if name == "meter" else name for name in COLUMNS]
    assert table["value"].tolist() == pytest.approx(shown["value"], rel=1e-6)
    assert table["quality"].tolist() == shown["quality"]
    too_long = await bench.client.get("/api/v1/exports/demand", params={**of, "start_ms": 0, "end_ms": 4_102_444_800_000, "step": 900})
    assert (too_long.status_code, too_long.json()["pointer"]) == (422, "query/step")


@pytest.mark.parametrize("wanted", ["csv", "parquet", "xlsx"])
async def test_a_forecast_is_exported_with_its_model_and_issue(bench: Any, wanted: str) -> None:
    of = {"target": "quang-chau", "quantity": "power"}
    said = (await bench.client.get("/api/v1/forecasts", params=of)).json()
    content = (await bench.client.get("/api/v1/exports/forecasts", params={**of, "format": wanted})).content
    if wanted == "xlsx":
        cells = sheet(content)
        table = pd.DataFrame(cells[1:], columns=cells[0]).astype({"p10": float})
    else:
        table = pd.read_csv(io.BytesIO(content)) if wanted == "csv" else pa_parquet.read_table(io.BytesIO(content)).to_pandas()
    assert table["p10"].tolist() == pytest.approx(said["p10"], rel=1e-6)
    assert set(table["model"]) == {said["model"]}
    assert set(table["issued"]) == {"2026-11-20T03:00:00Z"}
    missing = await bench.client.get("/api/v1/exports/forecasts", params={**of, "target": "nowhere"})
    assert missing.status_code == 404
