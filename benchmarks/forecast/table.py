"""From trials to the tables of docs/benchmarks/forecast.md."""

from collections.abc import Sequence
from functools import reduce
from operator import add

import numpy as np
from trials import Peak, Sums, Trial

NAIVE, OURS = "seasonal-naive", "ensemble"
SPANS = {"24 h": "day", "168 h": "week"}


class Comparison:
    """Trials by series and model."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        """Group them."""
        self._trials = trials
        self.series = list(dict.fromkeys(one.series for one in trials))
        self.models = list(dict.fromkeys(one.model for one in trials))
        self._sums = {
            (series, model, span): reduce(add, [getattr(one, span) for one in trials if (one.series, one.model) == (series, model)])
            for series in self.series
            for model in self.models
            for span in SPANS.values()
        }

    def lines(self) -> list[str]:
        """All tables, Markdown."""
        return [*self._models(), "", *self._peaks(), "", *self._series(), "", *self._best()]

    def _ratio(self, series: str, model: str, span: str, measure: str, against: str = NAIVE) -> float:
        mine, other = (getattr(self._sums[series, name, span], measure) for name in (model, against))
        return float(mine / other) if other else float("nan")

    def _models(self) -> list[str]:
        rows = [
            "| model | WAPE 24 h | WAPE 168 h | pinball 24 h | pinball 168 h | P10-P90 24 h % | 168 h % | CPU s | fell back |",
            "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        for model in self.models:
            ratios = [
                geometric([self._ratio(one, model, span, measure) for one in self.series])
                for measure in ("error", "loss")
                for span in SPANS.values()
            ]
            covered = [spread([coverage(self._sums[one, model, span]) for one in self.series]) for span in SPANS.values()]
            cpu_s = np.mean([one.cpu_s for one in self._trials if one.model == model])
            fell = sum(one.fell_back for one in self._trials if one.model == model)
            rows.append(f"| `{model}` | " + " | ".join([*(f"{r:.3f}" for r in ratios), *covered, f"{cpu_s:.3f}", str(fell)]) + " |")
        return rows

    def _peaks(self) -> list[str]:
        rows = ["| model | size of the day's peak, error against naive | its hour within one hour, % of days |", "| --- | --- | --- |"]
        for model in self.models:
            ratios, hits = [], []
            for series in self.series:
                mine, naive = self._peaks_of(series, model), self._peaks_of(series, NAIVE)
                if mine and naive:
                    ratios.append(np.mean([one.size_error for one in mine]) / np.mean([one.size_error for one in naive]))
                    hits.append(np.mean([one.hour_hit for one in mine]))
            rows.append(f"| `{model}` | {geometric(ratios):.3f} | {100 * np.mean(hits):.0f} |")
        return rows

    def _peaks_of(self, series: str, model: str) -> list[Peak]:
        return [one.peak for one in self._trials if (one.series, one.model) == (series, model) and one.peak]

    def _series(self) -> list[str]:
        head = [f"{model} {span}" for span in SPANS for model in self.models]
        rows = ["WAPE %, by series:", "", "| series | " + " | ".join(head) + " |", "| --- |" + " --- |" * len(head)]
        for series in self.series:
            shares = [self._sums[series, model, span] for span in SPANS.values() for model in self.models]
            rows.append(f"| {series} | " + " | ".join(f"{100 * one.error / one.size:.2f}" for one in shares) + " |")
        return rows

    def _best(self) -> list[str]:
        """Ours against the best other of each series, chosen afterwards."""
        others = [model for model in self.models if model not in (OURS, "linear")]
        rows = [f"| series | {OURS} against the best other, 24 h | 168 h | P10-P90 24 h % | 168 h % |", "| --- | --- | --- | --- | --- |"]
        kept: dict[str, list[float]] = {span: [] for span in SPANS}
        for series in self.series:
            cells = []
            for name, span in SPANS.items():
                best = min(others, key=lambda model, span=span: self._sums[series, model, span].error)  # type: ignore[misc]
                kept[name].append(self._ratio(series, OURS, span, "error", best))
                cells.append(f"{kept[name][-1]:.3f} ({best})")
            cells += [f"{coverage(self._sums[series, OURS, span]):.0f}" for span in SPANS.values()]
            rows.append(f"| {series} | " + " | ".join(cells) + " |")
        rows.append("| geometric mean | " + " | ".join(f"{geometric(values):.3f}" for values in kept.values()) + " | | |")
        return rows


def geometric(values: Sequence[float]) -> float:
    """Geometric mean; ratios that cannot be told are left out."""
    known = [one for one in values if np.isfinite(one) and one > 0]
    return float(np.exp(np.log(known).mean())) if known else float("nan")


def coverage(sums: Sums) -> float:
    """Share within P10 and P90, per cent."""
    return 100 * sums.inside / max(sums.n, 1)


def spread(values: Sequence[float]) -> str:
    """Mean, least and most."""
    return f"{np.mean(values):.0f} ({min(values):.0f} to {max(values):.0f})"
