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
from forecast.errors import DataError, ForecastError
from forecast.metrics import mean_scores
from forecast.models.catalogue import MODELS
from forecast.pool import process_pool
from forecast.series import read_csv

HELP = "score the forecasting models on a series of your own"

_UNITS_S = {"": 3600, "min": 60, "h": 3600, "d": 86_400}
_LONGEST_S = 60 * 86_400


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("--data", required=True, type=Path, metavar="FILE", help="CSV file, plain or .gz")
    parser.add_argument(
        "--time-column", required=True, metavar="T", help="column of interval starts: with an offset (or Z), or local times"
    )
    parser.add_argument("--target", required=True, metavar="COL", help="column to forecast")
    parser.add_argument(
        "--temperature", metavar="COL", help="column of temperatures, degC; only the past's is told to the models, see --weather"
    )
    parser.add_argument("--country", default="", metavar="CC", help="country of the holidays: VN, IT, AU-VIC ...; none are known without")
    parser.add_argument("--timezone", default="UTC", metavar="TZ", help="zone of local days, and of times without an offset (default: UTC)")
    parser.add_argument(
        "--horizon", default="24h", type=horizon_seconds, metavar="H", help="how far ahead: 24 or 24h (hours), 7d, 90min (default: 24h)"
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
        help="what models know of the temperature ahead: none (default), or actual: as measured afterwards, which no real forecast "
        "could know; the output marks it as ex post",
    )
    parser.add_argument(
        "--workers", type=_positive, default=os.cpu_count() or 1, metavar="N", help="processes that fit (default: one a core)"
    )
    parser.add_argument("--format", choices=["json", "table"], default="table", help="json is documented in docs/reference/backtest.md")


def run(args: argparse.Namespace) -> int:
    """Score and print; 2 when the input cannot be used."""
    try:
        if args.weather is Weather.ACTUAL and args.temperature is None:
            message = "--weather actual needs --temperature COL"
            raise DataError(message)
        calendar = Calendar(timezone=args.timezone, country=args.country)
        series = read_csv(args.data, time_column=args.time_column, target=args.target, temperature=args.temperature, timezone=args.timezone)
        plan = Plan(args.models, _steps(args.horizon, series.step_s), args.origins, args.weather)
        origins_of(series, plan, calendar.timezone)  # refuses a short series before processes are started
        with process_pool(args.workers) as pool, _progress() as progress:
            report = backtest(series, plan, calendar, pool, progress)
    except ForecastError as error:
        print(f"mainsight backtest: {error}", file=sys.stderr)
        return 2
    if args.format == "json":
        print(json.dumps({"data": str(args.data), "target": args.target, **report.as_dict()}, indent=1, allow_nan=False))
    else:
        _print_table(report)
    return 0


def horizon_seconds(text: str) -> int:
    """Seconds of a horizon as written on the command line; plain numbers are hours."""
    match = re.fullmatch(r"(\d+)\s*(min|h|d|)", text.strip())
    seconds = int(match[1]) * _UNITS_S[match[2]] if match else 0
    if not 0 < seconds <= _LONGEST_S:
        message = f"{text!r} is no horizon: write 24, 24h, 7d or 90min, up to 60d"
        raise argparse.ArgumentTypeError(message)
    return seconds


def _steps(seconds: int, step_s: int) -> int:
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


def _print_table(report: Report) -> None:
    ahead_h = report.plan.horizon * report.step_s / 3600
    weather = f"{report.plan.weather} (ex post)" if report.plan.weather is Weather.ACTUAL else report.plan.weather
    print(f"{len(report.origins_ms)} origins, {ahead_h:g} h ahead in steps of {report.step_s / 60:g} min, weather: {weather}")
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
