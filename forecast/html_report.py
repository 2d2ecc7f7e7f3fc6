"""A backtest as one HTML page that needs nothing else: tables, reliability diagrams, errors by lead time."""

from collections.abc import Sequence
from html import escape
from math import isfinite

import numpy as np

from forecast.backtest import Report, Weather
from forecast.metrics import mean_scores
from forecast.summary import Summary, summaries
from mainsight.core.forecasts import QUANTILES
from mainsight.core.zonetime import rfc3339

_COLOURS = ("#0b6bcb", "#d9480f", "#2b8a3e", "#862e9c", "#5c5f66", "#c92a2a", "#0c8599", "#e8a100")
_STYLE = """
:root{color-scheme:light dark;--ink:#16202b;--soft:#5b6875;--line:#d5dce3;--page:#fff;--band:#f3f6f9}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa7b4;--line:#34404c;--page:#12181f;--band:#1a222b}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:64rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.2rem;margin:2.5rem 0 .5rem}h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.3rem 0;color:var(--soft)}.warn{color:#c92a2a;font-weight:600}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:left}th{font-weight:600;color:var(--soft)}tr.best td{background:var(--band);font-weight:600}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:1.5rem}
svg{width:100%;height:auto}svg text{fill:var(--soft);font-size:11px}.axis{stroke:var(--line)}.key{display:inline-block;margin-right:1rem}
.key i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.3rem;vertical-align:-1px}
"""
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 360, 260, 44, 32


def page(reports: Sequence[tuple[str, str, Report]]) -> str:
    """Page of some backtests: (file, column, report) each."""
    parts = [_section(file, target, report) for file, target, report in reports]
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
        f"<title>Backtest</title><style>{_STYLE}</style></head><body><h1>Backtest of forecasts</h1>"
        "<p>Each model forecast from each origin with what was known then; errors are of P50, and P10 to P90 should hold 80 %.</p>"
        f"{''.join(parts)}</body></html>\n"
    )


def _section(file: str, target: str, report: Report) -> str:
    found = summaries(report)
    ahead_h = report.plan.horizon * report.step_s / 3600
    told = (
        f"{len(report.origins_ms)} origins from {rfc3339(report.origins_ms[0])} to {rfc3339(report.origins_ms[-1])}, {ahead_h:g} h ahead "
        f"in steps of {report.step_s / 60:g} min; {report.calendar.timezone}, "
        f"{'holidays of ' + report.calendar.country if report.calendar.country else 'no holidays'}; weather: {report.plan.weather.value}"
    )
    ex_post = report.plan.weather is Weather.ACTUAL
    warning = "<p class='warn'>Ex post: the temperature was told as measured afterwards, which no real forecast could know.</p>"
    keys = "".join(f"<span class='key'><i style='background:{_colour(n)}'></i>{escape(one.model)}</span>" for n, one in enumerate(found))
    return (
        f"<h2>{escape(file)}: {escape(target)}</h2><p>{escape(told)}</p>{warning if ex_post else ''}{_models(report, found)}"
        f"<p>{keys}</p><div class='charts'><div><h3>Error by lead time</h3>{_lead_chart(found)}</div>"
        f"<div><h3>Reliability</h3>{_reliability(found)}</div></div><h3>WAPE by lead time, %</h3>{_by_lead(found, 'wape')}"
        f"<h3>P10 to P90 by lead time, %</h3>{_by_lead(found, 'coverage')}{_shares(found)}"
    )


def _models(report: Report, found: Sequence[Summary]) -> str:
    rows = []
    best = min((one.wape for one in found if isfinite(one.wape)), default=float("nan"))
    for one in found:
        trials = report.of(one.model)
        mean = mean_scores([trial.scores for trial in trials])
        cpu_s = float(np.mean([trial.outcome.cpu_s for trial in trials]))
        fell = sum(1 for trial in trials if trial.outcome.fallback)
        cells = [
            _text(100 * one.wape, 2),
            _text(100 * one.skill, 1),
            _significant(mean.mae),
            _significant(mean.rmse),
            _text(mean.mase, 3),
            _significant(mean.pinball),
            _text(100 * mean.coverage_p10_p90, 1),
            _text(cpu_s, 2),
            str(fell),
        ]
        rows.append((one.model, cells, one.wape == best))
    heads = ["WAPE %", "skill over last week %", "MAE", "RMSE", "MASE", "pinball", "P10-P90 %", "CPU s", "fell back"]
    return _table("model", heads, rows)


def _by_lead(found: Sequence[Summary], measure: str) -> str:
    heads = [f"{one.from_h:g}-{one.to_h:g} h" for one in found[0].by_lead]
    rows = [(one.model, [_text(100 * getattr(lead, measure), 2) for lead in one.by_lead], False) for one in found]
    return _table("model", heads, rows)


def _shares(found: Sequence[Summary]) -> str:
    told = [one for one in found if one.shares]
    rows = [(one.model, [", ".join(f"{escape(name)} {100 * share:.0f} %" for name, share in one.shares.items())], False) for one in told]
    return f"<h3>What the models are made of</h3>{_table('model', ['mean shares of members'], rows)}" if rows else ""


def _table(corner: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str], bool]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in (corner, *heads))
    lines = [
        f"<tr{' class=best' if best else ''}><td>{escape(name)}</td>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
        for name, cells, best in rows
    ]
    return f"<div class='wide'><table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"


def _lead_chart(found: Sequence[Summary]) -> str:
    """WAPE over lead time; buckets are evenly spaced, so that the first hours can be read."""
    leads = found[0].by_lead
    top = max((one.wape for model in found for one in model.by_lead if isfinite(one.wape)), default=1.0) * 1.05 or 1.0
    spots = [(n + 0.5) / max(len(leads), 1) for n in range(len(leads))]
    lines = [_path([(x, lead.wape / top) for x, lead in zip(spots, one.by_lead, strict=True)], n) for n, one in enumerate(found)]
    labels = [_label(x, f"{lead.to_h:g}") for x, lead in zip(spots, leads, strict=True)]
    scale = [_mark(share, f"{100 * share * top:.3g}") for share in (0, 0.25, 0.5, 0.75, 1)]
    return _svg("WAPE % over hours ahead", [*scale, *labels, *lines])


def _reliability(found: Sequence[Summary]) -> str:
    """Observed share below each quantile over its level; the diagonal is right."""
    lines = [_path(list(zip(QUANTILES, one.below, strict=True)), n, dots=True) for n, one in enumerate(found)]
    x0, y0, x1, y1 = *_place(0, 0), *_place(1, 1)
    diagonal = f"<line class='axis' stroke-dasharray='4 4' x1='{x0:.1f}' y1='{y0:.1f}' x2='{x1:.1f}' y2='{y1:.1f}'/>"
    ticks = (0, 0.25, 0.5, 0.75, 1)
    scale = [*(_mark(at, f"{at:g}") for at in ticks), *(_label(at, f"{at:g}") for at in ticks)]
    return _svg("observed share below, over the quantile's level", [*scale, diagonal, *lines])


def _svg(title: str, parts: Sequence[str]) -> str:
    drawn = "".join(parts)
    return f"<svg viewBox='0 0 {_WIDTH} {_HEIGHT}' role='img' aria-label='{escape(title)}'><text x='0' y='12'>{title}</text>{drawn}</svg>"


def _place(x: float, y: float) -> tuple[float, float]:
    return _LEFT + x * (_WIDTH - _LEFT - 12), _HEIGHT - _BOTTOM - y * (_HEIGHT - _BOTTOM - 28)


def _path(points: Sequence[tuple[float, float]], colour: int, *, dots: bool = False) -> str:
    spots = [_place(x, y) for x, y in points if isfinite(y)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    circles = "".join(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{_colour(colour)}'/>" for x, y in spots) if dots else ""
    return f"<polyline fill='none' stroke='{_colour(colour)}' stroke-width='2' points='{line}'/>{circles}"


def _mark(share: float, text: str) -> str:
    (left, y), (right, _) = _place(0, share), _place(1, share)
    return (
        f"<line class='axis' x1='{left:.1f}' x2='{right:.1f}' y1='{y:.1f}' y2='{y:.1f}'/>"
        f"<text x='{left - 6:.1f}' y='{y + 4:.1f}' text-anchor='end'>{text}</text>"
    )


def _label(x: float, text: str) -> str:
    at, bottom = _place(x, 0)
    return f"<text x='{at:.1f}' y='{bottom + 16:.1f}' text-anchor='middle'>{text}</text>"


def _colour(n: int) -> str:
    return _COLOURS[n % len(_COLOURS)]


def _text(value: float, digits: int) -> str:
    return f"{value:.{digits}f}" if isfinite(value) else "-"


def _significant(value: float) -> str:
    return f"{value:.4g}" if isfinite(value) else "-"
