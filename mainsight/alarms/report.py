"""The month's report on alarms: one HTML page, to be read and printed, in Vietnamese or English.

It says how many were announced against what public digests of ISA-18.2 and EEMUA 191 ask for, which came most often, which
chatter or stand for days, and how soon people acknowledged.
"""

import html
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from mainsight.alarms.metrics import AlarmMetrics, measure
from mainsight.alarms.points import Key
from mainsight.alarms.rules import Priority
from mainsight.alarms.state import Shown
from mainsight.alarms.texts import local, number
from mainsight.core.network import Text
from mainsight.core.zonetime import MINUTE_MS, to_ms
from mainsight.store.alarm_port import Transition

_TOP = 10
_STYLE = (
    "body{font:15px/1.45 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid #ccc}"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}h1{margin-bottom:0}p.of{margin-top:.2rem;color:#555}"
    "rect{fill:#6d7780}text{font:11px system-ui,sans-serif;fill:#555}@page{size:A4;margin:15mm}@media print{body{margin:0;max-width:none}}"
)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a time zone.

    Attributes:
        year, month: which.
        start_ms, end_ms: its first instant and the next month's, UTC milliseconds.

    """

    year: int
    month: int
    timezone: str
    start_ms: int
    end_ms: int

    @classmethod
    def read(cls, text: str, timezone: str) -> "Month":
        """Read "2026-10".

        Raises:
            ValueError: it is no month.

        """
        first = datetime.strptime(f"{text}-01", "%Y-%m-%d").replace(tzinfo=ZoneInfo(timezone))
        following = (first.replace(tzinfo=None) + timedelta(days=32)).replace(day=1, tzinfo=ZoneInfo(timezone))
        start, end = (to_ms(moment.astimezone(UTC)) for moment in (first, following))
        return cls(first.year, first.month, timezone, start, end)

    def name(self, language: str) -> str:
        """For people."""
        return f"tháng {self.month}/{self.year}" if language == "vi" else f"{self.year}-{self.month:02d}"


@dataclass(frozen=True, slots=True)
class _Line:
    """A row of the first table: what, how much, what is asked for, and whether it is met."""

    name: Text
    value: str
    target: Text
    met: bool


def report(transitions: Sequence[Transition], names: Mapping[Key, Text], province: Text, month: Month, now_ms: int, language: str) -> str:
    """Write the page.

    Args:
        transitions: of the month, in any order.
        names: what each alarm is called; one that is gone is called by its ids.
        province: whose alarms.
        month: which; one that is not over is reported to `now_ms`.
        now_ms: UTC milliseconds.
        language: vi or en.

    Returns:
        A whole HTML document without scripts or outside references.

    """
    end_ms = min(month.end_ms, max(now_ms, month.start_ms))
    measured = measure(transitions, month.start_ms, end_ms)
    told = [t for t in transitions if t.announced]
    title = Text("Báo cáo báo động", "Alarm report").get(language)
    parts = [
        f"<h1>{title}, {month.name(language)}</h1>",
        f"<p class='of'>{html.escape(province.get(language))} · {_stood(month, end_ms, language)}</p>",
        _metrics(measured, language),
        _section(Text("Báo động được báo theo ngày", "Announced by day"), _by_day(told, month), language),
        _section(Text("Mười báo động nhiều nhất", "The ten most frequent"), _frequent(told, names, language), language),
        _section(Text("Báo động chập chờn", "Chattering alarms"), _chattering(measured, names, language), language),
        _section(Text("Báo động kéo dài trên 24 giờ", "Active over 24 hours"), _stale(measured, names, language), language),
        _section(Text("Thời gian xác nhận", "Time to acknowledge"), _answers(transitions, language), language),
    ]
    head = f"<meta charset='utf-8'><title>{title} {month.name(language)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang='{language}'><head>{head}</head><body>{''.join(parts)}</body></html>"


def _stood(month: Month, end_ms: int, language: str) -> str:
    if end_ms == month.end_ms:
        return month.timezone
    at = f"{local(end_ms, month.timezone):%d/%m/%Y %H:%M} ({month.timezone})"
    return Text(f"tính đến {at}; tháng chưa kết thúc", f"as of {at}; the month is not over").get(language)


def _metrics(measured: AlarmMetrics, language: str) -> str:
    def share(value: float) -> str:
        return f"{number(100 * value, language, 1)} %"

    shares = measured.by_priority
    lines = [
        _Line(Text("Số lần báo", "Announced"), str(measured.announced), Text("", ""), met=True),
        _Line(
            Text("Mỗi giờ, trung bình", "An hour, mean"),
            number(measured.per_hour, language),
            Text("≤ 6", "≤ 6"),
            met=measured.per_hour <= 6,
        ),
        _Line(
            Text("Nhiều nhất trong 10 phút", "Most in 10 minutes"),
            str(measured.most_in_10_min),
            Text("≤ 10", "≤ 10"),
            met=measured.most_in_10_min <= 10,
        ),
        _Line(
            Text("Khung 10 phút có trên 10 báo động", "10-minute windows with more than 10"),
            share(measured.busy_windows),
            Text("< 1 %", "< 1 %"),
            met=measured.busy_windows < 0.01,
        ),
        _Line(
            Text("Thời gian bị ngập báo động", "Time in flood"), share(measured.flood), Text("< 1 %", "< 1 %"), met=measured.flood < 0.01
        ),
        _Line(
            Text("Tỷ trọng của mười báo động nhiều nhất", "Share of the ten most frequent"),
            share(measured.top_ten),
            Text("1 đến 5 % ở hệ thống lớn", "1 to 5 % in a large system"),
            met=True,
        ),
        _Line(
            Text("Kéo dài trên 24 giờ, ngày nhiều nhất", "Active over 24 h, worst day"),
            str(measured.most_stale),
            Text("< 5 mỗi ngày", "< 5 on any day"),
            met=measured.most_stale < 5,
        ),
        _Line(
            Text("Bị gác không có người hoặc lý do", "Put away without a person or a reason"),
            str(measured.outside_rules),
            Text("không có", "none"),
            met=measured.outside_rules == 0,
        ),
        _Line(
            Text("Thấp / trung bình / cao / khẩn cấp", "Low / medium / high / critical"),
            " / ".join(f"{100 * shares[priority.value]:.0f}" for priority in Priority) + " %",
            Text("khoảng 80 / 15 / 5 / < 1 %", "about 80 / 15 / 5 / < 1 %"),
            met=shares[Priority.CRITICAL.value] < 0.01,
        ),
    ]
    missed = Text("ngoài mục tiêu", "outside the target").get(language)
    rows = [
        (line.name.get(language), line.value, line.target.get(language) + ("" if line.met else f" · <b>{missed}</b>")) for line in lines
    ]
    heads = (Text("Chỉ tiêu", "Metric"), Text("Giá trị", "Value"), Text("Mục tiêu (ISA-18.2, EEMUA 191)", "Target (ISA-18.2, EEMUA 191)"))
    return _table(heads, rows, language, {1})


def _by_day(told: Sequence[Transition], month: Month) -> str:
    days = (local(month.end_ms - 1, month.timezone).date() - local(month.start_ms, month.timezone).date()).days + 1
    counts = Counter(local(t.event_ms, month.timezone).day for t in told)
    most = max(counts.values(), default=1)
    width, height, gap = 26, 120, 4
    columns = []
    for day in range(1, days + 1):
        left, tall = (day - 1) * width, height * counts[day] / most
        middle = left + (width - gap) / 2
        columns.append(
            f"<rect x='{left}' y='{height - tall:.1f}' width='{width - gap}' height='{tall:.1f}'/>"
            f"<text x='{middle}' y='{height + 14}' text-anchor='middle'>{day}</text>"
            f"<text x='{middle}' y='{height + 28}' text-anchor='middle'>{counts[day] or ''}</text>"
        )
    return f"<svg viewBox='0 0 {days * width} {height + 34}' role='img' width='100%'>{''.join(columns)}</svg>"


def _frequent(told: Sequence[Transition], names: Mapping[Key, Text], language: str) -> str:
    found = Counter(Key(t.rule, t.asset) for t in told).most_common(_TOP)
    rows = [(_name(key, names, language), str(count), f"{100 * count / len(told):.0f} %") for key, count in found]
    return _table((Text("Báo động", "Alarm"), Text("Lần", "Times"), Text("Tỷ trọng", "Share")), rows, language, {1, 2})


def _chattering(measured: AlarmMetrics, names: Mapping[Key, Text], language: str) -> str:
    heads = (Text("Báo động", "Alarm"), Text("Lần trong một phút", "Cycles in a minute"), Text("Trễ đề nghị", "On-delay that stops it"))
    rows = [(_name(Key(one.rule, one.asset), names, language), str(one.worst_minute), f"{one.on_delay_s} s") for one in measured.chattering]
    return _table(heads, rows, language, {1, 2})


def _stale(measured: AlarmMetrics, names: Mapping[Key, Text], language: str) -> str:
    heads = (Text("Báo động", "Alarm"), Text("Giờ, lâu nhất", "Hours, longest"), Text("Còn hiệu lực", "Still stands"))
    yes, no = Text("có", "yes").get(language), Text("không", "no").get(language)
    rows = [
        (_name(Key(one.rule, one.asset), names, language), number(one.hours, language, 0), yes if one.standing else no)
        for one in measured.stale_alarms
    ]
    return _table(heads, rows, language, {1})


def _answers(transitions: Sequence[Transition], language: str) -> str:
    """Minutes from announcement to acknowledgement, by priority."""
    waits: dict[str, list[float]] = {}
    announced: dict[tuple[str, str, str], Transition] = {}
    for one in sorted(transitions, key=lambda t: t.known_ms):
        incident = (one.rule, one.asset, one.incident)
        if one.announced and one.after == Shown.UNACK:
            announced.setdefault(incident, one)
        elif one.person and one.after == Shown.ACKED and incident in announced:
            first = announced.pop(incident)
            waits.setdefault(first.priority, []).append((one.known_ms - first.known_ms) / MINUTE_MS)
    nobody = Counter(first.priority for first in announced.values())

    unit = Text("phút", "min").get(language)

    def minutes(values: Sequence[float], of: Callable[[Sequence[float]], float]) -> str:
        return f"{number(of(values), language, 1)} {unit}" if values else "-"

    rows = [
        (_PRIORITIES[p].get(language), str(len(own)), minutes(own, median), minutes(own, max), str(nobody[p.value]))
        for p in reversed(Priority)
        for own in [waits.get(p.value, [])]
    ]
    heads = (
        Text("Mức", "Priority"),
        Text("Đã xác nhận", "Acknowledged"),
        Text("Trung vị", "Median"),
        Text("Lâu nhất", "Longest"),
        Text("Chưa ai xác nhận", "By nobody"),
    )
    return _table(heads, rows, language, {1, 2, 3, 4})


_PRIORITIES = {
    Priority.LOW: Text("Thấp", "Low"),
    Priority.MEDIUM: Text("Trung bình", "Medium"),
    Priority.HIGH: Text("Cao", "High"),
    Priority.CRITICAL: Text("Khẩn cấp", "Critical"),
}


def _name(key: Key, names: Mapping[Key, Text], language: str) -> str:
    return html.escape(names[key].get(language) if key in names else f"{key.rule}, {key.asset}")


def _table(heads: Sequence[Text], rows: Sequence[Sequence[str]], language: str, numeric: set[int]) -> str:
    """A table of cells that are HTML already; a word where it has no rows."""
    if not rows:
        return f"<p>{Text('Không có.', 'None.').get(language)}</p>"
    marks = [" class='n'" if n in numeric else "" for n in range(len(heads))]
    head = "".join(f"<th{mark}>{one.get(language)}</th>" for one, mark in zip(heads, marks, strict=True))
    body = "".join(f"<tr>{''.join(f'<td{mark}>{cell}</td>' for cell, mark in zip(row, marks, strict=True))}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _section(title: Text, body: str, language: str) -> str:
    return f"<h2>{title.get(language)}</h2>{body}"
