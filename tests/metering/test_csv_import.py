"""Load profiles and bills from CSV."""

from datetime import date

import numpy as np
import pytest

from mainsight.core.factors import Factors
from mainsight.core.network import Meter, Network, Ratio, Role, Text, Utility, Zone
from mainsight.core.readings import Series
from mainsight.core.zonetime import rfc3339
from mainsight.metering.bills import Bill, known_bills, merge, register_readings
from mainsight.metering.csv_import import Options, Parsed, Stamping, parse
from mainsight.store.port import Raw

HCM = "Asia/Ho_Chi_Minh"
MONTH_S = 31 * 86_400


def meter(name: str, interval_s: int = 900, ratio: float = 1.0) -> Meter:
    ratios = (Ratio(date(2020, 1, 1), ratio),)
    return Meter(name, Text("", ""), f"dev-{name}", "f-1", Role.MAIN, Utility.POWER, ("power",), interval_s=interval_s, ratios=ratios)


METERS = [meter("m-1"), meter("m-2", ratio=100.0), meter("shop", MONTH_S), meter("well", MONTH_S)]


APPLIED = Factors(
    Network(
        "n",
        Text("", ""),
        date(2026, 1, 1),
        {"z": Zone("z", Text("", ""), HCM, "VN", (0, 0))},
        {},
        {},
        {},
        {},
        {},
        {},
        {},
        {m.id: m for m in METERS},
    )
)


def read(text: str, **options: object) -> Parsed:
    return parse(text.splitlines(keepends=True), METERS, Options(**({"timezone": HCM, "arrival_ms": 7} | options)))  # type: ignore[arg-type]


def told(parsed: Parsed) -> list[tuple[str, str, str, float]]:
    return [(r.meter, r.quantity, rfc3339(r.time_ms), r.value) for r in parsed.readings]


def test_a_column_a_meter() -> None:
    parsed = read("time,m-1,dev-m-2\n2026-07-01 00:00,1.5,2\n2026-07-01T00:15:00Z,,3\n\n", quantity="power", unit="MW")
    assert told(parsed) == [
        ("m-1", "power", "2026-06-30T17:00:00Z", 1500.0),
        ("m-2", "power", "2026-06-30T17:00:00Z", 2000.0),
        ("m-2", "power", "2026-07-01T00:15:00Z", 3000.0),
    ]
    assert parsed.problems == []
    assert {r.arrival_ms for r in parsed.readings} == {7}


def test_the_long_form_with_units_a_line() -> None:
    text = "\ufeffmeter,quantity,time,value,unit\nm-1,voltage,01/07/2026 07:00,22,kV\nm-1,power,2026-07-01T07:00:00+07:00,5,\n"
    assert told(read(text)) == [("m-1", "voltage", "2026-07-01T00:00:00Z", 22_000.0), ("m-1", "power", "2026-07-01T00:00:00Z", 5.0)]


def test_semicolons_bring_decimal_commas() -> None:
    assert told(read("time;m-1\n01.07.2026 07:00:30;1,25\n", quantity="power")) == [("m-1", "power", "2026-07-01T00:00:30Z", 1.25)]


def test_energy_an_interval_is_mean_power() -> None:
    parsed = read("time,m-1\n2026-07-01T00:00Z,50\n", quantity="power", unit="kWh", interval_s=1800)
    assert [r.value for r in parsed.readings] == [100.0]


def test_end_stamps_are_moved_to_the_start_but_registers_are_not() -> None:
    text = "meter,quantity,time,value\nm-1,power,2026-07-01T00:15Z,5\nm-1,energy_import,2026-07-01T00:15Z,5\n"
    assert [t for _, _, t, _ in told(read(text, stamping=Stamping.END))] == ["2026-07-01T00:00:00Z", "2026-07-01T00:15:00Z"]


def test_primary_values_are_brought_to_the_terminals() -> None:
    text = "meter,quantity,time,value\nm-2,power,2026-07-01T00:00Z,500\nm-2,voltage,2026-07-01T00:00Z,500\n"
    assert [r.value for r in read(text, applied=APPLIED).readings] == [5.0, 500.0]


def test_the_hour_that_an_autumn_clock_shows_twice() -> None:
    rows = "".join(f"2026-10-25 {t},1\n" for t in ("01:30", "02:00", "02:30", "02:00", "02:30", "03:00"))
    parsed = read("time,m-1\n" + rows, quantity="power", timezone="Europe/Paris")
    assert [t[11:16] for _, _, t, _ in told(parsed)] == ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-07-01 00:00,x,2", "'x' is not a number"),
        ("2026-07-01 00:00,nan,2", "is not a number"),
        ("2026-07-01 00:00,1", "2 columns where the first line has 3"),
        ("yesterday,1,2", "is not a time such as"),
        ("2026-03-29 02:30,1,2", "does not exist in Europe/Paris"),
    ],
)
def test_a_bad_line_is_named_and_kept_out_whole(line: str, reason: str) -> None:
    parsed = read(f"time,m-1,m-2\n2026-07-01 00:00,1,2\n{line}\n2026-07-01 00:15,3,4\n", quantity="power", timezone="Europe/Paris")
    assert [problem.line for problem in parsed.problems] == [3]
    assert reason in parsed.problems[0].reason
    assert [r.value for r in parsed.readings] == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "must name the columns"),
        ("when,m-1", "must name the columns"),
        ("time,m-1,m-1", "same name"),
        ("time,m-9", "'m-9' is not in the registry"),
    ],
)
def test_a_bad_first_line_is_named(header: str, reason: str) -> None:
    parsed = read(f"{header}\n2026-07-01 00:00,1\n", quantity="power")
    assert (parsed.readings, [problem.line for problem in parsed.problems]) == ([], [1])
    assert reason in parsed.problems[0].reason


def test_a_wide_file_needs_a_quantity_and_a_unit_of_its_kind() -> None:
    assert "give the quantity" in read("time,m-1\n").problems[0].reason
    assert "did you mean power" in read("time,m-1\n", quantity="powr").problems[0].reason
    assert "unit 'bar'" in read("time,m-1\n", quantity="power", unit="bar").problems[0].reason


def test_bills_are_read_by_day() -> None:
    parsed = read("meter,from,to,kwh,m3\nshop,2026-01-01,2026-02-01,310,\nwell,01/01/2026,31/01/2026,,62\n", last_day_included=False)
    assert [(b.series, rfc3339(b.start_ms), b.amount, b.line) for b in parsed.bills] == [
        (Series("shop", "energy_import"), "2025-12-31T17:00:00Z", 310.0, 2),
        (Series("well", "volume"), "2025-12-31T17:00:00Z", 62.0, 3),
    ]
    included = read("meter,from,to,kwh\nshop,2026-01-01,2026-01-31,310\n", last_day_included=True)
    assert included.bills[0].end_ms == parsed.bills[0].end_ms


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("m-1,2026-01-01,2026-02-01,5", "read by hand"),
        ("shop,2026-02-01,2026-02-01,5", "after its start"),
        ("shop,2026-01-01,2026-02-01,-5", "not be negative"),
        ("shop,2026-01-01,2026-02-01,", "either kwh or m3"),
        ("shop,January,2026-02-01,5", "is not a day"),
    ],
)
def test_bad_bills_are_named(line: str, reason: str) -> None:
    parsed = read(f"meter,from,to,kwh\n{line}\n")
    assert parsed.bills == []
    assert reason in parsed.problems[0].reason


SHOP = Series("shop", "energy_import")


def bill(start: int, end: int, amount: float) -> Bill:
    return Bill(SHOP, start, end, amount, start)


def chain(*batches: list[Bill]) -> list[tuple[int, float]]:
    """Register after batches of bills came one after the other, each seeing what the ones before left."""
    register: dict[int, float] = {}
    for new in batches:
        times = np.array(sorted(register), np.int64)
        raw = Raw(times, np.array([register[t] for t in sorted(register)]), times, times)
        merged, refused = merge(known_bills(SHOP, raw), new)
        assert not refused
        register |= {r.time_ms: r.value for r in register_readings(merged, 0)}
    return sorted(register.items())


def test_successive_bills_go_on_and_gaps_start_again() -> None:
    assert chain([bill(0, 10, 5.0), bill(10, 20, 7.0), bill(30, 40, 2.0)]) == [(0, 0.0), (10, 5.0), (20, 12.0), (30, 0.0), (40, 2.0)]


def test_bills_come_in_any_order_and_again() -> None:
    parts = [bill(0, 10, 5.0)], [bill(10, 20, 7.0)], [bill(20, 30, 0.0)], [bill(30, 40, 2.0)]
    whole = [(0, 0.0), (10, 5.0), (20, 12.0), (30, 12.0), (40, 14.0)]
    assert chain(*parts) == whole
    assert chain(*reversed(parts)) == whole
    assert chain(parts[3], parts[0], parts[2], parts[1], *parts) == whole


def test_a_bill_of_nothing_before_a_gap_is_no_bill_of_the_gap() -> None:
    assert chain([bill(0, 10, 0.0)], [bill(20, 30, 4.0)]) == [(0, 1.0), (10, 1.0), (20, 0.0), (30, 4.0)]


def test_a_corrected_bill_takes_the_place_of_the_first() -> None:
    assert chain([bill(0, 10, 5.0), bill(10, 20, 7.0)], [bill(0, 10, 6.0)]) == [(0, 0.0), (10, 6.0), (20, 13.0)]


def test_a_bill_that_overlaps_another_is_refused() -> None:
    merged, refused = merge([bill(0, 10, 5.0)], [bill(5, 15, 1.0), bill(10, 20, 2.0)])
    assert [b.start_ms for b in merged] == [0, 10]
    assert [b.start_ms for b in refused] == [5]
