"""Rolling origins, and the command that people use."""

import gzip
import json
import re
from argparse import Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.backtest import Plan, Weather, backtest, known_at, origins_of
from forecast.calendar import Calendar
from forecast.chain import run
from forecast.errors import DataError
from forecast.executor import Workers
from forecast.known import Known
from forecast.models.catalogue import chain_of
from forecast.series import CsvSeries, read_csv
from forecast.summary import as_json
from forecast.weather import WeatherForecasts, read_weather
from mainsight.app.cli import main
from mainsight.app.commands.backtest import calendar_of
from mainsight.core.zonetime import HOUR_MS, rfc3339

SCORES = {"n", "mae", "rmse", "wape", "mase", "pinball", "coverage_p10_p90", "cpu_s"}


@pytest.fixture
def csv(make_known: Callable[..., Known], tmp_path: Path) -> Path:
    """Thirty days of hours in UTC, with a hole and a temperature."""
    known = make_known(days=30)
    rows = [
        f"{rfc3339(int(t))},{'' if n == 100 else f'{v:.3f}'},25.5\n"
        for n, (t, v) in enumerate(zip(known.start_ms, known.value, strict=True))
    ]
    path = tmp_path / "load.csv"
    path.write_text("time,kw,degc\n" + "".join(rows))
    return path


def words(path: Path, *more: str) -> list[str]:
    return [
        "backtest",
        "--data",
        str(path),
        "--time-column",
        "time",
        "--target",
        "kw",
        "--timezone",
        "Asia/Ho_Chi_Minh",
        "--workers",
        "1",
        *more,
    ]


def report(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> dict[str, Any]:
    assert main(arguments) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_json_has_origins_scores_and_means(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = "seasonal-naive,typical-day"
    found = report(capsys, words(csv, "--horizon", "24", "--origins", "3", "--models", models, "--country", "VN", "--format", "json"))
    assert found["origins"] == ["2026-01-01T17:00:00Z", "2026-01-02T17:00:00Z", "2026-01-03T17:00:00Z"]
    assert (found["step_s"], found["horizon_steps"], found["weather"], found["ex_post_weather"]) == (3600, 24, "none", False)
    assert [one["model"] for one in found["models"]] == models.split(",")
    for one in found["models"]:
        assert set(one["mean"]) >= SCORES
        assert [origin["origin"] for origin in one["origins"]] == found["origins"]
        for name in ("mae", "rmse", "wape", "mase", "pinball", "coverage_p10_p90"):
            assert one["mean"][name] == pytest.approx(np.mean([origin[name] for origin in one["origins"]]))
        assert 0 <= one["mean"]["coverage_p10_p90"] <= 1


def test_scores_are_those_of_last_week(make_known: Callable[..., Known], here: Workers) -> None:
    """The seasonal naive's error, worked out apart from the series itself."""
    known = make_known(days=30)
    series = CsvSeries(known.start_ms, known.value, None, 3600)
    found = backtest(series, Plan(("seasonal-naive",), 24, 1), known.calendar, here, lambda _done, _total: None)
    apart = np.abs(known.value[-24:] - known.value[-24 - 168 : -168])
    scores = found.trials[0].scores
    assert scores.mae == pytest.approx(apart.mean())
    assert scores.wape == pytest.approx(apart.sum() / known.value[-24:].sum())


def test_compressed_file_and_two_processes_give_the_same(
    csv: Path, capsys: pytest.CaptureFixture[str], make_known: Callable[..., Known], here: Workers
) -> None:
    packed = csv.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(csv.read_bytes()))
    arguments = ["--horizon", "48h", "--origins", "2", "--models", "linear,typical-day", "--format", "json", "--country", "VN"]
    two = report(capsys, [*words(packed, *arguments), "--workers", "2"])
    calendar = make_known().calendar
    series = read_csv(csv, time_column="time", target="kw", temperature=None, timezone=calendar.timezone)
    plan = Plan(("linear", "typical-day"), 48, 2)
    one = as_json(backtest(series, plan, calendar, here, lambda _done, _total: None))
    for model, same in zip(two["models"], one["models"], strict=True):
        for scores, expected in zip([model["mean"], *model["origins"]], [same["mean"], *same["origins"]], strict=True):
            assert scores.pop("cpu_s") >= 0
            assert [scores[name] for name in SCORES - {"cpu_s"}] == pytest.approx([expected[name] for name in SCORES - {"cpu_s"}])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_spreadsheet_of_a_country_with_decimal_commas_gives_the_same(csv: Path, tmp_path: Path, separator: str) -> None:
    other = tmp_path / "other.csv"
    other.write_text(csv.read_text().replace(",", separator).replace(".", ","))
    plain, same = (read_csv(path, time_column="time", target="kw", temperature="degc", timezone="UTC") for path in (csv, other))
    assert np.array_equal(plain.value, same.value, equal_nan=True)
    assert same.temperature is not None
    assert same.temperature[0] == 25.5


def test_rows_of_one_interval_and_a_lonely_time_are_told(csv: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = csv.read_text().splitlines()
    doubled = tmp_path / "doubled.csv"
    doubled.write_text("\n".join([*rows, rows[5], rows[6]]) + "\n")
    arguments = ["--models", "seasonal-naive", "--origins", "1"]
    assert main(words(doubled, *arguments)) == 0
    at = rows[5].partition(",")[0]
    told = f"mainsight backtest: note: {doubled}: 2 intervals have several rows, the first at {at}; their mean is taken\n"
    assert capsys.readouterr().err == told
    lonely = tmp_path / "lonely.csv"
    lonely.write_text("\n".join([*rows, "2019-12-31T17:00:00Z,1,"]) + "\n")
    assert main(words(lonely, *arguments)) == 0
    assert "from 2019-12-31T17:00:00Z to 2026-01-04T16:00:00Z there is no row; look for a wrong time" in capsys.readouterr().err
    assert main(words(csv, *arguments)) == 0
    assert capsys.readouterr().err == ""


def test_actual_weather_is_marked(csv: Path, capsys: pytest.CaptureFixture[str], here: Workers, make_known: Callable[..., Known]) -> None:
    assert main(words(csv, "--temperature", "degc", "--origins", "1", "--models", "seasonal-naive", "--weather", "actual")) == 0
    assert "actual (ex post)" in capsys.readouterr().out
    known = make_known(days=30)
    series = CsvSeries(known.start_ms, known.value, known.value, 3600)
    plan = Plan(("typical-day",), 24, 1, Weather.ACTUAL)
    assert as_json(backtest(series, plan, known.calendar, here, lambda _done, _total: None))["ex_post_weather"] is True


def test_local_times_across_the_end_of_summer_time(tmp_path: Path, here: Workers) -> None:
    """Rows without an offset are local; the repeated hour's rows come in order."""
    ordinary = [f"2026-10-{day:02d} {hour:02d}:00" for day in range(1, 31) for hour in range(24)]
    repeated = ordinary.index("2026-10-25 02:00")
    times = [*ordinary[: repeated + 1], "2026-10-25 02:00", *ordinary[repeated + 1 :]]
    path = tmp_path / "local.csv"
    path.write_text("time,kw\n" + "".join(f"{time},{n % 24}\n" for n, time in enumerate(times)))
    series = read_csv(path, time_column="time", target="kw", temperature=None, timezone="Europe/Rome")
    assert np.isfinite(series.value).all()
    found = as_json(backtest(series, Plan(("typical-day",), 24, 6), Calendar("Europe/Rome"), here, lambda _done, _total: None))
    assert found["origins"][:2] == ["2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"]
    assert found["models"][0]["origins"][0]["n"] == 24


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--target", "kwh"], "did you mean 'kw'"),
        (["--time-column", "when"], "no column 'when'"),
        (["--data", "nowhere.csv"], "no such file"),
        (["--timezone", "Asia/Hanoi"], "unknown time zone"),
        (["--country", "XX"], "unknown country"),
        (["--origins", "40"], "ask for at most 22 origins"),
        (["--horizon", "90min"], "whole number"),
        (["--weather", "actual"], "needs --temperature"),
        (["--weather", "forecast"], "needs --temperature"),
        (["--weather", "forecast", "--temperature", "degc"], "needs --weather-file"),
        (["--weather-file", "nowhere.csv"], "--weather forecast only"),
        (["--report", "nowhere/out.html"], "nowhere"),
    ],
)
def test_wrong_input_is_answered_on_one_line(arguments: list[str], said: str, csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words(csv), *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [["--horizon", "soon"], ["--horizon", "0"], ["--origins", "0"], ["--models", "oracle"]])
def test_words_that_are_not_understood(arguments: list[str], csv: Path) -> None:
    with pytest.raises(SystemExit) as end:
        main([*words(csv), *arguments])
    assert end.value.code == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not a readable CSV"),
        ("time,kw\n", "0 rows"),
        ("time,kw\n2026-01-01T00:00Z,1\n2026-01-01T01:00Z,much\n", "line 3: 'much'"),
        ("time,kw\n2026-01-01T00:00Z,1\n2026-01-01T01:00,2\n", "line 3: times with and without"),
        ("time,kw\nyesterday,1\ntoday,2\n", "write times as"),
        ("time,kw\n2026-01-01T00:00Z,1\n,2\n", "write times as|mixed|no time"),
        ("time,kw\n2026-01-01T00:00Z,\n2026-01-01T01:00Z,\n", "has no numbers"),
        ("time,kw\n2026-01-01T00:00Z,1\n2026-01-01T00:07Z,2\n", "divide a day"),
        ("time,kw,kw\n2026-01-01T00:00Z,1,2\n2026-01-01T01:00Z,2,3\n", "'kw' stands there 2 times; give each a name of its own"),
        ('time,kw\n2026-01-01T00:00Z,"1,234.5"\n2026-01-01T01:00Z,2\n', "'1,234.5' in column 'kw' is not a number; write it without unit"),
    ],
)
def test_contents_that_cannot_be_used(content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    assert main(words(path)) == 2
    assert re.search(said, capsys.readouterr().err)


def test_origins_leave_room_and_keep_local_midnight() -> None:
    """Across the start of summer time in Rome the origins are 23 h apart once, and its week has no room for 168 h."""
    start_ms = 1_772_319_600_000 + np.arange(31 * 24 - 1) * HOUR_MS  # 2026-03-01 00:00 to 2026-03-31 24:00
    series = CsvSeries(start_ms, np.ones(len(start_ms)), None, 3600)
    origins = origins_of(series, Plan(("x",), 24, 4), "Europe/Rome")
    assert [rfc3339(one) for one in origins] == [
        "2026-03-27T23:00:00Z",
        "2026-03-28T23:00:00Z",
        "2026-03-29T22:00:00Z",
        "2026-03-30T22:00:00Z",
    ]
    with pytest.raises(DataError, match="at most 16"):
        origins_of(series, Plan(("x",), 168, 20), "Europe/Rome")


def test_leads_reliability_skill_and_shares_are_told(csv: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = report(capsys, words(csv, "--models", "seasonal-naive,typical-day", "--origins", "2", "--horizon", "48h", "--format", "json"))
    naive, typical = found["models"]
    assert naive["skill"] == 0
    assert typical["skill"] > 0
    assert [(one["from_h"], one["to_h"], one["n"]) for one in naive["by_lead"]] == [
        (0, 1, 2), (1, 3, 4), (3, 6, 6), (6, 12, 12), (12, 24, 24), (24, 48, 48)
    ]  # fmt: skip
    assert len(naive["below"]) == 7
    assert naive["below"] == sorted(naive["below"])
    assert naive["shares"] == {}


def test_several_files_and_a_page(csv: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    other, out = tmp_path / "<other>.csv", tmp_path / "out.html"
    other.write_text(csv.read_text())
    arguments = words(csv, "--models", "seasonal-naive,typical-day", "--origins", "2", "--report", str(out), "--format", "json")
    arguments.insert(arguments.index("--time-column"), str(other))
    found = report(capsys, arguments)
    assert [Path(one["data"]).name for one in found["reports"]] == ["load.csv", "<other>.csv"]
    page = out.read_text()
    assert page.count("<svg") == 4
    assert "&lt;other&gt;.csv" in page
    assert "http" not in page, "it needs nothing from elsewhere"
    assert f"{100 * found['reports'][0]['models'][1]['skill']:.1f}" in page


def test_weather_forecasts_count_from_their_issue_on(tmp_path: Path) -> None:
    path = tmp_path / "weather.csv"
    rows = ["2026-01-01T00:00Z,2026-01-01T06:00Z,10", "2026-01-01T00:00Z,2026-01-01T00:00Z,4", "2026-01-01T06:00Z,2026-01-01T06:00Z,30"]
    path.write_text("\n".join(["issued,time,temperature", *rows]) + "\n")
    told = read_weather(path, "UTC")
    midnight = 1_767_225_600_000
    hours = midnight + np.arange(0, 8, 3) * HOUR_MS
    assert told.at(midnight - 1, hours) is None
    early, late = told.at(midnight + 5 * HOUR_MS, hours), told.at(midnight + 6 * HOUR_MS, hours)
    assert early == pytest.approx([4.0, 7.0, 10.0])
    assert late == pytest.approx([np.nan, np.nan, 30.0], nan_ok=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("issued,time\n1,2\n", "no column 'temperature'"),
        ("issued,time,temperature\n", "no rows"),
        ("issued,time,temperature\n2026-01-01T00:00Z,2026-01-01T00:00Z,hot\n", "line 2"),
        ("issued,time,temperature\n" + 2 * "2026-01-01T00:00Z,2026-01-01T00:00Z,1\n", "two temperatures of"),
    ],
)
def test_weather_that_cannot_be_used(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "weather.csv"
    path.write_text(content)
    with pytest.raises(DataError, match=said):
        read_weather(path, "UTC")


def test_weather_forecast_is_told_to_the_models(make_known: Callable[..., Known]) -> None:
    whole = make_known(days=30)
    series = CsvSeries(whole.start_ms, whole.value, np.full(len(whole.value), 20.0), 3600)
    origin_ms = whole.issue_ms - 24 * HOUR_MS
    issued = np.full(25, origin_ms - HOUR_MS)
    weather = WeatherForecasts(issued, origin_ms + np.arange(25) * HOUR_MS, np.arange(25.0))
    told = known_at(series, origin_ms, whole.calendar, Plan(("x",), 24, 1, Weather.FORECAST, weather)).temperature_ahead
    assert told is not None
    assert told.tolist() == np.arange(24.0).tolist()


def test_closures_and_make_up_days_come_from_a_file(
    tmp_path: Path, csv: Path, make_known: Callable[..., Known], capsys: pytest.CaptureFixture[str]
) -> None:
    """Friday is told to be closed and Sunday to be worked: the typical day says so."""
    days = tmp_path / "days.csv"
    days.write_text("date,kind,why\n2026-01-02,closed,stocktaking\n2026-01-04,worked,order\n")
    calendar = calendar_of(Namespace(days=days, tariff=None, timezone="Asia/Ho_Chi_Minh", country=""))
    assert (set(calendar.closures), set(calendar.workdays)) == ({date(2026, 1, 2)}, {date(2026, 1, 4)})
    known = make_known(days=30)
    past = known.start_ms < known.issue_ms - 72 * HOUR_MS  # Friday begins
    start_ms, value, issue_ms = known.start_ms[past], known.value[past], known.issue_ms - 72 * HOUR_MS
    noon = [
        run(chain_of("typical-day"), Known(start_ms, value, 3600, issue_ms, which), 72).quantiles[12::24, 3]
        for which in (Calendar("Asia/Ho_Chi_Minh"), calendar)
    ]
    assert noon[0] == pytest.approx([800, 300, 300], abs=60)
    assert noon[1][0] == pytest.approx(300, abs=60)
    days.write_text("date,kind\n2026-13-01,closed\n2026-01-02,shut\n")
    assert main(words(csv, "--days", str(days))) == 2
    told = capsys.readouterr().err
    assert "line 2, column date" in told
    assert "line 3, column kind" in told


def test_a_tariff_comes_from_a_file_of_the_registry(tmp_path: Path) -> None:
    sample = Path(__file__).parents[2] / "registry" / "tariffs.yaml"
    calendar = calendar_of(Namespace(days=None, tariff=sample, timezone="Asia/Ho_Chi_Minh", country="VN"))
    assert calendar.tariff is not None
    assert calendar.tariff_changes(date(2026, 4, 1), date(2026, 5, 1)) == [date(2026, 4, 22)]
    for text, why in (("tariffs: []", "0 tariffs are listed here; one is needed"), ("tariffs: [{id: a}]", "hours: is missing")):
        wrong = tmp_path / "wrong.yaml"
        wrong.write_text(text)
        with pytest.raises(DataError, match=why):
            calendar_of(Namespace(days=None, tariff=wrong, timezone="UTC", country=""))
