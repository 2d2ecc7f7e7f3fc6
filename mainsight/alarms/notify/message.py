"""What on-call people read: subject and body of an announcement in one language, plain text, no secrets."""

from typing import NamedTuple

from mainsight.alarms.points import Point
from mainsight.alarms.rules import Rule
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


def plain(transition: Transition, language: str, confirm: str = "") -> Message:
    """Tell what belongs to no single alarm, such as the catch-up digest: its first line is the subject."""
    text = transition.text_vi if language == "vi" else transition.text_en
    return Message(text.splitlines()[0], f"{text}\n{_CONFIRM.get(language)}: {confirm}" if confirm else text)
