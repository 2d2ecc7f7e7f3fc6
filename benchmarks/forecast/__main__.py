"""Forecasting models on series of one's own, by rolling origins.

Usage: nice python benchmarks/forecast --data FOLDER [--part scored] [--origins 14] [--history-days 42] [--only tetouan]

FOLDER holds sets as `sets.subjects` says. Each model forecasts 168 h from each origin; its first day and its whole week
are measured. Ratios are to "last week again", geometric means over series. Tuning origins are for choosing, scored ones
for reporting: their horizons do not overlap.
"""

import argparse
import platform
import sys
from pathlib import Path

from peers import PEERS
from sets import Part, subjects
from table import NAIVE, OURS, Comparison
from trials import Trial, trial

from forecast.backtest import Weather
from forecast.models.catalogue import MODELS
from forecast.pool import process_pool

ALL = (*MODELS, *PEERS)


def main() -> None:
    """Measure and print."""
    args = arguments().parse_args()
    models = args.models.split(",") if args.models else list(ALL)
    models += [name for name in (OURS, NAIVE) if name not in models]
    unknown = [name for name in models if name not in ALL]
    if unknown:
        sys.exit(f"no model {unknown[0]!r}; there are {', '.join(ALL)}")
    found: list[Trial] = []
    with process_pool(args.workers) as pool:
        for subject in subjects(args.data, hourly=not args.own_step, only=args.only):
            origins = subject.origins(args.part, args.origins, args.scored)
            knowns = [(origin, subject.known(origin, args.weather, args.history_days)) for origin in origins]
            futures = [
                pool.submit(trial, subject.name, model, known, subject.happened(origin), subject.day)
                for origin, known in knowns
                for model in models
            ]
            found += [future.result() for future in futures]
            print(f"  {subject.name}: {len(origins)} origins", file=sys.stderr)
    if not found:
        sys.exit(f"{args.data}: no set with a name like {args.only!r} (a folder with data.csv.gz and meta.json)")
    weather = "weather as measured afterwards (ex post)" if args.weather is Weather.ACTUAL else "no weather ahead"
    steps = "own steps" if args.own_step else "hourly means"
    history = f", {args.history_days} days of history" if args.history_days else ""
    print(f"{args.part} origins: {args.origins} a series, {steps}, {weather}{history}; Python {platform.python_version()}")
    for library in ("statsforecast", "mlforecast", "openstef"):
        if not any(name.startswith(library) for name in PEERS):
            print(f"{library} is not installed and was not compared")
    print("\n".join(["", *Comparison(found).lines()]))


def arguments() -> argparse.ArgumentParser:
    """Command line."""
    parser = argparse.ArgumentParser(description="Measure forecasting models on series of one's own.")
    parser.add_argument("--data", type=Path, required=True, help="folder of sets")
    parser.add_argument("--part", type=Part, choices=list(Part), default=Part.SCORED, help="which origins")
    parser.add_argument("--origins", type=int, default=14, help="origins a series")
    parser.add_argument("--scored", type=int, default=14, help="scored origins that tuning ones keep clear of")
    parser.add_argument("--models", default="", help=f"of {', '.join(ALL)}")
    parser.add_argument("--only", default="", help="part of a series' name")
    parser.add_argument("--own-step", action="store_true", help="do not average finer steps to hours")
    parser.add_argument("--weather", type=Weather, choices=list(Weather), default=Weather.NONE, help="what is known ahead")
    parser.add_argument("--history-days", type=int, help="cut the history that models see")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    return parser


if __name__ == "__main__":
    main()
