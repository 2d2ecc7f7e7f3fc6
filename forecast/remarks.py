"""What forecasts say of themselves, in the languages of people.

Remarks, reasons of fits and reasons why a simpler model stood in are kept in English, as they were issued: sentences with
"; " between. Here stands each sentence beside the Vietnamese for it; what none of them fits, such as what a foreign server
answered, stays as it is.
"""

import re

from mainsight.core.network import Text

BETWEEN = "; "
_ENGLISH_VIETNAMESE = {
    "demand is {size} higher since {day}: what was before was brought to that level": (
        "nhu cầu cao hơn {size} từ {day}: số liệu trước đó đã được đưa về mức này"
    ),
    "demand is {size} lower since {day}: what was before was brought to that level": (
        "nhu cầu thấp hơn {size} từ {day}: số liệu trước đó đã được đưa về mức này"
    ),
    "days about the lunar new year as in {count} earlier year": "những ngày quanh Tết như trong {count} năm trước",
    "days about the lunar new year as in {count} earlier years": "những ngày quanh Tết như trong {count} năm trước",
    "other hours of the tariff since {day}": "giờ cao điểm, thấp điểm của biểu giá thay đổi từ {day}",
    "other hours of the tariff from {day} on": "giờ cao điểm, thấp điểm của biểu giá sẽ thay đổi từ {day}",
    "fitted anew on all its history after {days} days": "học lại trên toàn bộ lịch sử sau {days} ngày",
    "refitted on the last {days} days because {why}": "học lại trên {days} ngày gần nhất vì {why}",
    "last week in place of {model} because {why}, also on {days} days of history": (
        "dùng tuần trước thay cho {model} vì {why}, kể cả khi chỉ học {days} ngày"
    ),
    "over {days} days its error up to 48 h ahead was {times} times that of last week": (
        "trong {days} ngày, sai số đến 48 giờ tới bằng {times} lần sai số của tuần trước"
    ),
    "bands recalibrated because P10 to P90 did not hold 80 % of {days} days: {each}": (
        "dải dự báo được chỉnh lại vì P10 đến P90 không chứa 80 % của {days} ngày: {each}"
    ),
    "up to {hours} h ahead they held {share} %": "đến {hours} giờ tới chứa {share} %",
    "no weather: {why}": "không có thời tiết: {why}",
    "weather measured, not forecast: {why}": "thời tiết đo được, không phải dự báo: {why}",
    "weather as {source} forecast it {time}": "thời tiết theo dự báo của {source} lúc {time}",
    "weather as {source} forecast it {time} ({why})": "thời tiết theo dự báo của {source} lúc {time} ({why})",
    "nothing measured or forecast yet": "chưa có giá trị đo hay dự báo nào",
    "no forecast reaches ahead": "không có dự báo nào cho thời gian tới",
    "carried on from the issue of {time}: nothing new was measured since": "giữ nguyên bản dự báo lập lúc {time}: từ đó chưa có số đo mới",
    "made to agree with its parts and the whole: P50 moved by {share} %": (
        "được làm khớp với các phần và tổng thể: trung vị dịch chuyển {share} %"
    ),
    "fitting processes died": "các tiến trình tính toán đã dừng đột ngột",
    "{model}: {days} days with values, {least} are needed": "{model}: có {days} ngày có số liệu, cần {least}",
    "{model}: less than half of the last {days} days is there": "{model}: thiếu hơn một nửa số liệu của {days} ngày gần nhất",
    "{model}: no believable value in the last {days} days": "{model}: không có giá trị đáng tin nào trong {days} ngày gần nhất",
    "{model}: no value in the history": "{model}: lịch sử không có giá trị nào",
    "{model}: nothing to learn from": "{model}: không có gì để học",
    "{model}: the recursion ran away": "{model}: phép đệ quy phân kỳ",
    "{model}: gave no finite forecast": "{model}: không cho dự báo hữu hạn",
    "{model}: least squares failed: {what}": "{model}: bình phương tối thiểu thất bại: {what}",
    "{model}: no smoothing: {what}": "{model}: không làm trơn được: {what}",
    "{model} failed: {what}": "{model} gặp lỗi: {what}",
}
_FIELDS = {"size": r"[-+.\de]+", "day": r"\d{4}-\d\d-\d\d", "time": r"\S+", "source": r"\S+", "model": r"[a-z-]+"}
"""What fields hold, where a sentence would else fit too much; the others hold any text."""


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    found = [re.escape(part) if number % 2 == 0 else f"(?P<{part}>{_FIELDS.get(part, '.+?')})" for number, part in enumerate(parts)]
    return re.compile("".join(found), re.DOTALL)


_PATTERNS = [(_pattern(english), vietnamese) for english, vietnamese in _ENGLISH_VIETNAMESE.items()]


def in_words(said: str) -> Text:
    """What was said, for readers of each language; empty for nothing."""
    return Text(vi=BETWEEN.join(_vietnamese(sentence) for sentence in said.split(BETWEEN)), en=said)


def _vietnamese(sentence: str) -> str:
    for pattern, vietnamese in _PATTERNS:
        found = pattern.fullmatch(sentence)
        if found is not None:
            return vietnamese.format_map({name: _field(name, value) for name, value in found.groupdict().items()})
    return sentence


def _field(name: str, value: str) -> str:
    if name in {"share", "size", "times"}:
        return value.replace(".", ",")
    return ", ".join(_vietnamese(part) for part in value.split(", ")) if name == "each" else _vietnamese(value)
