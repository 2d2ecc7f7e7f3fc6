"""`mainsight replay`: run alarm rules over a recorded history and print what they would have announced."""

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from math import nan
from pathlib import Path
from typing import Any, TextIO

from mainsight.alarms.past import Past
from mainsight.alarms.replay import Replayed, replay
from mainsight.alarms.rulefile import RuleError, load_rules
from mainsight.alarms.settings import AlarmSettings
from mainsight.app.settings import PROJECT
from mainsight.core.network import Network
from mainsight.core.quantities import is_quantity
from mainsight.core.readings import Reading
from mainsight.core.zonetime import rfc3339, to_ms
from mainsight.registry.reading import RegistryError, load_network
from mainsight.store.alarm_port import Transition

HELP = "run alarm rules over a recorded history"

_COLUMNS = ("time", "meter", "quantity", "value")


class HistoryError(ValueError):
    """The history cannot be read; the message names file, line and mend."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.add_argument("--rules", required=True, type=Path, metavar="FILE", help="YAML file of rules")
    parser.add_argument(
        "--data", required=True, type=Path, metavar="FILE", help="CSV, plain or .gz: time (RFC 3339 or UTC ms), meter, quantity, value"
    )
    parser.add_argument("--registry", type=Path, default=PROJECT / "registry", metavar="DIR", help="folder that holds province.yaml")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Print transitions and metrics; 1 and the problems when an input cannot be used."""
    try:
        network = load_network(args.registry)
        rules = load_rules(args.rules, network=network)
        past = Past.of(read_history(args.data))
    except (RegistryError, RuleError, HistoryError) as error:
        print(error, file=sys.stderr)
        return 1
    strangers = sorted(past.meters - network.meters.keys())
    if strangers:
        print(f"mainsight replay: not in the registry, left out: {', '.join(strangers[:10])}", file=sys.stderr)
    replayed = replay(network, rules, AlarmSettings(), past)
    if args.format == "json":
        print(json.dumps(as_json(replayed, strangers), ensure_ascii=False, indent=2))
    else:
        print_text(replayed, network)
    return 0


def read_history(path: Path) -> Iterator[Reading]:
    """Readings of a CSV file, in any order; a row without a value, or with one that is not finite, is a missing one (NaN).

    Raises:
        HistoryError: the file is missing, lacks a column, or a row cannot be read.

    """
    try:
        with _open(path) as file:
            rows = csv.DictReader(file)
            if missing := [name for name in _COLUMNS if name not in (rows.fieldnames or ())]:
                raise HistoryError(f"{path}:1: there is no column {missing[0]}; the header is {','.join(_COLUMNS)}")
            for row in rows:
                yield _reading(row, f"{path}:{rows.line_num}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise HistoryError(f"{path}: cannot be read: {error}") from error


def _open(path: Path) -> TextIO:
    return gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else path.open(encoding="utf-8", newline="")


def _reading(row: dict[str, Any], place: str) -> Reading:
    if not is_quantity(row["quantity"] or ""):
        raise HistoryError(f"{place}: {row['quantity']!r} is not a quantity of the vocabulary; see docs/reference")
    try:
        time_ms, value = _instant(row["time"]), float((row["value"] or "").strip() or nan)
    except (ValueError, TypeError) as error:
        raise HistoryError(f"{place}: {error}; time is RFC 3339 with its offset or UTC ms, value a number") from error
    return Reading(row["meter"], row["quantity"], time_ms, value, time_ms)


def _instant(written: str) -> int:
    return int(written) if written.isdigit() else to_ms(datetime.fromisoformat(written))


def as_json(replayed: Replayed, strangers: list[str]) -> dict[str, Any]:
    """Give the contract of `--format json`: {start, end, transitions, metrics, left_out}."""
    return {
        "start": rfc3339(replayed.start_ms),
        "end": rfc3339(replayed.end_ms),
        "transitions": [_told(transition) for transition in replayed.transitions],
        "metrics": asdict(replayed.metrics),
        "left_out": strangers,
    }


def _told(transition: Transition) -> dict[str, Any]:
    return {
        "event": rfc3339(transition.event_ms),
        "event_ms": transition.event_ms,
        "rule": transition.rule,
        "asset": transition.asset,
        "before": transition.before,
        "after": transition.after,
        "priority": transition.priority,
        "announced": transition.announced,
        "value": transition.value,
        "limit": transition.limit,
        "reason": {"vi": transition.text_vi, "en": transition.text_en},
        "comment": transition.comment,
    }


def print_text(replayed: Replayed, network: Network) -> None:
    """Print a line a transition, then the metrics."""
    print(f"{network.name.en}, {rfc3339(replayed.start_ms)} to {rfc3339(replayed.end_ms)}")
    for one in replayed.transitions:
        mark = "announced" if one.announced else "recorded"
        print(f"{rfc3339(one.event_ms)}  {one.before:>5} -> {one.after:5}  {mark:9}  {one.rule} on {one.asset}: {one.text_en}")
    for name, value in asdict(replayed.metrics).items():
        print(f"{name}: {value}")
