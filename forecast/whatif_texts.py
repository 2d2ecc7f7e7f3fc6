"""What the answer to a what-if question rests on, for people."""

import numpy as np

from forecast.whatif import Effect
from mainsight.core.intervals import FloatArray
from mainsight.core.network import Text

OF_BANDS = Text(
    vi="Dải dự báo giữ nguyên độ rộng: độ không chắc của thay đổi không được cộng vào",
    en="The bands keep their width: how uncertain the change itself is has not been added",
)


def of_temperature(effect: Effect, delta_k: float, unit: str) -> list[Text]:
    """What the temperature does, from what that was learnt, and where it is a guess."""
    mean, low, high = (float(one.mean()) for one in (effect.value, effect.low, effect.high))
    most = float(effect.value[np.abs(effect.value).argmax()])
    told = [
        Text(
            vi=f"Nhiệt độ {delta_k:+g} K: trung vị đổi trung bình {mean:+.5g} {unit} (nhiều nhất {most:+.5g}); tùy tuần dùng để học, "
            f"từ {low:+.5g} đến {high:+.5g}. Học từ {effect.days} ngày, {effect.coldest:.0f} đến {effect.hottest:.0f} °C",
            en=f"Temperature {delta_k:+g} K: P50 changes by {mean:+.5g} {unit} on average ({most:+.5g} at most); by the weeks it is "
            f"learnt from, {low:+.5g} to {high:+.5g}. Learnt from {effect.days} days, {effect.coldest:.0f} to {effect.hottest:.0f} degC",
        )
    ]
    if effect.beyond > 0:
        vi = f"{100 * effect.beyond:.0f} % thời gian nằm ngoài các nhiệt độ đã gặp: phần đó là ngoại suy"
        en = f"{100 * effect.beyond:.0f} % of the time lies beyond the temperatures that were met: that part is extrapolated"
        told.append(Text(vi=vi, en=en))
    if effect.assumed:
        vi = "Chưa có dự báo nhiệt độ cho cả khoảng này: phần còn thiếu lấy như bảy ngày qua"
        en = "No forecast of the temperature covers all of it: the rest is taken to be as in the last seven days"
        told.append(Text(vi=vi, en=en))
    return told


def of_tenants(load: FloatArray, unit: str) -> Text:
    """What tenants add."""
    most, mean = float(load[np.abs(load).argmax()]), float(load.mean())
    return Text(
        vi=f"Khách hàng: nhiều nhất {most:+.5g} {unit}, trung bình {mean:+.5g}, coi như chắc chắn",
        en=f"Tenants: {most:+.5g} {unit} at most, {mean:+.5g} on average, taken as certain",
    )
