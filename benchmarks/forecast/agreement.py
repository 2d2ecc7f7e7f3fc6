"""Do forecasts stay as good when parts and the whole are made to agree?

Usage: nice python benchmarks/forecast/agreement.py --data FOLDER [--only tetouan] [--model linear] [--origins 40]

Takes all series of a set as parts (three zones of a city) and their sum as the whole, forecasts each 168 h from consecutive local
midnights, takes the variances from the first third of the origins, and scores the others: each forecast on its own, the whole as
the sum of its parts, and all of them reconciled (`forecast.hierarchy`). Also tells how far the coverage of P10 to P90 and the skill over
last week of a well-made forecast wander in windows of 7 and 14 days: what thresholds of drift have to stand.
"""

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from sets import Part, Subject, subjects

from forecast.backtest import Weather
from forecast.chain import Outcome
from forecast.hierarchy import coherent
from forecast.metrics import P10, P50, P90
from forecast.pool import process_pool
from forecast.worker import forecast

WEEK_H = 168
SPANS = {"24 h": slice(0, 24), "168 h": slice(0, WEEK_H)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--only", default="tetouan")
    parser.add_argument("--model", default="linear")
    parser.add_argument("--origins", type=int, default=40)
    parser.add_argument("--history-days", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    parts = list(subjects(args.data, hourly=True, only=args.only))
    whole = replace(parts[0].series, value=np.sum([part.series.value for part in parts], axis=0))
    everyone = [*parts, Subject("whole", whole, parts[0].calendar)]
    last = parts[0].origins(Part.SCORED, 1, 1)[0]
    origins = [last - back * 24 * 3_600_000 for back in reversed(range(args.origins))]
    with process_pool(args.workers) as pool:
        jobs = [
            [pool.submit(forecast, args.model, one.known(at, Weather.NONE, args.history_days), WEEK_H) for at in origins]
            for one in everyone
        ]
        said = np.stack([[_quantiles(job.result()) for job in row] for row in jobs])
    happened = np.stack([[one.happened(at) for at in origins] for one in everyone])
    lines = [*_agreement(said[..., P50], happened, [one.name for one in everyone]), "", *_wander(said, happened, everyone, origins)]
    print("\n".join(lines))


def _quantiles(outcome: Outcome) -> np.ndarray:
    return outcome.quantiles


def _agreement(medians: np.ndarray, happened: np.ndarray, names: list[str]) -> Iterator[str]:
    """Tables of WAPE, %; arrays have shape (series, origins, 168)."""
    learnt = medians.shape[1] // 3
    variance = np.square(happened - medians)[:, :learnt].mean(axis=1)
    sums = np.vstack([np.eye(len(names) - 1), np.ones(len(names) - 1)])
    free = np.zeros(len(names), np.bool_)
    agreed = np.stack(
        [
            np.concatenate([coherent(medians[:, at, h : h + 1], variance[:, h], sums, free) for h in range(WEEK_H)], axis=1)
            for at in range(learnt, medians.shape[1])
        ],
        axis=1,
    )
    alone, truth = medians[:, learnt:], happened[:, learnt:]
    added = alone.copy()
    added[-1] = alone[:-1].sum(axis=0)
    yield f"{alone.shape[1]} origins scored, variances from the {learnt} before"
    yield "| series | " + " | ".join(f"{span} alone | parts added | reconciled" for span in SPANS) + " |"
    for row, name in enumerate(names):
        figures = (100 * _wape(way[row][:, span], truth[row][:, span]) for span in SPANS.values() for way in (alone, added, agreed))
        yield f"| {name} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |"


def _wape(said: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(said - truth).sum() / np.abs(truth).sum())


def _wander(said: np.ndarray, happened: np.ndarray, everyone: list[Subject], origins: list[int]) -> Iterator[str]:
    """Day-ahead coverage and skill in rolling windows: least, 5 %, median, 95 %, greatest."""
    first = slice(0, 24)
    inside = (happened >= said[..., P10]) & (happened <= said[..., P90])
    covered = inside[..., first].mean(axis=2)
    naive = np.stack([[one.happened(at - 7 * 24 * 3_600_000)[first] for at in origins] for one in everyone])
    error = np.abs(said[..., P50] - happened)[..., first].sum(axis=2)
    against = np.abs(naive - happened[..., first]).sum(axis=2)
    for days in (7, 14):
        starts = range(len(origins) - days + 1)
        windows = np.concatenate([[covered[row, at : at + days].mean() for at in starts] for row in range(len(everyone))])
        skill = np.concatenate(
            [[1 - error[row, at : at + days].sum() / against[row, at : at + days].sum() for at in starts] for row in range(len(everyone))]
        )
        for name, values, low, high in (("coverage", windows, 0.70, 0.90), ("skill", skill, 0.0, 1.0)):
            told = ", ".join(f"{value:.2f}" for value in np.quantile(values, [0, 0.05, 0.5, 0.95, 1]))
            beyond = f"{100 * (values < low).mean():.0f} % below {low:.2f}, {100 * (values > high).mean():.0f} % above {high:.2f}"
            yield f"{days} days, {name}: {told} (least, 5 %, median, 95 %, greatest of {len(values)} windows; {beyond})"


if __name__ == "__main__":
    main()
