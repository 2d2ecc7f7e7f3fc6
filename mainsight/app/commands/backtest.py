"""`mainsight backtest`: score the forecasting models on a series of one's own."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from forecast.backtest import Plan, Report, Weather, backtest, origins_of
from forecast.calendar import Calendar
from forecast.days import read_days
from forecast.errors import DataError, ForecastError
from forecast.html_report import page
from forecast.metrics import mean_scores
from forecast.models.catalogue import MODELS
from forecast.pool import process_pool
from forecast.series import CsvSeries, read_csv
from forecast.settings import ZoneDays
from forecast.summary import as_json
from forecast.weather import WeatherForecasts, read_weather
from mainsight.registry.problems import ProblemsError
from mainsight.registry.tariffs import load_tariff

HELP = "score the forecasting models on a series of your own"

_UNITS_S = {"": 3600, "min": 60, "h": 3600, "d": 86_400}
_LONGEST_S = 60 * 86_400


def add_series_arguments(parser: argparse.ArgumentParser, files: str) -> None:
    """Add what every verb on CSV files asks: files, times, holidays, horizon, workers."""
    parser.add_argument("--data", required=True, type=Path, nargs="+", metavar="FILE", help=f"{files}, plain or .gz")
    parser.add_argument(
        "--time-column", required=True, metavar="T", help="column of interval starts: with an offset (or Z), or local times"
    )
    parser.add_argument("--country", default="", metavar="CC", help="country of the holidays: VN, IT, AU-VIC ...; none are known without")
    parser.add_argument(
        "--days", type=Path, metavar="FILE", help="CSV: date, kind (closed, worked): days that no calendar of a country knows"
    )
    parser.add_argument(
        "--tariff", type=Path, metavar="FILE", help="YAML with the list `tariffs` of one, as in the registry: peak and off-peak hours"
    )
    parser.add_argument("--timezone", default="UTC", metavar="TZ", help="zone of local days, and of times without an offset (default: UTC)")
    parser.add_argument(
        "--horizon", default="24h", type=horizon_seconds, metavar="H", help="how far ahead: 24 or 24h (hours), 7d, 90min (default: 24h)"
    )
    parser.add_argument(
        "--workers", type=_positive, default=os.cpu_count() or 1, metavar="N", help="processes that fit (default: one a core)"
    )


def calendar_of(args: argparse.Namespace) -> Calendar:
    """The calendar that the arguments ask for.

    Raises:
        ForecastError: time zone, country, the file of days or that of the tariff cannot be used.

    """
    days = read_days(args.days) if args.days else ZoneDays()
    try:
        tariff = load_tariff(args.tariff) if args.tariff else None
    except ProblemsError as error:
        raise DataError(str(error)) from error
    return Calendar(args.timezone, args.country, frozenset(days.closures), frozenset(days.workdays), tariff=tariff)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    add_series_arguments(parser, "CSV files with the same columns")
    parser.add_argument("--target", required=True, metavar="COL", help="column to forecast")
    parser.add_argument(
        "--temperature", metavar="COL", help="column of temperatures, degC; only the past's is told to the models, see --weather"
    )
    parser.add_argument(
        "--origins",
        default=7,
        type=_positive,
        metavar="N",
        help="how many origins: the last N local midnights that leave room for the horizon",
    )
    parser.add_argument(
        "--models", type=_models, default=tuple(MODELS), metavar="A,B", help=f"models to score (default: all: {', '.join(MODELS)})"
    )
    parser.add_argument(
        "--weather",
        type=Weather,
        choices=list(Weather),
        default=Weather.NONE,
        help="what models know of the temperature ahead: none (default), forecast: what --weather-file had forecast by then, or actual: "
        "as measured afterwards, which no real forecast could know; the output marks it as ex post",
    )
    parser.add_argument(
        "--weather-file",
        type=Path,
        metavar="FILE",
        help="CSV of weather forecasts for --weather forecast: issued, time, temperature (degC)",
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a page with tables and diagrams, such as out.html")
    parser.add_argument("--format", choices=["json", "table"], default="table", help="json is documented in docs/reference/backtest.md")


def run(args: argparse.Namespace) -> int:
    """Score and print; 2 when the input cannot be used."""
    try:
        calendar = calendar_of(args)
        weather = _weather_forecasts(args)
        jobs = [(path, *_job(path, args, calendar, weather)) for path in args.data]
        with process_pool(args.workers) as pool, _progress() as progress:
            reports = [(str(path), args.target, backtest(series, plan, calendar, pool, progress)) for path, series, plan in jobs]
        if args.report is not None:
            args.report.write_text(page(reports), encoding="utf-8")
    except (ForecastError, OSError) as error:
        print(f"mainsight backtest: {error}", file=sys.stderr)
        return 2
    if args.format == "json":
        told = [{"data": data, "target": target, **as_json(report)} for data, target, report in reports]
        print(json.dumps(told[0] if len(told) == 1 else {"reports": told}, indent=1, allow_nan=False))
    else:
        for data, _, report in reports:
            _print_table(report, f"{data}: " if len(reports) > 1 else "")
    return 0


def _weather_forecasts(args: argparse.Namespace) -> WeatherForecasts | None:
    """Check that what `--weather` needs is given, and read it."""
    missing = None
    if args.weather is not Weather.NONE and args.temperature is None:
        missing = "--temperature COL"
    elif args.weather is Weather.FORECAST and args.weather_file is None:
        missing = "--weather-file FILE"
    if missing:
        message = f"--weather {args.weather} needs {missing}"
        raise DataError(message)
    if args.weather_file is not None and args.weather is not Weather.FORECAST:
        message = "--weather-file is read with --weather forecast only"
        raise DataError(message)
    return None if args.weather_file is None else read_weather(args.weather_file, args.timezone)


def _job(path: Path, args: argparse.Namespace, calendar: Calendar, weather: WeatherForecasts | None) -> tuple[CsvSeries, Plan]:
    """Read a file; a short series is refused before processes are started."""
    series = read_csv(path, time_column=args.time_column, target=args.target, temperature=args.temperature, timezone=args.timezone)
    tell_notes("backtest", series)
    plan = Plan(args.models, horizon_steps(args.horizon, series.step_s), args.origins, args.weather, weather)
    try:
        origins_of(series, plan, calendar.timezone)
    except DataError as error:
        message = f"{path}: {error}"
        raise DataError(message) from error
    return series, plan


def tell_notes(verb: str, series: CsvSeries) -> None:
    """Say on standard error what in a file may not have been meant."""
    for note in series.notes:
        print(f"mainsight {verb}: note: {note}", file=sys.stderr)


def horizon_seconds(text: str) -> int:
    """Seconds of a horizon as written on the command line; plain numbers are hours."""
    match = re.fullmatch(r"(\d+)\s*(min|h|d|)", text.strip())
    seconds = int(match[1]) * _UNITS_S[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST_S:
        message = f"{text!r} is no horizon: write 24, 24h, 7d or 90min, up to 60d"
        raise argparse.ArgumentTypeError(message)
    return seconds


def horizon_steps(seconds: int, step_s: int) -> int:
    """Intervals of a horizon.

    Raises:
        DataError: it is no whole number of them.

    """
    if seconds % step_s:
        message = f"a horizon of {seconds / 3600:g} h is not a whole number of the target's intervals of {step_s / 60:g} min"
        raise DataError(message)
    return seconds // step_s


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        message = f"{text!r} is not a number above zero"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _models(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    unknown = [name for name in names if name not in MODELS]
    if unknown:
        message = f"no model {unknown[0]!r}; there are {', '.join(MODELS)}"
        raise argparse.ArgumentTypeError(message)
    return names


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr while it is a terminal."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("forecasting")
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _print_table(report: Report, heading: str) -> None:
    ahead_h = report.plan.horizon * report.step_s / 3600
    weather = f"{report.plan.weather} (ex post)" if report.plan.weather is Weather.ACTUAL else report.plan.weather
    print(f"{heading}{len(report.origins_ms)} origins, {ahead_h:g} h ahead in steps of {report.step_s / 60:g} min, weather: {weather}")
    widths = {"MAE": 10, "RMSE": 10, "WAPE %": 9, "MASE": 8, "pinball": 10, "P10-P90 %": 11, "CPU s": 8, "fell back": 11}
    print(f"{'model':<16}" + "".join(f"{heading:>{width}}" for heading, width in widths.items()))
    for name in report.plan.models:
        trials = report.of(name)
        mean = mean_scores([trial.scores for trial in trials])
        cpu_s = sum(trial.outcome.cpu_s for trial in trials) / len(trials)
        fell_back = sum(1 for trial in trials if trial.outcome.fallback)
        print(
            f"{name:<16}{mean.mae:>10.4g}{mean.rmse:>10.4g}{100 * mean.wape:>9.2f}{mean.mase:>8.3f}{mean.pinball:>10.4g}"
            f"{100 * mean.coverage_p10_p90:>11.1f}{cpu_s:>8.3f}{fell_back:>11}"
        )
