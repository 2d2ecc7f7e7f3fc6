"""Validation and estimation scored by rule and by length of gap, and printed."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import orjson

from mainsight.app.commands.simulate import load_simulator_settings
from mainsight.app.settings import load_settings_or_exit
from mainsight.app.vee.case import gap_scores
from mainsight.app.vee.recorded import recorded
from mainsight.app.vee.simulated import simulated
from mainsight.core.network import Network
from mainsight.core.readings import Series
from mainsight.metering.parameters import FILE, Parameters, load_parameters
from mainsight.metering.score import GapScore, RuleScore
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network

_START_MS = 1_788_998_400_000  # a Thursday, 10 September 2026: past Vietnam's holidays
_GAP_SERIES = 12


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--registry", type=Path, help="folder of the network's files and metering.yaml")
    parser.add_argument("--data", type=Path, help="folder of recorded series (data.csv.gz with meta.json) to put faults into")
    parser.add_argument("--days", type=int, default=50, help="of the simulated province; the first 29 are history (default 50)")
    parser.add_argument("--seed", type=int, default=1, help="of faults and gaps")
    parser.add_argument("--format", choices=["text", "json"], default="text")


def run(args: argparse.Namespace) -> int:
    """Score and print; 2 when something that was given cannot be used."""
    registry = args.registry or load_settings_or_exit(None).registry
    try:
        network, parameters = load_network(registry), load_parameters(registry / FILE)
        settings = load_simulator_settings(registry / "simulator.yaml")
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 2
    if args.days < 36:
        print("--days must be at least 36: 29 of history, and a week to be scored", file=sys.stderr)
        return 2
    if args.seed < 0:
        print("--seed must be zero or more", file=sys.stderr)
        return 2
    if args.data is not None and not any(args.data.glob("*/meta.json")):
        print(f"{args.data}: holds no sets; each is a folder with data.csv.gz and meta.json", file=sys.stderr)
        return 2
    clean = simulated(network, settings, _START_MS, args.days, args.seed, parameters, {})
    report = {
        "simulated, with faults": simulated(network, settings, _START_MS, args.days, args.seed, parameters).rules(parameters),
        "simulated, without faults": clean.rules(parameters),
    }
    gaps = {"simulated": gap_scores(clean, _of_gaps(network), parameters, args.seed, 3)}
    if args.data is not None:
        try:
            faulty, plain, gaps["recorded"] = _of_recordings(args.data, parameters, args.seed)
        except (OSError, ValueError, KeyError) as error:
            print(f"{args.data}: a set cannot be read: {error!r}", file=sys.stderr)
            return 2
        report |= {"recorded, with faults": faulty, "recorded, as they are": plain}
    if args.format == "json":
        print(orjson.dumps({"rules": _plain(report), "gaps": {k: [asdict(one) for one in v] for k, v in gaps.items()}}).decode())
    else:
        _print(report, gaps)
    return 0


def _of_gaps(network: Network) -> list[Series]:
    """Some customers' demand, spread over the province."""
    found = [
        Series(m.id, name)
        for m in sorted(network.meters.values(), key=lambda m: m.id)
        for name in ("power", "flow")
        if name in m.quantities
    ]
    customers = [one for one in found if network.meters[one.meter].customer is not None]
    return customers[:: max(len(customers) // _GAP_SERIES, 1)][:_GAP_SERIES]


def _of_recordings(folder: Path, parameters: Parameters, seed: int) -> tuple[list[RuleScore], list[RuleScore], list[GapScore]]:
    faulty = [case.rules(parameters) for _, case in recorded(folder, seed, faulty=True)]
    plain = list(recorded(folder, seed, faulty=False))
    gaps = [gap_scores(case, [Series("m", "power")], parameters, seed, 6) for _, case in plain]
    return added([s for scores in faulty for s in scores]), added([s for _, case in plain for s in case.rules(parameters)]), _mean(gaps)


def added(scores: Sequence[RuleScore]) -> list[RuleScore]:
    """Scores of several cases as one, by rule."""
    by_rule: dict[str, list[RuleScore]] = {}
    for one in scores:
        by_rule.setdefault(one.rule, []).append(one)
    names = ("findings", "right", "faults", "caught", "noticed")
    return [RuleScore(rule, *(sum(getattr(one, name) for one in found) for name in names)) for rule, found in sorted(by_rule.items())]


def _mean(cases: Sequence[Sequence[GapScore]]) -> list[GapScore]:
    """Mean of the series' errors, so that a large one counts no more than a small one; of those that have all."""
    rows = []
    for found in zip(*cases, strict=True):
        known = np.array([(one.error, one.linear, one.week) for one in found if None not in (one.error, one.linear, one.week)], np.float64)
        means = known.mean(axis=0).tolist() if len(known) else [None] * 3
        rows.append(GapScore(found[0].hours, sum(one.gaps for one in found), float(np.mean([one.filled for one in found])), *means))
    return rows


def _plain(report: dict[str, list[RuleScore]]) -> dict[str, list[dict[str, object]]]:
    return {of: [asdict(one) | {"precision": one.precision, "recall": one.recall} for one in scores] for of, scores in report.items()}


def _print(report: dict[str, list[RuleScore]], gaps: dict[str, list[GapScore]]) -> None:
    for of, scores in report.items():
        print(f"{of}\nrule  findings  right  precision  faults  caught  noticed  recall")
        for one in scores:
            counts = f"{one.rule:<4}  {one.findings:>8}  {one.right:>5}  {_share(one.precision):>9}"
            print(f"{counts}  {one.faults:>6}  {one.caught:>6}  {one.noticed:>7}  {_share(one.recall):>6}")
        print()
    for of, lengths in gaps.items():
        print(f"gaps, {of}\nhours   gaps  filled  error  linear  last week")
        for gap in lengths:
            errors = f"{_share(gap.error):>5}  {_share(gap.linear):>6}  {_share(gap.week):>9}"
            print(f"{gap.hours:>5.0f}  {gap.gaps:>5}  {gap.filled:>6.2f}  {errors}")
        print()


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
