"""Sentences about alarms, Vietnamese and English: what, where, how much, when in the zone's own time."""

from datetime import datetime
from math import isnan
from zoneinfo import ZoneInfo

from mainsight.alarms.points import Point
from mainsight.alarms.predict import Prediction
from mainsight.alarms.rules import (
    CompositeRule,
    ForecastRule,
    LimitRule,
    Measure,
    QualityRule,
    RateRule,
    Rule,
    SilenceRule,
    StorageRule,
    SupplyOrderRule,
    ThermalRule,
)
from mainsight.core.network import Text
from mainsight.core.quantities import quantity
from mainsight.core.zonetime import MINUTE_MS, to_datetime

_MEASURES = {
    Measure.UTILISATION: Text("mức mang tải", "utilisation"),
    Measure.FIRM_UTILISATION: Text("phụ tải so với công suất đảm bảo N-1", "load against firm (N-1) capacity"),
}
_QUANTITIES = {
    "power": Text("công suất", "power"),
    "flow": Text("lưu lượng", "flow"),
    "pressure": Text("áp suất", "pressure"),
    "level": Text("mực nước", "level"),
    "voltage": Text("điện áp", "voltage"),
    "current": Text("dòng điện", "current"),
    "frequency": Text("tần số", "frequency"),
    "temperature": Text("nhiệt độ", "temperature"),
}
_STATES = {
    "breaker_closed": (Text("máy cắt mở", "breaker open"), Text("máy cắt đóng", "breaker closed")),
    "pump_running": (Text("bơm dừng", "pump stopped"), Text("bơm chạy", "pump running")),
    "valve_open": (Text("van đóng", "valve closed"), Text("van mở", "valve open")),
}
"""Words for 0 and 1."""
_MOVES = {"rise": Text("tăng", "rises by"), "fall": Text("giảm", "falls by"), "either": Text("thay đổi", "changes by")}
_CHECKS = {
    "missing": Text("khoảng đo bị thiếu", "missing intervals"),
    "suspect": Text("khoảng đo đáng ngờ", "suspect intervals"),
    "doubtful": Text("khoảng đo thiếu hoặc đáng ngờ", "missing or suspect intervals"),
    "static": Text("giá trị không đổi trong", "the value has stood still for"),
    "drift": Text("chênh lệch giữa công tơ tổng và các công tơ con", "main meter and those below differ by"),
}
_HEATS = {
    "hot_spot": Text("nhiệt độ điểm nóng (tính toán)", "computed hot-spot"),
    "top_oil": Text("nhiệt độ lớp dầu trên (tính toán)", "computed top oil"),
    "loss_of_life": Text("tuổi thọ cách điện mất trong 24 giờ", "insulation life used in 24 h"),
}
_CAPACITIES = {
    "firm": Text("công suất đảm bảo", "firm capacity"),
    "rated": Text("công suất định mức", "rated capacity"),
    "order": Text("hạn mức theo lệnh", "the ordered quota"),
}


def number(value: float, language: str, digits: int = 2) -> str:
    """Write a number without trailing zeros; Vietnamese has a decimal comma."""
    plain = f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    plain = "0" if plain in {"-0", ""} else plain
    return plain.replace(".", ",") if language == "vi" else plain


def local(instant_ms: int, timezone: str) -> datetime:
    """Local time of an instant."""
    return to_datetime(instant_ms).astimezone(ZoneInfo(timezone))


def clock(instant_ms: int, timezone: str, reference_ms: int) -> Text:
    """Local hour and minute, with the day where it is not that of the reference."""
    moment, today = local(instant_ms, timezone), local(reference_ms, timezone).date()
    hour = f"{moment:%H:%M}"
    if moment.date() == today:
        return Text(hour, hour)
    return Text(f"{hour} ngày {moment:%d/%m}", f"{hour} on {moment.day} {moment:%b}")


def duration(milliseconds: int) -> Text:
    """Whole days, hours and minutes: the two greatest that matter."""
    minutes = max(0, milliseconds // MINUTE_MS)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return Text(f"{days} ngày {hours} giờ", f"{days} d {hours} h")
    if hours:
        return Text(f"{hours} giờ {rest} phút", f"{hours} h {rest} min")
    return Text(f"{rest} phút", f"{rest} min")


def describe(point: Point, active: bool, value: float, at_ms: int, *, gone: bool = False) -> Text:
    """Sentence for a sampled condition or a silence that began or ended.

    Args:
        point: which.
        active: began, or ended.
        value: of the sample; minutes of silence, or percent of silent meters. NaN is left out.
        at_ms: when, UTC milliseconds.
        gone: the meter whose silence it is is gone by word of its device.

    """
    rule, at = point.rule, clock(at_ms, point.timezone, at_ms)
    if isinstance(rule, SilenceRule):
        return _silence(point, rule, active, value, at, gone)
    if isinstance(rule, SupplyOrderRule):
        return _supply_order(point, active, value, at)
    if isinstance(rule, CompositeRule):
        return _composite(point, active, at)
    if isinstance(rule, LimitRule):
        return _limit(point, rule, active, value, at)
    return _measured(point, _subject(rule), active, value, at)


def _subject(rule: Rule) -> Text:
    """What a rule measures."""
    match rule:
        case RateRule():
            moves = _MOVES[rule.direction]
            name = _quantity(rule.measure)
            return Text(f"{name.vi} {moves.vi}", f"{name.en} {moves.en}")
        case QualityRule():
            return _CHECKS[rule.check]
        case ThermalRule():
            return _HEATS[rule.measure]
        case StorageRule():
            return Text("nước trong bể còn đủ cho", "water left at P90 demand")
        case _:
            raise AssertionError(f"{rule.kind} has a sentence of its own")


def _measured(point: Point, subject: Text, active: bool, value: float, at: Text) -> Text:
    """`Name: subject 1.2 unit, above 1 unit, at 12:00`."""
    criterion = point.criterion
    assert criterion is not None, "measured kinds have a criterion"
    beyond = Text("vượt trên", "above") if criterion.high else Text("thấp hơn", "below")
    if not active:
        beyond = Text("đã trở lại bình thường, giới hạn", "back to normal, limit")

    def sentence(language: str, lead: str) -> str:
        shown = "" if isnan(value) else f" {number(value, language)} {point.unit}"
        return f"{lead}{shown}, {beyond.get(language)} {number(criterion.limit, language)} {point.unit}"

    return Text(
        f"{sentence('vi', f'{point.name.vi}: {subject.vi}')}, lúc {at.vi}",
        f"{sentence('en', f'{point.name.en}: {subject.en}')}, at {at.en}",
    )


def _composite(point: Point, active: bool, at: Text) -> Text:
    name = point.rule.name
    if not active:
        return Text(f"{point.name.vi}: hết {name.vi.lower()}, lúc {at.vi}", f"{point.name.en}: {name.en.lower()} is over, at {at.en}")
    return Text(f"{point.name.vi}: {name.vi.lower()}, lúc {at.vi}", f"{point.name.en}: {name.en.lower()}, at {at.en}")


def _limit(point: Point, rule: LimitRule, active: bool, value: float, at: Text) -> Text:
    assert point.criterion is not None, "limits have a criterion"
    if not isinstance(rule.measure, Measure) and (states := _STATES.get(quantity(rule.measure).base)):
        state = states[active is (rule.side == "high")]
        return Text(f"{point.name.vi}: {state.vi}, lúc {at.vi}", f"{point.name.en}: {state.en}, at {at.en}")
    subject = _MEASURES[rule.measure] if isinstance(rule.measure, Measure) else _quantity(rule.measure)
    limit, unit = point.criterion.limit, point.unit
    beyond = Text("vượt trên", "above") if rule.side == "high" else Text("thấp hơn", "below")
    if not active:
        beyond = Text("đã trở lại bình thường, giới hạn", "back to normal, limit")

    def sentence(language: str, lead: str) -> str:
        shown = "" if isnan(value) else f" {number(value, language)} {unit}".rstrip()
        return f"{lead}{shown} {beyond.get(language)} {number(limit, language)} {unit}".rstrip()

    return Text(
        f"{sentence('vi', f'{point.name.vi}: {subject.vi}')}, lúc {at.vi}",
        f"{sentence('en', f'{point.name.en}: {subject.en}')}, at {at.en}",
    )


def _quantity(name: str) -> Text:
    base = quantity(name).base
    return _QUANTITIES.get(base, Text(base.replace("_", " "), base.replace("_", " ")))


def _silence(point: Point, rule: SilenceRule, active: bool, value: float, at: Text, gone: bool) -> Text:
    if rule.share is not None:
        share_vi, share_en = number(value, "vi", 0), number(value, "en", 0)
        if not active:
            return Text(
                f"{point.name.vi}: các công tơ đã gửi lại số liệu, còn {share_vi} % im lặng, lúc {at.vi}",
                f"{point.name.en}: meters are heard again, {share_en} % still silent, at {at.en}",
            )
        return Text(
            f"{point.name.vi}: {share_vi} % trong {len(point.meters)} công tơ không gửi số liệu, từ {at.vi}",
            f"{point.name.en}: {share_en} % of {len(point.meters)} meters send nothing, since {at.en}",
        )
    if not active:
        return Text(f"{point.name.vi}: đã gửi lại số liệu, lúc {at.vi}", f"{point.name.en}: heard again, at {at.en}")
    lasts = duration(round(value * MINUTE_MS))
    if gone:
        return Text(
            f"{point.name.vi}: thiết bị báo mất kết nối từ {at.vi}, không có số liệu {lasts.vi}",
            f"{point.name.en}: its device is reported offline since {at.en}, no readings for {lasts.en}",
        )
    return Text(
        f"{point.name.vi}: không có số liệu {lasts.vi} (báo động từ {at.vi})",
        f"{point.name.en}: no readings for {lasts.en} (overdue since {at.en})",
    )


def _supply_order(point: Point, active: bool, value: float, at: Text) -> Text:
    shown = Text(number(value, "vi", 0), number(value, "en", 0))
    if active:
        return Text(
            f"{point.name.vi}: sử dụng {shown.vi} % hạn mức theo lệnh đang hiệu lực, lúc {at.vi}",
            f"{point.name.en}: takes {shown.en} % of the ordered quota in force, at {at.en}",
        )
    return Text(
        f"{point.name.vi}: đã về trong hạn mức theo lệnh ({shown.vi} %), lúc {at.vi}",
        f"{point.name.en}: back within the ordered quota ({shown.en} %), at {at.en}",
    )


def describe_prediction(point: Point, active: bool, prediction: Prediction, now_ms: int) -> Text:
    """Sentence for a forecast that passes a capacity, or no longer does; the lead time counts from now."""
    rule = point.rule
    assert isinstance(rule, ForecastRule), "only forecast rules have predictions"
    what = _CAPACITIES[rule.against]
    chance = Text(number(prediction.probability, "vi"), number(prediction.probability, "en"))
    if not active:
        return Text(
            f"Dự báo của {point.name.vi} không còn vượt {what.vi} (xác suất {chance.vi})",
            f"The forecast of {point.name.en} no longer passes {what.en} (probability {chance.en})",
        )
    when_ms = prediction.limit_ms if prediction.first_ms is None else prediction.first_ms
    when, lead = clock(when_ms, point.timezone, now_ms), _lead(when_ms - now_ms)
    who = Text("P90", "P90") if prediction.first_ms is not None else Text("Nhu cầu có thể", "Demand may")
    verb = Text("vượt", "passes" if prediction.first_ms is not None else "pass")
    relief, doubt = _relief(point, prediction), Text("; dự báo tạm", "; a provisional forecast") if prediction.provisional else Text("", "")
    return Text(
        f"{who.vi} {verb.vi} {what.vi} của {point.name.vi} lúc {when.vi}, {lead.vi}, xác suất {chance.vi}{relief.vi}{doubt.vi}",
        f"{who.en} {verb.en} {what.en} of {point.name.en} at {when.en}, {lead.en}, probability {chance.en}{relief.en}{doubt.en}",
    )


def _relief(point: Point, prediction: Prediction) -> Text:
    """What would relieve it: how much has to go elsewhere, and the neighbour that can take load soonest."""
    if not prediction.excess:
        return Text("", "")
    need = Text(f"{number(prediction.excess, 'vi')} {point.unit}", f"{number(prediction.excess, 'en')} {point.unit}")
    told = Text(f"; cần giảm {need.vi}", f"; {need.en} have to go elsewhere")
    if not point.reliefs or not isinstance(point.rule, ForecastRule) or point.rule.against == "order":
        return told  # moving load to a neighbour does not keep an order
    first = point.reliefs[0]
    return Text(
        f"{told.vi}: {first.name.vi} nhận được {number(first.capacity, 'vi')} {point.unit} trong {first.minutes} phút",
        f"{told.en}: {first.name.en} can take {number(first.capacity, 'en')} {point.unit} within {first.minutes} min",
    )


def _lead(milliseconds: int) -> Text:
    """How far ahead; a step that has begun is now."""
    if milliseconds < MINUTE_MS:
        return Text("ngay bây giờ", "that is now")
    ahead = duration(milliseconds)
    return Text(f"còn {ahead.vi}", f"in {ahead.en}")
