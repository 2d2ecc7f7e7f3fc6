"""A dashboard as an HTML page: panels on Grafana's grid, drawn as SVG, tables and numbers. See board_pictures.py."""

import html
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from dashboards.maps import LATITUDE, LONGITUDE

ROW_PX, COLUMN_PX, LEFT_PX = 36, 59, 88
COLOURS = {"text": "#4a5057", "orange": "#c76a00", "red": "#c4162a", "blue": "#2f5fd0"}
GREYS = ("#4a5057", "#8a929a", "#a9763f", "#6d7f5f", "#7c6a8a", "#5f8389", "#b0a060", "#999999")
UNITS = {
    "kwatt": ("kW", 1000, "MW"), "kwatth": ("kWh", 1000, "MWh"), "m3": ("m³", math.inf, ""), "pressurebar": ("bar", math.inf, ""),
    "lengthm": ("m", math.inf, ""), "percent": ("%", math.inf, ""), "h": ("h", math.inf, ""), "s": ("s", math.inf, ""),
    "volt": ("V", 1000, "kV"), "kvoltampreact": ("kvar", 1000, "Mvar"), "celsius": ("°C", math.inf, ""),
}  # fmt: skip
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
STYLE = """
body{margin:0;font:13px/1.35 'DejaVu Sans',sans-serif;background:#f0f1f3;color:#24292e}
header{padding:10px 12px;display:flex;gap:16px;align-items:baseline}
 h1{font-size:17px;margin:0}
.note{background:#fff4d6;border:1px solid #d9b65c;padding:3px 8px;border-radius:3px}
main{position:relative}
 section{position:absolute;background:#fff;border:1px solid #d8dadd;border-radius:3px;overflow:hidden;box-sizing:border-box}
h2{font-size:13px;margin:6px 8px 2px}
 h3{position:absolute;margin:8px 12px;font-size:14px}
table{border-collapse:collapse;width:100%;font-size:12px}
 th,td{text-align:left;padding:3px 8px;border-bottom:1px solid #eceef0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;
  max-width:320px}
 td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.stats{display:flex;height:calc(100% - 30px);align-items:center}
 .stats div{flex:1;text-align:center}
 .stats b{display:block;font-size:24px;font-weight:600}
svg text{font:11px 'DejaVu Sans',sans-serif;fill:#4a5057}
 .legend{position:absolute;bottom:4px;left:8px;right:8px;font-size:11px;color:#4a5057;white-space:nowrap;overflow:hidden}
.legend i{display:inline-block;width:14px;height:0;border-top:2px solid;margin:0 4px 3px 8px}
"""


@dataclass(frozen=True)
class Frame:
    """Rows of one query: names of columns, rows, and which columns are times in UTC milliseconds."""

    names: Sequence[str]
    rows: Sequence[Sequence[Any]]
    times: set[str]


@dataclass
class Line:
    """A series to be drawn: (UTC milliseconds, value) in order."""

    name: str
    points: list[tuple[int, float]] = field(default_factory=list)


def page(board: Mapping[str, Any], data: Mapping[int, list[Frame]], now_ms: int, boundaries: Mapping[str, Any]) -> str:
    """The page of a dashboard with what its queries returned."""
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in board["panels"]) * ROW_PX
    chosen = {v["name"]: v["current"]["text"] for v in board["templating"]["list"]}
    parts = "".join(_place(panel, data[panel["id"]], boundaries, chosen) for panel in board["panels"])
    at = datetime.fromtimestamp(now_ms / 1000, ZONE)
    note = f"Not a screenshot of Grafana: drawn by scripts/board_pictures.py from this dashboard's own queries, {at:%d/%m/%Y %H:%M}"
    title = html.escape(board["title"])
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><header><h1>{title}</h1><span class=note>{note}</span></header>"
        f"<main style='height:{height + 8}px'>{parts}</main>"
    )


def _place(panel: Mapping[str, Any], frames: list[Frame], boundaries: Mapping[str, Any], chosen: Mapping[str, str]) -> str:
    grid = panel["gridPos"]
    left, top, width, height = grid["x"] * COLUMN_PX + 12, grid["y"] * ROW_PX, grid["w"] * COLUMN_PX - 8, grid["h"] * ROW_PX - 8
    if panel["type"] == "row":
        return f"<h3 style='left:{left - 12}px;top:{top}px'>{html.escape(panel['title'])}</h3>"
    draw = {"timeseries": _timeseries, "stat": _stats, "table": _table}.get(panel["type"])
    body = _map(panel, frames, boundaries, width, height - 30) if draw is None else draw(panel, frames, width, height - 30)
    style = f"left:{left}px;top:{top}px;width:{width}px;height:{height}px"
    return f"<section style='{style}'><h2>{html.escape(_filled(panel['title'], chosen))}</h2>{body}</section>"


def _filled(title: str, chosen: Mapping[str, str]) -> str:
    for name, text in chosen.items():
        title = title.replace(f"${{{name}}}", text)
    return title


def _properties(panel: Mapping[str, Any], name: str) -> dict[str, Any]:
    config = panel["fieldConfig"]
    found = {"unit": config["defaults"].get("unit"), "custom.lineWidth": 1} | {
        f"custom.{key}": value for key, value in config["defaults"].get("custom", {}).items()
    }
    for override in config["overrides"]:
        if override["matcher"]["options"] == name:
            found |= {one["id"]: one["value"] for one in override["properties"]}
    return found


def _number(value: float, unit: str | None) -> str:
    if unit == "percentunit":
        return f"{value:.1%}"
    if unit and unit.startswith("suffix:"):
        return f"{value:,.4g} {unit.removeprefix('suffix:')}"
    name, from_, larger = UNITS.get(unit or "", ("", math.inf, ""))
    if abs(value) >= from_:
        value, name = value / from_, larger
    return f"{value:,.0f} {name}" if abs(value) >= 1000 else f"{value:.4g} {name}"


def _colour(value: float, panel: Mapping[str, Any]) -> str:
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])
    found = [step["color"] for step in steps if step["value"] is None or value >= step["value"]]
    return COLOURS[found[-1]] if found else COLOURS["text"]


def _stats(panel: Mapping[str, Any], frames: list[Frame], _width: int, _height: int) -> str:
    cells = []
    for frame in frames:
        for n, name in enumerate(frame.names):
            values = [row[n] for row in frame.rows if row[n] is not None]
            if name not in frame.times:
                shown = _number(values[-1], _properties(panel, name)["unit"]) if values else "-"
                colour = _colour(values[-1], panel) if values else COLOURS["text"]
                cells.append(f"<div>{html.escape(name)}<b style='color:{colour}'>{html.escape(shown)}</b></div>")
    return f"<div class=stats>{''.join(cells)}</div>"


def _table(panel: Mapping[str, Any], frames: list[Frame], _width: int, _height: int) -> str:
    frame = frames[0] if frames else Frame([], [], set())
    rows = [row for one in frames for row in one.rows]
    for sort in panel["options"].get("sortBy", [])[:1]:
        at = list(frame.names).index(sort["displayName"])
        rows.sort(key=lambda row: (row[at] is None, row[at]), reverse=sort["desc"])
    numeric = [any(isinstance(row[n], float | int) for row in rows) and name not in frame.times for n, name in enumerate(frame.names)]
    shown = [n for n, name in enumerate(frame.names) if not _properties(panel, name).get("custom.hidden")]
    frame = Frame([frame.names[n] for n in shown], [], frame.times)
    rows, numeric = [[row[n] for n in shown] for row in rows], [numeric[n] for n in shown]
    head = "".join(f"<th{' class=n' * number}>{html.escape(name)}</th>" for name, number in zip(frame.names, numeric, strict=True))
    body = "".join(f"<tr>{''.join(_cells(panel, frame, row, numeric))}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _cells(panel: Mapping[str, Any], frame: Frame, row: Sequence[Any], numeric: list[bool]) -> Iterator[str]:
    for name, value, number in zip(frame.names, row, numeric, strict=True):
        found = _properties(panel, name)
        shown = "-" if value is None else str(value)
        if value is not None and name in frame.times:
            shown = f"{datetime.fromtimestamp(value / 1000, ZONE):%Y-%m-%d %H:%M}"
        elif isinstance(value, float | int):
            shown = _number(value, found["unit"])
        mapped = next((one["options"].get(value) for one in found.get("mappings", ()) if isinstance(value, str)), None)
        colour = f" style='color:{COLOURS[mapped['color']]}'" if mapped else ""
        yield f"<td{' class=n' * number}{colour}>{html.escape(shown)}</td>"


def _lines(frames: list[Frame]) -> list[Line]:
    found: dict[str, Line] = {}
    for frame in frames:
        at = next(n for n, name in enumerate(frame.names) if name in frame.times)
        for n, name in enumerate(frame.names):
            if n != at:
                values = [(row[at], row[n]) for row in frame.rows if isinstance(row[n], float | int)]
                found.setdefault(name, Line(name)).points += values
    return [line for line in found.values() if line.points]


@dataclass(frozen=True)
class _Scale:
    """Time and value to pixels."""

    start: int
    end: int
    low: float
    high: float
    width: int
    height: int

    def x(self, at: float) -> float:
        """Pixels from the left."""
        return LEFT_PX + (at - self.start) / max(self.end - self.start, 1) * (self.width - LEFT_PX - 16)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return 6 + (self.high - value) / (self.high - self.low) * (self.height - 54)


def _timeseries(panel: Mapping[str, Any], frames: list[Frame], width: int, height: int) -> str:
    lines = _lines(frames)
    if not lines:
        return "<div class=stats><div>No data</div></div>"
    custom = panel["fieldConfig"]["defaults"]["custom"]
    limits = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])[1:]
    shown = limits if custom.get("thresholdsStyle", {}).get("mode") == "dashed" else []
    values = [value for line in lines for _, value in line.points] + [step["value"] for step in shown]
    is_bars = custom.get("drawStyle") == "bars"
    low, high = min(values), max(values)
    low = min(low, 0.0) if is_bars or low < 0.4 * high else low - 0.1 * (high - low)
    times = [at for line in lines for at, _ in line.points]
    step = min((b - a for line in lines for (a, _), (b, _) in pairwise(line.points)), default=0) if is_bars else 0
    scale = _Scale(min(times), max(times) + step, low, (high + 0.05 * (high - low)) if high > low else high + 1, width, height)
    parts = [*_axes(scale, panel), *_limits(scale, shown)]
    by_name = {line.name: line for line in lines}
    for n, line in enumerate(lines):
        found = _properties(panel, line.name)
        colour = COLOURS[found["color"]["fixedColor"]] if "color" in found else GREYS[n % len(GREYS)]
        below = by_name.get(found.get("custom.fillBelowTo", ""))
        if below is not None:
            parts.append(_band(scale, line, below, colour))
        parts += _bars(scale, line, colour, n, step / len(lines)) if is_bars else _path(scale, line, colour, found)
    legend = "".join(
        f"<i style='border-color:{COLOURS['blue'] if 'color' in _properties(panel, line.name) else GREYS[n % len(GREYS)]}'></i>"
        f"{html.escape(line.name)}"
        for n, line in enumerate(lines)
    )
    return f"<svg width={width} height={height - 14}>{''.join(parts)}</svg><div class=legend>{legend}</div>"


def _axes(scale: _Scale, panel: Mapping[str, Any]) -> Iterator[str]:
    ticks = 5 if scale.width > 500 else 2
    for n in range(5):
        value = scale.low + (scale.high - scale.low) * n / 4
        y = scale.y(value)
        text = html.escape(_number(value, panel["fieldConfig"]["defaults"].get("unit")))
        yield f"<line x1={LEFT_PX} x2={scale.width - 16} y1={y} y2={y} stroke='#eceef0'/>"
        yield f"<text x={LEFT_PX - 4} y={y + 4} text-anchor=end>{text}</text>"
    for n in range(ticks):
        at = scale.start + (scale.end - scale.start) * n / (ticks - 1)
        anchor = {0: "start", ticks - 1: "end"}.get(n, "middle")
        told = f"{datetime.fromtimestamp(at / 1000, ZONE):%d/%m %H:%M}"
        yield f"<text x={scale.x(at)} y={scale.height - 30} text-anchor={anchor}>{told}</text>"


def _limits(scale: _Scale, steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for step in steps:
        y = scale.y(step["value"])
        yield f"<line x1={LEFT_PX} x2={scale.width - 16} y1={y} y2={y} stroke='{COLOURS[step['color']]}' stroke-dasharray='7 4'/>"


def _band(scale: _Scale, upper: Line, lower: Line, colour: str) -> str:
    edge = [*upper.points, *reversed(lower.points)]
    return f"<polygon points='{' '.join(f'{scale.x(t):.1f},{scale.y(v):.1f}' for t, v in edge)}' fill='{colour}' fill-opacity=0.2 />"


def _path(scale: _Scale, line: Line, colour: str, found: Mapping[str, Any]) -> list[str]:
    if not found["custom.lineWidth"]:
        return []
    gap = found.get("custom.insertNulls") or math.inf
    moves, before = [], None
    for at, value in line.points:
        moves.append(f"{'M' if before is None or at - before > gap else 'L'}{scale.x(at):.1f} {scale.y(value):.1f}")
        before = at
    dash = " stroke-dasharray='6 4'" if found.get("custom.lineStyle", {}).get("fill") == "dash" else ""
    return [f"<path d='{''.join(moves)}' fill=none stroke='{colour}' stroke-width=1.4{dash} />"]


def _bars(scale: _Scale, line: Line, colour: str, offset: float, step: float) -> list[str]:
    wide = max((scale.x(scale.start + step) - LEFT_PX) * 0.9, 1)
    ground = scale.y(max(scale.low, 0))
    return [
        f"<rect x={scale.x(at) + offset * wide:.1f} y={scale.y(value):.1f} width={wide:.1f} "
        f"height={max(ground - scale.y(value), 0):.1f} fill='{colour}' fill-opacity=0.7 />"
        for at, value in line.points
    ]


def _map(panel: Mapping[str, Any], frames: list[Frame], boundaries: Mapping[str, Any], width: int, height: int) -> str:
    rings = [ring for feature in boundaries["features"] for ring in feature["geometry"]["coordinates"]]
    xs, ys = ([point[axis] for ring in rings for point in ring] for axis in (0, 1))
    per_degree = min((width - 160) / (max(xs) - min(xs)), (height - 40) / (max(ys) - min(ys)) * 0.93)

    def at(lon: float, lat: float) -> tuple[float, float]:
        return 30 + (lon - min(xs)) * per_degree, 20 + (max(ys) - lat) * per_degree / 0.93  # cos of the latitude

    parts = [
        f"<polygon points='{' '.join('{:.1f},{:.1f}'.format(*at(*point)) for point in ring)}' fill='#c9cdd2' stroke='#8a929a'/>"
        for ring in rings
    ]
    state = panel["options"]["layers"][0]["config"]["style"]["color"]["field"]
    name = panel["options"]["layers"][0]["config"]["style"]["text"]["field"]
    for frame in frames:
        for row in frame.rows:
            cells = dict(zip(frame.names, row, strict=True))
            x, y = at(cells[LONGITUDE], cells[LATITUDE])
            colour = COLOURS[_properties(panel, state)["mappings"][0]["options"][cells[state]]["color"]]
            parts.append(
                f"<circle cx={x:.1f} cy={y:.1f} r=7 fill='{colour}'/><text x={x + 11:.1f} y={y + 4:.1f}>{html.escape(cells[name])}</text>"
            )
    return f"<svg width={width} height={height}>{''.join(parts)}</svg>"
