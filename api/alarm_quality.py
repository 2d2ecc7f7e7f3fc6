"""Metrics of alarms beside their targets, with what would mend what is wrong."""

from typing import Final, NamedTuple

from api.schemas.base import Text
from api.schemas.rules import AlarmMetricsView, ChatterView, MetricView, StaleView
from mainsight.alarms.metrics import AlarmMetrics, Chatter, Stale


class _Target(NamedTuple):
    vi: str
    en: str
    acceptable: float


TARGETS: Final = {
    "per_hour": _Target("Báo động mỗi giờ", "Alarms an hour", 6),
    "most_in_10_min": _Target("Nhiều nhất trong 10 phút", "Most in 10 minutes", 10),
    "busy_windows": _Target("Tỷ lệ khoảng 10 phút có hơn 10 báo động", "Share of 10-minute windows with more than 10", 0.01),
    "flood": _Target("Tỷ lệ thời gian bị dồn dập", "Share of time in flood", 0.01),
    "top_ten": _Target("Tỷ lệ của mười báo động hay gặp nhất", "Share of the ten most frequent", 0.05),
    "chattering": _Target("Báo động chập chờn", "Chattering alarms", 0),
    "most_stale": _Target("Báo động tồn quá 24 giờ, nhiều nhất trong một ngày", "Active over 24 h, most on any day", 4),
    "outside_rules": _Target("Bị gác không có người hoặc lý do", "Put away without a person or a reason", 0),
    "critical": _Target("Tỷ lệ ưu tiên khẩn cấp", "Share of critical priority", 0.01),
    "high": _Target("Tỷ lệ ưu tiên cao", "Share of high priority", 0.05),
    "medium": _Target("Tỷ lệ ưu tiên trung bình", "Share of medium priority", 0.15),
}
"""Of public digests of ISA-18.2 and EEMUA 191, for one operator position over 30 days."""


def values(found: AlarmMetrics) -> dict[str, float]:
    """Value of each measure, by the keys of `TARGETS`."""
    return {
        "per_hour": found.per_hour,
        "most_in_10_min": found.most_in_10_min,
        "busy_windows": found.busy_windows,
        "flood": found.flood,
        "top_ten": found.top_ten,
        "chattering": len(found.chattering),
        "most_stale": found.most_stale,
        "outside_rules": found.outside_rules,
        **{priority: found.by_priority[priority] for priority in ("critical", "high", "medium")},
    }


def quality(found: AlarmMetrics, start_ms: int, end_ms: int) -> AlarmMetricsView:
    """Show metrics with their targets and proposals."""
    return AlarmMetricsView(
        start_ms=start_ms,
        end_ms=end_ms,
        announced=found.announced,
        measures=[
            MetricView(
                key=key,
                name=Text(vi=TARGETS[key].vi, en=TARGETS[key].en),
                value=value,
                acceptable=TARGETS[key].acceptable,
                ok=value <= TARGETS[key].acceptable,
            )
            for key, value in values(found).items()
        ],
        by_priority=found.by_priority,
        chattering=[_chatter(one) for one in found.chattering],
        stale=[_stale(one) for one in found.stale_alarms],
    )


def _chatter(one: Chatter) -> ChatterView:
    proposal = Text(
        vi=f"Đặt on_delay_s từ {one.on_delay_s} trở lên sẽ hết chập chờn; hoặc tăng deadband",
        en=f"on_delay_s of {one.on_delay_s} or more would have stopped it; or a wider deadband",
    )
    return ChatterView(rule=one.rule, asset=one.asset, worst_minute=one.worst_minute, on_delay_s=one.on_delay_s, proposal=proposal)


def _stale(one: Stale) -> StaleView:
    proposal = Text(
        vi=f"Tồn {one.hours:g} giờ: khắc phục nguyên nhân, đổi giới hạn cho tài sản này, hoặc tắt quy tắc nếu không ai phải làm gì",
        en=f"Active for {one.hours:g} h: mend the cause, change the limit for this asset, or switch the rule off if nobody has to act",
    )
    return StaleView(rule=one.rule, asset=one.asset, hours=one.hours, standing=one.standing, proposal=proposal)
