"""How the system itself is: measured, then judged by a pure function."""

import asyncio
import shutil
from collections.abc import Awaitable, Iterator
from itertools import islice

from api.schemas.base import Text
from api.schemas.health import Condition, Disk, Finding, Health, Queue
from api.schemas.status import Status
from api.services import Services
from mainsight.core.readings import Series
from mainsight.core.zonetime import HOUR_MS, MINUTE_MS
from mainsight.store.port import StoreUnavailableError

_ANSWER_S = 5.0
_LAG_S = 60.0
_SLOW_MS = 1000.0
_FORECAST_MS = int(2.25 * HOUR_MS)
_LITTLE, _HARDLY_ANY = 0.10, 0.03
_DIRTY_A_SERIES = 4
_PENDING = 1000
_TURN_MS = 15 * MINUTE_MS


async def health(deps: Services) -> Health:
    """Measure and judge."""
    now = await deps.status()
    store_ms, state_ms, waiting, disks = await asyncio.gather(
        _timed(deps.store.last(list(_one_series(deps)))),
        _timed(deps.state.aliases()),
        _waiting(deps),
        asyncio.to_thread(_disks, deps),
    )
    measured = Health(
        now_ms=deps.clock(),
        state="ok",
        findings=[],
        queues=[
            Queue(name="collector", depth=now.collector.waiting, size=None),
            Queue(name="final values", depth=int(now.store.numbers.get("dirty", 0)), size=None),
            Queue(name="deliveries", depth=waiting, size=None),
        ],
        lag_s=now.collector.lag_s,
        store_read_ms=store_ms,
        state_read_ms=state_ms,
        last_forecast_ms=now.forecasts.last_ms,
        last_delivery_ms=now.alarms.last_delivered_ms,
        disks=disks,
    )
    return judged(measured, now)


def judged(measured: Health, now: Status) -> Health:
    """Say what is not as it should be."""
    findings = [*_parts(now), *_delays(measured, now), *_room(measured.disks)]
    worst: Condition = "bad" if any(one.state == "bad" for one in findings) else "warn" if findings else "ok"
    return measured.model_copy(update={"state": worst, "findings": findings})


def _parts(now: Status) -> Iterator[Finding]:
    if not now.store.ready:
        text = Text(vi=f"Kho dữ liệu không nhận số liệu: {now.store.detail}", en=f"The store takes no readings: {now.store.detail}")
        yield Finding(part="store", state="bad", text=text)
    if not now.collector.connected:
        yield Finding(part="collector", state="bad", text=Text(vi="Không kết nối với broker MQTT", en="Not connected to the MQTT broker"))
    if now.store.numbers.get("retention_waits"):
        text = Text(
            vi="Dữ liệu cũ chưa xoá được (nhật ký ghi lý do)", en="What is older than it is kept cannot be taken away yet; the log says why"
        )
        yield Finding(part="retention", state="warn", text=text)
    for role in now.roles:
        if not role.ready:
            text = Text(vi=f"Tiến trình {role.role}: {role.detail}", en=f"Process {role.role}: {role.detail}")
            yield Finding(part=role.role, state="bad", text=text)


def _delays(measured: Health, now: Status) -> Iterator[Finding]:
    if measured.lag_s is not None and measured.lag_s > _LAG_S:
        text = Text(vi=f"Số liệu đến trễ {measured.lag_s:.0f} giây", en=f"Readings are stored {measured.lag_s:.0f} s late")
        yield Finding(part="collector", state="warn", text=text)
    for part, taken in (("store", measured.store_read_ms), ("state", measured.state_read_ms)):
        if taken is None:
            yield Finding(part=part, state="bad", text=Text(vi="Không trả lời", en="Does not answer"))
        elif taken > _SLOW_MS:
            yield Finding(part=part, state="warn", text=Text(vi=f"Đọc mất {taken:.0f} ms", en=f"A small read takes {taken:.0f} ms"))
    last = measured.last_forecast_ms
    if last is not None and measured.now_ms - last > _FORECAST_MS:
        hours = (measured.now_ms - last) / HOUR_MS
        text = Text(vi=f"Dự báo mới nhất đã {hours:.1f} giờ", en=f"The newest forecast is {hours:.1f} h old")
        yield Finding(part="forecast", state="warn", text=text)
    if now.alarms.given_up:
        text = Text(vi=f"{now.alarms.given_up} thông báo không gửi được", en=f"{now.alarms.given_up} announcements could not be delivered")
        yield Finding(part="alarms", state="warn", text=text)
    yield from _metering(measured, now)


def _metering(measured: Health, now: Status) -> Iterator[Finding]:
    metering, dirty, series = now.metering, now.store.numbers.get("dirty", 0.0), now.store.numbers.get("series", 0.0)
    if metering.trouble:
        text = Text(vi=f"Giá trị cuối chờ kho dữ liệu: {metering.trouble}", en=f"Final values wait for the store: {metering.trouble}")
        yield Finding(part="metering", state="bad", text=text)
    elif metering.turn_ms is not None and measured.now_ms - metering.turn_ms > _TURN_MS:
        minutes = (measured.now_ms - metering.turn_ms) // MINUTE_MS
        text = Text(
            vi=f"Đã {minutes} phút chưa tính xong giá trị cuối", en=f"No turn of computing final values has ended for {minutes} min"
        )
        yield Finding(part="metering", state="warn", text=text)
    if dirty > max(100.0, _DIRTY_A_SERIES * series):
        text = Text(vi=f"{dirty:.0f} đoạn chờ tính giá trị cuối", en=f"{dirty:.0f} stretches wait for their final values")
        yield Finding(part="metering", state="warn", text=text)


def _room(disks: list[Disk]) -> Iterator[Finding]:
    for disk in disks:
        share = disk.free_bytes / disk.total_bytes
        if share < _LITTLE:
            free = f"{disk.free_bytes / 1e9:.1f} GB"
            text = Text(vi=f"{disk.folder}: còn {free}", en=f"{disk.folder}: {free} left")
            yield Finding(part="disk", state="bad" if share < _HARDLY_ANY else "warn", text=text)


def _one_series(deps: Services) -> Iterator[Series]:
    return islice((Series(meter.id, name) for meter in deps.network.meters.values() for name in meter.quantities), 1)


async def _timed(reading: Awaitable[object]) -> float | None:
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        async with asyncio.timeout(_ANSWER_S):
            await reading
    except (StoreUnavailableError, TimeoutError):
        return None
    return round((clock() - began) * 1000, 2)


async def _waiting(deps: Services) -> int:
    try:
        return len(await deps.state.pending_deliveries(deps.clock(), _PENDING))
    except StoreUnavailableError:
        return 0


def _disks(deps: Services) -> list[Disk]:
    """Each folder once; two on one disk say the same."""
    found = {folder: shutil.disk_usage(folder) for folder in dict.fromkeys(deps.folders) if folder.is_dir()}
    return [Disk(folder=str(folder), free_bytes=usage.free, total_bytes=usage.total) for folder, usage in found.items()]
