"""`mainsight alarms`: the role; `mainsight alarms score`: how good predictive alarms are."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from forecast.errors import ForecastError
from forecast.pool import process_pool
from mainsight.alarms.scoring import AlarmScore
from mainsight.app.commands import role
from mainsight.app.commands.simulate import load_simulator_settings
from mainsight.app.scoring import Progress, Scored, Subject, Trial, recorded, score_subject, simulated
from mainsight.app.settings import PROJECT
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network

_HEAD = f"{'series':30}  events alarms precision recall  lead h  false/month"
_START_MS = 1_788_973_200_000  # 10 September 2026, 00:00 in Viet Nam: past the holidays


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    role.arguments(parser)
    parser.add_argument("action", nargs="?", choices=["score"], help="score predictive alarms instead of running the role")
    scoring = parser.add_argument_group("score")
    scoring.add_argument("--data", type=Path, metavar="DIR", help="folder of recorded series; the simulated province where left out")
    scoring.add_argument("--only", default="", metavar="NAME", help="part of the series' names")
    scoring.add_argument("--registry", type=Path, default=PROJECT / "registry", metavar="DIR", help="of the simulated province")
    scoring.add_argument("--days", type=int, default=28, help="that are scored (default: 28)")
    scoring.add_argument("--events", type=int, default=5, help="of these days that pass the capacity (default: 5)")
    scoring.add_argument("--every-h", type=int, default=6, help="hours between two forecasts (default: 6)")
    scoring.add_argument("--history-days", type=int, default=56, help="that each forecast knows (default: 56)")
    scoring.add_argument("--model", default="ensemble", help="see `mainsight backtest`; default: ensemble")
    scoring.add_argument("--raise-probability", type=float, default=0.10)
    scoring.add_argument("--clear-probability", type=float, default=0.05)
    scoring.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes that fit (default: one a core)")
    scoring.add_argument("--format", choices=["text", "json"], default="text")


def run(args: argparse.Namespace) -> int:
    """Run the role until interrupted, or score; 2 when something that was given cannot be used."""
    if args.action is None:
        return role.run(args)
    if args.format == "text":
        print(_HEAD, flush=True)
    trial = Trial(args.days, args.events, args.every_h, args.history_days, args.model, args.raise_probability, args.clear_probability)
    try:
        with process_pool(args.workers) as pool:
            found = [_shown(args, score_subject(one, trial, pool, _told(one.name))) for one in _subjects(args, trial)]
    except (ProblemsError, ForecastError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if not found:
        print(_nothing(args), file=sys.stderr)
        return 2
    if args.format == "json":
        print(json.dumps({"trial": asdict(trial), "series": [asdict(one) for one in found]}, indent=2))
    else:
        print(_together(found))
    return 0


def _shown(args: argparse.Namespace, one: Scored) -> Scored:
    """Print a series as soon as it is scored: all of them take a while."""
    if args.format == "text":
        print(_line(one.name, one), flush=True)
    return one


def _subjects(args: argparse.Namespace, trial: Trial) -> Iterable[Subject]:
    if args.data is not None:
        return recorded(args.data, args.only)
    settings = load_simulator_settings(args.registry / "simulator.yaml")
    every = simulated(load_network(args.registry), settings, _START_MS, trial.history_days + trial.days + 2)
    return (one for one in every if args.only in one.name)


def _nothing(args: argparse.Namespace) -> str:
    """Why no series was scored."""
    if args.data is None or list(args.data.glob("*/meta.json")):
        return f"there is no series with {args.only!r} in its name"
    return f"{args.data}: no series here; give a folder of folders, each with data.csv.gz and meta.json (targets, tz, country)"


def _told(name: str) -> Progress:
    def progress(done: int, total: int) -> None:
        if sys.stderr.isatty() or done == total:
            print(f"\r{name}: {done} of {total} forecasts", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return progress


def _together(rows: Sequence[Scored]) -> str:
    """All series together: sums, the middle of the lead times, the mean of the false alarms."""
    events, alarms = sum(one.score.events for one in rows), sum(one.score.alarms for one in rows)
    hits, true = sum(one.score.hits for one in rows), sum(one.score.true_alarms for one in rows)
    leads = [one.score.lead_h for one in rows if one.score.lead_h is not None]
    false = sum(one.score.false_per_month for one in rows) / len(rows)
    return _line("all", Scored("all", 0.0, AlarmScore(events, alarms, hits, true, None, None, median(leads) if leads else None, false)))


def _line(name: str, one: Scored) -> str:
    told = one.score
    lead = "-" if told.lead_h is None else f"{told.lead_h:.1f}"
    return (
        f"{name:30} {told.events:7} {told.alarms:6} {_share(told.true_alarms, told.alarms):>9} {_share(told.hits, told.events):>6} "
        f"{lead:>7} {told.false_per_month:12.1f}"
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"
