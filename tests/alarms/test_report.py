"""The month's report: months as people count them, and what it says of a month that is known."""

import re

import pytest

from mainsight.alarms.points import Key
from mainsight.alarms.report import Month, report
from mainsight.core.network import Text
from mainsight.core.zonetime import DAY_S, HOUR_MS, MINUTE_MS
from mainsight.store.alarm_port import Transition

OCTOBER = Month.read("2026-10", "Asia/Ho_Chi_Minh")
NAMES = {Key("feeder-load", "f1"): Text("Xuất tuyến: F1", "Feeder load: F1 <b>")}


def transition(n: int, at_ms: int, before: str, after: str, **more: object) -> Transition:
    fields = {"rule": "feeder-load", "asset": "f1", "incident": f"i{n}", "priority": "high", "announced": after == "UNACK"} | more
    return Transition(id=f"t{n}-{after}", event_ms=at_ms, known_ms=at_ms, before=before, after=after, **fields)  # type: ignore[arg-type]


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_month_begins_at_midnight_of_the_zone() -> None:
    assert (OCTOBER.end_ms - OCTOBER.start_ms) == 31 * DAY_S * 1000
    assert OCTOBER.start_ms % HOUR_MS == 0
    berlin = Month.read("2026-10", "Europe/Berlin")
    assert berlin.end_ms - berlin.start_ms == 31 * DAY_S * 1000 + HOUR_MS, "summer time ends in it"
    with pytest.raises(ValueError, match="13"):
        Month.read("2026-13", "Asia/Ho_Chi_Minh")


def test_it_tells_counts_names_and_how_soon_people_acknowledged() -> None:
    noon = OCTOBER.start_ms + 12 * HOUR_MS
    month = [
        transition(1, noon, "NORM", "UNACK"),
        transition(1, noon + 6 * MINUTE_MS, "UNACK", "ACKED", person="Lan"),
        transition(2, noon + 24 * HOUR_MS, "NORM", "UNACK"),
        transition(2, noon + 24 * HOUR_MS + 20 * MINUTE_MS, "UNACK", "ACKED", person="Minh"),
        transition(3, noon + 48 * HOUR_MS, "NORM", "UNACK", rule="gone", asset="x", priority="low"),
    ]
    page = report(month, NAMES, Text("Tỉnh", "Province"), OCTOBER, OCTOBER.end_ms, "en")
    told = text_of(page)
    assert "Alarm report, 2026-10" in told
    assert "Announced 3" in told
    assert "Feeder load: F1 &lt;b&gt; 2 67 %" in told
    assert "gone, x 1 33 %" in told
    assert "gone, x 684 yes" in told, "hours from noon of the 3rd to the end"
    assert "High 2 13 min 20 min 0" in told
    assert "Low 0 - - 1" in told
    assert "<script" not in page
    assert "http" not in page
    assert "not over" not in told


def test_a_month_that_runs_says_so_and_an_empty_one_is_no_error() -> None:
    page = text_of(report([], {}, Text("Tỉnh", "Province"), OCTOBER, OCTOBER.start_ms + HOUR_MS, "vi"))
    assert "tháng chưa kết thúc" in page
    assert "Không có." in page
    assert "0 / 0 / 0 / 0 %" in page
