"""What on-call people read: subject and body of an announcement in one language, plain text, no secrets."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mainsight.alarms.points import Key, Point
from mainsight.alarms.rules import Priority, Rule
from mainsight.alarms.texts import local
from mainsight.core.network import Text
from mainsight.store.alarm_port import Transition

_PRIORITY = {
    "low": Text("THẤP", "LOW"),
    "medium": Text("TRUNG BÌNH", "MEDIUM"),
    "high": Text("CAO", "HIGH"),
    "critical": Text("KHẨN CẤP", "CRITICAL"),
}
_WHERE, _WHEN = Text("Nơi", "Where"), Text("Lúc", "When")
_CAUSE, _CONSEQUENCE = Text("Nguyên nhân có thể", "Likely cause"), Text("Hậu quả", "Consequence")
_RESPONSE, _RUNBOOK = Text("Việc cần làm", "What to do"), Text("Hướng dẫn", "Runbook")
_WITHIN = Text("trong {} phút", "within {} min")
_ACKNOWLEDGE = Text("Xác nhận", "Acknowledge")
_CONFIRM = Text("Xác nhận đã nhận", "Confirm that it arrived")

_SEVERAL = Text("{} báo động cùng lúc, từ {}", "{} alarms at once, since {}")
_MORE, _CONSOLE = Text("- và {} báo động khác", "- and {} more"), Text("Xem và xác nhận", "See and acknowledge")
_LISTED = 20


class Message(NamedTuple):
    """Subject and body."""

    subject: str
    body: str


def announcement(transition: Transition, point: Point, language: str, console_url: str, acknowledge: str = "") -> Message:
    """Tell of an alarm: what, where, when, why it matters, what to do, and by which address it is acknowledged."""
    rule: Rule = point.rule
    text = transition.text_vi if language == "vi" else transition.text_en
    when = f"{local(transition.event_ms, point.timezone):%H:%M:%S %d/%m/%Y} ({point.timezone})"
    link = f"{console_url.rstrip('/')}/runbooks/{rule.runbook}" if console_url else f"docs/runbooks/{rule.runbook}"
    within = _WITHIN.get(language).format(rule.respond_within_min)
    lines = [
        text,
        "",
        f"{_WHERE.get(language)}: {point.name.get(language)} ({point.asset})",
        f"{_WHEN.get(language)}: {when}",
        f"{_CAUSE.get(language)}: {rule.cause.text().get(language)}",
        f"{_CONSEQUENCE.get(language)}: {rule.consequence.text().get(language)}",
        f"{_RESPONSE.get(language)} ({within}): {rule.response.text().get(language)}",
        f"{_RUNBOOK.get(language)}: {link}",
    ]
    if acknowledge:
        lines.append(f"{_ACKNOWLEDGE.get(language)}: {acknowledge}")
    return Message(f"[{_PRIORITY[transition.priority].get(language)}] {text}", "\n".join(lines))


def several(transitions: Sequence[Transition], points: Mapping[Key, Point], language: str, console_url: str) -> Message:
    """Tell of many alarms at once: how many and since when, then the most urgent and latest of them, a line each."""
    order = sorted(transitions, key=lambda t: (-Priority(t.priority).rank, -t.event_ms))
    first = min(transitions, key=lambda t: t.event_ms)
    timezone = points[Key(first.rule, first.asset)].timezone
    head = _SEVERAL.get(language).format(len(order), f"{local(first.event_ms, timezone):%H:%M:%S %d/%m/%Y}")
    lines = [f"- [{_PRIORITY[t.priority].get(language)}] {t.text_vi if language == 'vi' else t.text_en}" for t in order[:_LISTED]]
    if len(order) > _LISTED:
        lines.append(_MORE.get(language).format(len(order) - _LISTED))
    if console_url:
        lines.append(f"{_CONSOLE.get(language)}: {console_url.rstrip('/')}/alarms")
    return Message(f"[{_PRIORITY[order[0].priority].get(language)}] {head}", "\n".join([head, "", *lines]))


def plain(transition: Transition, language: str, confirm: str = "") -> Message:
    """Tell what belongs to no single alarm, such as the catch-up digest: its first line is the subject."""
    text = transition.text_vi if language == "vi" else transition.text_en
    return Message(text.splitlines()[0], f"{text}\n{_CONFIRM.get(language)}: {confirm}" if confirm else text)
